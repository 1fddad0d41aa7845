"""Files, folders, globs and URIs to the files they name; what a file is by its first bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Thread
from typing import TypeVar

import pyarrow as pa
from pyarrow import fs

from data_contracts.errors import ContractError

_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "a Parquet file that ends too early"),
    (b"PARE", "an encrypted Parquet file"),
    (b"ARROW1", "an Arrow IPC (Feather) file"),
    (b"PK\x03\x04", "a zip archive (as .npz, .xlsx and PyTorch checkpoints are)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x93NUMPY", "a numpy array (.npy)"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x80", "a Python pickle"),
    (b"RDX", "an R data file"),
    (b"<", "an HTML or XML page"),
    (b"{", "JSON text"),
    (b"[", "JSON text"),
)


def kind_of_file(head: bytes) -> str:
    """Return in words what a file looks like by its first bytes, some hundred of them."""
    if not head:
        return "empty"
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()  # the mark some editors put first
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    try:
        text = head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # a character cut off by the end of `head` is no fault
            return "a binary file of an unknown kind"
        text = head[: error.start].decode("utf-8")
    if not all(character.isprintable() or character in "\r\n\t" for character in text):
        return "a binary file of an unknown kind"
    line = text.splitlines()[0] if text.strip() else ""
    separated = any(separator in line for separator in ",;\t")
    return "text with separated columns (CSV?)" if separated else "text"


PARQUET = (".parquet",)
_HIDDEN = (".", "_")

_ANSWER = 20.0
"""Seconds in which an object store answers the first time. Google's library waits for a quarter of
an hour, Azure's without end."""
_SILENCE = 4.0
"""Seconds of silence after which S3 is asked again, three times in all."""


@dataclass(frozen=True)
class SourceFile:
    """One file to read, and the file system that opens it."""

    filesystem: fs.FileSystem
    path: str
    name: str  # what messages call it: as the user wrote it, as far as that goes
    in_folder: bool = False  # a folder was named, and not the file: it may be something else


INPUTS: ContextVar[set[tuple[int, int]] | None] = ContextVar("INPUTS", default=None)
"""The files that the running command reads, by device and number; `write_whole` replaces none.

Who writes `t.parquet --out t.parquet` has not meant to lose her counts. In Python, where nothing
is set here, a table may be read and written back.
"""


def note_input(path: str | Path) -> None:
    """Remember a file that a command found by itself: in a folder, by a pattern or a setting."""
    known = INPUTS.get()
    if known is not None:
        with suppress(OSError, ValueError):  # it is read next, and then its error is told
            status = Path(path).stat()
            known.add((status.st_dev, status.st_ino))


def is_input(status: os.stat_result) -> bool:
    """Return whether this is a file that the running command reads."""
    return (status.st_dev, status.st_ino) in (INPUTS.get() or ())


def find_files(
    sources: Sequence[str | Path],
    filesystem: fs.FileSystem | None = None,
    suffixes: tuple[str, ...] = PARQUET,
) -> list[SourceFile]:
    """Return every file that the sources name, in their order.

    A folder stands for all files below it that end so, sorted by path; names below it that start
    with a dot or an underscore are passed over. A glob (`*`, `?`, `[...]`, `**` for any number of
    folders; in a URI `?` starts the query) stands for the files and folders it matches, sorted.
    A path that exists is taken as it is, whatever characters it holds.

    Args:
        sources: Paths, folders, globs, or URIs such as s3://bucket/study.
        filesystem: Where the paths are; by default this machine, or what the URI says.
        suffixes: How names of files in a folder end, in lower case.

    Raises:
        ContractError: There is no such file, nothing matches, a folder holds no such file, a URI
            cannot be opened, or one file is named twice.
    """
    if not sources:
        raise ContractError("no file is given: name a file, folder, glob or URI")
    files = [each for source in sources for each in _find(os.fspath(source), filesystem, suffixes)]
    seen: dict[tuple[str, str], str] = {}
    for file in files:
        local = isinstance(file.filesystem, fs.LocalFileSystem)
        place = (file.filesystem.type_name, os.path.realpath(file.path) if local else file.path)
        if place in seen:
            also = f" (also as {seen[place]})" if seen[place] != file.name else ""
            raise ContractError(
                f"{file.name} is given twice{also}: its rows would count double; name it once"
            )
        seen[place] = file.name
    return files


def open_filesystem(
    source: str | Path, filesystem: fs.FileSystem | None = None
) -> tuple[fs.FileSystem, str]:
    """Return the file system of a path or URI, and the path there.

    Raises:
        ContractError: The URI's scheme is unknown here, or it cannot be reached.
    """
    text = os.fspath(source)
    if filesystem is not None:
        return filesystem, text
    if not is_uri(text):
        return fs.LocalFileSystem(), Path(text).as_posix()
    try:
        # Of S3, the region of a bucket is asked for.
        opened, path = _answered(lambda: fs.FileSystem.from_uri(text), text)
    except (pa.ArrowException, OSError, ValueError, ImportError) as error:
        raise ContractError(
            f"{text} cannot be opened ({str(error)[:300]}): give a path, or a URI that pyarrow.fs "
            "opens (file, s3, gs, abfs, hdfs)"
        ) from error
    if opened.type_name == "s3":  # from a URI it tries ten times, and no thread can be left alone
        again, (options,) = opened.__reduce__()
        opened = again(options | {"connect_timeout": _SILENCE, "request_timeout": _SILENCE})
    return opened, path


_Answer = TypeVar("_Answer")


def _answered(ask: Callable[[], _Answer], source: str) -> _Answer:
    """Return what an object store answers first, or say that it does not."""
    answer: Future[_Answer] = Future()

    def wait() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # raised where it is waited for
            answer.set_exception(error)

    Thread(target=wait, daemon=True).start()
    try:
        return answer.result(_ANSWER)
    except TimeoutError as error:
        raise ContractError(
            f"{source} has not answered for {_ANSWER:g} s: check its address, the network and "
            "your credentials"
        ) from error


def _information(opened: fs.FileSystem, path: str, source: str) -> fs.FileInfo:
    """Return what is at a path of a source."""
    if isinstance(opened, fs.LocalFileSystem):
        return opened.get_file_info(path)
    return _answered(lambda: opened.get_file_info(path), source)


def is_uri(text: str) -> bool:
    """Return whether a source is a URI rather than a path (C:/ is a path)."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) is not None


def _find(
    source: str, filesystem: fs.FileSystem | None, suffixes: tuple[str, ...]
) -> list[SourceFile]:
    """Return the files that one source names."""
    if not source.strip():
        raise ContractError("an empty path is given: name a file, folder, glob or URI")
    # In a URI, "?" starts the options of the file system.
    path, mark, options = source.partition("?") if is_uri(source) else (source, "", "")
    magic = re.search(r"[*[]" if is_uri(source) else r"[*?[]", path)
    try:
        if magic is None or (not is_uri(source) and _exists(source, filesystem)):
            opened, place = open_filesystem(source, filesystem)
            info = _information(opened, place.rstrip("/") or "/", source)
            files = list(_files(opened, info, source, suffixes))
            kinds = " or ".join(kind for kind in suffixes if kind.count(".") == 1)
            nothing = f"the folder {source} holds no {kinds} file: name the folder of the tables"
        else:
            base = path[: magic.start()].rpartition("/")[0]
            pattern = path[len(base) :].lstrip("/").split("/")
            start = base or ("/" if path.startswith("/") else "")
            opened, place = open_filesystem(start + mark + options, filesystem)
            # `**` matches a folder and what is in it: a pattern names each file once.
            found = {info.path: info for info in _matches(opened, place, pattern)}
            below = [_files(opened, found[name], source, suffixes) for name in sorted(found)]
            files = list({file.path: file for each in below for file in each}.values())
            nothing = f"nothing matches {source}: check the pattern, or name a file or folder"
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ContractError(f"{source} cannot be read ({error}): check the path") from error
    if not files:
        raise ContractError(nothing)
    return files


def _exists(text: str, filesystem: fs.FileSystem | None) -> bool:
    opened, path = open_filesystem(text, filesystem)
    return bool(_information(opened, path, text).type != fs.FileType.NotFound)


def _files(
    opened: fs.FileSystem, info: fs.FileInfo, source: str, suffixes: tuple[str, ...]
) -> Iterator[SourceFile]:
    """Yield the file itself, or those of a folder."""
    if info.type == fs.FileType.NotFound:
        raise ContractError(f"{source}: no such file or folder; check the path")
    if info.type == fs.FileType.Unknown:
        raise ContractError(f"{source} is neither a file nor a folder: copy it to a file first")
    if info.type == fs.FileType.File:
        plain = not is_uri(source) and not re.search(r"[*?[]", source)
        yield SourceFile(opened, info.path, source if plain else info.path)
        return
    below = opened.get_file_info(fs.FileSelector(info.path, recursive=True))
    for each in sorted(below, key=lambda each: str(each.path)):
        inner = str(each.path)[len(str(info.path)) :].strip("/").split("/")
        hidden = any(part.startswith(_HIDDEN) for part in inner)
        if each.type == fs.FileType.File and inner[-1].lower().endswith(suffixes) and not hidden:
            yield SourceFile(opened, each.path, each.path, in_folder=True)


def _matches(opened: fs.FileSystem, folder: str, pattern: Sequence[str]) -> Iterator[fs.FileInfo]:
    """Yield what a glob matches, one folder level at a time, as a shell does."""
    head, *rest = pattern
    if _information(opened, folder or "/", folder).type != fs.FileType.Directory:
        return
    if head == "**":
        yield from _matches(opened, folder, rest or ["*"])
    for info in opened.get_file_info(fs.FileSelector(folder)):
        inside = info.type == fs.FileType.Directory
        name = str(info.base_name)
        if name.startswith(".") and not head.startswith("."):
            continue
        if head == "**" and inside:
            yield from _matches(opened, info.path, pattern)
        elif fnmatchcase(name, head) and (inside or not rest):
            if rest:
                yield from _matches(opened, info.path, rest)
            else:
                yield info
