"""What two models answered to each sample: flips by kind, where lost samples went, and clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from data_contracts.errors import ContractError
from data_contracts.importers import Evaluated, SampleColumn, in_our_order
from data_contracts.importers.evaluated import Answers
from data_contracts.importers.labels import text_of
from rdstats.paired.clustered import Cells
from rdstats.statistics.arrays import BoolArray, IntArray

_NAMED: Final = 3  # destinations of a class that are named
_PIECE: Final = 1 << 20  # samples counted at a time: their pairs of labels are 8 bytes each


@dataclass(frozen=True, eq=False)
class PairSamples:
    """Matched samples of one pair of models; arrays have shape (samples,)."""

    truth: Any  # the class of each sample, as its position
    before: Any  # what each was answered, positions in `labels`, classes first
    after: Any  # both None where only right or wrong is known
    right_before: BoolArray
    right_after: BoolArray
    labels: tuple[str, ...]
    cluster: IntArray | None = None  # numbers from 0

    def changed(self) -> float | None:
        """Return the share of samples that were answered otherwise; None where nobody knows."""
        return None if self.before is None else float(np.mean(self.before != self.after))

    def whole(self) -> PairSamples:
        """Return the same with all samples in one class."""
        return replace(self, truth=np.zeros(len(self.truth), dtype=np.int64))

    def cells(self) -> Cells:
        """Return the clusters of every class."""
        if self.cluster is None:
            raise ValueError("no clusters were asked for")  # the caller asked for none
        clusters = int(self.cluster.max(initial=0)) + 1
        pairs, cell = np.unique(
            self.truth.astype(np.int64) * clusters + self.cluster, return_inverse=True
        )

        def count(which: BoolArray) -> IntArray:
            return np.bincount(cell[which], minlength=len(pairs))

        return Cells(
            pairs // clusters,
            np.bincount(cell, minlength=len(pairs)),
            count(self.right_before & ~self.right_after),
            count(~self.right_before & self.right_after),
            count(self.right_before),
        )


class Flips(NamedTuple):
    """How answers changed, by class; shape (classes,)."""

    wrong_to_other: IntArray  # wrong before, wrong after, and another answer
    destinations: tuple[str, ...]  # answers that a class gets more often than before
    moved: pd.DataFrame  # as `Check.moved`


def flips(samples: PairSamples, names: Sequence[str]) -> Flips:
    """Return the flips between wrong answers, and where each class's samples went.

    What moved is the difference of the two confusion matrices. Destinations are its rows, the
    diagonal left out: "shirt +14, coat +3", the largest three.
    """
    labels, width, classes = samples.labels, len(samples.labels), len(names)
    other = np.zeros(classes, dtype=np.int64)
    found: list[tuple[IntArray, IntArray]] = []  # cells of the matrix, and how many more they get
    for first in range(0, len(samples.truth), _PIECE):
        piece = slice(first, first + _PIECE)
        truth = samples.truth[piece].astype(np.int64)
        before, after = samples.before[piece], samples.after[piece]
        is_wrong = ~(samples.right_before[piece] | samples.right_after[piece])
        other += np.bincount(truth[is_wrong & (before != after)], minlength=classes)
        moved = before != after
        for sign, answers in ((-1, before), (1, after)):
            cells, many = np.unique(truth[moved] * width + answers[moved], return_counts=True)
            found.append((cells, sign * many))
    cells, places = np.unique(np.concatenate([each for each, _ in found]), return_inverse=True)
    more = np.zeros(len(cells), dtype=np.int64)
    np.add.at(more, places, np.concatenate([many for _, many in found]))
    cells, more = cells[more != 0], more[more != 0]
    place, answer = np.divmod(cells, width)
    of_class = np.bincount(samples.truth, minlength=classes)
    rows: list[list[tuple[int, int]]] = [[] for _ in range(classes)]
    shown = (more > 0) & (answer != place)
    for row, n, label in zip(
        place[shown], more[shown].tolist(), answer[shown].tolist(), strict=True
    ):
        rows[row].append((-n, label))
    frame = pd.DataFrame(
        {
            "class_label": np.array(names, dtype=object)[place],
            "answer": np.array(labels, dtype=object)[answer],
            "samples": more,
            "change": more / of_class[place],
        }
    )
    return Flips(other, tuple(_named(sorted(row), labels) for row in rows), frame)


def _named(row: Sequence[tuple[int, int]], labels: Sequence[str]) -> str:
    text = ", ".join(f"{labels[answer]} +{-more}" for more, answer in row[:_NAMED])
    return f"{text} and {len(row) - _NAMED} more" if len(row) > _NAMED else text


def samples_of(
    first: Evaluated, second: Evaluated, before: Answers, after: Answers
) -> PairSamples | None:
    """Return the samples in the order of the second model; None where nothing says which is which.

    Errors as of `in_our_order`.
    """
    truth = after.samples.truth
    if before.answered is None or after.answered is None:
        was_right = in_our_order(second, first, before.is_right(), by_order=True)
        if was_right is None:
            return None
        return PairSamples(truth, None, None, was_right, after.is_right(), after.labels)
    joined = in_our_order(second, first, before.answered, by_order=True)
    if joined is None:
        return None
    labels = list(dict.fromkeys((*after.labels, *before.labels)))
    place = {label: number for number, label in enumerate(labels)}
    ours = np.array([place[label] for label in before.labels])
    ours = ours.astype(np.min_scalar_type(len(labels)))[joined]
    right = ours == truth, after.answered == truth
    return PairSamples(truth, ours, after.answered, *right, tuple(labels))


def column_of(first: Evaluated, second: Evaluated, name: str) -> SampleColumn:
    """Return a column of the samples that either file has, in the order of the second.

    Raises:
        ContractError: Neither has it, they differ, or samples are not matched.
    """
    if first.answers is None or second.answers is None:
        raise ContractError(
            f"{first.source} and {second.source} are not compared sample by sample, and only then "
            f"does the column {name!r} count: give two files of predictions, without --unpaired"
        )
    mine = second.answers.samples.columns.get(name)
    theirs = first.answers.samples.columns.get(name)
    if mine is None and theirs is None:
        raise ContractError(
            f"neither {first.source} nor {second.source} has a column {name!r}: name one that "
            "says of each sample which cluster or group it is of"
        )
    if theirs is None:
        return mine  # type: ignore[return-value]  # one of the two is there
    codes = in_our_order(second, first, theirs.codes, by_order=True)
    if mine is None:
        return SampleColumn(np.asarray(codes), theirs.texts)
    places = pd.Index(mine.texts).get_indexer(pd.Index(theirs.texts))[codes]
    if not np.array_equal(places, mine.codes):
        row = int(np.argmax(places != mine.codes))
        raise ContractError(
            f"{first.source} and {second.source} differ in {name!r}, first for the sample that "
            f"has {mine.texts[mine.codes[row]]!r} in {second.source}: each sample has one value"
        )
    return mine


def column_of_values(values: object, samples: int, name: str) -> SampleColumn:
    """Return a column of the samples from any kind of array, shape (samples,).

    Raises:
        ContractError: It has another length, or a value is missing.
    """
    column = pd.Series(np.asarray(values).tolist())
    if len(column) != samples:
        raise ContractError(
            f"y_true has {samples:,} labels, but {name} {len(column):,}: give one of each sample, "
            "in the same order"
        )
    if column.isna().any():
        raise ContractError(
            f"{name} has no value for sample {int(np.argmax(column.isna()))}: give every sample "
            "one, a value of its own where it belongs to none"
        )
    codes, texts = pd.factorize(column.map(text_of))
    return SampleColumn(np.asarray(codes), tuple(texts))
