"""The mean of the intensification ratios of a model, which Appendix G sets beside its slope."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rdstats.statistics.arrays import FloatArray, IntArray, divide
from rdstats.statistics.slopes import intensification_ratio


class MeanRatios(NamedTuple):
    """Of each model, shape (...).

    Attributes:
        mean: Mean of I over the classes that have one, NaN where none has.
        undefined: Classes whose recall was the accuracy before pruning: I divides by zero.
    """

    mean: FloatArray
    undefined: IntArray


def mean_ratios(before: FloatArray, after: FloatArray) -> MeanRatios:
    """Return the mean over classes of I = after / before of each model (Appendix G).

    Appendix G averages over the classes of each model, then over models. It does not say what it
    did where I is undefined: here such a class is left out and counted.

    Args:
        before: Normalized recall balances, shape (..., classes).
        after: The same after pruning.

    Checked against R: rowMeans(after / before).
    """
    ratio = intensification_ratio(before, after)
    undefined = np.isnan(ratio)
    counted = (~undefined).sum(axis=-1)
    mean = divide(np.where(undefined, 0.0, ratio).sum(axis=-1), counted)
    return MeanRatios(mean, np.asarray(undefined.sum(axis=-1)))
