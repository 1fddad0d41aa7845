"""The array types that every statistic takes and returns."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
# Words (marks, statuses); None where there is nothing to say.
WordArray = npt.NDArray[np.object_]


# What rounding leaves of a difference that is zero on paper, as a share of the terms' size. Recalls
# of counts that differ at all differ by far more.
ROUNDING = 1e-13


def settled(differences: FloatArray, size: FloatArray | float) -> FloatArray:
    """Return differences, exactly zero where nothing but rounding is left of them.

    0.7 - mean(0.7, 0.7, 0.7) is not 0 in floating point; a slope over such dust would be a
    number that looks like any other. `size` is how large the terms are.
    """
    dust = np.abs(differences) <= ROUNDING * size
    return np.where(dust, 0.0, differences) if dust.any() else differences


def divide(numerator: FloatArray | IntArray, denominator: FloatArray | IntArray) -> FloatArray:
    """Return numerator / denominator, NaN wherever the denominator is zero."""
    if denominator.all():
        return np.asarray(numerator / denominator)
    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    quotient = np.full(shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator != 0)
    return quotient
