"""Which files an import reads: files, folders, globs."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from data_contracts.errors import ContractError

_PIECE = 1 << 20  # bytes hashed at a time


def find_source_files(sources: Sequence[str | Path], suffixes: Sequence[str]) -> list[Path]:
    """Return every file that the sources name, in their order.

    A path that exists is taken as it is, whatever characters it holds. A folder stands for the
    files below it that end in one of the suffixes, sorted; names that start with a dot or an
    underscore are passed over. A glob (`*`, `?`, `[...]`, `**`) stands for what it matches.

    Args:
        sources: Paths, folders or globs on this machine.
        suffixes: Names that files of the format end in, e.g. `.csv`; a folder is searched for
            them, a file that is named is read whatever its name.

    Raises:
        ContractError: Nothing is there, or a file is named twice.
    """
    if not sources:
        raise ContractError("no source is given: name a file, folder or glob")
    files = [file for source in sources for file in _find(os.fspath(source), tuple(suffixes))]
    seen: set[str] = set()
    for file in files:
        place = os.path.realpath(file)
        if place in seen:
            raise ContractError(f"{file} is given twice: its rows would count double")
        seen.add(place)
    return files


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes as hexadecimal digits.

    Raises:
        ContractError: The file cannot be read.
    """
    found = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                found.update(piece)
    except OSError as error:
        raise unreadable(path, error) from error
    return found.hexdigest()


def unreadable(path: Path, error: Exception) -> ContractError:
    """Return the error of a file that the system or its library cannot read."""
    reason = getattr(error, "strerror", None) or error
    return ContractError(f"{path} cannot be read ({reason}): check the path and the file")


def _find(source: str, suffixes: tuple[str, ...]) -> list[Path]:
    if not source.strip():
        raise ContractError("an empty path is given: name a file, folder or glob")
    try:
        if Path(source).exists():
            return _files(Path(source), suffixes)
        if not glob.has_magic(source):
            raise ContractError(f"{source}: no such file or folder; check the path")
        # pathlib has no globs with an absolute or a parent part.
        matches = sorted(Path(found) for found in glob.glob(source, recursive=True))  # noqa: PTH207
    except (OSError, ValueError) as error:
        raise unreadable(Path(source.replace("\0", "?")), error) from error
    files = dict.fromkeys(file for match in matches for file in _files(match, suffixes))
    if not files:
        raise ContractError(f"nothing matches {source}: check the pattern")
    return list(files)


def _files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    if not path.is_dir():
        return [path]
    below = [
        file
        for file in sorted(path.rglob("*"))
        if file.is_file()
        and file.name.lower().endswith(suffixes)
        and not any(part.startswith((".", "_")) for part in file.relative_to(path).parts)
    ]
    if not below:
        raise ContractError(f"the folder {path} holds no file that ends in {', '.join(suffixes)}")
    return below
