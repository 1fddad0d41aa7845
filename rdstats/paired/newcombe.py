"""Newcombe's interval for two independent proportions: a pair whose samples are not matched.

Square-and-add of the two proportions' own bounds (Newcombe 1998, method 10). His are Wilson's,
which cover too rarely near 0 and 1: with them 52 right of 52 in both models would clear 5 points,
although 0.95^52 is 6.9 %. Ours are Clopper and Pearson's. Of two models on the same samples it is
conservative: it cannot know that most samples are right or wrong in both, which is what makes a
paired comparison sharp.

Counts of right predictions before and after and of samples, above zero, are arrays of one shape
(..., classes), which results have too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from rdstats.paired.matched import Bounds, bisected
from rdstats.statistics.arrays import FloatArray, IntArray

FURTHEST: Final = 40.0  # deviations; the normal tail beyond is zero in a double


def clopper_pearson_bounds(
    n_correct: IntArray | FloatArray, n_samples: IntArray, z: FloatArray | float
) -> Bounds:
    """Return Clopper and Pearson's exact bounds of a proportion, each one-sided at Phi(z).

    Checked against R: binom.test(x, n, conf.level = 1 - 2 * pnorm(-z))$conf.int.
    """
    error = special.ndtr(-np.asarray(z, dtype=np.float64))
    wrong = n_samples - n_correct
    # Where a parameter is 0 the quantile is the end itself; 1 in its place only avoids a NaN.
    low = special.betaincinv(np.where(n_correct > 0, n_correct, 1.0), wrong + 1.0, error)
    high = special.betainccinv(n_correct + 1.0, np.where(wrong > 0, wrong, 1.0), error)
    return Bounds(np.where(n_correct > 0, low, 0.0), np.where(wrong > 0, high, 1.0))


def newcombe_bounds(
    correct_before: IntArray, correct_after: IntArray, n_samples: IntArray, error: float
) -> Bounds:
    """Return Newcombe's bounds of the drop R - R_t, each one-sided at 1 - error.

    Checked against the formula written in R, tests/golden/paired.R.
    """
    return _bounds(correct_before, correct_after, n_samples, -special.ndtri(error))


def newcombe_p(
    correct_before: IntArray,
    correct_after: IntArray,
    n_samples: IntArray,
    margin: FloatArray | float,
) -> FloatArray:
    """Return the one-sided p of H_0 drop <= margin: the error at which a bound meets the margin.

    So p and bounds never contradict each other.
    """
    counts = (correct_before, correct_after, n_samples)
    drop = (correct_before - correct_after) / n_samples
    nothing, far = np.zeros(drop.shape), np.full(drop.shape, FURTHEST)
    over = bisected(lambda z: _bounds(*counts, z).low > margin, nothing, far)
    under = bisected(lambda z: _bounds(*counts, z).high < margin, nothing, far)
    return np.where(drop > margin, special.ndtr(-over), special.ndtr(under))


def _bounds(
    correct_before: IntArray, correct_after: IntArray, n_samples: IntArray, z: FloatArray | float
) -> Bounds:
    before, after = correct_before / n_samples, correct_after / n_samples
    first = clopper_pearson_bounds(correct_before, n_samples, z)
    second = clopper_pearson_bounds(correct_after, n_samples, z)
    below = np.hypot(before - first.low, second.high - after)
    above = np.hypot(first.high - before, after - second.low)
    return Bounds(before - after - below, before - after + above)
