"""Data set files that are already on this machine: checked, unpacked, put where they are read."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import IO

from data_contracts.writing import write_whole
from train_backend.data.facts import dataset_facts
from train_backend.data.files import LAYOUTS, Layout, Member
from train_backend.errors import TrainError

LARGEST_FILE = 1 << 28  # the largest real one, CIFAR-100's `train`, has 156 MB
Stream = IO[bytes] | BufferedIOBase
DAMAGED = (EOFError, zlib.error, tarfile.TarError, OSError)


@dataclass(frozen=True)
class Unpacked:
    """What was done for `rdtrain data`: files written now, and those that lay there before.

    The digits, which come with scikit-learn, have no folder.
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
    are left alone; the others are written once all of them are verified. Only files with the
    published names are taken out of an archive, and no name in an archive ever decides where
    something is written.

    Args:
        name: A key of `DATASETS`.
        source: Their folder: IDX files, gzip'd or not, or CIFAR's archive or batches.
        root: As in `published`.

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
    folder, wanted = root / layout.folder, _missing(layout, root)
    found = {
        member: _verified(name, member, label, stream)
        for member, label, stream in _contents(layout, wanted, source)
    }
    absent = [member.file for member in wanted if member not in found]
    if absent:
        archive = f" or as {layout.archive}" if layout.archive else ""
        raise TrainError(
            f"{source} does not hold {name}: {', '.join(absent)} not found, neither plain nor as "
            f".gz{archive}; `--from` takes the folder that holds the published files"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for member, content in found.items():
            write_whole(folder / member.file, content)
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
                # gzip.open reads nothing yet: damage shows in `_verified`.
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


def _verified(name: str, member: Member, label: str, stream: Stream) -> bytes:
    """Return the content of a file, if its checksum is the published one."""
    try:
        # The checksum of what is longer is wrong already; a gzip bomb must not fill the memory.
        content = stream.read(LARGEST_FILE + 1)
    except DAMAGED as damage:
        raise _damaged(label, damage) from damage
    digest = hashlib.new(member.algorithm, content, usedforsecurity=False).hexdigest()
    if digest == member.digest:
        return content
    whose = [
        f"it is {other}'s {each.file}; "
        for other, layout in LAYOUTS.items()
        for each in layout.members
        if each.digest == digest
    ]
    raise TrainError(
        f"{label} is not {name}'s {member.file}: {''.join(whose[:1])}the {member.algorithm} of its "
        f"content begins with {digest[:8]}, not {member.digest[:8]}; get the file again"
    )


def _damaged(label: str, damage: BaseException) -> TrainError:
    return TrainError(f"{label} is truncated or damaged ({damage}): get the file again")
