"""Effect sizes of a difference between two arms; the sign is that of first minus second."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from rdstats.statistics.arrays import FloatArray

D_Z = "d_z"
HEDGES_G = "Hedges g"


def paired_d_z(first: FloatArray, second: FloatArray) -> float:
    """Return the paired effect size d_z, mean over standard deviation of the differences.

    Args:
        first: One value per model, shape (models,).
        second: The same models in the other arm, same order.

    Checked against R: mean(first - second) / sd(first - second).
    """
    difference = first - second
    return float(difference.mean() / difference.std(ddof=1))


def hedges_g(first: FloatArray, second: FloatArray) -> float:
    """Return Hedges' g: the difference over the pooled deviation, without its small-sample bias.

    g = J(n) (mean1 - mean2) / s_pooled, n = n1 + n2 - 2,
    J(n) = gamma(n / 2) / (sqrt(n / 2) gamma((n - 1) / 2)) (Hedges 1981, the exact factor).

    Args:
        first: One value per model of the first arm, at least two.
        second: One value per model of the second arm, at least two.

    Checked against the formula written in R, tests/golden/t_tests.R.
    """
    freedom = first.size + second.size - 2
    squares = (first.size - 1) * first.var(ddof=1) + (second.size - 1) * second.var(ddof=1)
    bias = np.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2)
    return float(bias * (first.mean() - second.mean()) / np.sqrt(squares / freedom))
