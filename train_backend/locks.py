"""Locks: one run at a time in a folder. The system lets go of them when a process dies."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from train_backend.errors import TrainError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


HELD = (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
"""What the system says where another process has the lock."""


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock file `path` for as long as the block runs.

    Args:
        path: A file that is made if need be, and stays.
        shared: Whether others may hold it too, if they also say so.

    Raises:
        TrainError: Another process holds it, or the disk knows no locks.
    """
    with path.open("a+") as file:
        try:
            _take(file, shared=shared)
        except OSError as held:
            if held.errno not in HELD:
                raise TrainError(
                    f"{path.parent} is on a disk that cannot lock files ({held.strerror}): "
                    "choose an --out on another disk"
                ) from held
            raise TrainError(
                f"another rdtrain is at work in {path.parent}{_holder(file)}: wait for it, "
                "or choose another --out"
            ) from held
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _take(file: IO[str], *, shared: bool) -> None:
    """Take the lock or raise OSError; closing the file, or dying, gives it back."""
    if sys.platform == "win32":  # knows no shared locks on a byte: shards there run in turn
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(file, kind | fcntl.LOCK_NB)


def _holder(file: IO[str]) -> str:
    try:
        file.seek(0)
        process = file.read().strip()
    except OSError:  # Windows locks the content too
        return ""
    return f" (process {process})" if process.isdigit() else ""
