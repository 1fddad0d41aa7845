"""What the simulation study judges: estimators, their truth, and whether they hold it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

import numpy as np

from rdstats.simulation.cells import NO_EFFECT, Cell, Experiments
from rdstats.statistics.arrays import BoolArray, FloatArray
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.estimators import Jackknifed, deming, instrument
from rdstats.statistics.intervals import mean_interval
from rdstats.statistics.slopes import slopes_through_origin

LEVELS: Final = (0.99, 0.95)
Slopes = Callable[[FloatArray, FloatArray], FloatArray]


class Judged(NamedTuple):
    """What an estimator says of each experiment."""

    estimates: FloatArray  # shape (repetitions,)
    held: BoolArray  # whether the truth is held at each of `LEVELS`, (levels, repetitions)


@dataclass(frozen=True)
class Estimator(ABC):
    """Anything that estimates, and says whether it holds a value to be possible."""

    # The arm that is subtracted from the compressed one; the rival has the same effect.
    less: Literal["", "control", "rival"] = ""

    @property
    def nothing(self) -> float:
        """The value that means no effect."""
        return 0.0 if self.less else NO_EFFECT

    def truth(self, cell: Cell) -> float:
        """Return what it should estimate in a cell."""
        return 0.0 if self.less == "rival" else cell.effect - (NO_EFFECT if self.less else 0.0)

    @abstractmethod
    def judge(self, drawn: Experiments, truth: float, generator: np.random.Generator) -> Judged:
        """Judge every experiment, whose truth is this; the generator is for what resamples."""


@dataclass(frozen=True)
class MeanOverModels(Estimator):
    """The mean of a value per model, by its t interval."""

    # From balances before and after to one value per model, shape (repetitions, models).
    slopes: Slopes = class_mean_pseudo_values

    def values(self, drawn: Experiments) -> FloatArray:
        """Return the value of each model, shape (repetitions, models)."""
        found = self.slopes(drawn.before, drawn.pruned)
        return found - self.slopes(drawn.before, getattr(drawn, self.less)) if self.less else found

    def judge(self, drawn: Experiments, truth: float, _: np.random.Generator) -> Judged:
        """Return the means, and which intervals hold the truth."""
        values = self.values(drawn)
        intervals = [mean_interval(values, level) for level in LEVELS]
        held = [(one.low <= truth) & (truth <= one.high) for one in intervals]
        return Judged(values.mean(axis=-1), np.stack(held))


def _pseudo_values(jackknifed: Callable[[FloatArray, FloatArray], Jackknifed]) -> Slopes:
    return lambda before, after: jackknifed(before, after).pseudo_values


ESTIMATORS: Final[Mapping[str, MeanOverModels]] = MappingProxyType(
    {
        "class-mean slope": MeanOverModels(),
        "class-mean slope minus control": MeanOverModels("control"),
        "class-mean slope, two methods": MeanOverModels("rival"),
        "instrument slope": MeanOverModels("", _pseudo_values(instrument)),
        "instrument slope minus control": MeanOverModels("control", _pseudo_values(instrument)),
        "Deming slope": MeanOverModels("", _pseudo_values(deming)),
        "slope per model": MeanOverModels("", slopes_through_origin),
        "slope per model minus control": MeanOverModels("control", slopes_through_origin),
        "slope per model, two methods": MeanOverModels("rival", slopes_through_origin),
    }
)
HEADLINES: Final = tuple(name for name in ESTIMATORS if name.startswith("class-mean"))
