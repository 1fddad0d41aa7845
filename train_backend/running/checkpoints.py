"""Weights that what is left of a model starts from, on disk while its study runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from data_contracts.writing import write_whole

CHECKPOINTS = "_checkpoints"


class Checkpoints:
    """Named tensors of one model, as safetensors: they can be read anywhere and run nothing.

    Args:
        out: The study's folder; None keeps nothing, as on a machine that does not see it.
        prefix: What the files' names begin with; says the model and what its weights follow from.
    """

    def __init__(self, out: Path | None, prefix: str) -> None:
        self._folder = None if out is None else out / CHECKPOINTS
        self._prefix = prefix

    def save(self, name: str, tensors: Mapping[str, Tensor]) -> None:
        """Write tensors, whole or not at all."""
        if self._folder is not None:
            self._folder.mkdir(exist_ok=True)
            write_whole(self._path(self._folder, name), packed(tensors))

    def load(self, name: str, device: torch.device) -> dict[str, Tensor] | None:
        """Return the tensors of that name; None if there are none, or they cannot be read."""
        if self._folder is None or not self._path(self._folder, name).exists():
            return None
        try:
            return load_file(self._path(self._folder, name), device=str(device))
        except (SafetensorError, OSError):  # what is lost is computed again
            return None

    def forget(self, name: str) -> None:
        """Remove the tensors of that name, if they are there."""
        if self._folder is not None:
            self._path(self._folder, name).unlink(missing_ok=True)

    def _path(self, folder: Path, name: str) -> Path:
        return folder / f"{self._prefix}-{name}.safetensors"


def packed(tensors: Mapping[str, Tensor]) -> bytes:
    """Return tensors as the content of a safetensors file."""
    return save({key: value.detach().cpu().contiguous() for key, value in tensors.items()})
