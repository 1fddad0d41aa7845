"""How much wider the gaps between classes became: ratios I and slopes alpha (Section 5)."""

from __future__ import annotations

import numpy as np

from rdstats.errors import SlopeUndefined
from rdstats.statistics.arrays import FloatArray, divide


def intensification_ratio(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the intensification ratio I of each class, after / before.

    Args:
        before: Normalized recall balance of the unpruned model, shape (..., classes).
        after: The same after pruning, same shape and class order.

    Returns:
        Shape (..., classes); NaN for a class whose recall was the accuracy before pruning.
    """
    return divide(after, before)


def slope_through_origin(before: FloatArray, after: FloatArray) -> float:
    """Return the intensification slope of one model (alpha_t, Section 5).

    alpha_t = sum_c b_c * a_c / sum_c b_c**2: least squares without intercept, the mean
    of the intensification ratios a_c / b_c weighted by b_c**2.

    Args:
        before: Normalized recall balance of the unpruned model, shape (classes,).
        after: The same after pruning, same shape and class order.

    Raises:
        SlopeUndefined: `before` is all zero; every class has the same recall.
        SlopeUndefined: A balance is not a number; the accuracy was zero.

    Checked against R: coef(lm(after ~ 0 + before)).
    """
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise SlopeUndefined(
            "the slope is undefined: a normalized balance is not a number, as where the accuracy "
            "is 0; leave this model out and say so"
        )
    if _products(before, before) == 0.0:
        raise SlopeUndefined(
            "the slope is undefined: every class has the same recall before pruning; "
            "leave this model out and say so"
        )
    return float(slopes_through_origin(before, after))


def slopes_through_origin(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return alpha_t of many models at once, NaN where `slope_through_origin` would raise.

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., classes).
        after: The same after pruning, same shape and class order.

    Returns:
        Shape (...).
    """
    return divide(_products(before, after), _products(before, before))


def pooled_slopes(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the slope over all models and classes together (Section 6.2, Figures 5 to 8).

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., models, classes).
        after: The same after pruning, same shape and order.

    Returns:
        Shape (...).

    Checked against R: coef(lm(after ~ 0 + before)) over all points.
    """
    return slopes_through_origin(_pooled(before), _pooled(after))


def uncentred_r_squared(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return r squared of the fit through the origin, about zero and not about the mean.

    (sum_c b_c * a_c)**2 / (sum_c b_c**2 * sum_c a_c**2)

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., classes).
        after: The same after pruning, same shape and class order.

    Returns:
        Shape (...); NaN where `before` or `after` is all zero.

    Checked against R: summary(lm(after ~ 0 + before))$r.squared.
    """
    both = _products(before, after)
    return divide(both * both, _products(before, before) * _products(after, after))


def pooled_r_squared(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the uncentred r squared of `pooled_slopes`, shape (...)."""
    return uncentred_r_squared(_pooled(before), _pooled(after))


def _products(first: FloatArray, second: FloatArray) -> FloatArray:
    """Sum the products over classes."""
    return np.asarray(np.einsum("...c,...c->...", first, second))


def _pooled(balance: FloatArray) -> FloatArray:
    """Lay the models of (..., models, classes) side by side."""
    return balance.reshape(*balance.shape[:-2], -1)
