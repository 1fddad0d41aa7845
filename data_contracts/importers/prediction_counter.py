"""Counting the answers of every model of a prediction file, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.importers.answers import Answers, IdPlace, Samples, UIntArray
from data_contracts.importers.class_counts import ClassCounts, IntArray
from data_contracts.importers.counting import counts_of_classes
from data_contracts.importers.labels import in_class_order

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
