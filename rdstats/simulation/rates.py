"""False alarms and coverage of every estimator in one cell, block after block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np

from rdstats.simulation.cells import Cell, draw_experiments
from rdstats.simulation.estimators import ESTIMATORS, Judge
from rdstats.statistics.arrays import FloatArray

LEVELS: Final = (0.99, 0.95)
# Repetitions drawn at once: 30 models x 100 classes x 250 x 8 bytes are 6 MB an array.
BLOCK: Final = 250


class Rates(NamedTuple):
    """How an estimator did in one cell.

    Attributes:
        estimator: Its name.
        repetitions: Simulated experiments.
        truth: What it should estimate.
        nothing: The value that means no effect.
        estimate: Mean of its estimates.
        covered: Experiments whose interval (or test) holds the truth, for each of `LEVELS`.
    """

    estimator: str
    repetitions: int
    truth: float
    nothing: float
    estimate: float
    covered: tuple[int, ...]


def rates_of(
    cell: Cell, repetitions: int, estimators: Mapping[str, Judge] = ESTIMATORS
) -> list[Rates]:
    """Return the rates of every estimator in one cell, always the same for the same arguments.

    An experiment without an interval counts as not covered; normal luck leaves none without.

    Args:
        cell: Which kind of experiment.
        repetitions: How many are simulated; the first ones do not depend on how many follow.
        estimators: What is judged, by name.
    """
    sums = dict.fromkeys(estimators, 0.0)
    covered = {name: [0] * len(LEVELS) for name in estimators}
    for block, size in _blocks(repetitions):
        drawn = draw_experiments(cell, size, cell.generator(block))
        for name, estimator in estimators.items():
            found = estimator.judge(
                drawn, estimator.truth(cell), LEVELS, cell.generator(block, name)
            )
            sums[name] += float(found.estimates.sum())
            for place, held in enumerate(found.held):
                covered[name][place] += int(held.sum())
    return [
        _rates(name, estimator, cell, repetitions, sums[name], covered[name])
        for name, estimator in estimators.items()
    ]


def monte_carlo_error(share: FloatArray | float, repetitions: FloatArray | int) -> FloatArray:
    """Return the standard error of a simulated share, sqrt(p (1 - p) / repetitions)."""
    return np.sqrt(np.asarray(share) * (1.0 - np.asarray(share)) / repetitions)


def _rates(
    name: str,
    estimator: Judge,
    cell: Cell,
    repetitions: int,
    sum_of_estimates: float,
    covered: list[int],
) -> Rates:
    truth = estimator.truth(cell)
    estimate = sum_of_estimates / repetitions
    return Rates(name, repetitions, truth, estimator.nothing, estimate, tuple(covered))


def _blocks(repetitions: int) -> Iterator[tuple[int, int]]:
    """Yield the number and the size of each block.

    A block is always drawn from its own generator, but only the last may be short: the
    repetitions of the full blocks before it stay what they are.
    """
    for block, start in enumerate(range(0, repetitions, BLOCK)):
        yield block, min(BLOCK, repetitions - start)
