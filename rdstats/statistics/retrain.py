"""The retrain reference: what alpha would be if the model were only trained again."""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.slopes import slopes_through_origin


def retrain_reference(before: FloatArray) -> FloatArray:
    """Return lambda, the mean slope of one seed's balance on another's, over ordered pairs.

    lambda = mean over i != j of sum_c x_ic x_jc / sum_c x_ic**2. Below 1 where seeds are lucky
    in different classes; the per-model slopes of a compression without effect lie between
    lambda and 1.

    Args:
        before: Normalized recall balance of the unpruned models, shape (..., models, classes).

    Returns:
        Shape (...); NaN for a single model, or where a model's balances are all zero.

    Checked against the formula written in R, tests/golden/class_mean.R.
    """
    models = before.shape[-2]
    if models < 2:
        return np.full(before.shape[:-2], np.nan)
    # The slopes of all others on x_i add up to that of their sum: no matrix of models by models.
    others = before.sum(axis=-2, keepdims=True) - before
    slopes = slopes_through_origin(before, others)
    return np.asarray(slopes.sum(axis=-1) / (models * (models - 1)))
