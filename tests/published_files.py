"""Small data sets in the published formats, made on the spot: nothing is downloaded."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from torchvision import datasets as torchvision_datasets

from train_backend.data.facts import DATASETS
from train_backend.data.files import LAYOUTS

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Published:
    """A small data set as its publisher would have it."""

    name: str  # of the data set whose place it takes
    files: dict[str, bytes]  # unpacked, by name
    train_images: Bytes  # shape (N, channels, height, width)
    train_labels: Bytes  # shape (N,)
    test_images: Bytes
    test_labels: Bytes

    def write(self, folder: Path) -> Path:
        """Write the unpacked files into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in self.files.items():
            (folder / file).write_bytes(content)
        return folder

    def install(self, root: Path) -> Path:
        """Write the unpacked files where they are read."""
        return self.write(root / LAYOUTS[self.name].folder)


Publish = Callable[[str], Published]


def publish_small(name: str, monkeypatch: pytest.MonkeyPatch) -> Published:
    """Let a small data set take the place of a published one, until the test ends.

    Four training images a class and two test images; facts and checksums become those of the
    small files, everything else is the real code.
    """
    facts = DATASETS[name]
    labels = np.arange(facts.classes, dtype=np.uint8)
    train_labels, test_labels = np.tile(labels, 4), np.tile(labels[::-1], 2)
    generator = np.random.default_rng(list(name.encode()))
    shape = facts.channels, facts.size, facts.size
    train, test = (
        generator.integers(0, 256, (len(some), *shape), dtype=np.uint8)
        for some in (train_labels, test_labels)
    )
    writer = idx_files if "MNIST" in name else cifar_files
    files = writer(name, train, train_labels, test, test_labels)
    small = replace(facts, train_images_of_classes=(4,) * facts.classes, test_images=len(test))
    monkeypatch.setitem(DATASETS, name, small)
    _publish_checksums(name, files, monkeypatch)
    return Published(name, files, train, train_labels, test, test_labels)


def idx(array: Bytes) -> bytes:
    """Return an array of bytes in the IDX format: magic number, sizes (big-endian), data."""
    magic = bytes([0, 0, 8, array.ndim])
    return magic + np.array(array.shape, dtype=">u4").tobytes() + array.tobytes()


def idx_files(
    _name: str, train: Bytes, train_labels: Bytes, test: Bytes, test_labels: Bytes
) -> dict[str, bytes]:
    """Return the four files of MNIST and Fashion-MNIST."""
    return {
        "train-images-idx3-ubyte": idx(train[:, 0]),
        "train-labels-idx1-ubyte": idx(train_labels),
        "t10k-images-idx3-ubyte": idx(test[:, 0]),
        "t10k-labels-idx1-ubyte": idx(test_labels),
    }


def cifar_files(
    name: str, train: Bytes, train_labels: Bytes, test: Bytes, test_labels: Bytes
) -> dict[str, bytes]:
    """Return the batches of CIFAR-10 or CIFAR-100: pickled rows of red, green, blue planes."""
    key = "labels" if name == "CIFAR-10" else "fine_labels"

    def batch(images: Bytes, labels: Bytes) -> bytes:
        rows = images.reshape(len(images), -1)
        return pickle.dumps({"data": rows, key: labels.tolist()}, protocol=2)

    names = list(DATASETS[name].class_names)
    if name == "CIFAR-100":
        return {
            "train": batch(train, train_labels),
            "test": batch(test, test_labels),
            "meta": pickle.dumps({"fine_label_names": names}, protocol=2),
        }
    parts = np.array_split(np.arange(len(train)), 5)
    batches = {
        f"data_batch_{number}": batch(train[part], train_labels[part])
        for number, part in enumerate(parts, start=1)
    }
    meta = pickle.dumps({"label_names": names}, protocol=2)
    return {**batches, "test_batch": batch(test, test_labels), "batches.meta": meta}


def _publish_checksums(name: str, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let our checksums, and torchvision's for CIFAR, be those of the small files."""
    layout = LAYOUTS[name]
    members = tuple(
        replace(m, digest=hashlib.new(m.algorithm, files[m.file]).hexdigest())
        for m in layout.members
    )
    monkeypatch.setitem(LAYOUTS, name, replace(layout, members=members))
    if layout.archive is None:
        return
    reader = getattr(torchvision_datasets, layout.torchvision_name)
    md5 = {m.file: m.digest for m in members}
    for part in ("train_list", "test_list"):
        monkeypatch.setattr(reader, part, [[file, md5[file]] for file, _ in getattr(reader, part)])
    monkeypatch.setattr(reader, "meta", {**reader.meta, "md5": md5[reader.meta["filename"]]})
