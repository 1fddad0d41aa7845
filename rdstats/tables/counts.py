"""A recall table as arrays: counts of evaluated models by class; rows are read nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ContractError
from data_contracts.rules import baseline_violations, violations
from data_contracts.schema import BLOCK, CONDITION, STAGED_CONDITION, TRAINED_MODEL
from rdstats.errors import StatsError
from rdstats.output.words import column_key, ratio_text
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.tables.answers import RightAnswers

LABELS = (*STAGED_CONDITION, "model")  # of an evaluated model, in the order of rows
STAGE_ORDER = ("baseline", "control", "pruned", "finetuned")
_NUMBERS = (
    *("class_index", "n_samples", "n_correct", "n_predicted", "n_both_correct"),
    *("parameters", "parameters_nonzero"),
)
_ROW = "row"  # the number of a row, beside its labels
_NULL = -1  # stands for a null count; counts are never negative
ClassNames = tuple[str | None, ...]


class ConditionKey(NamedTuple):
    """What names a condition, whatever its stage: the columns `CONDITION`."""

    study: str
    dataset: str
    architecture: str
    method: str
    ratio: float

    @property
    def label(self) -> str:
        """The condition in words."""
        parts = (self.dataset, self.architecture, self.method, f"t = {ratio_text(self.ratio)}")
        return f"{self.study}: {', '.join(parts)}"


@dataclass(frozen=True)
class Counts:
    """The evaluated models of all data sets that have the same classes; each has every class.

    Studies and data sets lie below each other, so that a statistic runs once over all of them.
    """

    class_index: IntArray  # ascending
    class_name: ClassNames  # None where the table gives none
    names: dict[str, list[Any]]  # behind the codes of each of `LABELS`, in display order
    codes: dict[str, IntArray]  # one per evaluated model for each of `LABELS`, sorted by them
    n_samples: IntArray  # of the class, shape (evaluated models, classes)
    n_correct: IntArray
    n_predicted: IntArray  # -1 where null
    realised_ratio: FloatArray  # parameters / parameters_nonzero per model, NaN where null
    baseline: IntArray  # the row of each model's baseline, -1 where there is none
    n_both_correct: IntArray  # as n_correct, right in the baseline too; -1 where null
    answers: RightAnswers | None = None  # where predictions came with the counts

    def having(self, label: str, *wanted: str | float) -> BoolArray:
        """Say of each evaluated model whether its label is one of these."""
        return np.array([name in wanted for name in self.names[label]])[self.codes[label]]

    def name(self, label: str, row: int) -> Any:
        """Return what one row is called: its study, its ratio, its model."""
        return self.names[label][self.codes[label][row]]

    def keys(self, *labels: str) -> IntArray:
        """Return one number per evaluated model that stands for these labels together."""
        return _joint(self.codes, self.names, labels)

    def conditions_of(self, rows: BoolArray | IntArray) -> list[ConditionKey]:
        """Return the distinct conditions of these rows, in order."""
        _, first = np.unique(self.keys(*CONDITION)[rows], return_index=True)
        where = np.arange(self.baseline.size)[rows][first].tolist()
        return [ConditionKey(*(self.name(label, row) for label in CONDITION)) for row in where]


def read_counts(table: pa.Table, split: str) -> list[Counts]:
    """Return the counts per kind of classes, in natural order of the first study and data set.

    Raises:
        StatsError: The table has no row of this split.
        ContractError: A compressed or control row has no baseline row, or a model lacks classes.
    """
    rows = _read_rows(_rows_of_split(table, split))
    found = []
    for models, classes, class_name in _kinds(rows):
        counts = _laid_out(rows, models, classes, class_name)
        if counts is None:
            raise _broken(table, "a model lacks classes or has one twice")
        if (counts.baseline < 0).any():
            raise _broken(table, "a model has no baseline rows")
        found.append(counts)
    return found


@dataclass(frozen=True)
class _Rows:
    """The rows of one split: the evaluated model and the class that each is of."""

    numbers: dict[str, IntArray]  # the columns of numbers
    class_name: pa.ChunkedArray
    names: dict[str, list[Any]]  # as in `Counts`
    codes: dict[str, IntArray]  # as in `Counts`, over all evaluated models of the table
    model: IntArray  # the evaluated model of each row, a position in the codes
    label: IntArray  # the class of each row, a position in `class_index`
    class_index: IntArray  # the classes of all data sets, ascending


def _rows_of_split(table: pa.Table, split: str) -> pa.Table:
    """Keep the rows of one split, and the columns that are read.

    Where every row is of it, nothing is copied: that would cost as much memory as the table.
    """
    of_split = pc.equal(table["split"], split)
    kept = table.select([*LABELS, *_NUMBERS, "class_name", "split"])
    if table.num_rows == 0 or not pc.all(of_split, skip_nulls=False).as_py():
        kept = kept.filter(of_split)
    if kept.num_rows == 0:
        raise no_rows_of(split, pc.unique(table["split"]).to_pylist())
    return kept


def no_rows_of(split: str, known: list[str]) -> StatsError:
    """Return the error of a table without rows of a split, with the splits that it has."""
    there = ", ".join(sorted(known)) or "no rows at all"
    return StatsError(f"the table has no rows of split {split}; it has: {there}")


def _read_rows(table: pa.Table) -> _Rows:
    """Say of every row where it belongs."""
    numbers = {name: _whole_numbers(table[name]) for name in _NUMBERS}
    label, class_index = _ascending(numbers["class_index"])
    condition, names, codes = _conditions(table)
    model, names["model"] = _ranked(table["model"], "model")
    evaluated, found = _ascending(condition * len(names["model"]) + model)
    found_condition, found_model = np.divmod(found, len(names["model"]))
    codes = {name: values[found_condition] for name, values in codes.items()}
    codes["model"] = found_model
    return _Rows(numbers, table["class_name"], names, codes, evaluated, label, class_index)


def _conditions(
    table: pa.Table,
) -> tuple[IntArray, dict[str, list[Any]], dict[str, IntArray]]:
    """Return the condition of each row, the names of labels, and the codes of each condition.

    All labels but the model at once: one after another they take twice as long, as do pandas'
    groups, and with the model the groups are too many for the processor's cache.
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
    """Yield the models, the classes and their names for all data sets with the same classes.

    A class has the name that the first of its rows in a study and data set gives.
    """
    _, block = np.unique(_joint(rows.codes, rows.names, BLOCK), return_inverse=True)
    shape = (int(block.max()) + 1, rows.class_index.size)
    place = block[rows.model] * shape[1] + rows.label
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


def _laid_out(
    rows: _Rows, models: BoolArray, classes: BoolArray, class_name: ClassNames
) -> Counts | None:
    """Lay rows out as evaluated models by classes; None where they do not fill it once."""
    here: IntArray | slice = slice(None)
    model, label = rows.model, rows.label
    if not models.all():
        here = np.flatnonzero(models[rows.model])
        model = (np.cumsum(models) - 1)[model[here]]
        label = (np.cumsum(classes) - 1)[label[here]]
    size = (int(models.sum()), int(classes.sum()))
    place = model * size[1] + label
    filled = np.zeros(size, dtype=bool)
    filled.reshape(-1)[place] = True
    if place.size != filled.size or not filled.all():
        return None

    def laid(name: str, shape: tuple[int, ...], where: IntArray) -> IntArray:
        values = np.empty(shape, dtype=np.int64)
        values.reshape(-1)[where] = rows.numbers[name][here]
        return values

    codes = {name: values[models] for name, values in rows.codes.items()}
    parameters, nonzero = (
        laid(name, size[:1], model) for name in ("parameters", "parameters_nonzero")
    )
    realised = np.full(parameters.shape, np.nan)
    np.divide(parameters, nonzero, out=realised, where=(parameters > 0) & (nonzero > 0))
    return Counts(
        class_index=rows.class_index[classes],
        class_name=class_name,
        names=rows.names,
        codes=codes,
        n_samples=laid("n_samples", size, place),
        n_correct=laid("n_correct", size, place),
        n_predicted=laid("n_predicted", size, place),
        realised_ratio=realised,
        baseline=_baselines(codes, rows.names),
        n_both_correct=laid("n_both_correct", size, place),
    )


def _baselines(codes: dict[str, IntArray], names: dict[str, list[Any]]) -> IntArray:
    """Return the row of the baseline of each evaluated model, -1 where there is none."""
    trained, model = np.unique(_joint(codes, names, TRAINED_MODEL), return_inverse=True)
    is_baseline = np.array([name == "baseline" for name in names["stage"]])[codes["stage"]]
    row_of_model = np.full(trained.size, -1)
    row_of_model[model[is_baseline]] = np.flatnonzero(is_baseline)
    return row_of_model[model]


def _joint(
    codes: dict[str, IntArray], names: dict[str, list[Any]], labels: tuple[str, ...]
) -> IntArray:
    """Return one number that stands for several codes together, in their order."""
    sizes = tuple(len(names[label]) for label in labels)
    return np.asarray(np.ravel_multi_index([codes[label] for label in labels], sizes))


def _broken(whole: pa.Table, why: str) -> ContractError:
    """Return the contract's own words for a table that cannot be laid out.

    The contract is judged only now that something is wrong: a table from a file was judged when
    it was read, and a second time would cost as much as the analysis.
    """
    broken = [*violations(whole), *baseline_violations(whole)]
    if broken:
        return ContractError.from_violations("the union of the tables", broken)
    return ContractError(f"{why}; `rdstats validate` shows where")


def _ranked(column: pa.ChunkedArray, label: str) -> tuple[IntArray, list[Any]]:
    """Return a code per value and the names behind them, codes in the order of display."""
    key = STAGE_ORDER.index if label == "stage" else column_key(label)
    encoded = column.dictionary_encode()
    if encoded.num_chunks > 1:
        encoded = encoded.unify_dictionaries()
    found = encoded.chunk(0).dictionary.to_pylist()
    order = sorted(range(len(found)), key=lambda position: key(found[position]))
    indices = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
    return np.argsort(order)[indices], [found[position] for position in order]


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
