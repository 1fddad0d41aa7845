"""Reading recall tables that do not fit into memory: one study and data set at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from data_contracts.casting import conform
from data_contracts.errors import ContractError
from data_contracts.reading import check_metadata, contract_columns, opened
from data_contracts.rules import judge
from data_contracts.sources import SourceFile, find_files
from data_contracts.violation import Violation

BLOCK = ("study", "dataset")

Block = tuple[str, str]
Places = dict[Block, list[tuple[SourceFile, list[int]]]]
"""Where the rows of each block lie: files, and the row groups in them."""


def count_rows(sources: Sequence[str | Path], *, filesystem: fs.FileSystem | None = None) -> int:
    """Return how many rows the files hold, without reading them.

    Raises:
        ContractError: A source cannot be found or read, or is no Parquet file.
    """
    rows = 0
    for file in find_files(sources, filesystem):
        with opened(file) as parquet:
            rows += parquet.metadata.num_rows
    return rows


def read_recall_blocks(
    sources: Sequence[str | Path], *, filesystem: fs.FileSystem | None = None
) -> Iterator[pa.Table]:
    """Yield the recall table of one study and data set after another, each under the contract.

    Together they are `read_recall_table` of the same sources, in another order; no more than
    one of them is in memory here. Every rule is judged: none reaches beyond a block.

    Args:
        sources: Files, folders, globs or URIs.
        filesystem: Where the paths are; by default this machine, or what a URI says.

    Raises:
        ContractError: A source cannot be found or read, or a block breaks a rule; the rows are
            not told here (`rdstats validate` of a file does).
    """
    for (study, dataset), places in _places(find_files(sources, filesystem)).items():
        read = [conform(_rows(file, groups, study, dataset)) for file, groups in places]
        table = pa.concat_tables([each.table for each in read])
        missing = frozenset[str]().union(*(each.missing for each in read))
        broken = [violation for each in read for violation in each.violations]
        broken += judge(table, missing)
        if broken:
            raise ContractError(_words(study, dataset, broken, [file.name for file, _ in places]))
        yield table


def _places(files: Sequence[SourceFile]) -> Places:
    places: Places = {}
    for file in files:
        groups_of_block: dict[Block, list[int]] = {}
        with opened(file) as parquet:
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
    """Return the studies and data sets of a row group.

    Raises:
        ContractError: A column is missing, or a value is null.
    """
    present = [name for name in BLOCK if name in parquet.schema_arrow.names]
    table = parquet.read_row_group(group, columns=present)
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
    with opened(file) as parquet:
        columns = contract_columns(parquet)
        found = []
        for group in groups:
            table = parquet.read_row_group(group, columns=columns)
            holds = pc.and_(
                pc.equal(table["study"].cast(pa.string()), study),
                pc.equal(table["dataset"].cast(pa.string()), dataset),
            )
            found.append(table.filter(holds))
    return pa.concat_tables(found)


def _words(study: str, dataset: str, broken: Sequence[Violation], files: Sequence[str]) -> str:
    rules = "; ".join(f"{each.rule} ({each.rows} rows): {each.why}" for each in broken)
    where = f"{files[0]}" + (f" and {len(files) - 1} more files" if len(files) > 1 else "")
    return (
        f"study {study}, data set {dataset} in {where} breaks the contract: {rules}; "
        "`rdstats validate` of the files tells which rows"
    )
