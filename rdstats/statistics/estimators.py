"""Slopes from moments of class means, without the seeds' luck in them, and their jackknife.

Leaving one model out changes sums by one term, so the jackknife costs no more than the slope: the
simulation study needs it millions of times.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rdstats.statistics.arrays import FloatArray, divide, settled
from rdstats.statistics.class_mean import class_means


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


_ROUNDING = 1e-24  # of squares: balances agree to twelve digits

Slope = Callable[[FloatArray, FloatArray], FloatArray]


def instrument_slopes(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the leave-one-out instrument alpha_IV = sum z y / sum z x over models and classes.

    z is the mean balance before of the other models: it knows the class, and nothing of this
    model's luck.

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., models, classes).
        after: The same after pruning, same shape and order.

    Returns:
        Shape (...); NaN for a single model, or where the denominator is zero.

    Checked against R: two-stage loops in tests/golden/sensitivity.R.
    """
    models = before.shape[-2]
    if models < 2:
        return np.full(before.shape[:-2], np.nan)
    others = before.sum(axis=-2, keepdims=True) - before
    denominator = _total(others * before)
    size = (before.shape[-2] - 1) * _total(before**2)
    return divide(_total(others * after), settled(denominator, size))


def moment_slopes(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return (S_xy - s_xy) / (S_xx - s_xx): moments over models, less their luck.

    S are the uncentred second moments of models and classes, s the variance and covariance
    between seeds within a class, summed over classes. By algebra it is the instrument's slope:
    a product of two different seeds holds no luck. (A test holds the two together.)

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., models, classes).
        after: The same after pruning, same shape and order.

    Returns:
        Shape (...); NaN for a single model, or where the denominator is zero.

    Checked against R: var() and cov() per class.
    """
    models = before.shape[-2]
    if models < 2:
        return np.full(before.shape[:-2], np.nan)
    numerator, denominator = (
        _total(before * arm) / models - _within(before, arm) for arm in (after, before)
    )
    return divide(numerator, settled(denominator, _total(before**2) / models))


def deming_slopes(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return Deming's slope through the origin of the class means, its error ratio estimated.

    With r = s_yy / s_xx, the ratio of the variances between seeds within a class,
    (S_yy - r S_xx + sqrt((S_yy - r S_xx)**2 + 4 r S_xy**2)) / (2 S_xy) (Linnet 1990). It supposes
    that the errors before and after are uncorrelated: memory of luck violates that.

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., models, classes).
        after: The same after pruning, same shape and order.

    Returns:
        Shape (...); NaN for a single model, or where S_xy or s_xx is zero.

    Checked against R: the sum of squares over both errors, minimised by optimize().
    """
    models = before.shape[-2]
    if models < 2:
        return np.full(before.shape[:-2], np.nan)
    ratio = divide(_within(after, after), _within(before, before))
    x, y = class_means(before), class_means(after)
    xx, yy, xy = (np.asarray((a * b).sum(axis=-1)) for a, b in ((x, x), (y, y), (x, y)))
    lead = yy - ratio * xx
    return divide(lead + np.sqrt(lead**2 + 4.0 * ratio * xy**2), 2.0 * xy)


def _total(products: FloatArray) -> FloatArray:
    """Sum over models and classes."""
    return np.asarray(products.sum(axis=(-2, -1)))


def _within(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the covariance between seeds within a class, summed over classes.

    Zero where nothing is left but rounding: seeds that are all the same hold no luck.
    """
    models = first.shape[-2]
    centred = (first - first.mean(axis=-2, keepdims=True)) * (
        second - second.mean(axis=-2, keepdims=True)
    )
    covariance = _total(centred) / (models - 1)
    size = np.sqrt(_total(first**2) * _total(second**2))
    return np.where(np.abs(covariance) <= _ROUNDING * size, 0.0, covariance)
