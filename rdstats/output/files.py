"""Results as files: whole or not at all, in a folder that is made where it is missing."""

from pathlib import Path

from data_contracts import writing as whole_files


def write_whole(path: Path, content: bytes) -> Path:
    """Write a result in one step, with its folder where that is missing, and return its path.

    Raises:
        OSError: The folder cannot be made or written, or the disk is full; an older file of
            that name is unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    return whole_files.write_whole(path, content)
