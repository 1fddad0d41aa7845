"""Predictions: a true and a predicted label, or scores, for every sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data_contracts.errors import ContractError
from data_contracts.importers.described import UNPRUNED, Described, ImportOptions
from data_contracts.importers.evaluated import (
    Answers,
    BoolArray,
    Evaluated,
    IdPlace,
    IntArray,
    SampleColumn,
    Samples,
    counts_of_classes,
)
from data_contracts.importers.formats.columns import (
    AnswerColumns,
    PredictionColumns,
    prediction_columns,
)
from data_contracts.importers.labels import (
    LabelCodes,
    Place,
    UIntArray,
    fault_of_group,
    hashed_ids,
    in_class_order,
    plain_label,
)
from data_contracts.importers.read.arrays import Ranked, highest_class
from data_contracts.importers.read.pieces import SUFFIXES as SUFFIXES
from data_contracts.importers.read.pieces import Piece, PredictionFile, open_predictions
from data_contracts.importers.read.text import refuse_swallowed
from data_contracts.importers.truth import with_truth

CONFIRMED = {
    "labels": "true labels that are never answered and answers that are never true are what they "
    "look like",
    "subset": "the file of --truth has more samples than were answered",
    "class-order": "the columns of scores are classes, although every row is in descending order",
}
_MOST_GROUPS = 10_000

Codes = npt.NDArray[np.int32]


def read(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield every model of a prediction file; errors name the column and the line or row.

    The file is read in pieces: what is kept is a few bytes per row where answers are paired
    (`ImportOptions.paired`), and counts alone where they are not.
    """
    file, columns = _opened(path, options)
    reader = _Reader(path, file, columns, options)
    scores = [name for each in columns.answers if each.classes for name in each.columns]
    ids = [] if columns.id is None else [columns.id]
    for piece in file.pieces(columns.names, scores, ids):
        reader.add(piece)
        if options.heard is not None:
            options.heard(reader.rows)
    yield from reader.found()


def _opened(path: Path, options: ImportOptions) -> tuple[PredictionFile, PredictionColumns]:
    """Return a file, with the true labels of another where the options name it, and its columns."""
    if options.truth is None:
        file = open_predictions(path)
    else:
        file, options = with_truth(
            open_predictions(path, alone="y_pred"), path, options.truth, options
        )

    def labels_in(column: str) -> set[str]:
        return {text for piece in file.pieces([column], (), ()) for text in piece.labels(column)[0]}

    return file, prediction_columns(file.names, file.matrices, options, str(path), labels_in)


@dataclass
class _Model:
    """Counts of one model, grown as labels appear; index is the label's code."""

    correct: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    predicted: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    right: list[BoolArray] = field(default_factory=list)
    answered: list[npt.NDArray[np.unsignedinteger[Any]]] = field(default_factory=list)


@dataclass
class _Group:
    """Counts of the models that answered the same rows; `keeps` their answers if paired."""

    models: list[_Model]
    keeps: bool
    keeps_answers: bool
    columns: Mapping[str, list[Codes]]  # of the samples, by name
    samples: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    truth: list[npt.NDArray[np.unsignedinteger[Any]]] = field(default_factory=list)
    ids: list[UIntArray] = field(default_factory=list)

    def add(
        self,
        truth: Codes,
        answers: Sequence[Codes],
        ids: UIntArray | None,
        columns: Mapping[str, Codes],
    ) -> None:
        """Count the true class of each row, and each model's answer to it."""
        self.samples = _added(self.samples, truth)
        for model, answered in zip(self.models, answers, strict=True):
            right = truth == answered
            model.correct = _added(model.correct, truth[right])
            model.predicted = _added(model.predicted, answered)
            if self.keeps:
                model.right.append(right)
            if self.keeps_answers:
                model.answered.append(answered.astype(np.min_scalar_type(len(model.predicted))))
        if self.keeps:
            self.truth.append(truth.astype(np.min_scalar_type(len(self.samples))))
            if ids is not None:
                self.ids.append(ids)
            for name, codes in columns.items():
                self.columns[name].append(codes)

    def samples_in_order(
        self, labels: Sequence[str], order: Sequence[int], texts: Mapping[str, LabelCodes]
    ) -> Samples:
        """Return the samples, their classes in class order; lets go of what was kept of them."""
        order = [code for code in order if code < len(self.samples) and self.samples[code]]
        position = np.zeros(len(labels), dtype=np.min_scalar_type(max(1, len(order))))
        position[order] = np.arange(len(order))
        truth = np.concatenate([position[codes] for codes in self.truth])
        self.truth.clear()
        names = tuple(labels[code] for code in order)
        columns = {
            name: SampleColumn(np.concatenate(codes), tuple(texts[name].texts))
            for name, codes in self.columns.items()
        }
        return Samples(names, truth, _joined(self.ids) if self.ids else None, columns)


def _added(counts: IntArray, codes: Codes) -> IntArray:
    """Return counts with the codes of a piece added to them."""
    found = np.bincount(codes, minlength=len(counts))
    found[: len(counts)] += counts
    return found


def _joined(pieces: list[UIntArray]) -> UIntArray:
    """Return pieces as one array, letting each go: both at once would be twice the memory."""
    end = sum(map(len, pieces))
    whole = np.empty(end, dtype=np.uint64)
    while pieces:
        piece = pieces.pop()
        whole[end - len(piece) : end] = piece
        end -= len(piece)
    return whole


class _Reader:
    """One pass over a file."""

    def __init__(
        self, path: Path, file: PredictionFile, columns: PredictionColumns, options: ImportOptions
    ) -> None:
        self.path, self.file, self.columns, self.options = path, file, columns, options
        self.rows = 0
        self.labels = LabelCodes()
        self.group_texts = {name: LabelCodes(fault_of_group) for name in columns.groups}
        self.groups: dict[tuple[str, ...], _Group] = {}
        self.keeps = options.paired or len(columns.answers) > 1 or bool(columns.groups)
        self.kept = {name: LabelCodes(fault_of_group) for name in columns.kept}
        self.ranked = {each.columns: Ranked() for each in columns.answers if each.classes}

    def add(self, piece: Piece) -> None:
        """Count a piece of the file."""
        first = self.rows

        def line(row: int) -> str:
            return self.file.place(first + row)

        def place(row: int) -> str:
            return f"{self.path}, {line(row)}"

        def answered(each: AnswerColumns) -> Codes:
            if each.classes is None:
                (column,) = each.columns
                return self.labels.coded(column, *piece.labels(column), place)
            name = f"{self.path}: {each.columns[0] if len(each.columns) == 1 else 'scores'}"
            scores = piece.scores(each.columns)
            best = highest_class(scores, name, line)
            self.ranked[each.columns].add(scores)
            return self.labels.coded(each.columns[0], each.classes, best, place)

        truth = self.labels.coded(self.columns.truth, *piece.labels(self.columns.truth), place)
        answers = [answered(each) for each in self.columns.answers]
        keeps_ids = self.keeps and self.columns.id is not None
        ids = piece.ids(str(self.columns.id)) if keeps_ids else None
        kept = {
            name: codes.coded(name, *piece.labels(name), place) for name, codes in self.kept.items()
        }
        for key, rows in self._rows_by_group(piece, place):
            if key not in self.groups:
                models = [_Model() for _ in answers]
                columns: dict[str, list[Codes]] = {name: [] for name in kept}
                keeps_answers = self.keeps and self.options.answers
                self.groups[key] = _Group(models, self.keeps, keeps_answers, columns)
            self.groups[key].add(
                truth[rows],
                [each[rows] for each in answers],
                None if ids is None else ids[rows],
                {name: codes[rows] for name, codes in kept.items()},
            )
        self.rows += piece.rows

    def _rows_by_group(
        self, piece: Piece, place: Place
    ) -> Iterator[tuple[tuple[str, ...], slice | BoolArray]]:
        """Yield which rows of a piece are of which model."""
        groups = self.columns.groups
        if not groups:
            yield (), slice(None)
            return
        coded = pd.DataFrame(
            {
                name: self.group_texts[name].coded(column, *piece.labels(column), place)
                for name, column in groups.items()
            }
        )
        numbers = coded.groupby(list(coded)).ngroup().to_numpy()
        found, firsts = np.unique(numbers, return_index=True)
        if len(self.groups) + len(found) > _MOST_GROUPS:
            raise ContractError(
                f"{self.path} holds more than {_MOST_GROUPS:,} models: do the columns "
                f"{', '.join(groups.values())} say which model a row is of?"
            )
        for number, first in zip(found, firsts, strict=True):
            codes = coded.iloc[int(first)].tolist()
            key = tuple(self.group_texts[n].texts[c] for n, c in zip(groups, codes, strict=True))
            yield key, slice(None) if len(found) == 1 else numbers == number

    def found(self) -> Iterator[Evaluated]:
        """Yield what was counted."""
        if not self.rows:
            raise ContractError(f"{self.path} has no rows: is it cut off?")
        self._check_lines()
        for each in self.columns.answers:
            self._check_scored(each)
        labels = self.labels.texts
        code_of = {label: code for code, label in enumerate(labels)}
        order = [code_of[label] for label in in_class_order(labels)]
        names = [labels[code] for code in order]

        def in_order(counts: IntArray) -> IntArray:
            return np.pad(counts, (0, len(labels) - len(counts)))[order]

        for key, group in self.groups.items():
            said = dict(zip(self.columns.groups, key, strict=True))
            about = Described.from_columns(said, self.columns.groups, str(self.path)).agreeing(
                self.file.described, "a column of the file", "an array of the file"
            )
            words = ", ".join(f"{name} {text}" for name, text in said.items())
            where = f"{self.path} ({words})" if words else str(self.path)
            samples = in_order(group.samples)
            asked = group.samples_in_order(labels, order, self.kept) if self.keeps else None
            find = partial(_places_of_id, self.path, self.options, key)
            for each, model in zip(self.columns.answers, group.models, strict=True):
                several = len(group.models) > 1
                source = f"{where}, column {each.columns[0]!r}" if several else where
                counts, notes = counts_of_classes(
                    samples,
                    in_order(model.correct),
                    in_order(model.predicted),
                    names,
                    source,
                    self.options.confirmed,
                )
                answers = None
                if asked is not None:
                    right = np.packbits(np.concatenate(model.right))
                    answers = Answers(asked, right, find, *_answered(model, asked, labels, order))
                    model.right.clear()
                if each.described == UNPRUNED:  # the baseline's column is no compressed model's
                    described = UNPRUNED.merged(about.without_condition())
                else:
                    column = f"column {each.columns[0]!r}"
                    described = each.described.agreeing(about, column, "another column")
                yield Evaluated(described, counts, source, notes, answers)

    def _check_lines(self) -> None:
        """Refuse a first line that is data or stands there again, and rows inside of a quote."""
        truth, *answers = (self.columns.truth, *(each.columns[0] for each in self.columns.answers))
        labels = set(self.labels.texts)
        if self.file.has_header and {plain_label(name) for name in (truth, *answers)} <= labels:
            raise ContractError(
                f"{self.path}: the names of its columns, {truth!r} and {answers[0]!r}, are labels "
                "in its rows, too: is the first line a row of data, or does the header stand there "
                "again? Give it one header, such as y_true,y_pred"
            )

        answered = [each.columns[0] for each in self.columns.answers if each.classes is None]
        for path in self.file.over_lines:
            places = {self.file.names.index(name): labels for name in (truth, *answered)}
            refuse_swallowed(path, places)

    def _check_scored(self, answers: AnswerColumns) -> None:
        """Refuse a true label without a column of scores: is 1 the first class, or the second?

        And scores that are in descending order in every row: their columns are ranks, no classes.
        """
        if answers.classes is None:
            return
        if (
            self.ranked[answers.columns].looks_ranked
            and "class-order" not in self.options.confirmed
        ):
            raise ContractError(
                f"{self.path}: in every row the first score is the highest and the last the lowest "
                f"({answers.columns[0]}, ...): are these the k best of each sample, and no columns "
                "of classes? Name the column of the answer with --column y_pred=NAME, or say "
                "--confirm class-order"
            )
        scored = {plain_label(name) for name in answers.classes}
        samples = [group.samples for group in self.groups.values()]
        for code, label in enumerate(self.labels.texts):
            if label in scored or not any(code < len(each) and each[code] for each in samples):
                continue
            shown = ", ".join(answers.classes[:8]) + ", ..." * (len(answers.classes) > 8)
            if answers.columns[0] in self.file.unnamed:
                words = (
                    f"{answers.columns[0]} are 0 to {len(answers.classes) - 1}: an array `classes` "
                    "is missing, which names them"
                )
            else:
                what = answers.columns[0] if len(answers.columns) == 1 else "scores"
                words = (
                    f"{what} are of {shown}: name each column by the label that `y_true` has for it"
                )
            raise ContractError(
                f"{self.path}: {self.columns.truth} has the label {label!r}, but the columns of "
                f"{words}"
            )


def _answered(
    model: _Model, samples: Samples, labels: Sequence[str], order: Sequence[int]
) -> tuple[npt.NDArray[np.unsignedinteger[Any]] | None, tuple[str, ...]]:
    """Return what a model answered, classes with samples first, and the labels' texts."""
    if not model.answered:
        return None, ()
    true = set(samples.class_names)
    codes = sorted(order, key=lambda code: labels[code] not in true)  # keeps the order otherwise
    position = np.zeros(len(labels), dtype=np.min_scalar_type(len(labels)))
    position[codes] = np.arange(len(codes))
    found = np.concatenate([position[piece] for piece in model.answered])
    model.answered.clear()
    return found, tuple(labels[code] for code in codes)


def _places_of_id(
    path: Path, options: ImportOptions, model: Sequence[str], number: int
) -> list[IdPlace]:
    """Return the first two places of an id among a model's rows.

    The file is read again, up to the second place, with the options as it was read; `model` is
    what the columns that say which model a row is of hold for this model.
    """
    file, columns = _opened(path, options)
    if columns.id is None:
        return []
    groups = list(columns.groups.values())
    found: list[IdPlace] = []
    first = 0
    for piece in file.pieces((columns.id, *groups), (), (columns.id,)):
        texts, codes = piece.labels(columns.id)
        for row in np.flatnonzero(hashed_ids(texts, codes) == np.uint64(number)).tolist():
            said = [(names, places[row]) for names, places in map(piece.labels, groups)]
            if [plain_label(names[place]) for names, place in said] == list(model):
                place = f"{path}, {file.place(first + row)}"
                found.append(IdPlace(columns.id, texts[int(codes[row])].strip(), place))
                if len(found) == 2:
                    return found
        first += piece.rows
    return found
