"""Effect sizes with their sign, and their intervals by the noncentral t.

Which noncentralities put an observed t at either end of chance (Steiger and Fouladi 1997).
P(T <= t) = E Phi(t S - noncentrality), S the deviation over its expected size, is integrated
here: scipy's noncentral t (1.17) is NaN in far tails, where a search must pass.

An arm is one value per model, shape (models,); effects and their bounds have no unit.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr
from scipy.stats import chi

from rdstats.statistics.arrays import FloatArray

_STEEPEST = 1000.0  # of t: beyond, the integrand is a step
_TAIL = 1e-17  # of the deviation's distribution, left out of the integral on each side
_FAR = 10.0  # normal deviations that no probability here is beyond
_WIDEST = 1.6  # panel of the integral, in deviations of S; 16 places each
_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def paired_d_z(first: FloatArray, second: FloatArray) -> float:
    """Return the paired effect size d_z, mean over standard deviation of the differences.

    Checked against R: mean(first - second) / sd(first - second).
    """
    difference = first - second
    return float(difference.mean() / difference.std(ddof=1))


def hedges_g(first: FloatArray, second: FloatArray) -> float:
    """Return Hedges' g: the difference over the pooled deviation, without its small-sample bias.

    g = J(n) (mean1 - mean2) / s_pooled, n = n1 + n2 - 2,
    J(n) = gamma(n / 2) / (sqrt(n / 2) gamma((n - 1) / 2)) (Hedges 1981, the exact factor).

    Checked against the formula written in R, tests/golden/t_tests.R.
    """
    freedom = first.size + second.size - 2
    squares = (first.size - 1) * first.var(ddof=1) + (second.size - 1) * second.var(ddof=1)
    difference = first.mean() - second.mean()
    return float(_hedges_factor(freedom) * difference / np.sqrt(squares / freedom))


def d_z_interval(effect: float, models: int, level: float) -> tuple[float, float]:
    """Return the interval of d_z: noncentral t with models - 1 degrees of freedom.

    NaN beyond |t| = 1,000. Checked against R: uniroot() over pt(t, df, ncp).
    """
    size = math.sqrt(models)
    low, high = noncentralities(effect * size, models - 1, level)
    return low / size, high / size


def hedges_g_interval(effect: float, first: int, second: int, level: float) -> tuple[float, float]:
    """Return the interval of Hedges' g: noncentral t of the pooled variance, times the factor J.

    It supposes equal variances, as g itself does, whichever t test stands beside it. `first` and
    `second` are the arms' models.

    NaN beyond |t| = 1,000. Checked against R: uniroot() over pt(t, df, ncp).
    """
    freedom = first + second - 2
    factor, size = _hedges_factor(freedom), math.sqrt(first * second / (first + second))
    low, high = noncentralities(effect / factor * size, freedom, level)
    return factor * low / size, factor * high / size


def noncentralities(t: float, freedom: int, level: float) -> tuple[float, float]:
    """Return the noncentralities that put t at the upper and at the lower end of chance.

    Gauss-Legendre over panels no wider than two deviations of the step Phi. Quarter ones move
    no bound by more than 2e-11 (1 to 400 degrees of freedom, |t| to 990, levels to 0.9999).

    NaN beyond |t| = 1,000. Checked against R: uniroot() over pt(t, df, ncp).
    """
    if not abs(t) <= _STEEPEST:
        return math.nan, math.nan
    smallest, largest = chi.ppf(_TAIL, freedom), chi.isf(_TAIL, freedom)
    step = math.sqrt(freedom) / max(abs(t), 1.0)
    panels = math.ceil((largest - smallest) / min(_WIDEST, 2.0 * step))
    edges = np.linspace(smallest, largest, 1 + panels)
    middle, half = (edges[1:] + edges[:-1]) / 2.0, np.diff(edges) / 2.0
    deviations = (middle[:, np.newaxis] + half[:, np.newaxis] * _PLACES).ravel()
    weight = (half[:, np.newaxis] * _WEIGHTS).ravel() * chi.pdf(deviations, freedom)
    weight /= weight.sum()  # the density's own rounding grows with the degrees of freedom
    reached = t * deviations / math.sqrt(freedom)
    within = reached.min() - _FAR, reached.max() + _FAR
    tail = (1.0 - level) / 2.0

    def solved(sign: float) -> float:
        """Find where P(T > t), or with sign -1 P(T <= t), is the tail."""

        def excess(at: float) -> float:
            return float(ndtr(sign * (at - reached)) @ weight) - tail

        return float(brentq(excess, *within, xtol=1e-14, rtol=1e-14))

    return solved(1.0), solved(-1.0)


def _hedges_factor(freedom: int) -> float:
    """Return J, which takes the small-sample bias off."""
    return float(np.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2))
