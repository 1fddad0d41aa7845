"""A data set as it was published, whoever publishes it."""

from __future__ import annotations

from pathlib import Path

from train_backend.datasets.dataset import Pixels
from train_backend.datasets.digits import read_digits
from train_backend.datasets.facts import dataset_facts
from train_backend.datasets.folders import data_root
from train_backend.datasets.published import read_published


def read_pixels(name: str, root: Path | None) -> Pixels:
    """Return the pixels and labels of a data set, on the CPU.

    Args:
        name: A key of `DATASETS`.
        root: Folder of the data sets; None for `data_root()`.

    Raises:
        TrainError: No such data set; its files are missing or damaged.
    """
    facts = dataset_facts(name)
    return read_digits() if name == "digits" else read_published(facts, root or data_root())
