"""The format `predictions`: a true and a predicted label, or scores, for every sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.id_places import places_of_id
from data_contracts.importers.label_codes import LabelCodes, Place, fault_of_group
from data_contracts.importers.labels import plain_label
from data_contracts.importers.options import ImportOptions
from data_contracts.importers.prediction_counter import ArmCounter, Codes, GroupCounter
from data_contracts.importers.prediction_files import open_predictions
from data_contracts.importers.prediction_pieces import Piece, PredictionFile
from data_contracts.importers.prediction_roles import UNPRUNED, Arm, Roles, roles_of
from data_contracts.importers.scores import highest_class

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
