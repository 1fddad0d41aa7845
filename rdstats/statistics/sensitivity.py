"""Other slopes that luck does not drag towards zero: do they tell the same as the class means?

Errors in variables (Fuller 1987, Carroll et al. 2006): x holds luck of its seed, which a plain
regression takes for signal. Each of these removes it in its own way. They are the definitions, as
written in the sources; their jackknife over models is in `moments.py`, from sums.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rdstats.statistics.arrays import FloatArray, divide, settled
from rdstats.statistics.class_mean import class_means

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
