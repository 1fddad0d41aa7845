"""Effect sizes of a difference between two arms; the sign is that of first minus second."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln

from rdstats.statistics.arrays import FloatArray, divide
from rdstats.statistics.noncentral import noncentralities

D_Z = "d_z"
HEDGES_G = "Hedges g"


def paired_d_z(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the paired effect size d_z, mean over standard deviation of the differences.

    Args:
        first: One value per model, shape (..., models).
        second: The same models in the other arm, same order.

    Returns:
        Shape (...); NaN where every difference is the same.

    Checked against R: mean(first - second) / sd(first - second).
    """
    difference = first - second
    return divide(np.asarray(difference.mean(axis=-1)), np.asarray(difference.std(axis=-1, ddof=1)))


def hedges_g(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return Hedges' g: the difference over the pooled deviation, without its small-sample bias.

    g = J(n) (mean1 - mean2) / s_pooled, n = n1 + n2 - 2,
    J(n) = gamma(n / 2) / (sqrt(n / 2) gamma((n - 1) / 2)) (Hedges 1981, the exact factor).

    Args:
        first: One value per model of the first arm, at least two, shape (..., models).
        second: One value per model of the second arm, at least two.

    Returns:
        Shape (...); NaN where neither arm varies.

    Checked against the formula written in R, tests/golden/t_tests.R.
    """
    sizes = first.shape[-1], second.shape[-1]
    freedom = sum(sizes) - 2
    squares = (sizes[0] - 1) * first.var(axis=-1, ddof=1) + (sizes[1] - 1) * second.var(
        axis=-1, ddof=1
    )
    difference = np.asarray(first.mean(axis=-1) - second.mean(axis=-1))
    return _hedges_factor(freedom) * divide(difference, np.asarray(np.sqrt(squares / freedom)))


def d_z_intervals(
    effect: FloatArray, models: int, level: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Return the intervals of d_z: noncentral t with models - 1 degrees of freedom.

    Args:
        effect: d_z, any shape.
        models: Pairs that each is of.
        level: Level of the interval, a number or the same shape.

    Returns:
        Both bounds, same shape; NaN beyond |t| = 1,000 and where there is no effect size.

    Checked against R: uniroot() over pt(t, df, ncp).
    """
    size = math.sqrt(models)
    low, high = noncentralities(effect * size, models - 1, level)
    return low / size, high / size


def hedges_g_intervals(
    effect: FloatArray, first: int, second: int, level: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Return the intervals of Hedges' g: noncentral t of the pooled variance, times the factor J.

    They suppose equal variances, as g itself does, whichever t test stands beside them.

    Args:
        effect: Hedges' g, any shape.
        first: Models of the first arm; likewise second.
        second: Models of the second arm.
        level: Level of the interval, a number or the same shape.

    Returns:
        Both bounds, same shape; NaN beyond |t| = 1,000 and where there is no effect size.

    Checked against R: uniroot() over pt(t, df, ncp).
    """
    freedom = first + second - 2
    factor, size = _hedges_factor(freedom), math.sqrt(first * second / (first + second))
    low, high = noncentralities(effect / factor * size, freedom, level)
    return factor * low / size, factor * high / size


def _hedges_factor(freedom: int) -> float:
    """Return J, which takes the small-sample bias off."""
    return float(np.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2))
