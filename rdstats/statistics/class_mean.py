"""The class-mean slope: a slope that luck does not drag towards zero.

Regressing one seed's balances on that same seed's balances falls below 1 with no pruning effect
at all, because training again draws part of the luck anew (regression dilution; Fuller 1987,
Frost and Thompson 2000). Means over seeds hold little luck.

`before` and `after` are normalized recall balances before and after compression, of shape
(..., models, classes), in the same order of both.
"""

from __future__ import annotations

import math

import numpy as np

from rdstats.statistics.arrays import FloatArray, divide, settled
from rdstats.statistics.slopes import slopes_through_origin

LEAST_RELIABILITY = 0.2
"""Where less of the classes' spread is their own, nothing is said of samples like these."""

MUCH_LUCK, FEW_FOR_LUCK = 0.4, 30
"""Luck beside spread above which, with fewer models, the class-mean slope errs too often."""


def class_means(balance: FloatArray) -> FloatArray:
    """Return the mean of each class over models, exactly zero where its models cancel.

    Shape (..., classes).
    """
    return settled(balance.mean(axis=-2), np.abs(balance).max(axis=-2))


def class_mean_pseudo_values(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the jackknife pseudo-value of each model, M theta - (M - 1) theta without it.

    theta = sum_c x_c y_c / sum_c x_c**2, x_c and y_c the class means over models: the slope
    through the origin of class means, coef(lm(colMeans(after) ~ 0 + colMeans(before))) in R.

    Their mean is the estimate (the plain value is biased for few models and many classes), and
    their t interval with M - 1 degrees of freedom its interval (Tukey 1958, Miller 1974). Those
    of two arms over the same models are paired: their differences are the joint jackknife of the
    difference.

    Shape (..., models); NaN where there is one model only, or where a slope is undefined.

    Checked against the formula written in R, tests/golden/conditions.R.
    """
    if before.shape[-2] < 2:
        return np.full(before.shape[:-1], np.nan)
    (x, x_without), (y, y_without) = with_and_without_each(before), with_and_without_each(after)
    return pseudo_values(slopes_through_origin(x, y), slopes_through_origin(x_without, y_without))


def pseudo_values(whole: FloatArray, without: FloatArray) -> FloatArray:
    """Return M theta - (M - 1) theta without each of M models, all NaN where one of them is."""
    models = without.shape[-1]
    pseudo = models * whole[..., np.newaxis] - (models - 1) * without
    return np.where(np.isnan(pseudo).any(axis=-1, keepdims=True), np.nan, pseudo)


def luck_over_spread(before: FloatArray) -> FloatArray:
    """Return how much luck there is in single models, beside how much classes differ, shape (...).

    sqrt(mean_c s_c**2) / sd_c(mean over models), s_c a class's standard deviation over models; NaN
    for one model and for classes that are all the same. Class means still hold 1 / sqrt(M) of the
    luck: where that is much and models are few, intervals of the class-mean slope are too short
    (docs/simulation.md).
    """
    if before.shape[-2] < 2:
        return np.full(before.shape[:-2], np.nan)
    luck = np.sqrt(before.var(axis=-2, ddof=1).mean(axis=-1))
    return divide(luck, class_means(before).std(axis=-1))


def class_mean_gradient(
    before: FloatArray, after: FloatArray, recalls: tuple[FloatArray, FloatArray], share: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return what a recall of each class before, and after, adds to the class-mean slope.

    With theta = sum x y / sum x**2 and x_c = R_c / A - 1, A = sum w_c R_c: by the chain rule,
    d theta / d x_c = (y_c - 2 theta x_c) / sum x**2 and d theta / d y_c = x_c / sum x**2.

    Args:
        before: Class means x of the normalized recall balance, shape (classes,).
        after: Likewise y.
        recalls: Mean recalls before and after, shape (classes,) each.
        share: Weight w_c of each class in accuracy, shape (classes,), sum 1.

    Returns:
        Two arrays of shape (classes,).
    """
    size = (before**2).sum()
    theta = (before * after).sum() / size
    gradients = []
    for of_balance, recall in zip(
        ((after - 2.0 * theta * before) / size, before / size), recalls, strict=True
    ):
        accuracy = (share * recall).sum()
        gradients.append((of_balance - share * (of_balance * recall).sum() / accuracy) / accuracy)
    return gradients[0], gradients[1]


def undiluted(
    before: FloatArray, after: FloatArray, variance: FloatArray, covariance: FloatArray
) -> tuple[float, float]:
    """Return the slope without what the finite test set adds to both class means, and how sure.

    Which samples were drawn shifts x_c and y_c of all models alike, so x holds an error that more
    models do not average away, and pulls the slope towards the errors' own. By moments:
    (sum x y - sum cov_c) / (sum x**2 - sum var_c) (Fuller 1987).

    Args:
        before: Class means x of the normalized recall balance, shape (classes,).
        after: Likewise y.
        variance: Of each x_c, by samples, shape (classes,).
        covariance: Of each x_c and y_c, by samples, shape (classes,).

    Returns:
        The slope, and the reliability of x, 1 - sum var_c / sum x**2; NaN and 0 where the classes
        differ no more than samples do.
    """
    size = float((before**2).sum())
    # Balances sum to about zero: one degree of freedom of the errors goes with the accuracy.
    left = 1.0 - 1.0 / before.size
    reliability = 1.0 - left * float(variance.sum()) / size if size else 0.0
    if reliability <= LEAST_RELIABILITY:
        return math.nan, 0.0
    product = float((before * after).sum()) - left * float(covariance.sum())
    return product / (size * reliability), reliability


def with_and_without_each(balance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the class means, and those with each of several models left out in turn.

    Shapes (..., classes) and (..., models, classes).
    """
    models = balance.shape[-2]
    total = balance.sum(axis=-2, keepdims=True)
    size = np.abs(balance).max(axis=-2, keepdims=True)
    without = total - balance
    without /= models - 1
    return settled(total / models, size)[..., 0, :], settled(without, size)
