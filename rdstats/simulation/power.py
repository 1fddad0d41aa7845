"""Power by simulation: the share of simulated experiments whose interval shows the effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from rdstats.simulation.cells import NO_EFFECT, luck_after
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.intervals import mean_interval

BLOCK: Final = 250  # experiments at once, as in the simulation study


@dataclass(frozen=True)
class Pilot:
    """What experiments like a pilot are drawn from."""

    balances: FloatArray  # true normalized balances before compression, shape (classes,)
    luck_before: float  # standard deviation over models of a class's balance before
    luck_after: float  # the same after
    memory: float  # correlation of the two


def power_like_pilot(
    pilot: Pilot,
    slopes: Callable[[FloatArray, FloatArray], FloatArray],
    effect: float,
    models: int,
    level: float,
    repetitions: int,
    generator: np.random.Generator,
) -> float:
    """Return how often experiments like a pilot show an effect on the slope.

    Args:
        pilot: Classes and luck.
        slopes: `class_mean_pseudo_values` or `slopes_through_origin`; a slope per model is also
            pulled towards the retrain reference, and that counts here as it would in a study.
        effect: True distance of the slope from 1.
        models: Models of each experiment.
        level: Error of the two-sided test.
        repetitions: Experiments.
        generator: Of every random number.
    """
    found = 0
    for start in range(0, repetitions, BLOCK):
        shape = (min(BLOCK, repetitions - start), models, pilot.balances.size)
        luck = generator.standard_normal(shape)
        before = pilot.balances + pilot.luck_before * luck
        after = luck_after(luck, 1.0, pilot.memory, generator)
        after *= pilot.luck_after
        after += (NO_EFFECT + effect) * pilot.balances
        found += _alarms(slopes(before, after), NO_EFFECT, level)
    return found / repetitions


def power_of_values(
    effect: float,
    sd: float,
    models: int,
    level: float,
    repetitions: int,
    generator: np.random.Generator,
) -> float:
    """Return how often normal values with this mean and deviation have an interval without 0."""
    values = generator.normal(effect, sd, (repetitions, models))
    return _alarms(values, 0.0, level) / repetitions


def _alarms(values: FloatArray, nothing: float, level: float) -> int:
    """Count the experiments whose interval leaves the value of no effect."""
    interval = mean_interval(values, 1.0 - level)
    return int(((interval.low > nothing) | (interval.high < nothing)).sum())
