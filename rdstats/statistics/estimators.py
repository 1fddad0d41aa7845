"""Slopes from moments of class means, without the seeds' luck in them, and their jackknife.

Leaving one model out changes sums by one term, so the jackknife costs no more than the slope: the
simulation study needs it millions of times.

`before` and `after` are normalized recall balances before and after compression, of shape
(..., models, classes), in the same order of both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rdstats.statistics.arrays import FloatArray, divide, settled
from rdstats.statistics.class_mean import pseudo_values, with_and_without_each
from rdstats.statistics.slopes import products

Products = tuple[FloatArray, FloatArray, FloatArray]
"""Of before with before, before with after, after with after; each summed over classes."""


class Moments(NamedTuple):
    """Second moments of balances; arrays of one shape."""

    between: Products  # of class means
    within: Products  # variances and the covariance over models within a class
    models: int  # that the means are over


class Jackknifed(NamedTuple):
    """A slope and its jackknife."""

    slope: FloatArray  # shape (...); NaN for a single model, or where it divides by zero
    # Shape (..., models); NaN for fewer than three models, or where a slope is undefined.
    pseudo_values: FloatArray


def instrument(before: FloatArray, after: FloatArray) -> Jackknifed:
    """Return the leave-one-out instrument alpha_IV = sum z y / sum z x over models and classes.

    z is the mean balance before of the other models: it knows the class, and nothing of this
    model's luck. By algebra it is the moment-corrected slope (S_xy - s_xy) / (S_xx - s_xx), S
    the uncentred moments over models and classes, s those between seeds within a class: every
    product is of two different seeds.

    Checked against R: formulas and jackknife by loops in tests/golden/sensitivity.R.
    """
    return _jackknifed(_instrument, before, after)


def deming(before: FloatArray, after: FloatArray) -> Jackknifed:
    """Return Deming's slope through the origin of the class means, its error ratio estimated.

    With r = within_yy / within_xx: (yy - r xx + sqrt((yy - r xx)**2 + 4 r xy**2)) / (2 xy)
    (Linnet 1993, with constant errors). It supposes that the errors before and after are
    uncorrelated: memory of luck violates that.

    Checked against R: the sum of squares over both errors, minimised by optimize(), and loops.
    """
    return _jackknifed(_deming, before, after)


class Luck(NamedTuple):
    """What the model of docs/simulation.md says of a study; each of shape (...)."""

    # Standard deviation over models of a class's balance, its variance averaged over classes.
    before: FloatArray
    after: FloatArray
    memory: FloatArray  # correlation of the two, pooled over classes; NaN without luck
    # Standard deviation over classes of the true balance before: that of the class means less
    # what luck adds to it; NaN where luck explains all of it.
    spread: FloatArray


def luck_of(before: FloatArray, after: FloatArray) -> Luck:
    """Estimate luck, memory and spread from the balances of several models.

    With s the moments within a class, summed over C classes: luck = sqrt(s_xx / C),
    memory = s_xy / sqrt(s_xx s_yy), spread**2 = var_c(class means) - s_xx / (C M).

    Shape (...); NaN for a single model, the spread also for a single class.

    Checked against the model: estimates from simulated experiments.
    """
    models, classes = before.shape[-2:]
    if models < 2:
        nothing = np.full(before.shape[:-2], np.nan)
        return Luck(nothing, nothing, nothing, nothing)
    s_xx, s_xy, s_yy = _moments(before, after)[0].within
    luck = np.sqrt(s_xx / classes), np.sqrt(s_yy / classes)
    memory = divide(s_xy, np.sqrt(s_xx * s_yy))
    spread = np.full(memory.shape, np.nan)
    if classes > 1:
        squared = before.mean(axis=-2).var(axis=-1, ddof=1) - luck[0] ** 2 / models
        np.sqrt(squared, out=spread, where=squared > 0)
    return Luck(*luck, memory, spread)


def _instrument(of: Moments) -> FloatArray:
    (xx, xy, _), (s_xx, s_xy, _) = of.between, of.within
    return divide(xy - s_xy / of.models, settled(xx - s_xx / of.models, xx + s_xx))


def _deming(of: Moments) -> FloatArray:
    (xx, xy, yy), (s_xx, _, s_yy) = of.between, of.within
    ratio = divide(s_yy, s_xx)
    lead = yy - ratio * xx
    return divide(lead + np.sqrt(lead**2 + 4.0 * ratio * xy**2), 2.0 * xy)


def _jackknifed(
    of_moments: Callable[[Moments], FloatArray], before: FloatArray, after: FloatArray
) -> Jackknifed:
    models, nothing = before.shape[-2], np.full(before.shape[:-1], np.nan)
    if models < 2:
        return Jackknifed(nothing.sum(axis=-1), nothing)
    whole, without = _moments(before, after)
    slope = of_moments(whole)
    return Jackknifed(slope, nothing if models < 3 else pseudo_values(slope, of_moments(without)))


def _moments(before: FloatArray, after: FloatArray) -> tuple[Moments, Moments]:
    """Return the moments of all models, shape (...), and without each, shape (..., models)."""
    models = before.shape[-2]
    (x, x_without), (y, y_without) = with_and_without_each(before), with_and_without_each(after)
    own = _products(before, after)
    xx, xy, yy = (product.sum(axis=-1) for product in own)
    rest = xx[..., np.newaxis] - own[0], xy[..., np.newaxis] - own[1], yy[..., np.newaxis] - own[2]
    return (
        _of_sums(_products(x, y), (xx, xy, yy), models),
        _of_sums(_products(x_without, y_without), rest, models - 1),
    )


def _of_sums(between: Products, totals: Products, models: int) -> Moments:
    """Return moments from products of class means, and sums over models of products."""
    # Seeds that are all the same hold no luck: what is left of their variance is rounding.
    sizes = totals[0], np.sqrt(totals[0] * totals[2]), totals[2]
    xx, xy, yy = (
        settled(total - models * product, size) / max(models - 1, 1)
        for total, product, size in zip(totals, between, sizes, strict=True)
    )
    return Moments(between, (xx, xy, yy), models)


def _products(first: FloatArray, second: FloatArray) -> Products:
    """Sum the products of two arms over classes."""
    return products(first, first), products(first, second), products(second, second)
