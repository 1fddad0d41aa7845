"""Newcombe's interval for two independent proportions: a pair whose samples are not matched.

Of two models on the same samples it is conservative: it cannot know that most samples are right
or wrong in both, which is what makes a paired comparison sharp (Newcombe 1998, method 10).

Counts of right predictions before and after and of samples, above zero, are arrays of one shape
(..., classes), which results have too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from rdstats.paired.matched import Bounds, bisected
from rdstats.statistics.arrays import FloatArray, IntArray

_FURTHEST: Final = 40.0  # deviations; the normal tail beyond is zero in a double


def wilson_bounds(n_correct: IntArray, n_samples: IntArray, z: FloatArray | float) -> Bounds:
    """Return Wilson's score bounds of a proportion, z deviations away.

    Checked against R: prop.test(x, n, correct = FALSE, conf.level = 1 - 2 * pnorm(-z))$conf.int.
    """
    square = np.asarray(z, dtype=np.float64) ** 2
    share = n_correct / n_samples
    middle = (n_correct + square / 2.0) / (n_samples + square)
    spread = n_samples * share * (1.0 - share) + square / 4.0
    half = np.sqrt(square) * np.sqrt(spread) / (n_samples + square)
    return Bounds(np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0))


def newcombe_bounds(
    correct_before: IntArray, correct_after: IntArray, n_samples: IntArray, error: float
) -> Bounds:
    """Return Newcombe's bounds of the drop R - R_t, each one-sided at 1 - error.

    Checked against the formula written in R, tests/golden/paired.R.
    """
    return _bounds(correct_before, correct_after, n_samples, -special.ndtri(error))


def newcombe_p(
    correct_before: IntArray, correct_after: IntArray, n_samples: IntArray, margin: float
) -> FloatArray:
    """Return the one-sided p of H_0 drop <= margin: the error at which a bound meets the margin.

    So p and bounds never contradict each other.
    """
    counts = (correct_before, correct_after, n_samples)
    drop = (correct_before - correct_after) / n_samples
    nothing, far = np.zeros(drop.shape), np.full(drop.shape, _FURTHEST)
    over = bisected(lambda z: _bounds(*counts, z).low > margin, nothing, far)
    under = bisected(lambda z: _bounds(*counts, z).high < margin, nothing, far)
    return np.where(drop > margin, special.ndtr(-over), special.ndtr(under))


def _bounds(
    correct_before: IntArray, correct_after: IntArray, n_samples: IntArray, z: FloatArray | float
) -> Bounds:
    before, after = correct_before / n_samples, correct_after / n_samples
    first = wilson_bounds(correct_before, n_samples, z)
    second = wilson_bounds(correct_after, n_samples, z)
    below = np.hypot(before - first.low, second.high - after)
    above = np.hypot(first.high - before, after - second.low)
    return Bounds(before - after - below, before - after + above)
