"""MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100, read by torchvision from files on this machine."""

from __future__ import annotations

import pickle
import shlex
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from train_backend.datasets.dataset import Pixels
from train_backend.datasets.facts import DatasetFacts
from train_backend.datasets.folders import data_root
from train_backend.datasets.layouts import LAYOUTS
from train_backend.errors import TrainError

# What torchvision's readers raise on files that are cut short or not of their format.
UNREADABLE = (
    RuntimeError,
    ValueError,
    KeyError,
    IndexError,
    AssertionError,
    EOFError,
    OSError,
    pickle.UnpicklingError,
)


def torchvision_class(name: str) -> Any:  # torchvision carries no types
    """Return torchvision's class of the data set `name`.

    Raises:
        TrainError: torchvision is not installed, or not for this torch.
    """
    try:
        from torchvision import datasets  # slow to import; the digits do without it
    # RuntimeError: it was built for another torch.
    except (ImportError, RuntimeError) as missing:
        raise needs_torchvision(name, f"cannot be imported ({missing})") from missing
    return getattr(datasets, LAYOUTS[name].torchvision_name)


def needs_torchvision(name: str, why: str) -> TrainError:
    """Return the error of a data set whose reader is not there."""
    return TrainError(
        f"{name} is read by torchvision, which {why}: type `pip install 'rdstats[train]'`"
    )


def read_published(facts: DatasetFacts, root: Path) -> Pixels:
    """Return the data set as published.

    Args:
        facts: Its entry in `DATASETS`.
        root: Folder of all data sets.

    Raises:
        TrainError: The files are missing, damaged or not those of this data set.
    """
    refuse_absent(facts, root)
    reader = torchvision_class(facts.name)
    try:
        train = reader(root, train=True, download=False)
        test = reader(root, train=False, download=False)
        pixels = Pixels(*_as_tensors(train), *_as_tensors(test))
    except UNREADABLE as damage:
        raise unusable(facts, root, str(damage) or "a file is damaged") from damage
    _refuse_other_contents(facts, root, pixels)
    return pixels


def refuse_absent(facts: DatasetFacts, root: Path) -> None:
    """Raise TrainError unless every file of the data set lies where it is read below `root`."""
    layout = LAYOUTS[facts.name]
    folder = root / layout.folder
    if not all((folder / member.file).is_file() for member in layout.members):
        raise TrainError(
            f"{facts.name} is not complete in {folder}: type `{_fetching(facts, root)}` to fetch "
            f"it, or `{_fetching(facts, root)} --from DIR` if its files are on this machine"
        )


def _fetching(facts: DatasetFacts, root: Path) -> str:
    """Return the command that puts the data set below `root`."""
    where = "" if root == data_root() else f" --data-root {shlex.quote(str(root))}"
    return f"rdtrain data {facts.name}{where}"


def _as_tensors(published: Any) -> tuple[Tensor, Tensor]:
    """Return images as bytes (N, channels, height, width) and labels as int64 (N,)."""
    images = torch.as_tensor(published.data)
    # MNIST's are (N, height, width), CIFAR's (N, height, width, channels).
    images = images.unsqueeze(1) if images.ndim == 3 else images.permute(0, 3, 1, 2)
    return images, torch.as_tensor(published.targets, dtype=torch.int64)


def _refuse_other_contents(facts: DatasetFacts, root: Path, pixels: Pixels) -> None:
    """Raise unless sizes, counts and labels are those of the data set."""
    for images, labels, expected, part in (
        (pixels.train_images, pixels.train_labels, facts.train_images, "training"),
        (pixels.test_images, pixels.test_labels, facts.test_images, "test"),
    ):
        shape = (expected, facts.channels, facts.size, facts.size)
        if tuple(images.shape) != shape or len(labels) != expected:
            raise unusable(
                facts,
                root,
                f"{len(labels):,} {part} labels and images of shape {tuple(images.shape)}, "
                f"not {expected:,} and {shape}",
            )
        present = torch.unique(labels).tolist()
        if present != list(range(facts.classes)):
            raise unusable(facts, root, f"the {part} labels are not 0 to {facts.classes - 1}")


def unusable(facts: DatasetFacts, root: Path, why: str) -> TrainError:
    """Return the error of files that are there but are not the data set."""
    folder = root / LAYOUTS[facts.name].folder
    return TrainError(
        f"the files in {folder} are not {facts.name} as published ({why}): type "
        f"`{_fetching(facts, root)}`, which replaces what is damaged"
    )
