"""How much wider the gaps between classes became: ratios I and slopes alpha (Section 5).

Unless a function says otherwise, `before` and `after` are the normalized recall balances of a
model before and after compression, shape (..., classes), classes in the same order; there is a
result of shape (...), NaN where it is undefined.
"""

from __future__ import annotations

import numpy as np

from rdstats.errors import SlopeUndefined
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, divide, settled

_ROUNDING = 1e-9  # of the balances' size: what remains of a sum that is zero on paper


def intensification_ratio(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the intensification ratio I of each class, after / before, shape (..., classes).

    NaN for a class whose recall was the accuracy before pruning.
    """
    return divide(after, before)


def mean_ratios(before: FloatArray, after: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the mean of I over classes of each model (Appendix G), and the classes without I.

    Appendix G averages over the classes of each model, then over models. It does not say what it
    did where I is undefined: here such a class is left out and counted. The mean is NaN where no
    class has an I.

    Checked against R: rowMeans(after / before).
    """
    ratio = intensification_ratio(before, after)
    undefined = np.isnan(ratio)
    counted = (~undefined).sum(axis=-1)
    mean = divide(np.where(undefined, 0.0, ratio).sum(axis=-1), counted)
    return mean, np.asarray(undefined.sum(axis=-1))


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

    Example:
        >>> import rdstats as rd
        >>> round(rd.slope_through_origin([1 / 8, -1 / 8], [1 / 6, -1 / 6]), 4)
        1.3333
    """
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise SlopeUndefined(
            "the slope is undefined: a normalized balance is not a number, as where the accuracy "
            "is 0; leave this model out and say so"
        )
    slope = float(slopes_through_origin(before, after))
    if np.isnan(slope):
        raise SlopeUndefined(
            "the slope is undefined: every class has the same recall before pruning; "
            "leave this model out and say so"
        )
    return slope


def slopes_through_origin(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return alpha_t of many models at once, NaN where `slope_through_origin` would raise."""
    return divide(products(before, after), products(before, before))


def uncentred_r_squared(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return r squared of the fit through the origin, about zero and not about the mean.

    (sum_c b_c * a_c)**2 / (sum_c b_c**2 * sum_c a_c**2)

    NaN where `before` or `after` is all zero.

    Checked against R: summary(lm(after ~ 0 + before))$r.squared.
    """
    both = products(before, after)
    return divide(both * both, products(before, before) * products(after, after))


def pooled(balance: FloatArray) -> FloatArray:
    """Lay the models of (..., models, classes) side by side, for the slope over all points.

    The pooled slope and r squared of Section 6.2 and Figures 5 to 8.

    Checked against R: lm(after ~ 0 + before) over all points.
    """
    return balance.reshape(*balance.shape[:-2], -1)


def retrain_reference(before: FloatArray) -> FloatArray:
    """Return lambda, the mean slope of one seed's balance on another's, over ordered pairs.

    lambda = mean over i != j of sum_c x_ic x_jc / sum_c x_ic**2. Below 1 where seeds are lucky
    in different classes; the per-model slopes of a compression without effect lie between
    lambda and 1. NaN for a single model, or where a model's balances are all zero.

    Checked against the formula written in R, tests/golden/conditions.R.
    """
    models = before.shape[-2]
    if models < 2:
        return np.full(before.shape[:-2], np.nan)
    # The slopes of all others on x_i add up to that of their sum: no matrix of models by models.
    others = before.sum(axis=-2, keepdims=True) - before
    slopes = slopes_through_origin(before, others)
    return np.asarray(slopes.sum(axis=-1) / (models * (models - 1)))


def residual_spread(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the standard deviation of `after` about its line through the origin.

    sqrt(sum_c (y_c - alpha x_c)**2 / (C - 1)). Of class means it is what the slope does not tell:
    alpha can be 1 while one class is destroyed, and then this is large. NaN for one class.

    Checked against R: summary(lm(after ~ 0 + before))$sigma.
    """
    classes = before.shape[-1]
    if classes < 2:
        return np.full(before.shape[:-1], np.nan)
    residuals = after - slopes_through_origin(before, after)[..., np.newaxis] * before
    return np.asarray(np.sqrt((residuals**2).sum(axis=-1) / (classes - 1)))


def line_with_intercept(before: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return intercept and slope of the line that need not pass through the origin.

    NaN where every class has the same balance before.

    Checked against R: coef(lm(after ~ before)).
    """
    size = np.abs(before).max(axis=-1, keepdims=True)
    x = settled(before - before.mean(axis=-1, keepdims=True), size)
    y = after - after.mean(axis=-1, keepdims=True)
    slope = divide((x * y).sum(axis=-1), (x * x).sum(axis=-1))
    return after.mean(axis=-1) - slope * before.mean(axis=-1), slope


def are_centred(balance: FloatArray) -> BoolArray:
    """Say whether balances sum to zero over classes up to rounding.

    They do on equal class sizes (Proposition 4.1) and with macro accuracy on all others; then
    the line through the origin is the line with an intercept.
    """
    return np.asarray(np.abs(balance.sum(axis=-1)) <= _ROUNDING * np.abs(balance).sum(axis=-1))


def products(first: FloatArray, second: FloatArray) -> FloatArray:
    """Sum the products over classes."""
    return np.asarray(np.einsum("...c,...c->...", first, second))
