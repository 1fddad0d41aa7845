"""The paper's t tests (Section 7); the one module that imports pingouin.

pingouin's habits stop here. It runs unpaired when sizes differ, one-sample when one size is 1,
and gives p = 0 for constant differences: all three are refused before the call. Its interval is
rounded to two decimals and its Cohen's d has lost its sign: neither is read. `correction="auto"`
would be Welch only for unequal sizes: the choice is passed.
"""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import numpy as np
import pingouin
from scipy import stats

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.effects import D_Z, HEDGES_G, hedges_g, paired_d_z

TWO_SIDED, LESS, GREATER = "two-sided", "less", "greater"
ALTERNATIVES = (TWO_SIDED, LESS, GREATER)

PAIRED = "paired t"
WELCH = "Welch t, unequal variances"
STUDENT = "Student t, equal variances"


class TTest(NamedTuple):
    """One t test; every number is NaN where `problem` is not empty.

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

    difference: float = math.nan
    low: float = math.nan
    high: float = math.nan
    t: float = math.nan
    dof: float = math.nan
    p: float = math.nan
    effect_size: float = math.nan
    problem: str = ""


def interval_level(error: FloatArray, alternative: str) -> FloatArray:
    """Return the level of the interval that belongs to a test at `error`.

    A two-sided test has the interval at 1 - error. A one-sided test has two bounds, each
    one-sided at 1 - error, so together an interval at 1 - 2 error. Either way the interval
    leaves 0 on the side of the alternative exactly where p < error.
    """
    return 1.0 - error if alternative == TWO_SIDED else 1.0 - 2.0 * error


def paired_t_test(
    first: FloatArray, second: FloatArray, *, alternative: str = TWO_SIDED, error: float = 0.05
) -> TTest:
    """Test whether the mean difference of paired values is zero.

    Args:
        first: One value per model, shape (models,).
        second: The values of the same models in the other arm, same order.
        alternative: `two-sided`, `less` (first below second) or `greater`.
        error: Error of the test that the interval belongs to.

    Returns:
        Numbers, or the problem: unequal sizes, values that are not finite, fewer than two pairs,
        differences that are all the same.

    Checked against R: t.test(first, second, paired = TRUE, alternative = alternative).
    """
    if first.shape != second.shape:
        return TTest(problem=f"not paired: {first.size} values against {second.size}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return TTest(problem="a value is not finite")
    if first.size < 2:
        return TTest(problem=f"{_pairs(first.size)}: a paired t test needs two")
    difference = first - second
    error_of_mean = float(difference.std(ddof=1)) / math.sqrt(first.size)
    if error_of_mean <= _rounding(first, second):
        return TTest(problem="the difference is the same for every model")
    t, dof, p = _call(first, second, paired=True, correction=False, alternative=alternative)
    bound = _quantile(error, alternative, dof) * error_of_mean
    mean = float(difference.mean())
    return TTest(mean, mean - bound, mean + bound, t, dof, p, paired_d_z(first, second))


def independent_t_test(
    first: FloatArray,
    second: FloatArray,
    *,
    alternative: str = TWO_SIDED,
    student: bool = False,
    error: float = 0.05,
) -> TTest:
    """Test whether two independent samples have the same mean.

    Args:
        first: One value per model of the first arm.
        second: One value per model of the second arm.
        alternative: `two-sided`, `less` (first below second) or `greater`.
        student: Pool the variances (Student) and do not allow them to differ (Welch).
        error: Error of the test that the interval belongs to.

    Returns:
        Numbers, or the problem: values that are not finite, fewer than two values in an arm,
        no variance in both arms.

    Checked against R: t.test(first, second, var.equal = student, alternative = alternative).
    """
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return TTest(problem="a value is not finite")
    if min(first.size, second.size) < 2:
        sizes = f"{first.size} against {second.size}"
        return TTest(problem=f"{sizes} models: an independent t test needs two in each arm")
    variances = float(first.var(ddof=1)), float(second.var(ddof=1))
    freedom = first.size + second.size - 2
    if student:
        pooled = ((first.size - 1) * variances[0] + (second.size - 1) * variances[1]) / freedom
        error_of_mean = math.sqrt(pooled * (1 / first.size + 1 / second.size))
    else:
        error_of_mean = math.sqrt(variances[0] / first.size + variances[1] / second.size)
    if error_of_mean <= _rounding(first, second):
        return TTest(problem="every model of either arm has the same value")
    t, dof, p = _call(first, second, paired=False, correction=not student, alternative=alternative)
    bound = _quantile(error, alternative, dof) * error_of_mean
    mean = float(first.mean() - second.mean())
    return TTest(mean, mean - bound, mean + bound, t, dof, p, hedges_g(first, second))


def name_of_test(*, paired: bool, student: bool) -> str:
    """Return the name of the test, as every output prints it."""
    if paired:
        return PAIRED
    return STUDENT if student else WELCH


def name_of_effect(*, paired: bool) -> str:
    """Return the name of the effect size."""
    return D_Z if paired else HEDGES_G


def _call(
    first: FloatArray, second: FloatArray, *, paired: bool, correction: bool, alternative: str
) -> tuple[float, float, float]:
    """Return t, degrees of freedom and p of inputs that were checked."""
    with warnings.catch_warnings():
        # pingouin also computes power and a Bayes factor, which may overflow; they are not read.
        warnings.simplefilter("ignore")
        frame = pingouin.ttest(
            first, second, paired=paired, correction=correction, alternative=alternative
        )
    row = frame.iloc[0]
    p = row["p_val"] if "p_val" in frame.columns else row["p-val"]  # renamed in pingouin 0.6
    return float(row["T"]), float(row["dof"]), float(p)


def _quantile(error: float, alternative: str, dof: float) -> float:
    """Return the t quantile of the interval's bounds."""
    return float(stats.t.isf(error / 2.0 if alternative == TWO_SIDED else error, dof))


def _rounding(first: FloatArray, second: FloatArray) -> float:
    """Return the standard error below which data are called constant (`are_constant`)."""
    largest = max(float(np.abs(first).max()), float(np.abs(second).max()))
    return 10.0 * max(first.size, second.size) * float(np.finfo(np.float64).eps) * largest


def _pairs(count: int) -> str:
    """Return "1 pair" or "0 pairs"."""
    return "1 pair" if count == 1 else f"{count} pairs"
