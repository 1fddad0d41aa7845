"""Effect sizes of a difference between two arms; the sign is that of first minus second."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr
from scipy.stats import chi

from rdstats.statistics.arrays import FloatArray

D_Z = "d_z"
HEDGES_G = "Hedges g"

_STEEPEST = 1000.0  # of t
_TAIL = 1e-17  # of the deviation's distribution, left out of the integral on each side
_FAR = 10.0  # normal deviations that no probability here is beyond


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
    return float(
        _hedges_factor(freedom) * (first.mean() - second.mean()) / np.sqrt(squares / freedom)
    )


def d_z_interval(effect: float, models: int, level: float) -> tuple[float, float]:
    """Return the interval of d_z: noncentral t with models - 1 degrees of freedom.

    Args:
        effect: d_z.
        models: Pairs that it is of.
        level: Level of the interval.

    Checked against R: uniroot() over pt(t, df, ncp).
    """
    size = math.sqrt(models)
    low, high = _noncentralities(effect * size, models - 1, level)
    return low / size, high / size


def hedges_g_interval(effect: float, first: int, second: int, level: float) -> tuple[float, float]:
    """Return the interval of Hedges' g: noncentral t of the pooled variance, times the factor J.

    It supposes equal variances, as g itself does, whichever t test stands beside it.

    Args:
        effect: Hedges' g.
        first: Models of the first arm; likewise second.
        second: Models of the second arm.
        level: Level of the interval.

    Checked against R: uniroot() over pt(t, df, ncp).
    """
    freedom = first + second - 2
    factor, size = _hedges_factor(freedom), math.sqrt(first * second / (first + second))
    low, high = _noncentralities(effect / factor * size, freedom, level)
    return factor * low / size, factor * high / size


def _hedges_factor(freedom: int) -> float:
    """Return J, which takes the small-sample bias off."""
    return float(np.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2))


def _noncentralities(t: float, freedom: int, level: float) -> tuple[float, float]:
    """Return the noncentralities that put t at the upper and at the lower end of chance.

    P(T <= t) = E Phi(t S - noncentrality), S the deviation over its expected size, is integrated
    here: scipy's noncentral t (1.17) is NaN in far tails, where a search must pass. NaN beyond
    |t| = 1,000, where the integrand is too steep.
    """
    if not abs(t) <= _STEEPEST:
        return math.nan, math.nan
    ends = chi.ppf(_TAIL, freedom), chi.isf(_TAIL, freedom)
    edges = np.linspace(*ends, 65 + int(abs(t)))
    middle, half = (edges[1:] + edges[:-1]) / 2.0, np.diff(edges) / 2.0
    places, weights = np.polynomial.legendre.leggauss(16)
    deviations = (middle[:, np.newaxis] + half[:, np.newaxis] * places).ravel()
    weight = (half[:, np.newaxis] * weights).ravel() * chi.pdf(deviations, freedom)
    reached = t * deviations / math.sqrt(freedom)
    lowest, highest = reached.min() - _FAR, reached.max() + _FAR

    def bound(share: float) -> float:
        def off(noncentrality: float) -> float:
            return float(weight @ ndtr(reached - noncentrality)) - share

        return float(brentq(off, lowest, highest, xtol=1e-14, rtol=1e-14))

    return bound((1.0 + level) / 2.0), bound((1.0 - level) / 2.0)
