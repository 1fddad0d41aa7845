"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

TEMPORARY = ".rdstats-*.tmp"
"""What a writer that was killed leaves, here and in `data_contracts.writing`."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name beside it, then rename it.

    Raises:
        OSError: It cannot be written; what was there before is unchanged.
    """
    temporary = path.with_name(TEMPORARY.replace("*", secrets.token_hex(4)))
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
