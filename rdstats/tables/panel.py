"""The one module that turns a recall table into arrays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ContractError
from data_contracts.rules import baseline_violations, violations
from rdstats.errors import StatsError
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.tables.order import column_key

STAGE_ORDER = ("baseline", "control", "pruned", "finetuned")
# The labels of an evaluated model within one study and data set, in the order of rows.
_LABELS = ("architecture", "method", "ratio", "stage", "model")
_KEYS = ("study", "dataset", *_LABELS)
_COUNTS = (
    "class_index",
    "n_samples",
    "n_correct",
    "n_predicted",
    "parameters",
    "parameters_nonzero",
)
_THREADS = min(4, os.cpu_count() or 1)  # each holds a panel's arrays on their way: memory counts
_NULL = -1  # stands for a null count; counts are never negative


@dataclass(frozen=True)
class Panel:
    """All evaluated models of one data set in one study; every model has every class.

    Attributes:
        study: The study.
        dataset: The data set.
        class_index: The classes, ascending, shape (classes,).
        class_name: Their names, None where the table gives none.
        names: The names behind the codes, in display order: architectures, methods, ratios,
            stages, models.
        codes: For each of these, a code per evaluation, shape (evaluations,); evaluations are
            sorted by them.
        n_samples: Samples of the class, shape (evaluations, classes).
        n_correct: Right predictions, same shape.
        n_predicted: Predictions of the class, same shape, -1 where null.
        realised_ratio: parameters / parameters_nonzero, shape (evaluations,), NaN where null.
    """

    study: str
    dataset: str
    class_index: IntArray
    class_name: tuple[str | None, ...]
    names: dict[str, list[Any]]
    codes: dict[str, IntArray]
    n_samples: IntArray
    n_correct: IntArray
    n_predicted: IntArray
    realised_ratio: FloatArray

    def stage_is(self, *stages: str) -> BoolArray:
        """Say of each evaluation whether its stage is one of these."""
        return self._is_one_of("stage", stages)

    @property
    def method_is_none(self) -> BoolArray:
        """Say of each evaluation whether it names no method: baselines and shared controls."""
        return self._is_one_of("method", ("none",))

    @cached_property
    def baseline(self) -> IntArray:
        """The row of the baseline of each evaluation's model, -1 where there is none."""
        key = self.keys("architecture", "model")
        rows = np.flatnonzero(self.stage_is("baseline"))
        row_of_key = np.full(key.max() + 1, -1)
        row_of_key[key[rows]] = rows
        return row_of_key[key]

    def keys(self, *labels: str) -> IntArray:
        """Return one number per evaluation that stands for these labels together."""
        shape = tuple(len(self.names[label]) for label in labels)
        return np.asarray(np.ravel_multi_index([self.codes[label] for label in labels], shape))

    def conditions_of(self, rows: BoolArray | IntArray) -> list[tuple[str, str, float]]:
        """Return the distinct (architecture, method, ratio) of these rows, in order."""
        labels = ("architecture", "method", "ratio")
        shape = tuple(len(self.names[label]) for label in labels)
        axes = np.unravel_index(np.unique(self.keys(*labels)[rows]), shape)
        names = (self.names[label] for label in labels)
        columns = [[found[code] for code in axis] for found, axis in zip(names, axes, strict=True)]
        return list(zip(*columns, strict=True))

    def _is_one_of(self, label: str, wanted: Sequence[str]) -> BoolArray:
        codes = [code for code, name in enumerate(self.names[label]) if name in wanted]
        return np.isin(self.codes[label], codes)


def read_panels(table: pa.Table, split: str) -> list[Panel]:
    """Return a panel per study and data set, in natural order of their names.

    Args:
        table: A recall table, or the union of several.
        split: The split to keep.

    Raises:
        StatsError: The table has no row of this split.
        ContractError: A compressed or control row has no baseline row, or a model lacks classes.
    """
    whole, table = table, _rows_of_split(table, split)
    columns = {name: _whole_numbers(table[name]) for name in _COUNTS}
    # Arrow and numpy let go of the interpreter while they work: columns, then panels, side by side.
    with ThreadPoolExecutor(_THREADS) as pool:
        ranked = dict(zip(_KEYS, pool.map(lambda label: _ranked(table, label), _KEYS), strict=True))
        codes = {label: code for label, (code, _) in ranked.items()}
        names = {label: name for label, (_, name) in ranked.items()}
        block = codes["study"] * len(names["dataset"]) + codes["dataset"]
        panels = list(
            pool.map(lambda rows: _panel(whole, table, names, codes, columns, rows), _groups(block))
        )
    if any((panel.baseline < 0).any() for panel in panels):
        raise _broken(whole, "a model has no baseline rows")
    return panels


def _panel(
    whole: pa.Table,
    table: pa.Table,
    names: dict[str, list[Any]],
    codes: dict[str, IntArray],
    columns: dict[str, IntArray],
    rows: IntArray,
) -> Panel:
    """Lay the rows of one study and data set out as evaluations by classes."""
    study = names["study"][codes["study"][rows[0]]]
    dataset = names["dataset"][codes["dataset"][rows[0]]]
    shape = tuple(len(names[label]) for label in _LABELS)
    key = np.ravel_multi_index([codes[label][rows] for label in _LABELS], shape)
    evaluation, keys = pd.factorize(key, sort=True)
    class_code, class_index = pd.factorize(columns["class_index"][rows], sort=True)
    size = (len(keys), len(class_index))
    place = evaluation * size[1] + class_code
    filled = np.zeros(size, dtype=bool)
    filled.flat[place] = True
    if len(rows) != filled.size or not filled.all():
        why = f"study {study}, data set {dataset}: a model lacks classes or has one twice"
        raise _broken(whole, why)

    def laid_out(name: str) -> IntArray:
        values = np.empty(size, dtype=np.int64)
        values.flat[place] = columns[name][rows]
        return values

    row_of_evaluation = np.empty(size[0], dtype=np.int64)
    row_of_evaluation[evaluation] = rows
    parameters = columns["parameters"][row_of_evaluation]
    nonzero = columns["parameters_nonzero"][row_of_evaluation]
    realised = np.full(size[0], np.nan)
    np.divide(parameters, nonzero, out=realised, where=(parameters > 0) & (nonzero > 0))
    unravelled = np.unravel_index(keys, shape)
    return Panel(
        study=study,
        dataset=dataset,
        class_index=np.asarray(class_index, dtype=np.int64),
        class_name=_class_names(table["class_name"], rows, class_code, size[1]),
        names={label: names[label] for label in _LABELS},
        codes={
            label: np.asarray(unravelled[axis], dtype=np.int64)
            for axis, label in enumerate(_LABELS)
        },
        n_samples=laid_out("n_samples"),
        n_correct=laid_out("n_correct"),
        n_predicted=laid_out("n_predicted"),
        realised_ratio=realised,
    )


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
    table = table.select([*_KEYS, *_COUNTS, "class_name", "split"])
    kept = table
    if table.num_rows == 0 or not pc.all(of_split, skip_nulls=False).as_py():
        kept = table.filter(of_split)
    if kept.num_rows == 0:
        known = ", ".join(sorted(pc.unique(table["split"]).to_pylist())) or "no rows at all"
        raise StatsError(f"the table has no rows of split {split}; it has: {known}")
    return kept


def _ranked(table: pa.Table, label: str) -> tuple[IntArray, list[Any]]:
    """Return a code per row and the names behind them, codes in the order of display."""
    key = STAGE_ORDER.index if label == "stage" else column_key(label)
    encoded = table[label].dictionary_encode().unify_dictionaries()
    found = encoded.chunk(0).dictionary.to_pylist()
    order = sorted(range(len(found)), key=lambda position: key(found[position]))
    rank = np.empty(len(found), dtype=np.int32)  # a code per row: memory counts
    rank[order] = np.arange(len(found))
    indices = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
    return rank[indices], [found[position] for position in order]


def _whole_numbers(column: pa.ChunkedArray) -> IntArray:
    """Return a column of counts, -1 where null."""
    filled = column.fill_null(_NULL) if column.null_count else column
    return np.asarray(filled.to_numpy(), dtype=np.int64)


def _groups(codes: IntArray) -> Sequence[IntArray]:
    """Return the rows of each distinct code, codes ascending."""
    # Up to 16 bits numpy sorts by radix, in a pass.
    codes = codes.astype(np.min_scalar_type(codes.max(initial=0)))
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order])) + 1
    return np.split(order, starts)


def _class_names(
    column: pa.ChunkedArray, rows: IntArray, class_code: IntArray, classes: int
) -> tuple[str | None, ...]:
    """Return a name per class: the first that its rows give."""
    given = np.arange(rows.size)[::-1]
    if column.null_count:  # looked at for every panel: over the whole table only where it must be
        given = np.flatnonzero(column.is_valid().to_numpy()[rows])[::-1]
    row_of_class = np.full(classes, -1)
    row_of_class[class_code[given]] = rows[given]
    taken = column.take(pa.array(np.maximum(row_of_class, 0))).to_pylist()
    return tuple(name if row >= 0 else None for name, row in zip(taken, row_of_class, strict=True))
