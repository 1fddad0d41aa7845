"""What is judged in the six named cells alone, because it is slow: resampling and a mixed model.

Each works on one experiment at a time. A test without an interval holds a value where it does
not reject it: its false alarms are rejections of no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from scipy import stats

from rdstats.simulation.cells import Experiments
from rdstats.simulation.estimators import LEVELS, Estimator, Judged, MeanOverModels
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.regression import mixed_slope
from rdstats.statistics.resampling import class_mean_bootstrap, sign_flip_p
from rdstats.statistics.ttests import TWO_SIDED

# Balances before and after of one experiment, shape (models, classes); an estimate, and for each
# level whether the truth is held.
Pair = tuple[FloatArray, FloatArray]
One = tuple[float, list[bool]]


@dataclass(frozen=True, kw_only=True)
class OneByOne(Estimator):
    """A way to judge experiments one after the other, all from one generator."""

    # From one experiment, the truth and a generator to what it says.
    single: Callable[[Pair, float, np.random.Generator], One]

    def judge(self, drawn: Experiments, truth: float, generator: np.random.Generator) -> Judged:
        """Judge every experiment."""
        pairs = zip(drawn.before, drawn.pruned, strict=True)
        found = [self.single(pair, truth, generator) for pair in pairs]
        estimates = np.array([estimate for estimate, _ in found])
        return Judged(estimates, np.array([held for _, held in found]).T)


@dataclass(frozen=True)
class SignFlips(MeanOverModels):
    """The mean of a value per model, by flipping signs of the values less the truth."""

    def judge(self, drawn: Experiments, truth: float, generator: np.random.Generator) -> Judged:
        """Return the means, and which tests do not reject the truth."""
        values = self.values(drawn)
        p = np.array([sign_flip_p(one - truth, TWO_SIDED, generator) for one in values])
        return Judged(values.mean(axis=-1), np.stack([p > 1.0 - level for level in LEVELS]))


def _bootstrap(pair: Pair, truth: float, generator: np.random.Generator) -> One:
    """Draw models with replacement: BCa intervals as in `rdstats sensitivity`."""
    estimate, bounds = class_mean_bootstrap(*pair, LEVELS, generator)
    return estimate, [low <= truth <= high for low, high in bounds]


def _mixed(pair: Pair, truth: float, _: np.random.Generator) -> One:
    """Fit a random slope per model; no fit holds nothing, and its estimate is NaN.

    One fit serves all levels: the Wald interval is normal.
    """
    fit = mixed_slope(*pair, LEVELS[0])
    error = (fit.high - fit.estimate) / stats.norm.isf((1.0 - LEVELS[0]) / 2.0)
    off = abs(fit.estimate - truth)
    held = [bool(off <= error * stats.norm.isf((1.0 - level) / 2.0)) for level in LEVELS]
    return fit.estimate, held


NAMED_ESTIMATORS: Final[Mapping[str, Estimator]] = MappingProxyType(
    {
        "class-mean slope, BCa bootstrap": OneByOne(single=_bootstrap),
        "class-mean slope, sign flips": SignFlips(),
        "class-mean slope, two methods, sign flips": SignFlips("rival"),
        "mixed model": OneByOne(single=_mixed),
    }
)
