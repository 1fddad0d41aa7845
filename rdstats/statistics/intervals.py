"""Confidence intervals for a mean over models (Section 6.2), and what is said of them.

Values are slopes or pseudo-values, without a unit, of shape (..., models); a level is a share of 1,
one number or of shape (...), which estimates, bounds and words have too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray, divide, settled
from rdstats.statistics.verdicts import INCONCLUSIVE

FAMILY_ERROR = 0.05  # Section 6.2: 95 % confidence for all the intervals of a family at once
DELTA = 0.10  # delta: a slope within 10 % of 1 counts as unchanged unless the user says otherwise

BELOW = "<"  # de-intensification: the whole interval is below 1
ABOVE = ">"  # intensification: the whole interval is above 1
OVERLAPS = "?"  # the interval holds 1

EQUIVALENT = "equivalent"  # the whole interval is inside the margin
DIFFERENT = "different"  # the whole interval is outside the margin

FEW_MODELS = 5  # fewer say little of how much models differ, and nothing of the shape
APART = 1.7  # a gap of so many ranges / sqrt(M): about 1 % of normal values have one
SKEWED = 1.0  # skewness beyond which a t interval of few models misses on one side


class Interval(NamedTuple):
    """An estimate and the bounds of its confidence interval."""

    estimate: FloatArray
    low: FloatArray
    high: FloatArray


def family_level(size: int) -> float:
    """Return the level of each of `size` intervals: 0.99 for the paper's five ratios."""
    return 1.0 - FAMILY_ERROR / size


def mean_interval(
    values: FloatArray, level: FloatArray | float, scale: FloatArray | float | None = None
) -> Interval:
    """Return the mean over models and its t interval, for finite values (..., models).

    mean -+ t(1 - (1 - level) / 2; models - 1) * s / sqrt(models)

    The bounds are NaN for a single model and for values that are all the same, up to the rounding
    of the numbers that they come from (`scale`, as for `are_constant`): neither says how much
    models differ.

    Checked against R: t.test(values, conf.level = level)$conf.int.
    """
    models = values.shape[-1]
    nothing = np.full(values.shape[:-1], np.nan)
    if models < 2:
        return Interval(values[..., 0] if models else nothing, nothing, nothing)
    estimate = np.asarray(values.mean(axis=-1))
    error = np.asarray(values.std(axis=-1, ddof=1)) / np.sqrt(models)
    error = np.where(are_constant(values, scale), np.nan, error)
    quantile = stats.t.isf((1.0 - np.asarray(level)) / 2.0, models - 1)
    return Interval(estimate, estimate - quantile * error, estimate + quantile * error)


def difference_interval(
    first: FloatArray, second: FloatArray, level: FloatArray | float
) -> Interval:
    """Return the mean of paired differences and its t interval; NaN bounds as `mean_interval`.

    Of pseudo-values of two class-mean slopes over the same models it is the joint jackknife of
    their difference: (M (a - b)) - (M - 1) (a - b without the model) is linear in the slopes.

    Checked against R: t.test(first, second, paired = TRUE, conf.level = level)$conf.int.
    """
    scale = np.maximum(np.abs(first).max(axis=-1), np.abs(second).max(axis=-1))
    return mean_interval(first - second, level, scale)


def are_constant(values: FloatArray, scale: FloatArray | float | None = None) -> BoolArray:
    """Say whether values differ by no more than rounding, shape (...) for (..., models).

    The rule of R's t.test ("data are essentially constant"): a standard error of the mean of at
    most ten times the rounding of the values. Here that is times the models, because
    pseudo-values of the jackknife multiply rounding by them. Differences carry the rounding of
    what was subtracted: its size is `scale`, a number or shape (...).
    """
    models = values.shape[-1]
    error = values.std(axis=-1, ddof=1) / np.sqrt(models)
    largest = np.abs(values).max(axis=-1) if scale is None else np.asarray(scale)
    return np.asarray(error <= 10.0 * models * np.finfo(np.float64).eps * largest)


def skewness(values: FloatArray) -> FloatArray:
    """Return the skewness m3 / m2**1.5 over models, moments with models below.

    Of shape (...) for finite values (..., models); NaN for fewer than three models and for values
    that are all the same.

    Checked against R: mean((x - mean(x))^3) / mean((x - mean(x))^2)^1.5.
    """
    if values.shape[-1] < 3:
        return np.full(values.shape[:-1], np.nan)
    apart = values - values.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):  # of values that are all the same
        skews = (apart**3).mean(axis=-1) / (apart**2).mean(axis=-1) ** 1.5
    return np.where(are_constant(values), np.nan, skews)


def marks(low: FloatArray, high: FloatArray, reference: float = 1.0) -> WordArray:
    """Return the mark `<`, `>` or `?` of each interval against a value, None where it is NaN."""
    marks = np.full(np.shape(low), OVERLAPS, dtype=object)
    marks[np.asarray(high < reference)] = BELOW
    marks[np.asarray(low > reference)] = ABOVE
    marks[np.isnan(low) | np.isnan(high)] = None
    return marks


def equivalences(
    low: FloatArray, high: FloatArray, *, reference: float = 1.0, margin: float = DELTA
) -> WordArray:
    """Say of each interval whether it lies inside [reference - margin, reference + margin].

    Two one-sided tests, each with error a, are both rejected exactly where the interval at level
    1 - 2 a lies inside (Schuirmann 1987). With a half the interval's own error that interval is
    the one printed, so the word can never contradict the mark: `?` is equivalent or inconclusive,
    and different is always `<` or `>`. An interval may be `<` and equivalent: below 1, by less
    than the margin. None where there is no interval (NaN).

    Checked against R: max(t.test(a, mu = 1 - d, alternative = "greater")$p.value,
    t.test(a, mu = 1 + d, alternative = "less")$p.value) < error / 2.
    """
    words = np.full(np.shape(low), INCONCLUSIVE, dtype=object)
    lower, upper = reference - margin, reference + margin
    words[np.asarray((low > lower) & (high < upper))] = EQUIVALENT
    words[np.asarray((high < lower) | (low > upper))] = DIFFERENT
    words[np.isnan(low) | np.isnan(high)] = None
    return words


class GroupMeans(NamedTuple):
    """A value per group, each of shape (groups,)."""

    size: IntArray  # values of the group, those that are NaN left out
    mean: FloatArray  # NaN for none
    error: FloatArray  # its standard error, NaN for fewer than two


def group_means(values: FloatArray, group: IntArray, groups: int) -> GroupMeans:
    """Return size, mean and standard error s / sqrt(n) of each group 0 … groups - 1.

    NaN is no value, and a group may be empty. Equal values have an error of exactly 0, whatever
    rounding leaves of their mean.

    Checked against R: mean(v, na.rm = TRUE), sd(v, na.rm = TRUE) / sqrt(sum(!is.na(v))).
    """
    there = ~np.isnan(values)
    kept, place = values[there], group[there]
    size = np.bincount(place, minlength=groups)
    mean = divide(np.bincount(place, kept, minlength=groups), size)
    distance = settled(kept - mean[place], np.abs(mean[place]))
    squares = np.bincount(place, distance**2, minlength=groups)
    return GroupMeans(size, mean, np.sqrt(divide(squares, (size - 1) * size)))


def in_two_groups(values: FloatArray) -> BoolArray:
    """Say whether values over models fall into two groups, each of two models or more.

    Their largest gap between neighbours is beyond 1.7 / sqrt(M) of their range, which normal values
    have in about 1 % (2 % for five models); NaN and fewer than five models say no. A mean of two
    groups is of neither, and the t interval of few models may miss it.

    Shape (...), of values (..., models).
    """
    models = values.shape[-1]
    if models < FEW_MODELS:
        return np.zeros(values.shape[:-1], dtype=bool)
    ordered = np.sort(values, axis=-1)
    gap = np.diff(ordered, axis=-1)[..., 1:-1].max(axis=-1)
    whole = ordered[..., -1] - ordered[..., 0]
    return np.asarray(gap > APART / np.sqrt(models) * whole)
