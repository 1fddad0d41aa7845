"""Straight lines beside the slope through the origin: how far points lie off it, and intercepts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rdstats.statistics.arrays import BoolArray, FloatArray, divide, settled
from rdstats.statistics.slopes import slopes_through_origin

_ROUNDING = 1e-9  # of the balances' size: what remains of a sum that is zero on paper


class Line(NamedTuple):
    """A straight line."""

    intercept: FloatArray
    slope: FloatArray


def residual_spread(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the standard deviation of `after` about its line through the origin.

    sqrt(sum_c (y_c - alpha x_c)**2 / (C - 1)). Of class means it is what the slope does not tell:
    alpha can be 1 while one class is destroyed, and then this is large.

    Args:
        before: Normalized recall balance before, shape (..., classes).
        after: The same after pruning, same shape and class order.

    Returns:
        Shape (...); NaN where the slope is undefined or there is one class only.

    Checked against R: summary(lm(after ~ 0 + before))$sigma.
    """
    classes = before.shape[-1]
    if classes < 2:
        return np.full(before.shape[:-1], np.nan)
    residuals = after - slopes_through_origin(before, after)[..., np.newaxis] * before
    return np.asarray(np.sqrt((residuals**2).sum(axis=-1) / (classes - 1)))


def line_with_intercept(before: FloatArray, after: FloatArray) -> Line:
    """Return the least-squares line that need not pass through the origin.

    Args:
        before: Normalized recall balance before, shape (..., classes).
        after: The same after pruning, same shape and class order.

    Returns:
        Two arrays of shape (...); NaN where every class has the same balance before.

    Checked against R: coef(lm(after ~ before)).
    """
    size = np.abs(before).max(axis=-1, keepdims=True)
    x = settled(before - before.mean(axis=-1, keepdims=True), size)
    y = after - after.mean(axis=-1, keepdims=True)
    slope = divide((x * y).sum(axis=-1), (x * x).sum(axis=-1))
    return Line(after.mean(axis=-1) - slope * before.mean(axis=-1), slope)


def are_centred(balance: FloatArray) -> BoolArray:
    """Say whether balances sum to zero over classes up to rounding, shape (...).

    They do on equal class sizes (Proposition 4.1) and with macro accuracy on all others; then
    the line through the origin is the line with an intercept.
    """
    return np.asarray(np.abs(balance.sum(axis=-1)) <= _ROUNDING * np.abs(balance).sum(axis=-1))
