"""The paper's t tests (Section 7), over many comparisons at once.

A table has hundreds of tests; a call of a library per test took longer than everything else
together. So they are formulas here, held to R's `t.test` and to pingouin by the tests. What such
libraries answer without a word is refused in words: samples of unequal sizes called paired, one
value in an arm, values that are not finite, and data without variance (p = 0).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import BoolArray, FloatArray, WordArray, divide
from rdstats.statistics.effects import D_Z, HEDGES_G, hedges_g, paired_d_z

TWO_SIDED, LESS, GREATER = "two-sided", "less", "greater"
ALTERNATIVES = (TWO_SIDED, LESS, GREATER)

PAIRED = "paired t"
WELCH = "Welch t, unequal variances"
STUDENT = "Student t, equal variances"


class TTests(NamedTuple):
    """T tests; every array has shape (...), and is NaN where `problem` is not empty.

    Attributes:
        difference: Mean of the first arm minus mean of the second.
        low: Lower bound of the difference; likewise high.
        high: Upper bound.
        t: The statistic, of the sign of the difference.
        dof: Its degrees of freedom.
        p: The p-value, not adjusted.
        effect_size: d_z if paired, else Hedges' g; of the sign of the difference.
        problem: Why there is no test, "" where there is one.
    """

    difference: FloatArray
    low: FloatArray
    high: FloatArray
    t: FloatArray
    dof: FloatArray
    p: FloatArray
    effect_size: FloatArray
    problem: WordArray


def interval_level(error: FloatArray, alternative: str) -> FloatArray:
    """Return the level of the interval that belongs to a test at `error`.

    A two-sided test has the interval at 1 - error. A one-sided test has two bounds, each
    one-sided at 1 - error, so together an interval at 1 - 2 error. Either way the interval
    leaves 0 on the side of the alternative exactly where p < error.
    """
    return 1.0 - error if alternative == TWO_SIDED else 1.0 - 2.0 * error


def paired_t_tests(
    first: FloatArray,
    second: FloatArray,
    *,
    alternative: str = TWO_SIDED,
    error: FloatArray | float = 0.05,
) -> TTests:
    """Test whether mean differences of paired values are zero.

    Args:
        first: One value per model, shape (..., models).
        second: The values of the same models in the other arm, same order.
        alternative: `two-sided`, `less` (first below second) or `greater`.
        error: Error of the test that the interval belongs to, a number or shape (...).

    Returns:
        Numbers of shape (...), or the problem: unequal sizes, values that are not finite, fewer
        than two pairs, differences that are all the same.

    Checked against R: t.test(first, second, paired = TRUE, alternative = alternative).
    """
    models, others = first.shape[-1], second.shape[-1]
    if models != others:
        return _refused(first, f"not paired: {models} values against {others}")
    if models < 2:
        return _refused(first, f"{_pairs(models)}: a paired t test needs two")
    finite = _all_finite(first, second)
    first, second = _zeros_unless(finite, first), _zeros_unless(finite, second)
    difference = first - second
    error_of_mean = np.asarray(difference.std(axis=-1, ddof=1)) / np.sqrt(models)
    problem = _problems(
        finite,
        np.asarray(error_of_mean <= _rounding(first, second)),
        "the difference is the same for every model",
    )
    freedom = np.full(error_of_mean.shape, models - 1.0)
    mean = np.asarray(difference.mean(axis=-1))
    size = paired_d_z(first, second)
    return _tests(mean, error_of_mean, freedom, size, problem, alternative, error)


def independent_t_tests(
    first: FloatArray,
    second: FloatArray,
    *,
    alternative: str = TWO_SIDED,
    student: bool = False,
    error: FloatArray | float = 0.05,
) -> TTests:
    """Test whether two independent samples have the same mean.

    Args:
        first: One value per model of the first arm, shape (..., models).
        second: One value per model of the second arm, shape (..., its models).
        alternative: `two-sided`, `less` (first below second) or `greater`.
        student: Pool the variances (Student) and do not allow them to differ (Welch).
        error: Error of the test that the interval belongs to, a number or shape (...).

    Returns:
        Numbers of shape (...), or the problem: values that are not finite, fewer than two values
        in an arm, no variance in both arms.

    Checked against R: t.test(first, second, var.equal = student, alternative = alternative).
    """
    sizes = first.shape[-1], second.shape[-1]
    if min(sizes) < 2:
        words = f"{sizes[0]} against {sizes[1]} models: an independent t test needs two in each arm"
        return _refused(first, words)
    finite = _all_finite(first, second)
    first, second = _zeros_unless(finite, first), _zeros_unless(finite, second)
    variances = [np.asarray(arm.var(axis=-1, ddof=1)) for arm in (first, second)]
    freedom = np.full(variances[0].shape, sum(sizes) - 2.0)
    if student:
        squares = (sizes[0] - 1) * variances[0] + (sizes[1] - 1) * variances[1]
        error_of_mean = np.sqrt(squares / freedom * (1 / sizes[0] + 1 / sizes[1]))
    else:
        parts = [variance / size for variance, size in zip(variances, sizes, strict=True)]
        spent = parts[0] ** 2 / (sizes[0] - 1) + parts[1] ** 2 / (sizes[1] - 1)
        error_of_mean = np.sqrt(parts[0] + parts[1])
        freedom = divide((parts[0] + parts[1]) ** 2, spent)
    problem = _problems(
        finite,
        np.asarray(error_of_mean <= _rounding(first, second)),
        "every model of either arm has the same value",
    )
    mean = np.asarray(first.mean(axis=-1) - second.mean(axis=-1))
    size = hedges_g(first, second)
    return _tests(mean, error_of_mean, freedom, size, problem, alternative, error)


def name_of_test(*, paired: bool, student: bool) -> str:
    """Return the name of the test, as every output prints it."""
    if paired:
        return PAIRED
    return STUDENT if student else WELCH


def name_of_effect(*, paired: bool) -> str:
    """Return the name of the effect size."""
    return D_Z if paired else HEDGES_G


def _tests(
    mean: FloatArray,
    error_of_mean: FloatArray,
    freedom: FloatArray,
    effect: FloatArray,
    problem: WordArray,
    alternative: str,
    error: FloatArray | float,
) -> TTests:
    """Return statistics, p and bounds; no number stands beside a problem."""
    sound = problem == ""
    t = divide(mean, np.where(sound, error_of_mean, 0.0))
    if alternative == TWO_SIDED:
        p, tail = 2.0 * stats.t.sf(np.abs(t), freedom), np.asarray(error) / 2.0
    else:
        p, tail = stats.t.sf(-t if alternative == LESS else t, freedom), np.asarray(error)
    bound = stats.t.isf(tail, freedom) * error_of_mean
    numbers = (mean, mean - bound, mean + bound, t, freedom, p, effect)
    return TTests._make([*(np.where(sound, number, np.nan) for number in numbers), problem])


def _refused(first: FloatArray, words: str) -> TTests:
    """Return no number at all, for a reason that all tests share."""
    shape = first.shape[:-1]
    nothing = np.full(shape, np.nan)
    return TTests._make([*[nothing] * 7, np.full(shape, words, dtype=object)])


def _problems(finite: BoolArray, constant: BoolArray, words: str) -> WordArray:
    """Say why each test is refused, "" where it is not."""
    problem = np.full(finite.shape, "", dtype=object)
    problem[constant] = words
    problem[~finite] = "a value is not finite"
    return problem


def _all_finite(first: FloatArray, second: FloatArray) -> BoolArray:
    """Say of each test whether every value is a number."""
    return np.asarray(np.isfinite(first).all(axis=-1) & np.isfinite(second).all(axis=-1))


def _zeros_unless(finite: BoolArray, values: FloatArray) -> FloatArray:
    """Return values, zeros for a test that is refused: infinities would warn on their way."""
    return np.where(finite[..., np.newaxis], values, 0.0)


def _rounding(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the standard error below which data are called constant (`are_constant`)."""
    largest = np.maximum(np.abs(first).max(axis=-1), np.abs(second).max(axis=-1))
    models = max(first.shape[-1], second.shape[-1])
    return np.asarray(10.0 * models * np.finfo(np.float64).eps * largest)


def _pairs(count: int) -> str:
    """Return "1 pair" or "0 pairs"."""
    return "1 pair" if count == 1 else f"{count} pairs"
