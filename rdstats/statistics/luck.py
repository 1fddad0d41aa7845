"""How large seeds' luck is, how much of it compression keeps, and how far classes lie apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rdstats.statistics.arrays import FloatArray, divide


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
