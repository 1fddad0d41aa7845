"""MNIST, Fashion-MNIST and the CIFARs, from small files of the real formats."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from published_files import Publish, idx
from torchvision import datasets as torchvision_datasets

from train_backend.datasets import DATASETS, Dataset, load_dataset
from train_backend.datasets.layouts import LAYOUTS
from train_backend.errors import TrainError

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
    """(pixel - mean) / deviation of the training part, in the order and orientation of the file."""
    small = publish(name)
    small.install(tmp_path)
    dataset = load(name, tmp_path)
    facts = DATASETS[name]
    assert len(dataset.train) == 3 * facts.classes
    assert len(dataset.validation) == facts.classes
    assert dataset.class_names == facts.class_names
    assert dataset.test.labels.tolist() == small.test_labels.tolist()

    # The training part by its definition: what was not held out, in the published order.
    torch.testing.assert_close(dataset.train.images.mean((0, 2, 3)), torch.zeros(facts.channels))
    held_out = {tuple(image.flatten().tolist()) for image in dataset.validation.images}
    mean = -dataset.black  # in units of the deviation
    for channel in range(facts.channels):
        raw = small.test_images[:, channel].astype(np.float64)
        found = dataset.test.images[:, channel].double().numpy()
        deviation = (raw.max() - raw.min()) / (found.max() - found.min())
        np.testing.assert_allclose(found, raw / deviation - mean[channel].item(), atol=1e-4)
    assert len(held_out) == facts.classes


@pytest.mark.parametrize("name", ["Fashion-MNIST", "CIFAR-10"])
def test_mean_and_deviation_are_those_of_the_training_part_alone(
    name: str, publish: Publish, tmp_path: Path
) -> None:
    """Computed again by numpy from the published pixels of the images that train."""
    small = publish(name)
    small.install(tmp_path)
    dataset = load(name, tmp_path)
    whole = load_dataset(
        name,
        root=tmp_path,
        device=torch.device("cpu"),
        split_generator=torch.Generator(),
        validation_fraction=0,
    )
    # Which published image each training image is: the nearest by its normalised pixels.
    mean = small.train_images.mean((0, 2, 3))
    deviation = small.train_images.std((0, 2, 3))
    np.testing.assert_allclose(whole.black.numpy(), -mean / deviation, rtol=1e-5)
    scaled = whole.train.images.flatten(1)
    correlation = torch.corrcoef(torch.cat([dataset.train.images.flatten(1), scaled]))
    kept = correlation[: len(dataset.train), len(dataset.train) :].argmax(1).numpy()
    part = small.train_images[kept]
    expected = -part.mean((0, 2, 3)) / part.std((0, 2, 3))
    np.testing.assert_allclose(dataset.black.numpy(), expected, rtol=1e-5)
    assert not np.allclose(dataset.black.numpy(), whole.black.numpy(), rtol=1e-5)


def test_cifar_planes_are_red_green_blue_and_rows_run_from_the_top(
    publish: Publish, tmp_path: Path
) -> None:
    """A row of the file is 1,024 red, 1,024 green, 1,024 blue bytes, row by row."""
    small = publish("CIFAR-10")
    small.install(tmp_path)
    found = load("CIFAR-10", tmp_path).test.images[3]
    for channel, row, column in ((0, 0, 31), (1, 31, 0), (2, 7, 20)):
        same = small.test_images[3, channel] == small.test_images[3, channel, row, column]
        assert bool((found[channel][torch.from_numpy(same)] == found[channel, row, column]).all())
        others = found[channel][torch.from_numpy(~same)]
        assert not bool((others == found[channel, row, column]).any())


def test_fashion_mnist_padded_by_2_is_32x32(publish: Publish, tmp_path: Path) -> None:
    """For the ResNets; the border is black."""
    publish("Fashion-MNIST").install(tmp_path)
    dataset = load("Fashion-MNIST", tmp_path, padding=2)
    assert dataset.test.images.shape == (20, 1, 32, 32)
    assert bool((dataset.test.images[:, 0, 0] == dataset.black).all())


@pytest.mark.parametrize("name", PUBLISHED)
def test_missing_files_are_answered_with_the_folder_and_what_to_type(
    name: str, tmp_path: Path
) -> None:
    """No network is tried."""
    folder = tmp_path / LAYOUTS[name].folder
    with pytest.raises(TrainError) as missing:
        load(name, tmp_path)
    assert str(missing.value) == (
        f"{name} is not complete in {folder}: type `rdtrain data {name}` to fetch it, or "
        f"`rdtrain data {name} --from DIR` if its files are on this machine"
    )


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
    with pytest.raises(TrainError, match=r"are not MNIST as published .* `rdtrain data MNIST`"):
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
    ("field", "value", "why"),
    [
        ("train_images", 60_000, r"40 training labels and images of shape \(40, 1, 28, 28\)"),
        ("test_images", 10_000, "20 test labels"),
        ("size", 32, r"not 40 and \(40, 1, 32, 32\)"),
        ("class_names", tuple("012345678"), "the training labels are not 0 to 8"),
    ],
)
def test_files_with_other_contents_than_the_published_ones_are_refused(
    field: str,
    value: object,
    why: str,
    publish: Publish,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Too few images, another size, other labels: a study must not run on them silently."""
    publish("MNIST").install(tmp_path)
    monkeypatch.setitem(DATASETS, "MNIST", replace(DATASETS["MNIST"], **{field: value}))
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
    published = {file: md5 for file, md5 in reader.train_list + reader.test_list}
    published[reader.meta["filename"]] = reader.meta["md5"]
    assert {member.file: member.digest for member in layout.members} == published
    assert {member.algorithm for member in layout.members} == {"md5"}
    assert (layout.folder, layout.archive) == (reader.base_folder, reader.filename)
