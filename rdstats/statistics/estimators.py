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
from rdstats.statistics.class_mean import with_and_without_each

Slope = Callable[[FloatArray, FloatArray], FloatArray]
"""From balances before and after, shape (..., models, classes)."""


class Moments(NamedTuple):
    """Second moments summed over classes; arrays of one shape.

    Attributes:
        xx: Sum over classes of the squared class mean before; likewise xy and yy.
        xy: Products of class means before and after.
        yy: Squared class means after.
        within_xx: Variance over models within a class, summed over classes; likewise the others.
        within_xy: Covariance of before and after.
        within_yy: Variance after.
        models: Models that the means are over.
    """

    xx: FloatArray
    xy: FloatArray
    yy: FloatArray
    within_xx: FloatArray
    within_xy: FloatArray
    within_yy: FloatArray
    models: int


def instrument_slopes(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the leave-one-out instrument alpha_IV = sum z y / sum z x over models and classes.

    z is the mean balance before of the other models: it knows the class, and nothing of this
    model's luck. By algebra it is the moment-corrected slope (S_xy - s_xy) / (S_xx - s_xx), S
    the uncentred moments over models and classes, s those between seeds within a class: every
    product is of two different seeds.

    Shape (...); NaN for a single model, or where the denominator is zero.

    Checked against R: both formulas by loops in tests/golden/sensitivity.R.
    """
    return _of_all(_instrument, before, after)


def instrument_pseudo_values(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return jackknife pseudo-values of `instrument_slopes`, shape (..., models).

    NaN for fewer than three models, or where a slope is undefined.

    Checked against R: loops over models, left out one by one, in tests/golden/sensitivity.R.
    """
    return _pseudo_values(_instrument, before, after)


def deming_slopes(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return Deming's slope through the origin of the class means, its error ratio estimated.

    With r = within_yy / within_xx: (yy - r xx + sqrt((yy - r xx)**2 + 4 r xy**2)) / (2 xy)
    (Linnet 1993, with constant errors). It supposes that the errors before and after are
    uncorrelated: memory of luck violates that.

    Shape (...); NaN for a single model, or where xy or within_xx is zero.

    Checked against R: the sum of squares over both errors, minimised by optimize().
    """
    return _of_all(_deming, before, after)


def deming_pseudo_values(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return jackknife pseudo-values of `deming_slopes`, shape (..., models).

    NaN for fewer than three models, or where a slope is undefined.

    Checked against R: loops over models, left out one by one, in tests/golden/sensitivity.R.
    """
    return _pseudo_values(_deming, before, after)


class Luck(NamedTuple):
    """What the model of docs/simulation.md says of a study; each of shape (...).

    Attributes:
        before: Standard deviation over models of a class's balance before compression: the root
            of its mean variance over classes.
        after: The same after.
        memory: Correlation of the two over models, pooled over classes; NaN without luck.
        spread: Standard deviation over classes of the true balance before: that of the class
            means less what luck adds to it; NaN where luck explains all of it.
    """

    before: FloatArray
    after: FloatArray
    memory: FloatArray
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
    within, _ = _moments(before, after)
    luck = np.sqrt(within.within_xx / classes), np.sqrt(within.within_yy / classes)
    memory = divide(within.within_xy, np.sqrt(within.within_xx * within.within_yy))
    spread = np.full(memory.shape, np.nan)
    if classes > 1:
        squared = before.mean(axis=-2).var(axis=-1, ddof=1) - luck[0] ** 2 / models
        np.sqrt(squared, out=spread, where=squared > 0)
    return Luck(*luck, memory, spread)


def _instrument(of: Moments) -> FloatArray:
    denominator = settled(of.xx - of.within_xx / of.models, of.xx + of.within_xx)
    return divide(of.xy - of.within_xy / of.models, denominator)


def _deming(of: Moments) -> FloatArray:
    ratio = divide(of.within_yy, of.within_xx)
    lead = of.yy - ratio * of.xx
    return divide(lead + np.sqrt(lead**2 + 4.0 * ratio * of.xy**2), 2.0 * of.xy)


def _of_all(
    slope: Callable[[Moments], FloatArray], before: FloatArray, after: FloatArray
) -> FloatArray:
    if before.shape[-2] < 2:
        return np.full(before.shape[:-2], np.nan)
    return slope(_moments(before, after)[0])


def _pseudo_values(
    slope: Callable[[Moments], FloatArray], before: FloatArray, after: FloatArray
) -> FloatArray:
    models = before.shape[-2]
    if models < 3:
        return np.full(before.shape[:-1], np.nan)
    whole, without = _moments(before, after)
    pseudo = models * slope(whole)[..., np.newaxis] - (models - 1) * slope(without)
    undefined = np.isnan(pseudo).any(axis=-1, keepdims=True)
    return np.where(undefined, np.nan, pseudo)


def _moments(before: FloatArray, after: FloatArray) -> tuple[Moments, Moments]:
    """Return the moments of all models, shape (...), and without each, shape (..., models)."""
    models = before.shape[-2]
    arms = before, after
    (x, x_without), (y, y_without) = (with_and_without_each(arm) for arm in arms)
    means, others = (x, y), (x_without, y_without)
    pairs = ((0, 0), (0, 1), (1, 1))
    products = [_over_classes(arms[first], arms[second]) for first, second in pairs]
    totals = [product.sum(axis=-1) for product in products]
    rests = [total[..., np.newaxis] - own for total, own in zip(totals, products, strict=True)]
    return (
        _of_sums([_over_classes(means[a], means[b]) for a, b in pairs], totals, models),
        _of_sums([_over_classes(others[a], others[b]) for a, b in pairs], rests, models - 1),
    )


def _of_sums(between: list[FloatArray], totals: list[FloatArray], models: int) -> Moments:
    """Return moments from products of class means, and sums over models of products."""
    if models < 2:
        nothing = np.full(between[0].shape, np.nan)
        return Moments._make([*between, nothing, nothing, nothing, models])
    # Seeds that are all the same hold no luck: what is left of their variance is rounding.
    sizes = [totals[0], np.sqrt(totals[0] * totals[2]), totals[2]]
    within = [
        settled(total - models * product, size) / (models - 1)
        for total, product, size in zip(totals, between, sizes, strict=True)
    ]
    return Moments._make([*between, *within, models])


def _over_classes(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("...c,...c->...", first, second))
