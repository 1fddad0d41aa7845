"""Reading recall tables: files, folders, globs and URIs, as one validated union."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from data_contracts.casting import conform
from data_contracts.errors import ContractError, Violation
from data_contracts.limits import refuse_beyond, texts_of, unfolded
from data_contracts.provenance import Provenance, check_version, metadata_object
from data_contracts.rules import judge
from data_contracts.schema import BLOCK, METADATA_KEY, RECALL_TABLE
from data_contracts.sources import SourceFile, find_files, kind_of_file, note_input

log = logging.getLogger(__name__)

PARQUET = b"PAR1"


def read_recall_table(
    sources: str | Path | Sequence[str | Path], *, filesystem: fs.FileSystem | None = None
) -> pa.Table:
    """Return the union of recall tables, under the contract's schema and valid.

    Every file is cast by itself (`conform`), so no file decides for another; columns
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

    Example:
        >>> import pathlib, tempfile, rdstats as rd, data_contracts as dc
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> counts = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> file = pathlib.Path(tempfile.mkdtemp(), "recall.parquet")
        >>> dc.write_recall_table(counts, file, dc.Provenance(producer="my loop"))
        >>> dc.read_recall_table(file)["n_correct"].to_pylist()
        [90, 70]
    """
    files = recall_files(sources, filesystem=filesystem)
    # One file needs no name beside each row number: the message starts with it.
    names = [file.name if len(files) > 1 else "" for file in files]
    tables = []
    for file in files:
        with opened(file, texts_of(RECALL_TABLE)) as parquet:
            check_metadata(parquet, file)
            tables.append(read_whole(parquet, file, contract_columns(parquet)))
    union, found = _union(tables, names)
    if found:
        subject = files[0].name if len(files) == 1 else f"the union of {len(files)} files"
        raise ContractError.from_violations(subject, found)
    return union


def _union(tables: Sequence[pa.Table], names: Sequence[str]) -> tuple[pa.Table, list[Violation]]:
    """Return the rows of tables under the contract, and every rule that they break."""
    read = [conform(table, name) for table, name in zip(tables, names, strict=True)]
    union = pa.concat_tables([each.table for each in read])
    lengths = [(name, each.table.num_rows) for name, each in zip(names, read, strict=True)]
    missing = frozenset[str]().union(*(each.missing for each in read))
    found = [violation for each in read for violation in each.violations]
    return union, found + judge(union, missing, lengths)


def recall_files(
    sources: str | Path | Sequence[str | Path],
    *,
    filesystem: fs.FileSystem | None = None,
    told: bool = True,
) -> list[SourceFile]:
    """Return the recall tables that the sources name, in their order.

    A Parquet file below a folder is something else, as those of a report are, if it has neither
    our metadata nor right predictions of classes: it is left out, with a note in the log unless
    not `told`, where the sources name a recall table. A file that is named itself is always taken.

    Raises:
        ContractError: A source cannot be found or read, or is no Parquet file.
    """
    files = find_files([sources] if isinstance(sources, str | Path) else sources, filesystem)
    others = [file for file in files if file.in_folder and not is_recall_table(file)]
    if len(others) < len(files):  # else the reader says what they lack
        for file in others if told else ():
            log.info("%s is left out: it is no recall table", file.name)
        files = [file for file in files if file not in others]
    for file in files:
        if isinstance(file.filesystem, fs.LocalFileSystem):
            note_input(file.path)
    return files


def is_recall_table(file: SourceFile) -> bool:
    """Return whether a Parquet file has our metadata, or right predictions of classes."""
    with opened(file) as parquet:
        about = metadata_of(parquet, file)
        if about is not None:
            return not about.get("kind")
        return {"class_index", "n_correct"} <= set(parquet.schema_arrow.names)


def read_provenance(
    source: str | Path, *, filesystem: fs.FileSystem | None = None
) -> Provenance | None:
    """Return what a recall table's file says of where it came from, None if it says nothing.

    Raises:
        ContractError: The source names no file or several, is no Parquet file, or its metadata
            cannot be read.

    Example:
        >>> import pathlib, tempfile, rdstats as rd, data_contracts as dc
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> counts = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> file = pathlib.Path(tempfile.mkdtemp(), "recall.parquet")
        >>> dc.write_recall_table(counts, file, dc.Provenance(producer="my loop"))
        >>> dc.read_provenance(file).producer
        'my loop'
    """
    files = find_files([source], filesystem)
    if len(files) > 1:
        raise ContractError(
            f"{source} names {len(files)} files, each with its own provenance: ask for one"
        )
    with opened(files[0]) as parquet:
        value = (parquet.metadata.metadata or {}).get(METADATA_KEY)
    return None if value is None else Provenance.from_json(value, files[0].name)


def read_provenances(sources: str | Path | Sequence[str | Path]) -> dict[str, Provenance | None]:
    """Return what each recall table says of where it came from, by the name of its file.

    Without folders where names differ, so that the same tables are told alike in any folder.
    """
    files = recall_files(sources, told=False)
    names = [Path(file.name).name for file in files]
    if len(set(names)) < len(names):
        names = [file.name for file in files]
    return {
        name: read_provenance(file.path, filesystem=file.filesystem)
        for name, file in zip(names, files, strict=True)
    }


def check_metadata(parquet: pq.ParquetFile, file: SourceFile) -> None:
    """Refuse a file of another major version; note one that says nothing of its own."""
    about = metadata_of(parquet, file)
    if about is None:
        log.info("%s has no 'rdstats' metadata: read as recall table 1.0", file.name)
        return
    check_version(about, file.name)
    if kind := about.get("kind"):
        raise ContractError(
            f"{file.name} is a table of {kind}, not a recall table: name the recall table, which "
            "stands beside it"
        )


def contract_columns(parquet: pq.ParquetFile) -> list[str]:
    """Return the columns of a file to read: the contract's, or all if one of them is missing."""
    names: list[str] = parquet.schema_arrow.names
    if any(field.name not in names and not field.nullable for field in RECALL_TABLE):
        return names  # The other columns explain what is missing.
    return [name for name in RECALL_TABLE.names if name in names]


def read_whole(
    parquet: pq.ParquetFile, file: SourceFile, columns: Sequence[str], group: int | None = None
) -> pa.Table:
    """Return columns of a file, or of a row group, unless they are too large for the memory.

    That is told by the sizes it states, before anything is read, and by its dictionaries.

    Raises:
        ContractError: As of `refuse_beyond`.
    """
    about = parquet.metadata
    places = range(about.num_row_groups) if group is None else [group]
    groups = [about.row_group(place) for place in places]
    chunks = [group.column(place) for group in groups for place in range(group.num_columns)]
    wanted = [chunk for chunk in chunks if chunk.path_in_schema.partition(".")[0] in columns]
    packed = sum(chunk.total_uncompressed_size for chunk in wanted)
    refuse_beyond(max(packed, 4 * sum(chunk.num_values for chunk in wanted)), file.name)
    table = parquet.read_row_groups(list(places), columns=list(columns))
    refuse_beyond(unfolded(table), file.name)
    return table


def metadata_of(parquet: pq.ParquetFile, file: SourceFile) -> dict[str, Any] | None:
    """Return what a file says under the key `rdstats`, None if it says nothing."""
    value = (parquet.metadata.metadata or {}).get(METADATA_KEY)
    return None if value is None else metadata_object(value, file.name)


@contextmanager
def opened(file: SourceFile, dictionaries: Sequence[str] = ()) -> Iterator[pq.ParquetFile]:
    """Open a table's file, some columns as dictionaries; whatever goes wrong becomes one line."""
    try:
        with file.filesystem.open_input_file(file.path) as stream:
            head, tail = _ends(stream)
            if head[:4] != PARQUET or tail != PARQUET:
                kind = kind_of_file(head)
                remedy = "check which file was meant, or copy it again"
                if any(word in kind for word in ("text", "JSON", "numpy", "zip", "Arrow")):
                    remedy = (
                        "if it holds what a model answered, `rdstats import predictions "
                        f"{file.name} ...` makes one of it (other formats: rdstats import --list), "
                        "and `rdstats check BEFORE AFTER` compares two such files as they are"
                    )
                raise ContractError(
                    f"{file.name} is {kind}, and a recall table is a whole Parquet file: {remedy}"
                )
            texts = texts_of(pq.read_schema(stream)) if dictionaries else []
            stream.seek(0)
            known = [name for name in texts if name in dictionaries]
            with pq.ParquetFile(
                stream, page_checksum_verification=True, read_dictionary=known
            ) as parquet:
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


Block = tuple[str, str]
Places = dict[Block, list[tuple[SourceFile, list[int]]]]
"""Where the rows of each block lie: files, and the row groups in them."""


def count_rows(sources: Sequence[str | Path], *, filesystem: fs.FileSystem | None = None) -> int:
    """Return how many rows the files hold, without reading them; errors as of `recall_files`.

    Example:
        >>> import pathlib, tempfile, rdstats as rd, data_contracts as dc
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> counts = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> file = pathlib.Path(tempfile.mkdtemp(), "recall.parquet")
        >>> dc.write_recall_table(counts, file, dc.Provenance(producer="my loop"))
        >>> dc.count_rows([file])
        2
    """
    rows = 0
    for file in recall_files(sources, filesystem=filesystem, told=False):
        with opened(file) as parquet:
            rows += parquet.metadata.num_rows
    return rows


def read_recall_blocks(
    sources: Sequence[str | Path], *, filesystem: fs.FileSystem | None = None
) -> Iterator[pa.Table]:
    """Yield the recall table of one study and data set after another, each under the contract.

    Together they are `read_recall_table` of the same sources, in another order; no more than
    one of them is in memory here. Every rule is judged: none reaches beyond a block.

    Raises:
        ContractError: A source cannot be found or read, or a block breaks a rule; the rows are
            not told here (`rdstats validate` of a file does).

    Example:
        >>> import pathlib, tempfile, rdstats as rd, data_contracts as dc
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> counts = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> file = pathlib.Path(tempfile.mkdtemp(), "recall.parquet")
        >>> dc.write_recall_table(counts, file, dc.Provenance(producer="my loop"))
        >>> [block.num_rows for block in dc.read_recall_blocks([file])]
        [2]
    """
    for (study, dataset), places in _places(recall_files(sources, filesystem=filesystem)).items():
        read = [_rows(file, groups, study, dataset) for file, groups in places]
        table, broken = _union(read, [""] * len(read))
        if broken:
            rules = "; ".join(f"{each.rule} ({each.rows} rows): {each.why}" for each in broken)
            more = f" and {len(places) - 1} more files" if len(places) > 1 else ""
            raise ContractError(
                f"study {study}, data set {dataset} in {places[0][0].name}{more} breaks the "
                f"contract: {rules}; `rdstats validate` of the files tells which rows"
            )
        yield table


def _places(files: Sequence[SourceFile]) -> Places:
    places: Places = {}
    for file in files:
        groups_of_block: dict[Block, list[int]] = {}
        with opened(file, BLOCK) as parquet:
            check_metadata(parquet, file)
            for group in range(parquet.num_row_groups):
                keys = _blocks_in(parquet, group, file)
                for key in keys:
                    groups_of_block.setdefault(key, []).append(group)
        for key, groups in groups_of_block.items():
            places.setdefault(key, []).append((file, groups))
    if not places:
        raise ContractError("the tables have no rows: check which files were meant")
    return dict(sorted(places.items()))


def _blocks_in(parquet: pq.ParquetFile, group: int, file: SourceFile) -> list[Block]:
    """Return the studies and data sets of a row group, which may not be null."""
    present = [name for name in BLOCK if name in parquet.schema_arrow.names]
    table = read_whole(parquet, file, present, group)
    if len(present) < len(BLOCK) or any(table[name].null_count for name in BLOCK):
        raise ContractError(
            f"{file.name} does not name study and data set in every row: `rdstats validate` tells "
            "which rows"
        )
    texts = pa.table([table[name].cast(pa.string()) for name in BLOCK], names=list(BLOCK))
    return [
        (row["study"], row["dataset"]) for row in texts.group_by(BLOCK).aggregate([]).to_pylist()
    ]


def _rows(file: SourceFile, groups: list[int], study: str, dataset: str) -> pa.Table:
    with opened(file, texts_of(RECALL_TABLE)) as parquet:
        columns = contract_columns(parquet)
        found = []
        for group in groups:
            table = read_whole(parquet, file, columns, group)
            holds = pc.and_(
                pc.equal(table["study"].cast(pa.string()), study),
                pc.equal(table["dataset"].cast(pa.string()), dataset),
            )
            found.append(table.filter(holds))
    return pa.concat_tables(found)
