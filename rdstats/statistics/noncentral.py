"""Which noncentralities put an observed t at either end of chance: intervals of effect sizes."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import chi

from rdstats.statistics.arrays import FloatArray

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
