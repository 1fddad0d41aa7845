"""Which noncentralities put an observed t at either end of chance: intervals of effect sizes."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln, ndtr, ndtri
from scipy.stats import chi

from rdstats.statistics.arrays import FloatArray, divide

_STEEPEST = 1000.0  # of t: beyond, the integrand is a step
_TAIL = 1e-17  # of the deviation's distribution, left out of the integral on each side
_FAR = 10.0  # normal deviations that no probability here is beyond
_CHUNK = 64  # tests that share the places of the integral
_WIDEST = 1.6  # panel of the integral, in deviations of S; 16 places each
_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_LEAST = 1e-280  # density that can still be divided by
_STEPS = 100  # bisection alone would need 60
_NEAR = 1e-11  # after a step so small Newton's next is below rounding


def noncentralities(
    t: FloatArray, freedom: int, level: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Return the noncentralities that put t at the upper and at the lower end of chance.

    P(T <= t) = E Phi(t S - noncentrality), S the deviation over its expected size, is integrated
    here: scipy's noncentral t (1.17) is NaN in far tails, where a search must pass.

    Args:
        t: Observed t, any shape.
        freedom: Degrees of freedom of all of them.
        level: Level of the interval, a number or the same shape.

    Returns:
        Lower and upper bound, same shape; NaN beyond |t| = 1,000 and where t is NaN.

    Checked against R: uniroot() over pt(t, df, ncp).
    """
    observed = np.ravel(np.asarray(t, dtype=np.float64))
    levels = np.broadcast_to(np.asarray(level, dtype=np.float64), np.shape(t)).ravel()
    bounds = np.full((2, observed.size), np.nan)
    within = np.flatnonzero(np.abs(observed) <= _STEEPEST)
    # Alike ones together: the steepest decides how fine the integral of its chunk must be.
    within = within[np.argsort(np.abs(observed[within]), kind="stable")]
    for start in range(0, within.size, _CHUNK):
        chunk = within[start : start + _CHUNK]
        weight, reached = _places(observed[chunk], freedom)
        for bound, sign in enumerate((1.0, -1.0)):
            share = (1.0 + sign * levels[chunk]) / 2.0
            spread = np.sqrt(1.0 + observed[chunk] ** 2 / (2.0 * freedom))
            start_at = observed[chunk] - ndtri(share) * spread  # the normal approximation
            bounds[bound, chunk] = _solved(weight, reached, start_at, share)
    return bounds[0].reshape(np.shape(t)), bounds[1].reshape(np.shape(t))


def _places(t: FloatArray, freedom: int) -> tuple[FloatArray, FloatArray]:
    """Return weights (places,) of the integral over S, and t S at each place, (tests, places).

    Gauss-Legendre over panels no wider than two deviations of the step Phi. Quarter ones move
    no bound by more than 2e-11 (1 to 400 degrees of freedom, |t| to 990, levels to 0.9999).
    """
    low, high = chi.ppf(_TAIL, freedom), chi.isf(_TAIL, freedom)
    step = math.sqrt(freedom) / max(float(np.abs(t).max()), 1.0)
    panels = math.ceil((high - low) / min(_WIDEST, 2.0 * step))
    edges = np.linspace(low, high, 1 + panels)
    middle, half = (edges[1:] + edges[:-1]) / 2.0, np.diff(edges) / 2.0
    deviations = (middle[:, np.newaxis] + half[:, np.newaxis] * _PLACES).ravel()
    weight = (half[:, np.newaxis] * _WEIGHTS).ravel() * chi.pdf(deviations, freedom)
    # The density's own rounding grows with the degrees of freedom; far out it would show.
    return weight / weight.sum(), t[:, np.newaxis] * deviations / math.sqrt(freedom)


def _solved(
    weight: FloatArray, reached: FloatArray, start: FloatArray, share: FloatArray
) -> FloatArray:
    """Return the noncentrality at which P(T <= t) is `share`, for each test.

    Newton on the normal deviate of P, which is almost a straight line; the interval around the
    root shrinks with each step, and is halved where a step would leave it.
    """
    low, high = reached.min(axis=-1) - _FAR, reached.max(axis=-1) + _FAR
    wanted, at = ndtri(share), start.copy()
    for _ in range(_STEPS):
        off = reached - at[:, np.newaxis]
        found = ndtr(off) @ weight
        density = np.exp(-0.5 * off**2) @ weight  # times sqrt(2 pi), as the other one below
        above = found > share
        low, high = np.where(above, at, low), np.where(above, high, at)
        deviate = ndtri(np.clip(found, np.finfo(np.float64).tiny, 1.0 - 2.0**-53))
        slope = np.exp(-0.5 * deviate**2)
        step = np.full(at.shape, np.inf)
        np.divide((deviate - wanted) * slope, density, out=step, where=density > _LEAST)
        following = at + step
        # A bound is where the last step ended: a step of nothing from there is no step outside.
        halved = ~((following >= low) & (following <= high))
        following = np.where(halved, (low + high) / 2.0, following)
        moved = np.abs(following - at)
        at = following
        if (moved <= _NEAR * np.maximum(np.abs(at), 1.0)).all():
            break
    return at


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
