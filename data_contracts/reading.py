"""Reading recall tables: files, folders, globs and URIs, as one validated union."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from data_contracts.casting import conform
from data_contracts.errors import ContractError
from data_contracts.file_kinds import kind_of_file
from data_contracts.provenance import Provenance, check_version
from data_contracts.rules import judge
from data_contracts.schema import METADATA_KEY, RECALL_TABLE
from data_contracts.sources import SourceFile, find_files

log = logging.getLogger(__name__)

PARQUET = b"PAR1"


def read_recall_table(
    sources: str | Path | Sequence[str | Path], *, filesystem: fs.FileSystem | None = None
) -> pa.Table:
    """Return the union of recall tables, under the contract's schema and valid.

    Every file is cast by itself (`cast_to_contract`), so no file decides for another; columns
    and metadata that version 1.0 does not know are ignored. A file without metadata is read as
    1.0, with a note in the log (logger `data_contracts.reading`, level INFO). Whether
    compressed rows have their baselines is not judged: `baseline_violations` does.

    Args:
        sources: Files, folders, globs or URIs, in the order the rows shall have.
        filesystem: Where the paths are; by default this machine, or what a URI says.

    Returns:
        The rows in file order, without metadata (see `read_provenance`).

    Raises:
        ContractError: A source cannot be found or read, is no Parquet file, is of another major
            version, or breaks a rule; `violations` holds every broken rule of all files.
    """
    files = find_files([sources] if isinstance(sources, str | Path) else sources, filesystem)
    # One file needs no name beside each row number: the message starts with it.
    names = [file.name if len(files) > 1 else "" for file in files]
    read = [conform(_read(file), name) for file, name in zip(files, names, strict=True)]
    union = pa.concat_tables([each.table for each in read])
    lengths = [(name, each.table.num_rows) for name, each in zip(names, read, strict=True)]
    missing = frozenset[str]().union(*(each.missing for each in read))
    found = [violation for each in read for violation in each.violations]
    found += judge(union, missing, lengths)
    if found:
        subject = files[0].name if len(files) == 1 else f"the union of {len(files)} files"
        raise ContractError.from_violations(subject, found)
    return union


def read_provenance(
    source: str | Path, *, filesystem: fs.FileSystem | None = None
) -> Provenance | None:
    """Return what a recall table's file says of where it came from, None if it says nothing.

    Raises:
        ContractError: The source names no file or several, is no Parquet file, or its metadata
            cannot be read.
    """
    files = find_files([source], filesystem)
    if len(files) > 1:
        raise ContractError(
            f"{source} names {len(files)} files, each with its own provenance: ask for one"
        )
    with opened(files[0]) as parquet:
        value = _metadata(parquet)
    return None if value is None else Provenance.from_json(value, files[0].name)


def _read(file: SourceFile) -> pa.Table:
    """Return the contract's columns of one file, in the types the file has them."""
    with opened(file) as parquet:
        check_metadata(parquet, file)
        return parquet.read(columns=contract_columns(parquet))


def check_metadata(parquet: pq.ParquetFile, file: SourceFile) -> None:
    """Refuse a file of another major version; note one that says nothing of its own."""
    value = _metadata(parquet)
    if value is None:
        log.info("%s has no 'rdstats' metadata: read as recall table 1.0", file.name)
    else:
        check_version(value, file.name)


def contract_columns(parquet: pq.ParquetFile) -> list[str]:
    """Return the columns of a file to read: the contract's, or all if one of them is missing."""
    names: list[str] = parquet.schema_arrow.names
    if any(field.name not in names and not field.nullable for field in RECALL_TABLE):
        return names  # The other columns explain what is missing.
    return [name for name in RECALL_TABLE.names if name in names]


def _metadata(parquet: pq.ParquetFile) -> bytes | None:
    value: bytes | None = (parquet.metadata.metadata or {}).get(METADATA_KEY)
    return value


@contextmanager
def opened(file: SourceFile) -> Iterator[pq.ParquetFile]:
    """Open a recall table's file; whatever goes wrong until it is closed becomes one line."""
    try:
        with file.filesystem.open_input_file(file.path) as stream:
            head, tail = _ends(stream)
            if head[:4] != PARQUET or tail != PARQUET:
                raise ContractError(
                    f"{file.name} is {kind_of_file(head)}, and a recall table is a whole Parquet "
                    "file: check which file was meant, or copy it again"
                )
            with pq.ParquetFile(stream, page_checksum_verification=True) as parquet:
                yield parquet
    except PermissionError as error:
        raise ContractError(
            f"{file.name} may not be read ({error.strerror}): check its permissions"
        ) from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ContractError(
            f"{file.name} is damaged or cannot be read ({error}): copy or write it again"
        ) from error


def _ends(stream: pa.NativeFile) -> tuple[bytes, bytes]:
    """Return the first bytes of a file, and the last four, leaving it at its start."""
    size = stream.size()
    head: bytes = stream.read(min(size, 512))
    stream.seek(max(0, size - len(PARQUET)))
    tail: bytes = stream.read()
    stream.seek(0)
    return head, tail
