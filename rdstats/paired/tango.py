"""Where a monotone condition changes sides, for all classes at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, divide

_HALVINGS: Final = 60  # an interval of length 2 shrinks below a double's resolution


def bisected(
    holds: Callable[[FloatArray], BoolArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Return the places up to which a condition holds, by halving the interval.

    Bisection and not a faster search: it needs no derivative, cannot leave the interval, and
    treats every class alike, however flat its curve.

    Args:
        holds: Says of each value whether it lies below the place that is sought.
        low: Where it holds, any shape.
        high: Where it does not, same shape.
    """
    below, above = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
    for _ in range(_HALVINGS):
        middle = (below + above) / 2.0
        yes = holds(middle)
        below = np.where(yes, middle, below)
        above = np.where(yes, above, middle)
    return np.asarray((below + above) / 2.0)


class Bounds(NamedTuple):
    """Two one-sided bounds."""

    low: FloatArray
    high: FloatArray


def restricted_gain(
    lost: IntArray, gained: IntArray, n_samples: IntArray, drop: FloatArray
) -> FloatArray:
    """Return the likeliest share of gained images if the true drop were this (Tango 1998).

    The larger root of 2n q^2 + (-lost - gained + (2n - lost + gained) d) q - gained d (1 - d),
    which lies between 0 and 1; the share of lost images is then q + d.

    Args:
        lost: Images right before and wrong after, shape (..., classes); likewise the others.
        gained: Images wrong before and right after.
        n_samples: Images, above zero.
        drop: The supposed drop d, between -1 and 1.
    """
    square = 2.0 * n_samples
    linear = -lost - gained + (square - lost + gained) * drop
    constant = -gained * drop * (1.0 - drop)
    root = np.sqrt(np.maximum(linear * linear - 4.0 * square * constant, 0.0))
    # Of the two ways to write the root, the one in which nothing cancels.
    rising = linear > 0.0
    total = np.where(rising, linear + root, root - linear)
    gain = np.where(rising, divide(-2.0 * constant, total), total / (2.0 * square))
    return np.clip(gain, np.maximum(-drop, 0.0), np.minimum((1.0 - drop) / 2.0, 1.0))


def score_z(
    lost: IntArray, gained: IntArray, n_samples: IntArray, drop: FloatArray | float
) -> FloatArray:
    """Return Tango's score statistic of H_0: the true drop is this; it falls as `drop` rises.

    z = (lost - gained - n d) / sqrt(n (2 q + d (1 - d))), q the restricted share of gained
    images. Against a drop of 0 it is McNemar's (lost - gained) / sqrt(lost + gained).

    Returns:
        Shape (..., classes); 0 where nothing changed and no drop is supposed.

    Checked against the formula written in R, tests/golden/paired.R.
    """
    supposed = np.broadcast_to(np.asarray(drop, dtype=np.float64), np.shape(lost))
    gain = restricted_gain(lost, gained, n_samples, supposed)
    distance = lost - gained - n_samples * supposed
    variance = n_samples * (2.0 * gain + supposed * (1.0 - supposed))
    return np.where(distance == 0.0, 0.0, divide(distance, np.sqrt(np.maximum(variance, 0.0))))


def score_bounds(lost: IntArray, gained: IntArray, n_samples: IntArray, error: float) -> Bounds:
    """Return Tango's score bounds of the drop, each one-sided at 1 - error.

    The drops whose score statistic is the normal quantile. Together they are Tango's interval at
    1 - 2 error; unlike Wald's it never leaves [-1, 1] and has a width where nothing changed.

    Args:
        lost: Images right before and wrong after, shape (..., classes); likewise the others.
        gained: Images wrong before and right after.
        n_samples: Images, above zero.
        error: Error of each bound.

    Checked against R: uniroot over the statistic, tests/golden/paired.R.
    """
    quantile = stats.norm.isf(error)
    estimate = (lost - gained) / n_samples

    def above(drop: FloatArray, z: float) -> BoolArray:
        return np.asarray(score_z(lost, gained, n_samples, drop) > z)

    low = bisected(lambda drop: above(drop, quantile), np.full(estimate.shape, -1.0), estimate)
    high = bisected(lambda drop: above(drop, -quantile), estimate, np.ones(estimate.shape))
    return Bounds(low, high)
