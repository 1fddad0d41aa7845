"""What makes an interval doubtful: few models, lopsided values, one model under two names."""

from __future__ import annotations

import warnings

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import FloatArray, IntArray
from rdstats.statistics.intervals import are_constant

FEW_MODELS = 5  # fewer say little of how much models differ, and nothing of the shape
SKEWED = 1.0  # beyond it a t interval of few models misses on one side


def skewness(values: FloatArray) -> FloatArray:
    """Return the skewness m3 / m2**1.5 over models, moments with models below.

    Args:
        values: One finite value per model, shape (..., models).

    Returns:
        Shape (...); NaN for fewer than three models and for values that are all the same.

    Checked against R: mean((x - mean(x))^3) / mean((x - mean(x))^2)^1.5.
    """
    if values.shape[-1] < 3:
        return np.full(values.shape[:-1], np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that are all the same
        skews = stats.skew(values, axis=-1)
    return np.where(are_constant(values), np.nan, skews)


def duplicates(counts: IntArray) -> list[tuple[int, ...]]:
    """Return the groups of models that have the same counts in every class.

    Args:
        counts: Right predictions, shape (models, classes).

    Returns:
        Positions of the models of each group of two or more, ascending.
    """
    groups: dict[bytes, list[int]] = {}
    for position, row in enumerate(np.ascontiguousarray(counts)):
        groups.setdefault(row.tobytes(), []).append(position)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def fingerprints(counts: IntArray) -> IntArray:
    """Return a number per row that is the same for rows that are; others may share one too.

    Args:
        counts: Whole numbers, shape (rows, classes).

    Returns:
        Shape (rows,).
    """
    # Odd factors far apart; whole numbers wrap around, so no row is too long.
    factors = np.random.default_rng(0).integers(2**62, size=counts.shape[-1]) * 2 + 1
    with np.errstate(over="ignore"):
        return np.asarray(counts @ factors)
