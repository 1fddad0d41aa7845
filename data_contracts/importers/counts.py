"""The counts of one evaluated model: for every class its samples and its right answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described
from data_contracts.importers.labels import in_class_order
from data_contracts.importers.samples import Answers
from data_contracts.rules import violations
from data_contracts.schema import COUNT_QUALITIES, RATIO_DECIMALS, RECALL_TABLE

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ClassCounts:
    """Counts per class, in the order of `class_names`; any order, `recall_table_of` sorts.

    Attributes:
        class_names: Labels as text, each once, shape (classes,).
        n_samples: Test samples of each class, all > 0: classes without any are left out.
        n_correct: Of those, predicted right.
        n_predicted: Samples of any class predicted as this one; None where not known.
        n_both_correct: Right here and in the baseline of the same model; None where not known.
        count_quality: `exact`, or `rounded` where counts were recovered from rounded recalls.

    Raises:
        ContractError: Lengths differ, a class is there twice, a value is no whole number, or
            counts contradict each other; names the class and the values.
    """

    class_names: tuple[str, ...]
    n_samples: IntArray
    n_correct: IntArray
    n_predicted: IntArray | None = None
    n_both_correct: IntArray | None = None
    count_quality: str = "exact"

    def __post_init__(self) -> None:
        object.__setattr__(self, "class_names", tuple(self.class_names))
        self._check_names()
        for name in ("n_samples", "n_correct", "n_predicted", "n_both_correct"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, self._whole(name, getattr(self, name)))
        if self.count_quality not in COUNT_QUALITIES:
            raise ContractError(
                f"count_quality is {self.count_quality!r}, but can only be "
                f"{' or '.join(COUNT_QUALITIES)}"
            )
        self._refuse(self.n_samples < 1, "n_samples", "a class without test samples has no recall")
        self._refuse(self.n_correct < 0, "n_correct", "it cannot be negative")
        self._refuse(self.n_correct > self.n_samples, "n_correct", "it exceeds n_samples")
        if self.n_predicted is not None:
            below = self.n_predicted < self.n_correct
            self._refuse(below, "n_predicted", "it is less than n_correct")
            self._check_sums(int(self.n_predicted.sum()), int(self.n_samples.sum()))
        if self.n_both_correct is not None:
            self._refuse(self.n_both_correct < 0, "n_both_correct", "it cannot be negative")
            above = self.n_both_correct > self.n_correct
            self._refuse(above, "n_both_correct", "it exceeds n_correct")

    def _check_names(self) -> None:
        if not self.class_names:
            raise ContractError("there are no classes: is the file empty?")
        if any(not name.strip() for name in self.class_names):
            raise ContractError("a class has an empty name: give every class a label")
        often = [name for name, times in Counter(self.class_names).items() if times > 1]
        if often:
            raise ContractError(f"class {often[0]!r} is there twice: a class has one row")

    def _whole(self, name: str, values: Any) -> IntArray:
        given = np.asarray(values)
        if given.shape != (len(self.class_names),):
            raise ContractError(
                f"{name} has shape {given.shape}, but there are {len(self.class_names)} classes"
            )
        if given.dtype.kind not in "iuf":
            raise ContractError(f"{name} holds {given.dtype}, but counts are whole numbers")
        with np.errstate(invalid="ignore"):
            fits = np.isfinite(given) & (given == np.rint(given)) & (np.abs(given) < 2**53)
        if not fits.all():
            place = int(np.flatnonzero(~fits)[0])
            raise ContractError(
                f"{name} of class {self.class_names[place]!r} is {given[place]}, but counts are "
                "whole numbers below 2**53"
            )
        return given.astype(np.int64)

    def _refuse(self, broken: npt.NDArray[np.bool_], name: str, why: str) -> None:
        if broken.any():
            place = int(np.flatnonzero(broken)[0])
            values = getattr(self, name)
            beside = f" of {self.n_samples[place]}" if name != "n_samples" else ""
            raise ContractError(
                f"{name} of class {self.class_names[place]!r} is {values[place]}{beside}: {why}"
            )

    def _check_sums(self, predicted: int, samples: int) -> None:
        if predicted > samples:
            raise ContractError(
                f"n_predicted adds up to {predicted:,}, n_samples to {samples:,}: a sample is "
                "predicted as one class at most"
            )


def counts_of_matrix(
    matrix: IntArray, class_names: Sequence[str], source: str
) -> tuple[ClassCounts, tuple[str, ...]]:
    """Return counts per class of a confusion matrix, and notes; see `counts_of_classes`.

    Args:
        matrix: Entry (i, j) counts samples of class i predicted as class j, shape
            (classes, classes), no entry negative.
        class_names: The classes' labels, shape (classes,).
        source: What messages call the place.
    """
    return counts_of_classes(
        matrix.sum(axis=1), np.diag(matrix), matrix.sum(axis=0), class_names, source
    )


def counts_of_classes(
    samples: IntArray,
    correct: IntArray,
    predicted: IntArray,
    class_names: Sequence[str],
    source: str,
) -> tuple[ClassCounts, tuple[str, ...]]:
    """Return counts of the classes that have samples, and notes on those that have none.

    A class without test samples has no recall and gets no row; samples that were predicted as
    it count as wrong for their own class.

    Args:
        samples: Samples of each class, shape (classes,); 0 where a label was predicted only.
        correct: Of those, predicted right.
        predicted: Samples of any class predicted as this one.
        class_names: The classes' labels, shape (classes,).
        source: What messages call the place.

    Raises:
        ContractError: There is no sample at all, or nothing is ever predicted that is true of
            any sample.
    """
    there = samples > 0
    if not there.any():
        raise ContractError(f"{source} counts no samples: is it empty?")
    names = np.array(class_names, dtype=object)
    if not (predicted[there] > 0).any():
        raise ContractError(
            f"{source}: labels and predictions have no value in common (labels "
            f"{_some(names[there])}; predictions {_some(names[predicted > 0])}): are both names, "
            "or both numbers?"
        )
    lost = ~there & (predicted > 0)
    notes: tuple[str, ...] = ()
    if lost.any():
        notes = (
            f"{source}: {int(predicted[lost].sum()):,} samples are predicted as "
            f"{_some(names[lost])}, which is no sample's true class: they count as wrong, and the "
            "class has no row",
        )
    kept = tuple(str(name) for name in names[there])
    try:
        return ClassCounts(kept, samples[there], correct[there], predicted[there]), notes
    except ContractError as error:
        raise ContractError(f"{source}: {error}") from error


def _some(names: Iterable[str]) -> str:
    words = [repr(str(name)) for name in names]
    return ", ".join(words[:3]) + (", ..." if len(words) > 3 else "")


@dataclass(frozen=True, eq=False)
class Evaluated:
    """The counts of one model, and what its file says of it.

    Attributes:
        described: What the file itself says; options, manifest and pattern add to it later.
        counts: Its counts per class.
        source: What messages call it: the file, and the column or rows where it has several.
        notes: What a reader of the table should know, e.g. labels that were left out.
        answers: Which samples were right, where the file says so: with the baseline's answers
            they give `n_both_correct`.
        samples: How many samples or rows were counted, for the summary; 0 where not known.
    """

    described: Described
    counts: ClassCounts
    source: str
    notes: tuple[str, ...] = ()
    answers: Answers | None = None
    samples: int = 0


_COUNTS = ("n_samples", "n_correct", "n_predicted", "n_both_correct")


def recall_table_of(found: Sequence[Evaluated]) -> pa.Table:
    """Return the recall table of evaluated models, valid under the contract.

    Classes are numbered in the order of their labels: as whole numbers where all are, else by
    name. `ratio` is rounded to the table's 4 decimals.

    Args:
        found: At least one model; what is known of it must be complete (`Described.complete`).

    Raises:
        ContractError: There is none, two models of a data set have other classes, or the table
            breaks a rule of the contract.
    """
    if not found:
        raise ContractError("no evaluated model was found: name at least one file with counts")
    _same_classes(found)
    table = pa.concat_tables([_rows(each) for each in found])
    broken = violations(table)
    if broken:
        raise ContractError.from_violations("the imported table", broken)
    return table


def _rows(model: Evaluated) -> pa.Table:
    """Return the rows of one model, in class order."""
    said = model.described.complete(model.source).said()
    said["ratio"] = round(float(said["ratio"]), RATIO_DECIMALS)
    counts = model.counts
    names = in_class_order(counts.class_names)
    place = {name: position for position, name in enumerate(counts.class_names)}
    order = np.array([place[name] for name in names])
    rows = len(names)
    arrays: list[pa.Array] = []
    for column in RECALL_TABLE:
        if column.name == "class_index":
            values = pa.array(range(rows), column.type)
        elif column.name == "class_name":
            values = pa.array(names, column.type)
        elif column.name == "count_quality":
            values = pa.repeat(pa.scalar(counts.count_quality, column.type), rows)
        elif column.name in _COUNTS:
            numbers: IntArray | None = getattr(counts, column.name)
            values = pa.nulls(rows, column.type) if numbers is None else pa.array(numbers[order])
        else:
            values = pa.repeat(pa.scalar(said.get(column.name), column.type), rows)
        arrays.append(values)
    return pa.table(arrays, schema=RECALL_TABLE)


def _same_classes(found: Sequence[Evaluated]) -> None:
    """Refuse models of one data set and split that do not have the same classes."""
    first: dict[tuple[str | None, ...], Evaluated] = {}
    for model in found:
        about = model.described
        other = first.setdefault((about.study, about.dataset, about.split), model)
        ours, theirs = set(model.counts.class_names), set(other.counts.class_names)
        for more, less, lacking in (
            (other, model, theirs - ours),
            (model, other, ours - theirs),
        ):
            if lacking:
                name = in_class_order(lacking)[0]
                raise ContractError(
                    f"{less.source} has no sample of class {name!r}, which {more.source} has: all "
                    "models of a data set are evaluated on the same samples"
                )
