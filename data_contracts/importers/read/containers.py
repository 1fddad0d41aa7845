"""What files lie in: gz, bz2, xz, zst and zip; a spreadsheet; UTF-16; Parquet, Feather, Arrow.

The standard library, pandas and pyarrow open them. Pickles are never read.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any, BinaryIO, cast

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

from data_contracts.errors import ContractError
from data_contracts.limits import PARSED, SAMPLE, read_all, refuse_beyond, texts_of

PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")
ARROW = (".feather", ".arrow", ".arrows", ".ipc")

_OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_Batches = Callable[[int, list[str]], Iterable[pa.RecordBatch]]  # so many rows of these columns


def unreadable(path: Path, error: Exception) -> ContractError:
    """Return the error of a file that the system or its library cannot read."""
    reason = getattr(error, "strerror", None) or error
    return ContractError(f"{path} cannot be read ({reason}): check the path and the file")


def with_packed(*suffixes: str) -> tuple[str, ...]:
    """Return suffixes of a format's files with those of the same files packed, and spreadsheets."""
    packed = [suffix + outer for suffix in suffixes for outer in PACKED]
    return (*suffixes, *packed, *([".xlsx"] if ".csv" in suffixes else []))


def suffix_of(path: Path) -> str:
    """Return the suffix of what a file holds: .csv of a.csv.gz, of a.xlsx, of a zip of a csv."""
    inner: PurePath = path
    if path.suffix.lower() == ".zip":
        with _readable(path), zipfile.ZipFile(path) as archive:
            inner = PurePath(_only_member(path, archive))
    elif path.suffix.lower() in PACKED:
        inner = path.with_suffix("")
    suffix = inner.suffix.lower()
    return {".xlsx": ".csv", ".obj": ".json"}.get(suffix, suffix)  # .obj: PyCM's


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading what it holds: unpacked, a sheet as csv, UTF-16 as UTF-8.

    Raises:
        ContractError: It cannot be read or unpacked, or holds several files or sheets.
    """
    with _readable(path):
        stream = _unpacked(path)
        with stream:
            head = stream.read(2)
            stream.seek(0)
            if path.suffix.lower() == ".xlsx":
                yield io.BytesIO(_sheet(path).encode())
            elif head in _UTF16:
                yield io.BytesIO(_recoded(read_all(stream, path), path))
            else:
                yield stream


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Tell what a library cannot read as an error that names the file."""
    try:
        yield
    except UnicodeDecodeError:  # of a text, which its reader explains
        raise
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error, zipfile.BadZipFile) as error:
        raise unreadable(path, error) from error
    except (RuntimeError, NotImplementedError) as error:  # an archive with a password
        raise unreadable(path, error) from error


def is_plain(path: Path) -> bool:
    """Return whether a file of text can be read as it lies there."""
    if path.suffix.lower() in (*PACKED, ".xlsx"):
        return False
    with _readable(path), path.open("rb") as stream:
        return stream.read(2) not in _UTF16


def _recoded(data: bytes, path: Path) -> bytes:
    try:
        return data.decode("utf-16").encode()
    except UnicodeDecodeError as error:
        raise unreadable(path, error) from error


def _unpacked(path: Path) -> BinaryIO:
    suffix = path.suffix.lower()
    if suffix in _OPENERS:
        return cast(BinaryIO, _OPENERS[suffix](path))
    if suffix == ".zst":  # whose stream cannot go back
        with pa.input_stream(str(path), compression="zstd") as packed:
            return io.BytesIO(read_all(packed, path))
    if suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return cast(BinaryIO, archive.open(_only_member(path, archive)))
    return path.open("rb")


def _only_member(path: Path, archive: zipfile.ZipFile) -> str:
    names = [name for name in archive.namelist() if not name.endswith("/")]
    names = [name for name in names if not name.startswith("__MACOSX/")]
    if len(names) != 1:
        raise ContractError(
            f"{path} holds {len(names)} files ({', '.join(names[:3])}, ...): unpack it, and name "
            "the one that is meant"
        )
    return names[0]


def _sheet(path: Path) -> str:
    """Return the one sheet of a spreadsheet that holds anything, as csv."""
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_beyond(PARSED * sum(each.file_size for each in archive.infolist()), path)
        sheets = pd.read_excel(
            path, sheet_name=None, header=None, dtype=str, keep_default_na=False, engine="openpyxl"
        )
    except ContractError:
        raise
    except Exception as error:  # a damaged one raises a dozen kinds
        raise unreadable(path, error) from error
    filled = {name: sheet for name, sheet in sheets.items() if len(sheet)}
    if len(filled) != 1:
        raise ContractError(
            f"{path} has {len(filled)} sheets with cells ({', '.join(list(filled)[:3])}): save the "
            "one that is meant as csv"
        )
    (sheet,) = filled.values()
    return sheet.to_csv(index=False, header=False)


@contextmanager
def arrow_columns(path: Path) -> Iterator[tuple[pa.Schema, _Batches]]:
    """Open a Parquet or Arrow file: its schema, and what gives batches of so many rows.

    Pages of Parquet are read under their checksums: a flipped bit is no other count.
    """
    try:
        with opened(path) as stream:
            packed = path.suffix.lower() in PACKED
            source: Any = io.BytesIO(read_all(stream, path)) if packed else path
            if suffix_of(path) == ".parquet":
                texts = texts_of(pq.read_schema(source))
                if packed:
                    source.seek(0)
                with pq.ParquetFile(
                    source, page_checksum_verification=True, read_dictionary=texts
                ) as file:
                    refuse_beyond(SAMPLE * file.metadata.num_rows, path)
                    yield (
                        file.schema_arrow,
                        lambda rows, names: file.iter_batches(rows, columns=names),
                    )
                return
            head = source.getvalue() if packed else stream.read(4)
            table = _arrow_table(source, head[:4], path)

        yield table.schema, lambda rows, of: table.select(of).to_batches(rows)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(path, error) from error


def _arrow_table(source: Any, head: bytes, path: Path) -> pa.Table:
    """Return the table of a Feather file of either version, or of a stream."""
    if head == b"FEA1":
        return pyarrow.feather.read_table(source)
    with pa.input_stream(source) as stream:
        file = pa.ipc.open_file(stream) if head == b"ARRO" else None
        reader = file or pa.ipc.open_stream(stream)
        batches = map(file.get_batch, range(file.num_record_batches)) if file else reader
        read, size = [], 0
        for batch in batches:
            read.append(batch)
            size += batch.nbytes
            refuse_beyond(size, path)
        return pa.Table.from_batches(read, reader.schema)
