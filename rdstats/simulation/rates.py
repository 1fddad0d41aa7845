"""False alarms and coverage of every estimator in one cell, block after block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from rdstats.simulation.cells import Cell
from rdstats.simulation.estimators import ESTIMATORS, Estimator
from rdstats.simulation.experiments import draw_experiments
from rdstats.statistics.arrays import BoolArray, FloatArray
from rdstats.statistics.intervals import mean_interval

LEVELS: Final = (0.99, 0.95)
# Repetitions drawn at once: 30 models x 100 classes x 250 x 8 bytes are 6 MB an array.
BLOCK: Final = 250


class Rates(NamedTuple):
    """How an estimator did in one cell.

    Attributes:
        estimator: Its name in `ESTIMATORS`.
        repetitions: Simulated experiments.
        truth: What it should estimate.
        nothing: The value that means no effect.
        estimate: Mean of its estimates.
        covered: Experiments whose interval holds the truth, for each of `LEVELS`.
    """

    estimator: str
    repetitions: int
    truth: float
    nothing: float
    estimate: float
    covered: tuple[int, ...]


def rates_of(cell: Cell, repetitions: int) -> list[Rates]:
    """Return the rates of every estimator in one cell, always the same for the same arguments.

    An experiment without an interval counts as not covered; normal luck leaves none without.

    Args:
        cell: Which kind of experiment.
        repetitions: How many are simulated; the first ones do not depend on how many follow.
    """
    sums = dict.fromkeys(ESTIMATORS, 0.0)
    covered = {name: [0] * len(LEVELS) for name in ESTIMATORS}
    for block, size in _blocks(repetitions):
        drawn = draw_experiments(cell, size, cell.generator(block))
        for name, estimator in ESTIMATORS.items():
            values = estimator.values(drawn)
            sums[name] += float(values.mean(axis=-1).sum())
            for place, level in enumerate(LEVELS):
                held = _covers(values, level, estimator.truth(cell))
                covered[name][place] += int(held.sum())
    return [
        _rates(name, estimator, cell, repetitions, sums[name], covered[name])
        for name, estimator in ESTIMATORS.items()
    ]


def monte_carlo_error(share: FloatArray | float, repetitions: FloatArray | int) -> FloatArray:
    """Return the standard error of a simulated share, sqrt(p (1 - p) / repetitions)."""
    return np.sqrt(np.asarray(share) * (1.0 - np.asarray(share)) / repetitions)


def _rates(
    name: str,
    estimator: Estimator,
    cell: Cell,
    repetitions: int,
    sum_of_estimates: float,
    covered: list[int],
) -> Rates:
    truth = estimator.truth(cell)
    estimate = sum_of_estimates / repetitions
    return Rates(name, repetitions, truth, estimator.nothing, estimate, tuple(covered))


def _covers(values: FloatArray, level: float, truth: float) -> BoolArray:
    """Say of each experiment whether the interval of its mean holds the truth."""
    interval = mean_interval(values, level)
    return np.asarray((interval.low <= truth) & (truth <= interval.high))


def _blocks(repetitions: int) -> Iterator[tuple[int, int]]:
    """Yield the number and the size of each block.

    A block is always drawn from its own generator, but only the last may be short: the
    repetitions of the full blocks before it stay what they are.
    """
    for block, start in enumerate(range(0, repetitions, BLOCK)):
        yield block, min(BLOCK, repetitions - start)
