"""The counts of one evaluated model: for every class its samples and its right answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.schema import COUNT_QUALITIES

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
