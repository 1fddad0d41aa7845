"""What the simulation study judges: estimators that are means over models with a t interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

import numpy as np

from rdstats.simulation.cells import NO_EFFECT, Cell, Experiments
from rdstats.statistics.arrays import BoolArray, FloatArray
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.estimators import deming_pseudo_values, instrument_pseudo_values
from rdstats.statistics.intervals import mean_interval
from rdstats.statistics.slopes import slopes_through_origin

Slopes = Callable[[FloatArray, FloatArray], FloatArray]


class Judged(NamedTuple):
    """What an estimator says of each experiment.

    Attributes:
        estimates: Shape (repetitions,).
        held: Whether the truth is held at each level, shape (levels, repetitions).
    """

    estimates: FloatArray
    held: BoolArray


class Judge(Protocol):
    """Anything that estimates, and says whether it holds a value to be possible."""

    @property
    def truth(self) -> Callable[[Cell], float]:
        """What it should estimate in a cell."""

    @property
    def nothing(self) -> float:
        """The value that means no effect."""

    def judge(
        self,
        drawn: Experiments,
        truth: float,
        levels: Sequence[float],
        generator: np.random.Generator,
    ) -> Judged:
        """Judge every experiment, whose truth is this, at these levels."""


@dataclass(frozen=True)
class Estimator:
    """One way to judge an experiment: the t interval of a mean over models.

    Attributes:
        values: From experiments to one value per model, shape (repetitions, models); their mean
            is the estimate and their t interval its interval.
        truth: What it should estimate in a cell.
        nothing: The value that means no effect; a false alarm is an interval without it.
    """

    values: Callable[[Experiments], FloatArray]
    truth: Callable[[Cell], float]
    nothing: float

    def judge(
        self,
        drawn: Experiments,
        truth: float,
        levels: Sequence[float],
        generator: np.random.Generator,  # noqa: ARG002 (t intervals draw nothing)
    ) -> Judged:
        """Return the means, and which intervals hold the truth."""
        values = self.values(drawn)
        held = []
        for level in levels:
            interval = mean_interval(values, level)
            held.append((interval.low <= truth) & (truth <= interval.high))
        return Judged(values.mean(axis=-1), np.stack(held))


def _slope(slopes: Slopes) -> Estimator:
    return Estimator(
        lambda drawn: slopes(drawn.before, drawn.pruned), lambda cell: cell.effect, NO_EFFECT
    )


def _against_control(slopes: Slopes) -> Estimator:
    return Estimator(
        lambda drawn: slopes(drawn.before, drawn.pruned) - slopes(drawn.before, drawn.control),
        lambda cell: cell.effect - NO_EFFECT,
        0.0,
    )


def _between_methods(slopes: Slopes) -> Estimator:
    return Estimator(
        lambda drawn: slopes(drawn.before, drawn.pruned) - slopes(drawn.before, drawn.rival),
        lambda _: 0.0,
        0.0,
    )


ESTIMATORS: Final[Mapping[str, Estimator]] = MappingProxyType(
    {
        "class-mean slope": _slope(class_mean_pseudo_values),
        "class-mean slope minus control": _against_control(class_mean_pseudo_values),
        "class-mean slope, two methods": _between_methods(class_mean_pseudo_values),
        "instrument slope": _slope(instrument_pseudo_values),
        "instrument slope minus control": _against_control(instrument_pseudo_values),
        "Deming slope": _slope(deming_pseudo_values),
        "slope per model": _slope(slopes_through_origin),
        "slope per model minus control": _against_control(slopes_through_origin),
        "slope per model, two methods": _between_methods(slopes_through_origin),
    }
)
HEADLINES: Final = tuple(name for name in ESTIMATORS if name.startswith("class-mean"))
