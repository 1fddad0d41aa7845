"""MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100, read by torchvision from files on this machine.

Everywhere `name` is a key of `DATASETS`, and `root` the folder of all data sets; where it may be
None that is `data_root()`.
"""

from __future__ import annotations

import pickle
import shlex
import tempfile
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from train_backend.data.archives import Unpacked, find_unpacked, unpack_dataset
from train_backend.data.dataset import Pixels
from train_backend.data.facts import DatasetFacts, dataset_facts
from train_backend.data.files import LAYOUTS, data_root
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


def check_present(name: str, root: Path | None) -> None:
    """Raise unless `load_dataset` will find the data set `name`, whole and as published.

    Every file is compared with its checksum: 0.2 s of a core for Fashion-MNIST.

    Raises:
        TrainError: No such data set; its files are missing, cannot be read or are others;
            torchvision, which reads them, is not installed.
    """
    facts = dataset_facts(name)
    if name not in LAYOUTS:
        return
    if find_spec("torchvision") is None:  # to import it takes seconds, and is for those who read
        raise needs_torchvision(name, "is not installed")
    root = root or data_root()
    refuse_absent(facts, root)
    try:
        is_whole = find_unpacked(name, root) is not None
    except OSError as unreadable:
        raise TrainError(
            f"{unreadable.filename} cannot be read ({unreadable.strerror}): mend that, or name "
            "another folder with --data-root"
        ) from unreadable
    if not is_whole:
        raise unusable(facts, root, "a file has another checksum")


def fetch_dataset(name: str, root: Path) -> Unpacked:
    """Fetch the data set `name` into `root`, unless it is there already.

    torchvision writes where it goes and takes a half-written file for a whole one, so it works
    in a temporary folder; from there the files take the way of `unpack_dataset`.

    Raises:
        TrainError: The network, the publisher or the disk fails; torchvision is not installed.
    """
    there = find_unpacked(name, root)
    if there is not None:
        return there
    fetch = torchvision_class(name)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=root) as staging:
            fetch(staging, train=True, download=True)
            return unpack_dataset(name, Path(staging) / LAYOUTS[name].folder, root)
    # URLError and every timeout are OSErrors; torchvision raises RuntimeError for bad checksums.
    except (OSError, RuntimeError, HTTPException) as failure:
        reason = " ".join(str(failure).split())
        raise TrainError(
            f"{name} could not be fetched into {root} ({reason}): if its files are on this "
            f"machine, type `rdtrain data {name} --from DIR`"
        ) from failure
