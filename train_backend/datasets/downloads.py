"""Data sets fetched over the network, by torchvision."""

from __future__ import annotations

import tempfile
from http.client import HTTPException
from pathlib import Path

from train_backend.datasets.archives import Unpacked, find_unpacked, unpack_dataset
from train_backend.datasets.layouts import LAYOUTS
from train_backend.datasets.published import torchvision_class
from train_backend.errors import TrainError


def fetch_dataset(name: str, root: Path) -> Unpacked:
    """Fetch the data set `name` into `root`, unless it is there already.

    torchvision writes where it goes and takes a half-written file for a whole one, so it works
    in a temporary folder; from there the files take the way of `unpack_dataset`.

    Args:
        name: A key of `DATASETS`.
        root: Folder of all data sets.

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
