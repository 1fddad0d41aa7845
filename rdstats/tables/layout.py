"""The one module that turns a recall table into arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ContractError
from data_contracts.rules import baseline_violations, violations
from data_contracts.schema import STAGED_CONDITION
from rdstats.errors import StatsError
from rdstats.output.order import column_key
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.tables.panel import LABELS, Panel

STAGE_ORDER = ("baseline", "control", "pruned", "finetuned")
_COUNTS = (
    "class_index",
    "n_samples",
    "n_correct",
    "n_predicted",
    "parameters",
    "parameters_nonzero",
)
_ROW = "row"  # the number of a row, beside its labels
_NULL = -1  # stands for a null count; counts are never negative
ClassNames = tuple[str | None, ...]


@dataclass(frozen=True)
class _Rows:
    """The rows of one split, and the evaluation and the class that each is of.

    Attributes:
        counts: The columns of counts, shape (rows,).
        class_name: The column of class names.
        names: As in a panel.
        codes: As in a panel, over all evaluations of the table.
        evaluation: The evaluation of each row, a position in the codes.
        label: The class of each row, a position in `class_index`.
        class_index: The classes of all data sets, ascending.
    """

    counts: dict[str, IntArray]
    class_name: pa.ChunkedArray
    names: dict[str, list[Any]]
    codes: dict[str, IntArray]
    evaluation: IntArray
    label: IntArray
    class_index: IntArray


def read_panels(table: pa.Table, split: str) -> list[Panel]:
    """Return a panel per kind of classes, in natural order of the first study and data set.

    Args:
        table: A recall table, or the union of several.
        split: The split to keep.

    Raises:
        StatsError: The table has no row of this split.
        ContractError: A compressed or control row has no baseline row, or a model lacks classes.
    """
    rows = _read_rows(_rows_of_split(table, split))
    panels = []
    for evaluations, classes, class_name in _kinds(rows):
        panel = _panel(rows, evaluations, classes, class_name)
        if panel is None:
            raise _broken(table, "a model lacks classes or has one twice")
        if (panel.baseline < 0).any():
            raise _broken(table, "a model has no baseline rows")
        panels.append(panel)
    return panels


def _read_rows(table: pa.Table) -> _Rows:
    """Say of every row where it belongs."""
    counts = {name: _whole_numbers(table[name]) for name in _COUNTS}
    label, class_index = _ascending(counts["class_index"])
    condition, names, of_condition = _conditions(table)
    model, models = _ranked(table["model"], "model")
    evaluation, found = _ascending(condition * len(models) + model)
    found_condition, found_model = np.divmod(found, len(models))
    codes = {name: values[found_condition] for name, values in of_condition.items()}
    return _Rows(
        counts=counts,
        class_name=table["class_name"],
        names={**names, "model": models},
        codes={**codes, "model": found_model},
        evaluation=evaluation,
        label=label,
        class_index=class_index,
    )


def _conditions(
    table: pa.Table,
) -> tuple[IntArray, dict[str, list[Any]], dict[str, IntArray]]:
    """Return the condition of each row, names as in a panel, and the codes of each condition.

    All labels but the model at once: one after another they take twice as long, and with the
    model the groups are too many for the processor's cache.
    """
    labels = table.select(STAGED_CONDITION).unify_dictionaries()  # where other software wrote some
    rows = labels.append_column(_ROW, pa.array(np.arange(table.num_rows)))
    groups = rows.group_by(STAGED_CONDITION, use_threads=False).aggregate([(_ROW, "list")])
    ranked = {label: _ranked(groups[label], label) for label in STAGED_CONDITION}
    order = np.lexsort([ranked[label][0] for label in reversed(STAGED_CONDITION)])
    members = groups[f"{_ROW}_list"].combine_chunks()
    condition = np.empty(table.num_rows, dtype=np.int64)
    condition[members.flatten().to_numpy()] = np.repeat(
        np.argsort(order), members.value_lengths().to_numpy()
    )
    names = {label: found for label, (_, found) in ranked.items()}
    return condition, names, {label: codes[order] for label, (codes, _) in ranked.items()}


def _kinds(rows: _Rows) -> Iterator[tuple[BoolArray, BoolArray, ClassNames]]:
    """Yield the evaluations, the classes and their names for all data sets with the same classes.

    A class has the name that the first of its rows in a study and data set gives.
    """
    study, dataset = rows.codes["study"], rows.codes["dataset"]
    _, block = np.unique(study * len(rows.names["dataset"]) + dataset, return_inverse=True)
    shape = (int(block.max()) + 1, rows.class_index.size)
    place = block[rows.evaluation] * shape[1] + rows.label
    row_of_class = _first_rows(place, np.arange(place.size), shape)
    row_of_name = row_of_class
    if rows.class_name.null_count:
        named = np.flatnonzero(rows.class_name.is_valid().to_numpy())
        row_of_name = _first_rows(place[named], named, shape)
    taken = rows.class_name.take(pa.array(np.maximum(row_of_name, 0).ravel())).to_pylist()
    names = np.array(taken, dtype=object).reshape(shape)
    names[row_of_name < 0] = None
    alike: dict[tuple[bytes, ClassNames], list[int]] = {}
    for position, (present, found) in enumerate(zip(row_of_class >= 0, names, strict=True)):
        alike.setdefault((present.tobytes(), tuple(found[present])), []).append(position)
    for (_, class_name), blocks in alike.items():
        yield np.isin(block, blocks), row_of_class[blocks[0]] >= 0, class_name


def _first_rows(place: IntArray, rows: IntArray, shape: tuple[int, int]) -> IntArray:
    """Return the first row at each place, -1 where there is none."""
    first = np.full(shape, -1)
    first.reshape(-1)[place[::-1]] = rows[::-1]  # the last one that is written stays
    return first


def _panel(
    rows: _Rows, evaluations: BoolArray, classes: BoolArray, class_name: ClassNames
) -> Panel | None:
    """Lay rows out as evaluations by classes; None where they do not fill it once."""
    here: IntArray | slice = slice(None)
    evaluation, label = rows.evaluation, rows.label
    if not evaluations.all():
        here = np.flatnonzero(evaluations[rows.evaluation])
        evaluation = (np.cumsum(evaluations) - 1)[evaluation[here]]
        label = (np.cumsum(classes) - 1)[label[here]]
    size = (int(evaluations.sum()), int(classes.sum()))
    place = evaluation * size[1] + label
    filled = np.zeros(size, dtype=bool)
    filled.reshape(-1)[place] = True
    if place.size != filled.size or not filled.all():
        return None

    def laid_out(name: str) -> IntArray:
        values = np.empty(size, dtype=np.int64)
        values.reshape(-1)[place] = rows.counts[name][here]
        return values

    def of_evaluations(name: str) -> IntArray:
        values = np.empty(size[0], dtype=np.int64)
        values[evaluation] = rows.counts[name][here]
        return values

    return Panel(
        class_index=rows.class_index[classes],
        class_name=class_name,
        names=rows.names,
        codes={label: codes[evaluations] for label, codes in rows.codes.items()},
        n_samples=laid_out("n_samples"),
        n_correct=laid_out("n_correct"),
        n_predicted=laid_out("n_predicted"),
        realised_ratio=_realised(
            of_evaluations("parameters"), of_evaluations("parameters_nonzero")
        ),
    )


def _realised(parameters: IntArray, nonzero: IntArray) -> FloatArray:
    """Return the quotient, NaN where a count is null or zero."""
    realised = np.full(parameters.shape, np.nan)
    np.divide(parameters, nonzero, out=realised, where=(parameters > 0) & (nonzero > 0))
    return realised


def _broken(whole: pa.Table, why: str) -> ContractError:
    """Return the contract's own words for a table that cannot be laid out.

    The contract is judged only now that something is wrong: a table from a file was judged when
    it was read, and a second time would cost as much as the analysis.
    """
    broken = [*violations(whole), *baseline_violations(whole)]
    if broken:
        return ContractError.from_violations("the union of the tables", broken)
    return ContractError(f"{why}; `rdstats validate` shows where")


def _rows_of_split(table: pa.Table, split: str) -> pa.Table:
    """Keep the rows of one split, and the columns that a panel is made of.

    Where every row is of it, nothing is copied: that would cost as much memory as the table.
    """
    of_split = pc.equal(table["split"], split)
    table = table.select([*LABELS, *_COUNTS, "class_name", "split"])
    kept = table
    if table.num_rows == 0 or not pc.all(of_split, skip_nulls=False).as_py():
        kept = table.filter(of_split)
    if kept.num_rows == 0:
        known = ", ".join(sorted(pc.unique(table["split"]).to_pylist())) or "no rows at all"
        raise StatsError(f"the table has no rows of split {split}; it has: {known}")
    return kept


def _ranked(column: pa.ChunkedArray, label: str) -> tuple[IntArray, list[Any]]:
    """Return a code per value and the names behind them, codes in the order of display."""
    key = STAGE_ORDER.index if label == "stage" else column_key(label)
    encoded = column.dictionary_encode()
    if encoded.num_chunks > 1:
        encoded = encoded.unify_dictionaries()
    found = encoded.chunk(0).dictionary.to_pylist()
    order = sorted(range(len(found)), key=lambda position: key(found[position]))
    rank = np.argsort(order)
    indices = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
    return rank[indices], [found[position] for position in order]


def _ascending(values: IntArray) -> tuple[IntArray, IntArray]:
    """Return the rank of each value among the distinct ones, and these, ascending.

    Where they are not far apart, a place for each that might be there is several times as fast
    as pandas' hashing.
    """
    size = int(values.max()) + 1
    if size > values.size or values.min() < 0:
        ranks, distinct = pd.factorize(values, sort=True)
        return ranks, distinct
    there = np.zeros(size, dtype=bool)
    there[values] = True
    return (np.cumsum(there) - 1)[values], np.flatnonzero(there)


def _whole_numbers(column: pa.ChunkedArray) -> IntArray:
    """Return a column of counts, -1 where null."""
    filled = column.fill_null(_NULL) if column.null_count else column
    return np.asarray(filled.to_numpy(), dtype=np.int64)
