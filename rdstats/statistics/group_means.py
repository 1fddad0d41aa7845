"""Means over models and their standard errors, many groups at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rdstats.statistics.arrays import FloatArray, IntArray, divide, settled


class GroupMeans(NamedTuple):
    """A value per group, each of shape (groups,).

    Attributes:
        size: Values of the group, those that are NaN left out.
        mean: Their mean, NaN for none.
        error: Its standard error, NaN for fewer than two.
    """

    size: IntArray
    mean: FloatArray
    error: FloatArray


def group_means(values: FloatArray, group: IntArray, groups: int) -> GroupMeans:
    """Return size, mean and standard error s / sqrt(n) of each group; NaN is no value.

    s**2 = sum (v - mean)**2 / (n - 1). Equal values have an error of exactly 0, whatever
    rounding leaves of their mean.

    Args:
        values: One per model, shape (models,), NaN where it has none.
        group: The group of each, 0 … groups - 1, same shape.
        groups: How many there are; one may be empty.

    Checked against R: mean(v, na.rm = TRUE), sd(v, na.rm = TRUE) / sqrt(sum(!is.na(v))).
    """
    there = ~np.isnan(values)
    kept, place = values[there], group[there]
    size = np.bincount(place, minlength=groups)
    mean = divide(np.bincount(place, kept, minlength=groups), size)
    distance = settled(kept - mean[place], np.abs(mean[place]))
    squares = np.bincount(place, distance**2, minlength=groups)
    return GroupMeans(size, mean, np.sqrt(divide(squares, (size - 1) * size)))
