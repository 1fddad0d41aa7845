"""Whole files or none: what is written takes its name only when it is complete."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from data_contracts.casting import conform
from data_contracts.columns import Columns, rounded_ratio
from data_contracts.errors import ContractError, Violation
from data_contracts.provenance import Provenance
from data_contracts.rules import judge
from data_contracts.schema import KEY, METADATA_KEY, RECALL_TABLE, VERSION
from data_contracts.sources import is_input, open_filesystem

TEMPORARY = ".rdstats-*.tmp"
"""What a writer that was killed leaves; readers of a folder pass over names with a dot."""


def write_whole(path: Path, content: bytes | pa.Buffer) -> Path:
    """Write a file in one step and return its path. Its folder must exist.

    The bytes go to a temporary name in the same folder, reach the disk, and take the file's
    name: a reader, a kill or a full disk never meets half a file, and an older file of that
    name stays as it was until the new one is complete. A link stays a link: the file it points
    to is the one replaced. An older file's permissions stay, a new one has those of any new file.

    Raises:
        OSError: The folder cannot be written, the disk is full, or the path is no regular file (a
            device, a pipe); `filename` is `path`.
        ContractError: The file was read as an input of the running command (`INPUTS`), or its name
            holds NUL.
    """
    refuse_nul(path)
    target = Path(os.path.realpath(path))
    older = _older(target, path)
    # Not `tempfile`: its files are the owner's alone, and stay so when renamed. The name does
    # not grow with the file's, which may be as long as the system allows.
    temporary = target.parent / TEMPORARY.replace("*", secrets.token_hex(4))
    try:
        with temporary.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if older is not None:
            temporary.chmod(stat.S_IMODE(older.st_mode))
        temporary.replace(target)
    except OSError as error:  # named by what was asked for, not by the temporary name
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        with suppress(OSError):  # it has been renamed, or could not be made
            temporary.unlink()
    _sync_folder(target.parent)
    return path


def refuse_nul(path: Path) -> None:
    """Refuse a name that no file may have, which the system tells in a raw error.

    Raises:
        ContractError: It holds the character NUL.
    """
    if "\0" in str(path):
        raise ContractError(f"{str(path)!r} holds NUL, which no name of a file may: correct it")


def _older(target: Path, path: Path) -> os.stat_result | None:
    """Return what is known of the file that will be replaced, None where there is none."""
    try:
        older = target.stat()
    except OSError:
        return None
    if is_input(older):
        raise ContractError(
            f"{path} is one of the files that were read: writing there would lose it; give "
            "another name to --out"
        )
    if not stat.S_ISREG(older.st_mode) and not stat.S_ISDIR(older.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return older


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write files into, which take their places in `folder` all together.

    They do when the block ends, index.html last; a block that raises leaves `folder` as it was.
    The files move, not the folder: others in it stay, and so does who stands in it or serves it.
    Before the first of them moves, each is known to be allowed to.

    Raises:
        OSError, ContractError: As `write_whole`; `filename` is the place in `folder`.
    """
    refuse_nul(folder)
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / TEMPORARY.replace("*", secrets.token_hex(4))
    try:
        beside.mkdir()
        yield beside
        moves = []
        for path in sorted(beside.iterdir(), key=lambda path: (path.name == "index.html", path)):
            place = folder / path.name
            older = _older(Path(os.path.realpath(place)), place)
            if older is not None and stat.S_ISDIR(older.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))
            if older is not None:
                path.chmod(stat.S_IMODE(older.st_mode))
            moves.append((path, place))
        for path, place in moves:
            if place.is_symlink():  # what it points to may lie on another disk
                write_whole(place, path.read_bytes())
            else:
                path.replace(place)
    except OSError as error:
        if error.filename is not None:  # named by what was asked for
            error.filename = str(error.filename).replace(str(beside), str(folder))
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if made:
            with suppress(OSError):  # it holds the files
                folder.rmdir()
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Bring a folder to the disk, so that a new name in it outlives a power cut."""
    with suppress(OSError):  # not every system allows it; the file is whole either way
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_recall_table(
    table: pa.Table,
    path: str | Path,
    provenance: Provenance,
    *,
    filesystem: fs.FileSystem | None = None,
) -> None:
    """Write a recall table to a Parquet file, if it keeps every rule.

    Types are cast as `cast_to_contract` does, nullable columns that are not there are written
    as nulls, `ratio` is rounded to 4 decimals and rows are sorted by the key. The same rows and
    provenance give the same bytes, in whatever order the rows came. On this machine the file
    appears whole, under a temporary name that is then renamed, or an older file stays as it
    was; object stores do so by themselves.

    Args:
        table: The rows.
        path: The file, or a URI such as s3://bucket/study/recall.parquet.
        provenance: Where the counts came from; its version becomes ours.
        filesystem: Where the path is; by default this machine, or what a URI says.

    Raises:
        ContractError: The table breaks a rule or has a column the recall table does not know
            (`violations` holds each), or the file cannot be written.

    Example:
        >>> import pathlib, tempfile, rdstats as rd
        >>> from data_contracts import Provenance
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> counts = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> file = pathlib.Path(tempfile.mkdtemp(), "recall.parquet")
        >>> rd.write_recall_table(counts, file, Provenance(producer="my loop"))
        >>> rd.read(file)["n_correct"].to_pylist()
        [90, 70]
    """
    ordered = _ordered(table, f"the table for {path}")
    metadata = {METADATA_KEY: replace(provenance, version=VERSION).to_json()}
    write_parquet(
        ordered.replace_schema_metadata(metadata),
        path,
        filesystem,
        compression="snappy",  # every reader has it; zstd is missing from some builds for R
        use_dictionary=True,
    )


def write_parquet(
    table: pa.Table, path: str | Path, filesystem: fs.FileSystem | None, **encoding: object
) -> None:
    """Write a Parquet file whole or not at all; `encoding` is how `pq.write_table` packs columns.

    Raises:
        ContractError: The file cannot be written.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        row_group_size=1_000_000,
        version="2.6",
        write_statistics=True,
        write_page_checksum=True,  # a flipped bit is an error when read, not another count
        **encoding,
    )
    data = sink.getvalue()
    opened, place = open_filesystem(path, filesystem)
    try:
        if isinstance(opened, fs.LocalFileSystem):
            write_whole(Path(place), data)
        else:
            with opened.open_output_stream(place) as stream:
                stream.write(data)
    except (pa.ArrowException, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ContractError(
            f"{path} cannot be written ({reason}): see that its folder exists and is writable "
            "and that there is space left; what was there before is unchanged"
        ) from error


def _ordered(table: pa.Table, subject: str) -> pa.Table:
    """Return the valid table sorted by its key."""
    conformed = conform(table)
    found = list(conformed.violations)
    unknown = [name for name in table.column_names if name not in RECALL_TABLE.names]
    if unknown:
        names = ", ".join(f"{name!r}" for name in unknown)
        why = f"the recall table has no column {names}: leave it out, or put it into the notes"
        found.append(Violation("known columns", table.num_rows, (), why))
    columns = Columns(conformed.table)
    rounded = pa.array(rounded_ratio(columns.ratio()), mask=~columns.valid("ratio"))
    position = RECALL_TABLE.get_field_index("ratio")
    whole = conformed.table.set_column(position, RECALL_TABLE.field(position), rounded)
    found += judge(whole, conformed.missing)
    if found:
        raise ContractError.from_violations(subject, found)
    order = np.argsort(Columns(whole).coded(*KEY).codes, kind="stable")
    return whole.take(pa.array(order)).combine_chunks()
