"""MNIST, Fashion-MNIST and the CIFARs, from small files of the real formats."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torchvision import datasets as torchvision_datasets

from published_files import Publish, idx
from train_backend.data import DATASETS, Dataset, load_dataset
from train_backend.data.files import LAYOUTS
from train_backend.data.splits import stratified_split
from train_backend.errors import TrainError

READER = "train_backend.data.preloaded_torchvision"
PUBLISHED = [name for name in DATASETS if name != "digits"]


def load(name: str, root: Path | None, *, padding: int = 0) -> Dataset:
    """Return a data set on the CPU, a quarter of each class held out."""
    return load_dataset(
        name,
        root=root,
        device=torch.device("cpu"),
        split_generator=torch.Generator().manual_seed(0),
        validation_fraction=0.25,
        padding=padding,
    )


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_pixel_and_label_arrives_normalised_per_channel(
    name: str, publish: Publish, tmp_path: Path
) -> None:
    """(pixel - mean) / deviation of the images that train, computed again by numpy."""
    small = publish(name)
    small.install(tmp_path)
    dataset = load(name, tmp_path)
    labels = torch.from_numpy(small.train_labels)
    kept, held_out = stratified_split(labels, 0.25, torch.Generator().manual_seed(0))
    training = small.train_images[kept.numpy()]
    mean = training.mean((0, 2, 3)).reshape(1, -1, 1, 1)
    deviation = training.std((0, 2, 3)).reshape(1, -1, 1, 1)
    for part, images, expected in (
        (dataset.train, training, labels[kept]),
        (dataset.validation, small.train_images[held_out.numpy()], labels[held_out]),
        (dataset.test, small.test_images, torch.from_numpy(small.test_labels)),
    ):
        np.testing.assert_allclose(part.images.numpy(), (images - mean) / deviation, atol=1e-5)
        assert part.labels.tolist() == expected.tolist()
    np.testing.assert_allclose(dataset.black.numpy(), (-mean / deviation).ravel(), rtol=1e-5)
    assert dataset.class_names == DATASETS[name].class_names


@pytest.mark.parametrize("name", PUBLISHED)
def test_missing_files_are_answered_with_the_folder_and_what_to_type(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No network is tried; a folder of the user's own stands in the command too."""
    folder = tmp_path / LAYOUTS[name].folder
    for root, command in (
        (tmp_path, f"rdtrain data {name} --data-root {tmp_path}"),
        (None, f"rdtrain data {name}"),
    ):
        with pytest.raises(TrainError) as missing:
            load(name, root)
        assert str(missing.value) == (
            f"{name} is not complete in {folder}: type `{command}` to fetch it, or "
            f"`{command} --from DIR` if its files are on this machine"
        )
        monkeypatch.setenv("RDSTATS_DATA", str(tmp_path))


def test_without_a_root_the_default_one_is_searched(
    monkeypatch: pytest.MonkeyPatch, publish: Publish, tmp_path: Path
) -> None:
    """$RDSTATS_DATA."""
    publish("MNIST").install(tmp_path)
    monkeypatch.setenv("RDSTATS_DATA", str(tmp_path))
    assert len(load("MNIST", None).test) == 20


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("train-images-idx3-ubyte", idx(np.zeros((40, 28, 28), np.uint8))[:-1]),
        ("train-images-idx3-ubyte", b""),
        ("t10k-labels-idx1-ubyte", b"<html>404 not found</html>"),
        ("t10k-labels-idx1-ubyte", idx(np.zeros((20, 1), np.uint8))),
    ],
)
def test_damaged_idx_files_are_answered_with_what_to_type(
    file: str, content: bytes, publish: Publish, tmp_path: Path
) -> None:
    """Cut short, empty, another format, another number of dimensions: one line each."""
    folder = publish("MNIST").install(tmp_path)
    (folder / file).write_bytes(content)
    with pytest.raises(
        TrainError, match=r"are not MNIST as published .* `rdtrain data MNIST --data"
    ):
        load("MNIST", tmp_path)


def test_a_cifar_batch_with_a_wrong_checksum_is_never_unpickled(
    publish: Publish, tmp_path: Path
) -> None:
    """A pickle can run anything: torchvision compares the md5 first."""
    folder = publish("CIFAR-10").install(tmp_path)
    ran = tmp_path / "ran"
    (folder / "test_batch").write_bytes(f"cos\nmkdir\n(V{ran}\ntR.".encode())
    with pytest.raises(TrainError, match=r"are not CIFAR-10 as published .*corrupted"):
        load("CIFAR-10", tmp_path)
    assert not ran.exists()


@pytest.mark.parametrize(
    ("expected", "why"),
    [
        (
            {"train_images_of_classes": (6_000,) * 10},
            r"40 training labels and images of shape \(40, 1, 28, 28\)",
        ),
        ({"test_images": 10_000}, "20 test labels"),
        ({"size": 32}, r"not 40 and \(40, 1, 32, 32\)"),
        ({"class_names": tuple("012345678")}, "the training labels are not 0 to 8"),
    ],
)
def test_files_with_other_contents_than_the_published_ones_are_refused(
    expected: dict[str, Any],
    why: str,
    publish: Publish,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Too few images, another size, other labels: a study must not run on them silently."""
    publish("MNIST").install(tmp_path)
    monkeypatch.setitem(DATASETS, "MNIST", replace(DATASETS["MNIST"], **expected))
    with pytest.raises(TrainError, match=why):
        load("MNIST", tmp_path)


def test_without_torchvision_the_error_says_what_to_install(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the published data sets need it."""
    publish("MNIST").install(tmp_path)
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(TrainError, match=r"pip install 'rdstats\[train\]'"):
        load("MNIST", tmp_path)


def test_a_torchvision_of_another_torch_is_told_and_ends_no_server(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its import raises RuntimeError; the server of the training processes must outlive it."""
    publish("MNIST").install(tmp_path / "data")
    (tmp_path / "torchvision").mkdir()
    broken = "raise RuntimeError('operator torchvision::nms does not exist')\n"
    (tmp_path / "torchvision" / "__init__.py").write_text(broken)
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("torchvision", "torchvision.datasets", READER):
        monkeypatch.delitem(sys.modules, module, raising=False)
    import_module(READER)
    with pytest.raises(TrainError, match=r"torchvision::nms does not exist\): type `pip install"):
        load("MNIST", tmp_path / "data")


@pytest.mark.parametrize("name", PUBLISHED)
def test_layouts_agree_with_torchvisions_readers(name: str) -> None:
    """Folder and files of all, checksums of the CIFARs; MNIST's there are of gzip'd files."""
    layout = LAYOUTS[name]
    reader = getattr(torchvision_datasets, layout.torchvision_name)
    if layout.archive is None:
        files = [archive.removesuffix(".gz") for archive, _ in reader.resources]
        assert sorted(files) == sorted(member.file for member in layout.members)
        assert layout.folder == f"{reader.__name__}/raw"
        return
    published = dict(reader.train_list + reader.test_list)
    published[reader.meta["filename"]] = reader.meta["md5"]
    assert {member.file: member.digest for member in layout.members} == published
    assert {member.algorithm for member in layout.members} == {"md5"}
    assert (layout.folder, layout.archive) == (reader.base_folder, reader.filename)
