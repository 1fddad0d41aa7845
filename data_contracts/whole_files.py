"""Whole files or none: what is written takes its name only when it is complete."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

TEMPORARY = ".rdstats-*.tmp"
"""What a writer that was killed leaves; readers of a folder pass over names with a dot."""


def write_whole(path: Path, content: bytes | pa.Buffer) -> Path:
    """Write a file in one step and return its path. Its folder must exist.

    The bytes go to a temporary name in the same folder, reach the disk, and take the file's
    name: a reader, a kill or a full disk never meets half a file, and an older file of that
    name stays as it was until the new one is complete. A link stays a link: the file it points
    to is the one replaced. The file has the permissions of any new file.

    Raises:
        OSError: The folder cannot be written, or the disk is full; `filename` is `path`.
    """
    target = Path(os.path.realpath(path))
    # Not `tempfile`: its files are the owner's alone, and stay so when renamed. The name does
    # not grow with the file's, which may be as long as the system allows.
    temporary = target.parent / TEMPORARY.replace("*", secrets.token_hex(4))
    try:
        with temporary.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError as error:  # named by what was asked for, not by the temporary name
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        with suppress(OSError):  # it has been renamed, or could not be made
            temporary.unlink()
    _sync_folder(target.parent)
    return path


def _sync_folder(folder: Path) -> None:
    """Bring a folder to the disk, so that a new name in it outlives a power cut.

    Not every system lets a folder be opened or synced; the file itself is whole either way.
    """
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
