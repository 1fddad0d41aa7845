"""Where an id stands in its file, for errors: only its number was kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.counts import ClassCounts, Evaluated, IntArray, counts_of_classes
from data_contracts.importers.described import Described, ImportOptions
from data_contracts.importers.formats.prediction_files import open_predictions
from data_contracts.importers.formats.prediction_roles import UNPRUNED, Arm, Roles, roles_of
from data_contracts.importers.labels import (
    LabelCodes,
    Place,
    fault_of_group,
    in_class_order,
    plain_label,
)
from data_contracts.importers.read.arrays import highest_class
from data_contracts.importers.read.prediction_pieces import Piece, PredictionFile
from data_contracts.importers.samples import Answers, IdPlace, Samples, UIntArray, hashed_ids


def places_of_id(
    path: Path, options: ImportOptions, model: Sequence[str], number: int
) -> list[IdPlace]:
    """Return the first two places of an id among a model's rows.

    Args:
        path: A prediction file that was read before; it is read again, up to the second place.
        options: As it was read.
        model: What the columns that say which model a row is of hold for this model.
        number: The id's number (`sample_ids.py`).
    """
    file = open_predictions(path)
    roles = roles_of(file.names, file.matrices, options, str(path))
    if roles.id is None:
        return []
    found: list[IdPlace] = []
    first = 0
    for piece in file.pieces((roles.id, *roles.groups.values()), (), (roles.id,)):
        texts, codes = piece.labels(roles.id)
        for row in np.flatnonzero(hashed_ids(texts, codes) == np.uint64(number)).tolist():
            if _said(piece, tuple(roles.groups.values()), row) == tuple(model):
                place = f"{path}, {file.place(first + row)}"
                found.append(IdPlace(roles.id, texts[int(codes[row])].strip(), place))
                if len(found) == 2:
                    return found
        first += piece.rows
    return found


def _said(piece: Piece, columns: Sequence[str], row: int) -> tuple[str, ...]:
    """Return what a row says of its model."""
    said = []
    for column in columns:
        texts, codes = piece.labels(column)
        said.append(plain_label(texts[int(codes[row])]))
    return tuple(said)


Codes = npt.NDArray[np.int32]


@dataclass
class ArmCounter:
    """Counts of one model, grown as labels appear; index is the label's code."""

    correct: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    predicted: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    right: list[npt.NDArray[np.bool_]] = field(default_factory=list)


@dataclass
class GroupCounter:
    """Counts of the models that answered the same rows of a file.

    Attributes:
        arms: One counter per model.
        keeps: Whether to keep which sample was answered right.
    """

    arms: list[ArmCounter]
    keeps: bool
    samples: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    truth: list[npt.NDArray[np.unsignedinteger[Any]]] = field(default_factory=list)
    ids: list[UIntArray] = field(default_factory=list)

    def count(self, truth: Codes, answers: list[Codes], ids: UIntArray | None) -> None:
        """Add a piece: the true class of each row, and each model's answer to it."""
        self.samples = _added(self.samples, truth)
        for arm, answered in zip(self.arms, answers, strict=True):
            right = truth == answered
            arm.correct = _added(arm.correct, truth[right])
            arm.predicted = _added(arm.predicted, answered)
            if self.keeps:
                arm.right.append(right)
        if self.keeps:
            self.truth.append(truth.astype(np.min_scalar_type(len(self.samples))))
            if ids is not None:
                self.ids.append(ids)

    def counts(
        self, arm: ArmCounter, labels: list[str], source: str
    ) -> tuple[ClassCounts, tuple[str, ...]]:
        """Return one model's counts in class order, and notes; see `counts_of_classes`."""
        order = self._order(labels)
        samples, correct, predicted = (
            np.pad(numbers, (0, len(labels) - len(numbers)))[order]
            for numbers in (self.samples, arm.correct, arm.predicted)
        )
        names = [labels[code] for code in order]
        return counts_of_classes(samples, correct, predicted, names, source)

    def asked(self, labels: list[str]) -> Samples:
        """Return the samples, their classes in class order."""
        order = [code for code in self._order(labels) if self.has_samples(code)]
        names = tuple(labels[code] for code in order)
        position = np.zeros(len(labels), dtype=np.min_scalar_type(max(1, len(names))))
        position[order] = np.arange(len(order))
        truth = np.concatenate([position[codes] for codes in self.truth])
        self.truth.clear()
        return Samples(names, truth, _drained(self.ids) if self.ids else None)

    @staticmethod
    def answers(arm: ArmCounter, samples: Samples, find: Callable[[int], list[IdPlace]]) -> Answers:
        """Return which samples a model answered right."""
        right = np.packbits(np.concatenate(arm.right))
        arm.right.clear()
        return Answers(samples, right, find)

    def _order(self, labels: list[str]) -> list[int]:
        code_of = {label: code for code, label in enumerate(labels)}
        return [code_of[label] for label in in_class_order(labels)]

    def has_samples(self, code: int) -> bool:
        """Return whether a label is a sample's true one."""
        return code < len(self.samples) and bool(self.samples[code])


def _drained(pieces: list[UIntArray]) -> UIntArray:
    """Return pieces as one array, letting each go: both at once would be twice the memory."""
    end = sum(map(len, pieces))
    whole = np.empty(end, dtype=np.uint64)
    while pieces:
        piece = pieces.pop()
        whole[end - len(piece) : end] = piece
        end -= len(piece)
    return whole


def _added(counts: IntArray, codes: Codes) -> IntArray:
    """Return counts with the codes of a piece added to them."""
    found = np.bincount(codes, minlength=len(counts))
    found[: len(counts)] += counts
    return found.astype(np.int64, copy=False)


_MOST_GROUPS = 10_000


def read_predictions(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield every model of a prediction file.

    The file is read in pieces: what is kept is a few bytes per row where answers are paired
    (`ImportOptions.paired`), and counts alone where they are not.

    Raises:
        ContractError: The file cannot be read, a column is missing, or a label is; names the
            file, and the column and line (of text) or row (of arrays, counted from 0).
    """
    file = open_predictions(path)
    roles = roles_of(file.names, file.matrices, options, str(path))
    counting = _Counting(path, file, roles, options)
    scores = [name for arm in roles.arms if arm.classes for name in arm.columns]
    ids = [] if roles.id is None else [roles.id]
    for piece in file.pieces(roles.columns, scores, ids):
        counting.add(piece)
        if options.heard is not None:
            options.heard(counting.rows)
    yield from counting.found()


@dataclass
class _Counting:
    """One pass over a file."""

    path: Path
    file: PredictionFile
    roles: Roles
    options: ImportOptions
    rows: int = 0
    groups: dict[tuple[str, ...], GroupCounter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.source = str(self.path)
        self.labels = LabelCodes(self.source)
        self.group_texts = {
            name: LabelCodes(self.source, fault_of_group) for name in self.roles.groups
        }
        several = len(self.roles.arms) > 1 or bool(self.roles.groups)
        self.keeps = self.options.paired or several

    def add(self, piece: Piece) -> None:
        """Count a piece of the file."""

        def place(row: int, first: int = self.rows) -> str:
            return self.file.place(first + row)

        truth = self.labels.coded(self.roles.truth, *piece.labels(self.roles.truth), place)
        answers = [self._answers(piece, arm, place) for arm in self.roles.arms]
        ids = None
        if self.keeps and self.roles.id is not None:
            ids = piece.ids(self.roles.id)
        for key, rows in self._rows_by_group(piece, place):
            if key not in self.groups:
                arms = [ArmCounter() for _ in self.roles.arms]
                self.groups[key] = GroupCounter(arms, self.keeps)
            self.groups[key].count(
                truth[rows], [each[rows] for each in answers], None if ids is None else ids[rows]
            )
        self.rows += piece.rows

    def found(self) -> Iterator[Evaluated]:
        """Yield what was counted."""
        if not self.rows:
            raise ContractError(f"{self.source} has no rows: is it cut off?")
        for arm in self.roles.arms:
            self._check_scored(arm)
        for key, group in self.groups.items():
            said = dict(zip(self.roles.groups, key, strict=True))
            words = ", ".join(f"{name} {text}" for name, text in said.items())
            about = Described.from_text(said, self.source).agreeing(
                self.file.described, "a column of the file", "an array of the file"
            )
            asked = group.asked(self.labels.texts) if self.keeps else None
            find = partial(places_of_id, self.path, self.options, key)
            for arm, counter in zip(self.roles.arms, group.arms, strict=True):
                source = f"{self.source} ({words})" if words else self.source
                if len(self.roles.arms) > 1:
                    source += f", column {arm.columns[0]!r}"
                counts, notes = group.counts(counter, self.labels.texts, source)
                yield Evaluated(
                    _described(arm, about),
                    counts,
                    source,
                    notes,
                    None if asked is None else group.answers(counter, asked, find),
                    int(group.samples.sum()),
                )

    def _check_scored(self, arm: Arm) -> None:
        """Refuse a true label without a column of scores: is 1 the first class, or the second?"""
        if arm.classes is None:
            return
        scored = {plain_label(name) for name in arm.classes}
        for code, label in enumerate(self.labels.texts):
            asked = any(group.has_samples(code) for group in self.groups.values())
            if asked and label not in scored:
                raise ContractError(
                    f"{self.source}: {self.roles.truth} has the label {label!r}, but the columns "
                    f"of {self._columns_of_scores(arm, arm.classes)}"
                )

    def _columns_of_scores(self, arm: Arm, classes: Sequence[str]) -> str:
        """Say what they are, and what to do if a true label is none of them."""
        shown = ", ".join(classes[:8]) + (", ..." if len(classes) > 8 else "")
        if arm.columns[0] in self.file.unnamed:
            return (
                f"{arm.columns[0]} are 0 to {len(classes) - 1}: an array `classes` is missing, "
                "which names them"
            )
        what = arm.columns[0] if len(arm.columns) == 1 else "scores"
        return f"{what} are of {shown}: name each column by the label that `y_true` has for it"

    def _answers(self, piece: Piece, arm: Arm, place: Place) -> Codes:
        if arm.classes is None:
            (column,) = arm.columns
            return self.labels.coded(column, *piece.labels(column), place)
        name = f"{self.source}: {arm.columns[0] if len(arm.columns) == 1 else 'scores'}"
        best = highest_class(piece.scores(arm.columns), name, place)
        return self.labels.coded(arm.columns[0], arm.classes, best, place)

    def _rows_by_group(
        self, piece: Piece, place: Place
    ) -> Iterator[tuple[tuple[str, ...], slice | npt.NDArray[np.bool_]]]:
        """Yield which rows of a piece are of which model."""
        if not self.roles.groups:
            yield (), slice(None)
            return
        coded = {
            name: self.group_texts[name].coded(column, *piece.labels(column), place)
            for name, column in self.roles.groups.items()
        }
        joint: npt.NDArray[Any] = np.zeros(piece.rows, dtype=np.int64)
        for name, codes in coded.items():
            joint = joint * len(self.group_texts[name].texts) + codes
            joint = np.unique(joint, return_inverse=True)[1]  # small again, so that none overflows
        firsts = np.unique(joint, return_index=True)[1]
        if len(self.groups) + len(firsts) > _MOST_GROUPS:
            raise ContractError(
                f"{self.source} holds more than {_MOST_GROUPS:,} models: do the columns "
                f"{', '.join(self.roles.groups.values())} say which model a row is of?"
            )
        for number, first in enumerate(firsts):
            key = tuple(
                self.group_texts[name].texts[int(codes[first])] for name, codes in coded.items()
            )
            yield key, slice(None) if len(firsts) == 1 else joint == number


def _described(arm: Arm, about: Described) -> Described:
    """Return what is said of an arm: the baseline's column is no compressed model's."""
    if arm.described == UNPRUNED:
        return UNPRUNED.merged(about.without_condition())
    return arm.described.agreeing(about, f"column {arm.columns[0]!r}", "another column")
