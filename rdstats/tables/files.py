"""Whole files or none: what is written appears under its name only when it is complete."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file in one step, with its folder where that is missing, and return its path.

    The bytes go to a temporary name in the same folder, reach the disk, and take the file's
    name: a reader, a kill or a full disk never meets half a file, and an older file of that
    name stays as it was until the new one is complete.

    Raises:
        OSError: The folder cannot be written, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:  # named by what was asked for, not by the temporary name
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return path
