"""What every table function takes: a path, a data frame, an Arrow table, or finished arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.casting import cast_to_contract
from data_contracts.errors import ContractError
from data_contracts.reading import count_rows, read_recall_blocks, read_recall_table
from data_contracts.rules import violations
from data_contracts.schema import RECALL_TABLE
from rdstats.errors import StatsError
from rdstats.tables.answers import (
    RightAnswers,
    counted_answers,
    is_predictions,
    read_with_answers,
)
from rdstats.tables.before_after import BeforeAfter, before_and_after
from rdstats.tables.counts import Counts, no_rows_of, read_counts
from rdstats.tables.selection import EVERYTHING, Selection

ROWS_AT_ONCE = 10_000_000
"""Rows of files that are read at once, some 2 GB; of more, a study and data set at a time."""

Paths: TypeAlias = str | Path | Sequence[str | Path]
Source: TypeAlias = Paths | pd.DataFrame | pa.Table
"""Where a recall table comes from: files, folders, globs or URIs, or a table in memory."""

_ORIGIN = ("split", "selected_on", "count_quality")


@dataclass(frozen=True)
class RecallArrays:
    """A recall table as arrays, for several table functions of one selection."""

    selection: Selection
    counts: tuple[Counts, ...]  # every evaluated model of the split, an element per kind of classes
    selected: tuple[BeforeAfter, ...]  # the selected ones, each beside its baseline
    rows: int  # of the table, of all splits
    origins: pa.Table  # split, selected_on and count_quality of its rows, or of the distinct ones


Tables: TypeAlias = Source | RecallArrays
"""What every table function takes."""


def read(source: Source) -> pa.Table:
    """Return a recall table under the contract's schema, every rule kept.

    Args:
        source: A file, folder, glob or URI, or several; a data frame; or an Arrow table.

    Raises:
        ContractError: A source cannot be found or read, or breaks a rule of the recall table.
        StatsError: It is none of these.

    Example:
        >>> import rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> counts = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> rd.read(counts.to_pandas()).num_rows
        2
    """
    counted, _ = _with_answers(source)
    if counted is not None:
        return counted
    if not isinstance(source, pd.DataFrame | pa.Table):
        return read_recall_table(_paths(source))
    name, table = "the table", source
    if isinstance(source, pd.DataFrame):
        name, table = "the data frame", _arrow(source)
    table = cast_to_contract(table, name)
    broken = violations(table)
    if broken:
        raise ContractError.from_violations(name, broken)
    return table


def as_table(source: Source) -> pa.Table:
    """Return a recall table as `read` does; an Arrow table under the schema is not judged again."""
    return source if _is_under_schema(source) else read(source)


def as_arrays(table: Tables, selection: Selection = EVERYTHING) -> RecallArrays:
    """Return a recall table as arrays, once for all the tables that are made of it.

    Files of more than `ROWS_AT_ONCE` rows are read a study and data set at a time: counts take
    some 40 bytes a row where Arrow takes some 200.

    Args:
        table: A recall table; arrays of another selection of the same split are selected anew.
        selection: What of it, by which metric.

    Raises:
        StatsError: The table has no row of this split, or the arrays are of another split.
        StatsError: `where` names a value that no compressed condition has, or leaves nothing.
        StatsError: A condition has some models only pruned and others fine-tuned.
        StatsError: The metric needs what the table lacks.
        ContractError: A source cannot be read or breaks a rule.
        ContractError: A compressed or control row has no baseline row, or a model lacks classes.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 30], **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> arrays = rd.as_arrays(table)
        >>> arrays.rows, rd.slopes(arrays)["alpha"].round(2).tolist()
        (4, [3.79])
    """
    if isinstance(table, RecallArrays):
        if selection == table.selection:
            return table
        if selection.split != table.selection.split:
            raise StatsError(
                f"these arrays are of split {table.selection.split}, not {selection.split}: read "
                "the table again for it"
            )
        selected = before_and_after(table.counts, selection)
        return replace(table, selection=selection, selected=selected)
    whole, answers = _with_answers(table)
    if whole is None and not isinstance(table, pd.DataFrame | pa.Table):
        paths = _paths(table)
        if count_rows(paths) > ROWS_AT_ONCE:
            return arrays_of_blocks(read_recall_blocks(paths), selection)
    whole = as_table(table) if whole is None else whole
    found = read_counts(whole, selection.split)
    counts = tuple(replace(each, answers=answers) for each in found)
    selected = before_and_after(counts, selection)
    return RecallArrays(selection, counts, selected, whole.num_rows, whole.select(_ORIGIN))


def _with_answers(table: Source) -> tuple[pa.Table | None, RightAnswers | None]:
    """Return the recall table and the answers of a source that holds predictions."""
    found = None
    if not isinstance(table, pd.DataFrame | pa.Table):
        found = read_with_answers([str(path) for path in _paths(table)])
    elif is_predictions(arrow := _arrow(table) if isinstance(table, pd.DataFrame) else table):
        found = counted_answers(arrow, "the table")
    return found or (None, None)


def arrays_of_blocks(blocks: Iterable[pa.Table], selection: Selection = EVERYTHING) -> RecallArrays:
    """Do what `as_arrays` does with the rows of one study and data set after another."""
    counts: list[Counts] = []
    rows, origins = 0, []
    for block in blocks:
        rows += block.num_rows
        origins.append(block.select(_ORIGIN).group_by(list(_ORIGIN)).aggregate([]))
        if selection.split in origins[-1]["split"].to_pylist():
            counts += read_counts(block, selection.split)
    told = pa.concat_tables(origins)
    if not counts:
        raise no_rows_of(selection.split, pc.unique(told["split"]).to_pylist())
    return RecallArrays(selection, tuple(counts), before_and_after(counts, selection), rows, told)


def _arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a data frame as an Arrow table; its index is no column."""
    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise ContractError(
            f"the data frame has a column of mixed kinds ({error}): give each column one type"
        ) from error


def _is_under_schema(source: object) -> bool:
    """Say whether this is an Arrow table with the contract's columns; text may be encoded."""
    if not isinstance(source, pa.Table):
        return False
    there = {
        field.name: field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        for field in source.schema
    }
    return all(there.get(field.name) == field.type for field in RECALL_TABLE)


def _paths(source: object) -> list[str | Path]:
    """Return files, folders, globs or URIs as a list; refuse what cannot be a table."""
    if isinstance(source, str | Path):
        return [source]
    if isinstance(source, Sequence) and all(isinstance(each, str | Path) for each in source):
        return list(source)
    raise StatsError(
        f"a recall table is a path (or several), a data frame or an Arrow table, not "
        f"{type(source).__name__}: `rdstats import` makes one of other results"
    )


def samples_of(arrays: RecallArrays) -> dict[str, pd.Series[int]]:
    """Return the samples of each class by data set, the most that a study has."""
    most = pd.concat(
        pd.DataFrame(counts.n_samples, columns=counts.class_index)
        .groupby(np.array(counts.names["dataset"])[counts.codes["dataset"]])
        .max()
        for counts in arrays.counts
    )
    found = most.groupby(level=0).max()
    return {str(name): row.dropna().astype(int) for name, row in found.iterrows()}


def origins_of(arrays: RecallArrays, column: str) -> list[str]:
    """Return the words in `selected_on` or `count_quality` of the split, null as `not said`."""
    here = arrays.origins.filter(pc.equal(arrays.origins["split"], arrays.selection.split))
    return sorted({word or "not said" for word in pc.unique(here[column]).to_pylist()})
