"""Whether a data set can be read here, told before anything is begun."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from published_files import Publish
from train_backend.data import check_present
from train_backend.data.files import LAYOUTS
from train_backend.errors import TrainError


@pytest.mark.parametrize("name", LAYOUTS)
def test_published_files_are_present(name: str, publish: Publish, tmp_path: Path) -> None:
    """And nothing is written beside them."""
    folder = publish(name).install(tmp_path)
    before = sorted(folder.iterdir())
    check_present(name, tmp_path)
    assert sorted(folder.iterdir()) == before


def test_a_changed_pixel_is_refused(publish: Publish, tmp_path: Path) -> None:
    """Sizes and labels are right, so the reader alone would train on it."""
    path = publish("MNIST").install(tmp_path) / "train-images-idx3-ubyte"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(TrainError, match=r"not MNIST as published \(a file has another checksum\)"):
        check_present("MNIST", tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_named(publish: Publish, tmp_path: Path) -> None:
    """Another user's cache."""
    path = publish("MNIST").install(tmp_path) / "train-images-idx3-ubyte"
    path.chmod(0)
    with pytest.raises(TrainError, match=r"train-images-idx3-ubyte cannot be read"):
        check_present("MNIST", tmp_path)
