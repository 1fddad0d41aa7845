"""Slopes from moments of class means, without the seeds' luck in them, and their jackknife.

Leaving one model out changes sums by one term, so the jackknife costs no more than the slope: the
simulation study needs it millions of times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rdstats.statistics.arrays import FloatArray, divide, settled


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


def instrument_pseudo_values(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return jackknife pseudo-values of the leave-one-out instrument's slope.

    theta = sum z y / sum z x over models and classes, z the mean x of the other models; by
    algebra (xy - within_xy / M) / (xx - within_xx / M), the moment-corrected slope: every product
    is of two different seeds.

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., models, classes).
        after: The same after pruning, same shape and order.

    Returns:
        Shape (..., models); NaN for fewer than three models, or where a slope is undefined.

    Checked against loops over models, left out one by one.
    """
    return _pseudo_values(_instrument, before, after)


def deming_pseudo_values(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return jackknife pseudo-values of Deming's slope through the origin of the class means.

    With r = within_yy / within_xx: (yy - r xx + sqrt((yy - r xx)**2 + 4 r xy**2)) / (2 xy)
    (Linnet 1990). It supposes that luck before and after is uncorrelated; memory violates that.

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., models, classes).
        after: The same after pruning, same shape and order.

    Returns:
        Shape (..., models); NaN for fewer than three models, or where a slope is undefined.

    Checked against loops over models, left out one by one.
    """
    return _pseudo_values(_deming, before, after)


def _instrument(of: Moments) -> FloatArray:
    denominator = settled(of.xx - of.within_xx / of.models, of.xx + of.within_xx)
    return divide(of.xy - of.within_xy / of.models, denominator)


def _deming(of: Moments) -> FloatArray:
    ratio = divide(of.within_yy, of.within_xx)
    lead = of.yy - ratio * of.xx
    return divide(lead + np.sqrt(lead**2 + 4.0 * ratio * of.xy**2), 2.0 * of.xy)


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
    sums = before.sum(axis=-2), after.sum(axis=-2)
    others = sums[0][..., np.newaxis, :] - before, sums[1][..., np.newaxis, :] - after
    arms = before, after
    products = []
    for first, second in ((0, 0), (0, 1), (1, 1)):
        own = _over_classes(arms[first], arms[second])
        of_sums = _over_classes(sums[first], sums[second])
        of_others = _over_classes(others[first], others[second])
        products.append((own, of_sums, of_others))
    totals = [own.sum(axis=-1) for own, _, _ in products]
    rests = [
        total[..., np.newaxis] - own for total, (own, _, _) in zip(totals, products, strict=True)
    ]
    return (
        _of_sums([of_sums for _, of_sums, _ in products], totals, models),
        _of_sums([of_others for _, _, of_others in products], rests, models - 1),
    )


def _of_sums(of_sums: list[FloatArray], totals: list[FloatArray], models: int) -> Moments:
    """Return moments from products of sums over models, and sums over models of products."""
    between = [product / models**2 for product in of_sums]
    # Seeds that are all the same hold no luck: what is left of their variance is rounding.
    sizes = [totals[0], np.sqrt(totals[0] * totals[2]), totals[2]]
    within = [
        settled(total - product / models, size) / (models - 1)
        for total, product, size in zip(totals, of_sums, sizes, strict=True)
    ]
    return Moments(between[0], between[1], between[2], within[0], within[1], within[2], models)


def _over_classes(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("...c,...c->...", first, second))
