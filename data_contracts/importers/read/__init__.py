"""What a file holds, whatever it is about: text, records, arrays, pieces of predictions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.errors import ContractError


def unreadable(path: Path, error: Exception) -> ContractError:
    """Return the error of a file that the system or its library cannot read."""
    reason = getattr(error, "strerror", None) or error
    return ContractError(f"{path} cannot be read ({reason}): check the path and the file")


@contextmanager
def parquet_file(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file, its pages under their checksums: a flipped bit is no other count."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            yield file
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(path, error) from error
