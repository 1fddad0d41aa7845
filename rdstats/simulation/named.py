"""What is judged in the six named cells alone, because it is slow: resampling and a mixed model.

Each works on one experiment at a time. A test without an interval holds a value where it does
not reject it: its false alarms are rejections of no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from scipy import stats

from rdstats.simulation.cells import NO_EFFECT, Cell, Experiments
from rdstats.simulation.estimators import Judge, Judged
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.regression import mixed_slope
from rdstats.statistics.resampling import class_mean_bootstrap, sign_flip_p
from rdstats.statistics.ttests import TWO_SIDED

# An estimate, and for each level whether the truth is held.
One = tuple[float, list[bool]]
Single = Callable[[Experiments, float, Sequence[float], np.random.Generator], One]


@dataclass(frozen=True)
class Singly:
    """A way to judge experiments one by one.

    Attributes:
        single: From one experiment, the truth, levels and a generator to what it says; arrays of
            the experiment have shape (models, classes).
        truth: What it should estimate in a cell.
        nothing: The value that means no effect.
    """

    single: Single
    truth: Callable[[Cell], float]
    nothing: float

    def judge(
        self,
        drawn: Experiments,
        truth: float,
        levels: Sequence[float],
        generator: np.random.Generator,
    ) -> Judged:
        """Judge one experiment after the other, all from one generator."""
        found = [
            self.single(Experiments(*one), truth, levels, generator)
            for one in zip(*drawn, strict=True)
        ]
        estimates = np.array([estimate for estimate, _ in found])
        return Judged(estimates, np.array([held for _, held in found]).T)


def _bootstrap(
    one: Experiments, truth: float, levels: Sequence[float], generator: np.random.Generator
) -> One:
    """Draw models with replacement: BCa intervals as in `rdstats sensitivity`."""
    estimate, bounds = class_mean_bootstrap(one.before, one.pruned, levels, generator)
    return estimate, [low <= truth <= high for low, high in bounds]


def _flips(
    one: Experiments, truth: float, levels: Sequence[float], generator: np.random.Generator
) -> One:
    """Flip the signs of pseudo-values less the truth."""
    return _flipped(class_mean_pseudo_values(one.before, one.pruned), truth, levels, generator)


def _flips_of_two_methods(
    one: Experiments, truth: float, levels: Sequence[float], generator: np.random.Generator
) -> One:
    """Flip the signs of paired differences, as `rdstats compare --permutation` does."""
    first = class_mean_pseudo_values(one.before, one.pruned)
    second = class_mean_pseudo_values(one.before, one.rival)
    return _flipped(first - second, truth, levels, generator)


def _flipped(
    values: FloatArray, truth: float, levels: Sequence[float], generator: np.random.Generator
) -> One:
    p = sign_flip_p(values - truth, TWO_SIDED, generator)
    return float(values.mean()), [p > 1.0 - level for level in levels]


def _mixed(one: Experiments, truth: float, levels: Sequence[float], _: np.random.Generator) -> One:
    """Fit a random slope per model; no fit holds nothing, and its estimate is NaN.

    One fit serves all levels: the Wald interval is normal.
    """
    fit = mixed_slope(one.before, one.pruned, levels[0])
    error = (fit.high - fit.estimate) / stats.norm.isf((1.0 - levels[0]) / 2.0)
    off = abs(fit.estimate - truth)
    held = [bool(off <= error * stats.norm.isf((1.0 - level) / 2.0)) for level in levels]
    return fit.estimate, held


def _effect(cell: Cell) -> float:
    return cell.effect


NAMED_ESTIMATORS: Final[Mapping[str, Judge]] = MappingProxyType(
    {
        "class-mean slope, BCa bootstrap": Singly(_bootstrap, _effect, NO_EFFECT),
        "class-mean slope, sign flips": Singly(_flips, _effect, NO_EFFECT),
        "class-mean slope, two methods, sign flips": Singly(
            _flips_of_two_methods, lambda _: 0.0, 0.0
        ),
        "mixed model": Singly(_mixed, _effect, NO_EFFECT),
    }
)
