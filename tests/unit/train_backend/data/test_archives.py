"""`rdtrain data NAME --from DIR`: files that are already here."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from published_files import Publish, Published
from train_backend.data import archives as archives_module
from train_backend.data import load_dataset, unpack_dataset
from train_backend.data.files import LAYOUTS
from train_backend.errors import TrainError

DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def gzipped(small: Published, folder: Path) -> Path:
    """Write the files gzip'd, as they are published."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in small.files.items():
        # A date in the header, as any packer would leave it: the archive's own sum is unknown.
        (folder / f"{file}.gz").write_bytes(gzip.compress(content, mtime=1_234_567))
    return folder


def tarred(small: Published, folder: Path, *, extra: tuple[tarfile.TarInfo, ...] = ()) -> Path:
    """Write the files as one tar.gz, as the CIFARs are published."""
    folder.mkdir(parents=True, exist_ok=True)
    layout = LAYOUTS[small.name]
    with tarfile.open(folder / str(layout.archive), "w:gz") as tar:
        for entry in extra:
            tar.addfile(entry, io.BytesIO(b"x" * entry.size))
        for file, content in small.files.items():
            entry = tarfile.TarInfo(f"{layout.folder}/{file}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder`, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def expected_in(root: Path, small: Published) -> dict[str, bytes]:
    """Return what should lie below `root`, and nothing else."""
    assert root.is_dir()
    folder = LAYOUTS[small.name].folder
    return {f"{folder}/{file}": content for file, content in sorted(small.files.items())}


@pytest.mark.parametrize("name", ["MNIST", "Fashion-MNIST"])
@pytest.mark.parametrize("form", ["gzip'd", "plain", "another data root"])
def test_idx_files_are_unpacked_where_they_are_read(
    name: str, form: str, publish: Publish, tmp_path: Path
) -> None:
    """gzip'd, plain, or below the folder of another installation; then they load."""
    small, source, root = publish(name), tmp_path / "source", tmp_path / "root"
    if form == "gzip'd":
        gzipped(small, source)
    elif form == "plain":
        small.write(source)
    else:
        small.install(source)
    done = unpack_dataset(name, source, root)
    assert contents(root) == expected_in(root, small)
    assert done.folder == root / LAYOUTS[name].folder
    assert sorted(done.written) == sorted(small.files)
    assert done.already_there == ()
    dataset = load_dataset(
        name,
        root=root,
        device=torch.device("cpu"),
        split_generator=torch.Generator(),
        validation_fraction=0,
    )
    assert len(dataset.train) == 40


@pytest.mark.parametrize("name", ["CIFAR-10", "CIFAR-100"])
@pytest.mark.parametrize("form", ["archive", "batches", "folder of batches"])
def test_cifar_is_unpacked_where_it_is_read(
    name: str, form: str, publish: Publish, tmp_path: Path
) -> None:
    """The published tar.gz, or the batches, or the folder that holds their folder."""
    small, source, root = publish(name), tmp_path / "source", tmp_path / "root"
    if form == "archive":
        tarred(small, source)
    elif form == "batches":
        small.write(source)
    else:
        small.install(source)
    unpack_dataset(name, source, root)
    assert contents(root) == expected_in(root, small)


def test_what_is_already_there_is_left_alone(publish: Publish, tmp_path: Path) -> None:
    """A second time nothing is written; what is missing or damaged alone is replaced."""
    small, root = publish("MNIST"), tmp_path / "root"
    source = gzipped(small, tmp_path / "source")
    first = unpack_dataset("MNIST", source, root)
    assert (len(first.written), first.already_there) == (4, ())
    folder = root / "MNIST" / "raw"
    times = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    second = unpack_dataset("MNIST", source, root)
    assert second.written == ()
    assert len(second.already_there) == 4
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == times

    (folder / "t10k-labels-idx1-ubyte").write_bytes(b"damaged")
    (folder / "train-labels-idx1-ubyte").unlink()
    third = unpack_dataset("MNIST", source, root)
    assert third.written == ("train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte")
    assert third.already_there == ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte")
    assert contents(root) == expected_in(root, small)


def truncated_gzip(source: Path) -> str:
    """Cut a gzip'd file in half."""
    path = source / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:500])
    return r"t10k-images-idx3-ubyte\.gz is truncated or damaged .*get the file again"


def not_gzip(source: Path) -> str:
    """Put a page of HTML in its place."""
    (source / "t10k-images-idx3-ubyte.gz").write_bytes(b"<html>Not Found</html>")
    return r"t10k-images-idx3-ubyte\.gz is truncated or damaged \(Not a gzipped file"


def flipped_byte(source: Path) -> str:
    """Change one byte of the content and pack it again."""
    path = source / "t10k-images-idx3-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[100] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))
    return r"is not MNIST's t10k-images-idx3-ubyte: the sha256 of its content begins with"


def swapped(source: Path) -> str:
    """Put the training labels in the place of the test labels."""
    (source / "t10k-labels-idx1-ubyte.gz").write_bytes(
        (source / "train-labels-idx1-ubyte.gz").read_bytes()
    )
    return r"t10k-labels-idx1-ubyte\.gz is not .*: it is MNIST's train-labels-idx1-ubyte; "


def absent(source: Path) -> str:
    """Leave out two files."""
    (source / "train-labels-idx1-ubyte.gz").unlink()
    (source / "t10k-labels-idx1-ubyte.gz").unlink()
    return (
        r"does not hold MNIST: train-labels-idx1-ubyte, t10k-labels-idx1-ubyte not found, "
        r"neither plain nor as \.gz; `--from` takes"
    )


@pytest.mark.parametrize("damage", [truncated_gzip, not_gzip, flipped_byte, swapped, absent])
def test_a_bad_source_is_named_and_nothing_is_written(
    damage: Callable[[Path], str], publish: Publish, tmp_path: Path
) -> None:
    """Truncated, not gzip, one bit wrong, the wrong file, missing: one line, and no trace."""
    source, root = gzipped(publish("MNIST"), tmp_path / "source"), tmp_path / "root"
    message = damage(source)
    with pytest.raises(TrainError, match=message) as refused:
        unpack_dataset("MNIST", source, root)
    assert str(source) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert contents(root) == {}


@pytest.mark.parametrize("cut", [0, 100, 3_000])
def test_a_truncated_archive_is_named_and_nothing_is_written(
    cut: int, publish: Publish, tmp_path: Path
) -> None:
    """An empty file, a header, half the batches."""
    source, root = tarred(publish("CIFAR-10"), tmp_path / "source"), tmp_path / "root"
    archive = source / "cifar-10-python.tar.gz"
    archive.write_bytes(archive.read_bytes()[:cut])
    with pytest.raises(TrainError, match=r"cifar-10-python\.tar\.gz is truncated or damaged"):
        unpack_dataset("CIFAR-10", source, root)
    assert contents(root) == {}


def test_an_archive_of_something_else_is_refused(publish: Publish, tmp_path: Path) -> None:
    """CIFAR-100's archive under CIFAR-10's name holds none of the files."""
    publish("CIFAR-10")
    source = tarred(publish("CIFAR-100"), tmp_path / "source")
    (source / "cifar-100-python.tar.gz").rename(source / "cifar-10-python.tar.gz")
    with pytest.raises(TrainError, match=r"does not hold CIFAR-10: data_batch_1, .*tar\.gz"):
        unpack_dataset("CIFAR-10", source, tmp_path / "root")


def test_an_archive_writes_nowhere_but_into_its_own_folder(
    publish: Publish, tmp_path: Path
) -> None:
    """Paths upwards, absolute paths and links in an archive are not followed."""
    small, root = publish("CIFAR-10"), tmp_path / "root"
    evil = []
    for name in ("../escaped", f"{tmp_path}/absolute", "cifar-10-batches-py/unasked"):
        entry = tarfile.TarInfo(name)
        entry.size = 3
        evil.append(entry)
    link = tarfile.TarInfo("cifar-10-batches-py/test_batch")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
    source = tarred(small, tmp_path / "source", extra=(*evil, link))
    unpack_dataset("CIFAR-10", source, root)
    assert contents(root) == expected_in(root, small)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["root", "source"]


def test_a_file_that_unpacks_without_end_is_stopped(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zeros pack a thousandfold: what is longer than any real file is not written to its end."""
    monkeypatch.setattr(archives_module, "LARGEST_FILE", 100_000)
    source = gzipped(publish("MNIST"), tmp_path / "source")
    (source / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(50_000_000)))
    with pytest.raises(TrainError, match=r"train-labels-idx1-ubyte\.gz is not MNIST's"):
        unpack_dataset("MNIST", source, tmp_path / "root")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """The error names it and says what `--from` takes."""
    with pytest.raises(
        TrainError, match=r"there is no folder .*nowhere: `--from` takes the folder"
    ):
        unpack_dataset("MNIST", tmp_path / "nowhere", tmp_path / "root")


def test_a_root_that_cannot_be_written_is_named(publish: Publish, tmp_path: Path) -> None:
    """Here a file lies where the folder should be."""
    source = gzipped(publish("MNIST"), tmp_path / "source")
    (tmp_path / "root").write_text("a file")
    with pytest.raises(TrainError, match=r"MNIST cannot be written to .*root.*RDSTATS_DATA"):
        unpack_dataset("MNIST", source, tmp_path / "root")


def test_a_full_disk_leaves_what_was_there(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write fails half-way: one line, no temporary folder, the old files untouched."""
    small, root = publish("MNIST"), tmp_path / "root"
    source = gzipped(small, tmp_path / "source")
    folder = small.install(root)
    (folder / "t10k-labels-idx1-ubyte").write_bytes(b"old")
    before = contents(root)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(TrainError, match="No space left on device; make room there"):
        unpack_dataset("MNIST", source, root)
    assert contents(root) == before


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_the_files_of_debians_package_are_fashion_mnist(tmp_path: Path) -> None:
    """The real 70,000 images, through the real checksums."""
    unpack_dataset("Fashion-MNIST", DEBIAN, tmp_path)
    dataset = load_dataset(
        "Fashion-MNIST",
        root=tmp_path,
        device=torch.device("cpu"),
        split_generator=torch.Generator().manual_seed(0),
    )
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (
        54_000,
        6_000,
        10_000,
    )
    assert torch.bincount(dataset.test.labels).tolist() == [1_000] * 10
    assert torch.bincount(dataset.validation.labels).tolist() == [600] * 10
    # The first test image is an ankle boot.
    assert dataset.class_names[int(dataset.test.labels[0])] == "ankle boot"
