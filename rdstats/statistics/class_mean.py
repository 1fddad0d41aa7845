"""The class-mean slope: a slope that luck does not drag towards zero.

Regressing one seed's balances on that same seed's balances falls below 1 with no pruning effect
at all, because training again draws part of the luck anew (regression dilution; Fuller 1987,
Frost and Thompson 2000). Means over seeds hold little luck.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rdstats.statistics.arrays import FloatArray, divide, settled
from rdstats.statistics.slopes import slopes_through_origin


def class_mean_slopes(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the slope through the origin of the mean balances over models.

    theta = sum_c x_c y_c / sum_c x_c**2, x_c and y_c the means over models.

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., models, classes).
        after: The same after pruning, same shape and order.

    Returns:
        Shape (...); NaN where every class has the same mean before pruning.

    Checked against R: coef(lm(colMeans(after) ~ 0 + colMeans(before))).
    """
    return slopes_through_origin(class_means(before), class_means(after))


def class_means(balance: FloatArray) -> FloatArray:
    """Return the mean of each class over models, exactly zero where its models cancel.

    Args:
        balance: Normalized recall balance, shape (..., models, classes).

    Returns:
        Shape (..., classes).
    """
    return settled(balance.mean(axis=-2), np.abs(balance).max(axis=-2))


def class_mean_pseudo_values(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the jackknife pseudo-value of each model, M theta - (M - 1) theta without it.

    Their mean is the estimate (the plain value is biased for few models and many classes), and
    their t interval with M - 1 degrees of freedom its interval. Pseudo-values of two arms over
    the same models are paired: their differences are the joint jackknife of the difference.

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., models, classes).
        after: The same after pruning, same shape and order.

    Returns:
        Shape (..., models); NaN where there is one model only, or where a slope is undefined.

    Checked against the formula written in R, tests/golden/class_mean.R.
    """
    models = before.shape[-2]
    if models < 2:
        return np.full(before.shape[:-1], np.nan)
    (x, x_without), (y, y_without) = _with_and_without_each(before), _with_and_without_each(after)
    whole = slopes_through_origin(x, y)
    without = slopes_through_origin(x_without, y_without)
    pseudo = models * whole[..., np.newaxis] - (models - 1) * without
    undefined = np.isnan(pseudo).any(axis=-1, keepdims=True)
    return np.where(undefined, np.nan, pseudo)


def _with_and_without_each(balance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the class means, and those with each model left out in turn.

    Returns:
        Shapes (..., classes) and (..., models, classes).
    """
    models = balance.shape[-2]
    total = balance.sum(axis=-2, keepdims=True)
    size = np.abs(balance).max(axis=-2, keepdims=True)
    without = total - balance
    without /= models - 1
    return settled(total / models, size)[..., 0, :], settled(without, size)


class Luck(NamedTuple):
    """What the model of docs/simulation.md, says of a study; each of shape (...).

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

    With deviations d from the class means: s_xy = sum_mc d_x d_y / ((M - 1) C), likewise s_xx
    and s_yy; luck = sqrt(s_xx), memory = s_xy / sqrt(s_xx s_yy),
    spread^2 = var_c(class means) - s_xx / M.

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., models, classes).
        after: The same after pruning, same shape and order.

    Returns:
        Shape (...); NaN for a single model, the spread also for a single class.

    Checked against the model: estimates from simulated experiments.
    """
    models, classes = before.shape[-2:]
    if models < 2:
        nothing = np.full(before.shape[:-2], np.nan)
        return Luck(nothing, nothing, nothing, nothing)
    of_before = before - before.mean(axis=-2, keepdims=True)
    of_after = after - after.mean(axis=-2, keepdims=True)
    size = (models - 1) * classes
    s_xx = _without_rounding(np.einsum("...mc,...mc->...", of_before, of_before) / size, before)
    s_yy = _without_rounding(np.einsum("...mc,...mc->...", of_after, of_after) / size, after)
    s_xy = np.einsum("...mc,...mc->...", of_before, of_after) / size
    spread = np.full(s_xx.shape, np.nan)
    if classes > 1:
        spread_squared = before.mean(axis=-2).var(axis=-1, ddof=1) - s_xx / models
        np.sqrt(spread_squared, out=spread, where=spread_squared > 0)
    return Luck(np.sqrt(s_xx), np.sqrt(s_yy), divide(s_xy, np.sqrt(s_xx * s_yy)), spread)


def _without_rounding(variance: FloatArray, balances: FloatArray) -> FloatArray:
    """Return 0 for a variance that is rounding alone: models that are all the same have no luck."""
    rounding = 10.0 * np.finfo(np.float64).eps * np.abs(balances).max(axis=(-2, -1))
    return np.where(variance <= rounding**2, 0.0, variance)
