"""All evaluated models of the data sets that have the same classes, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.tables.condition import ConditionKey

NETWORK = ("study", "dataset", "architecture")  # models of two of these are never compared
LABELS = (*NETWORK, "method", "ratio", "stage", "model")  # of an evaluation, in the order of rows


@dataclass(frozen=True)
class Panel:
    """All evaluated models of the data sets that have the same classes; each has every class.

    Studies and data sets lie below each other, so that a statistic runs once over all of them.

    Attributes:
        class_index: The classes, ascending, shape (classes,).
        class_name: Their names, None where the table gives none.
        names: The names behind the codes of each of `LABELS`, in display order.
        codes: A code per evaluation for each of `LABELS`, shape (evaluations,); evaluations are
            sorted by them.
        n_samples: Samples of the class, shape (evaluations, classes).
        n_correct: Right predictions, same shape.
        n_predicted: Predictions of the class, same shape, -1 where null.
        realised_ratio: parameters / parameters_nonzero, shape (evaluations,), NaN where null.
    """

    class_index: IntArray
    class_name: tuple[str | None, ...]
    names: dict[str, list[Any]]
    codes: dict[str, IntArray]
    n_samples: IntArray
    n_correct: IntArray
    n_predicted: IntArray
    realised_ratio: FloatArray

    @cached_property
    def baseline(self) -> IntArray:
        """The row of the baseline of each evaluation's model, -1 where there is none."""
        models, model = np.unique(self.keys(*NETWORK, "model"), return_inverse=True)
        rows = np.flatnonzero(self.having("stage", "baseline"))
        row_of_model = np.full(models.size, -1)
        row_of_model[model[rows]] = rows
        return row_of_model[model]

    def having(self, label: str, *wanted: str | float) -> BoolArray:
        """Say of each evaluation whether its label is one of these."""
        return np.array([name in wanted for name in self.names[label]])[self.codes[label]]

    def called(self, label: str, evaluation: int) -> Any:
        """Return what one evaluation is called: its study, its ratio, its model."""
        return self.names[label][self.codes[label][evaluation]]

    def keys(self, *labels: str) -> IntArray:
        """Return one number per evaluation that stands for these labels together."""
        codes = [self.codes[label] for label in labels]
        return np.asarray(np.ravel_multi_index(codes, self._sizes(labels)))

    def conditions_of(self, rows: BoolArray | IntArray) -> list[ConditionKey]:
        """Return the distinct conditions of these rows, in order."""
        labels = ConditionKey._fields
        axes = np.unravel_index(np.unique(self.keys(*labels)[rows]), self._sizes(labels))
        columns = [
            [self.names[label][code] for code in axis]
            for label, axis in zip(labels, axes, strict=True)
        ]
        return [ConditionKey(*names) for names in zip(*columns, strict=True)]

    def _sizes(self, labels: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(len(self.names[label]) for label in labels)
