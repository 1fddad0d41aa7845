"""Data set files that are already on this machine: checked, unpacked, put where they are read."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import IO

from train_backend.data.facts import dataset_facts
from train_backend.data.files import LAYOUTS, Layout, Member
from train_backend.errors import TrainError

CHUNK = 1 << 20
LARGEST_FILE = 1 << 28  # the largest real one, CIFAR-100's `train`, has 156 MB
Stream = IO[bytes] | BufferedIOBase
DAMAGED = (EOFError, zlib.error, tarfile.TarError, OSError)


@dataclass(frozen=True)
class Unpacked:
    """What was done for `rdtrain data`.

    Attributes:
        name: The data set.
        folder: Where its files lie; None for the digits, which come with scikit-learn.
        written: Files that were put there now.
        already_there: Files that lay there before, with the right checksum.
    """

    name: str
    folder: Path | None
    written: tuple[str, ...]
    already_there: tuple[str, ...]


def find_unpacked(name: str, root: Path) -> Unpacked | None:
    """Return what lies below `root` if it is the whole data set with the right checksums."""
    if dataset_facts(name).name not in LAYOUTS:
        return Unpacked(name, None, (), ())
    layout = LAYOUTS[name]
    if _missing(layout, root):
        return None
    there = tuple(member.file for member in layout.members)
    return Unpacked(name, root / layout.folder, (), there)


def unpack_dataset(name: str, source: Path, root: Path) -> Unpacked:
    """Check the files of a data set in `source` and put them, unpacked, where they are read.

    A file counts by the checksum of its content, gzip'd or not. Files that are already in place
    are left alone; the others are written to a temporary folder and renamed once all of them
    are verified. Only files with the published names are taken out of an archive, and no name
    in an archive ever decides where something is written.

    Args:
        name: A key of `DATASETS`.
        source: A folder with the IDX files, gzip'd or not, or with CIFAR's archive or batches.
        root: Folder of all data sets.

    Raises:
        TrainError: A file is missing, truncated or not the published one; a folder cannot be
            written.
    """
    there = find_unpacked(name, root)
    if there is not None and there.folder is None:
        return there
    if not source.is_dir():
        raise TrainError(
            f"there is no folder {source}: `--from` takes the folder that holds {name}'s files"
        )
    if there is not None:
        return there
    layout = LAYOUTS[name]
    folder = root / layout.folder
    wanted = _missing(layout, root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=root) as staging:
            found = set()
            for member, label, stream in _contents(layout, wanted, source):
                _copy_verified(name, member, label, stream, Path(staging))
                found.add(member)
            _refuse_absent(name, layout, source, [m for m in wanted if m not in found])
            folder.mkdir(parents=True, exist_ok=True)
            for member in wanted:
                (Path(staging) / member.file).replace(folder / member.file)
    except OSError as failure:
        raise TrainError(
            f"{name} cannot be written to {folder}: {failure.strerror or failure}; "
            "make room there, or name another folder in RDSTATS_DATA"
        ) from failure
    written = tuple(member.file for member in wanted)
    before = tuple(member.file for member in layout.members if member not in wanted)
    return Unpacked(name, folder, written, before)


def _missing(layout: Layout, root: Path) -> list[Member]:
    return [m for m in layout.members if not _is_published(m, root / layout.folder / m.file)]


def _is_published(member: Member, path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, member.algorithm).hexdigest() == member.digest


def _contents(
    layout: Layout, wanted: Sequence[Member], source: Path
) -> Iterator[tuple[Member, str, Stream]]:
    """Yield each wanted file that `source` holds: the file, where it was found, its content."""
    if layout.archive is not None and (source / layout.archive).is_file():
        yield from _in_archive(layout, wanted, source / layout.archive)
        return
    for member in wanted:
        for path in _candidates(member, layout, source):
            if path.is_file():
                # gzip.open reads nothing yet: damage shows in `_copy_verified`.
                with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
                    yield member, str(path), stream
                break


def _candidates(member: Member, layout: Layout, source: Path) -> list[Path]:
    places = source, source / layout.folder
    return [place / name for place in places for name in (member.file, f"{member.file}.gz")]


def _in_archive(
    layout: Layout, wanted: Sequence[Member], archive: Path
) -> Iterator[tuple[Member, str, Stream]]:
    by_path = {f"{layout.folder}/{member.file}": member for member in wanted}
    try:
        with tarfile.open(archive) as tar:
            for entry in tar:
                # Regular files only: extractfile would follow a link.
                stream = tar.extractfile(entry) if entry.isreg() else None
                if stream is not None and entry.name in by_path:
                    yield by_path[entry.name], f"{entry.name} in {archive}", stream
    except DAMAGED as damage:
        raise _damaged(str(archive), damage) from damage


def _copy_verified(name: str, member: Member, label: str, stream: Stream, staging: Path) -> None:
    """Copy `stream` into `staging`, if its checksum is the published one."""
    checksum = hashlib.new(member.algorithm, usedforsecurity=False)
    size = 0
    with (staging / member.file).open("wb") as target:
        for chunk in _chunks(stream, label):
            size += len(chunk)
            if size > LARGEST_FILE:
                break  # the checksum is wrong already; a gzip bomb must not fill the disk
            checksum.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    if size > LARGEST_FILE or checksum.hexdigest() != member.digest:
        raise TrainError(
            f"{label} is not {name}'s {member.file}: {_whose(checksum.hexdigest())}the "
            f"{member.algorithm} of its content begins with {checksum.hexdigest()[:8]}, not "
            f"{member.digest[:8]}; get the file again"
        )


def _chunks(stream: Stream, label: str) -> Iterator[bytes]:
    try:
        while chunk := stream.read(CHUNK):
            yield chunk
    except DAMAGED as damage:
        raise _damaged(label, damage) from damage


def _damaged(label: str, damage: BaseException) -> TrainError:
    return TrainError(f"{label} is truncated or damaged ({damage}): get the file again")


def _whose(digest: str) -> str:
    """Return a clause that names the data set whose file this is, where it is a known one."""
    for name, layout in LAYOUTS.items():
        for member in layout.members:
            if member.digest == digest:
                return f"it is {name}'s {member.file}; "
    return ""


def _refuse_absent(name: str, layout: Layout, source: Path, absent: Sequence[Member]) -> None:
    if not absent:
        return
    files = ", ".join(member.file for member in absent)
    archive = f" or as {layout.archive}" if layout.archive else ""
    raise TrainError(
        f"{source} does not hold {name}: {files} not found, neither plain nor as .gz{archive}; "
        "`--from` takes the folder that holds the published files"
    )
