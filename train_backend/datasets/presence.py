"""Whether a data set can be read here: asked before a study takes its folder."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from train_backend.datasets.archives import find_unpacked
from train_backend.datasets.facts import dataset_facts
from train_backend.datasets.folders import data_root
from train_backend.datasets.layouts import LAYOUTS
from train_backend.datasets.published import needs_torchvision, refuse_absent, unusable
from train_backend.errors import TrainError


def check_present(name: str, root: Path | None) -> None:
    """Raise unless `load_dataset` will find the data set `name`, whole and as published.

    Every file is compared with its checksum: 0.2 s of a core for Fashion-MNIST.

    Args:
        name: A key of `DATASETS`.
        root: Folder of the data sets; None for `data_root()`.

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
