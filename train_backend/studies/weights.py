"""Given weights: networks that were trained elsewhere, from files or from torchvision."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from train_backend.errors import TrainError

SUFFIXES = ".safetensors", ".pt", ".pth"
TORCHVISION = re.compile(r"\w+_Weights\.\w+")
UNREADABLE = (OSError, RuntimeError, ValueError, KeyError, EOFError, ImportError, SafetensorError)


def check_weights(weights: str, models: int) -> None:
    """Check what a study says of given weights; "" is none.

    Raises:
        TrainError: It is neither a file's nor torchvision's name; all models would be the same.
    """
    is_file = weights.endswith(SUFFIXES) and "\0" not in weights
    if weights and not is_file and not TORCHVISION.fullmatch(weights):
        raise TrainError(
            f"weights {weights!r}: name a file ({', '.join(SUFFIXES)}), or what torchvision "
            "calls them, such as 'ResNet18_Weights.IMAGENET1K_V1'"
        )
    if weights and models > 1 and "{model}" not in weights:
        raise TrainError(
            f"weights {weights!r} are the same for all {models} models: write {{model}} where the "
            "files' names differ (0, 1, …), or models = 1"
        )


def _file(weights: str, model: int) -> Path | None:
    """Return where the weights of a model lie, from the folder that rdtrain runs in."""
    return Path(weights.replace("{model}", str(model))) if weights.endswith(SUFFIXES) else None


def weights_hash(weights: str, model: int) -> str:
    """Return the SHA-256 of a model's file of weights; torchvision's name says which they are.

    Raises:
        TrainError: There is no such file.
    """
    file = _file(weights, model)
    if file is None:
        return weights
    try:
        status = file.stat()
        return _hash(file, status.st_mtime_ns, status.st_size)
    except OSError as missing:
        raise TrainError(
            f"the weights of model {model} are not at {file} ({missing.strerror}): paths are "
            "from the folder that rdtrain runs in, and models are counted from 0"
        ) from missing


@lru_cache(maxsize=1000)
def _hash(file: Path, _modified: int, _size: int) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def load_weights(weights: str, model: int, network: nn.Module) -> None:
    """Load the given weights of a model into a network on the CPU.

    A .pt or .pth file holds a `state_dict`, or a dict with one under that key; nothing in it is
    run.

    Raises:
        TrainError: They cannot be read, or are another network's.
    """
    file = _file(weights, model)
    what = f"the weights {file or weights} of model {model}"
    try:
        state: Any
        if file is None:
            from torchvision.models import get_weight  # slow to import

            state = get_weight(weights).get_state_dict(check_hash=True)
        elif file.suffix == ".safetensors":
            state = load_file(file)
        else:
            state = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as wrong:
        raise TrainError(
            f"{what} are more than tensors, and are not run: save model.state_dict()"
        ) from wrong
    except UNREADABLE as wrong:
        raise TrainError(f"{what} cannot be read: {wrong}") from wrong
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    try:
        network.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError) as other:
        why = "; ".join(line.strip() for line in str(other).splitlines()[1:3]) or str(other)
        raise TrainError(f"{what} do not fit {type(network).__name__}: {why}") from other
