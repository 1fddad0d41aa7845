"""The paper's t tests (Section 7): a call of pingouin a test, after the checks that it leaves out.

What pingouin answers without a word gets words and no number here: samples of unequal sizes
called paired (it runs unpaired), one value in an arm (it runs a one-sample test), values that are
not finite (it drops them), and data without variance (p = 0). Three more of its habits stop here:
it rounds an interval at 95 %, names the interval by its rounded level, and gives one bound only
where the test is one-sided. Its Cohen d has lost its sign: effect sizes are our own.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.effects import d_z_interval, hedges_g, hedges_g_interval, paired_d_z
from rdstats.statistics.intervals import are_constant

TWO_SIDED, LESS, GREATER = "two-sided", "less", "greater"
ALTERNATIVES = (TWO_SIDED, LESS, GREATER)


class Kind(NamedTuple):
    """A kind of t test, in the words of every output."""

    test: str
    effect_name: str
    effect_note: str  # what the interval of the effect size supposes


PAIRED = Kind("paired t", "d_z", "normal differences")
WELCH = Kind(
    "Welch t, unequal variances",
    "Hedges g",
    "equal variances, though the test allows unequal ones: read its interval with care",
)
STUDENT = Kind("Student t, equal variances", "Hedges g", "equal variances, as the test")


class TTest(NamedTuple):
    """A t test; its numbers are NaN where `problem` is not empty."""

    difference: float = math.nan  # mean of the first arm minus mean of the second
    low: float = math.nan  # of the difference
    high: float = math.nan
    t: float = math.nan  # of the sign of the difference
    dof: float = math.nan
    p: float = math.nan  # not adjusted
    effect_size: float = math.nan  # d_z if paired, else Hedges' g; of the sign of the difference
    effect_low: float = math.nan  # at the level of the difference
    effect_high: float = math.nan
    problem: str = ""  # why there is no test


def t_test(
    first: FloatArray,
    second: FloatArray,
    *,
    paired: bool,
    alternative: str = TWO_SIDED,
    student: bool = False,
    error: float = 0.05,
) -> TTest:
    """Test whether two arms have the same mean.

    Args:
        first: One value per model of the first arm, shape (models,).
        second: Likewise of the second; the same models in the same order if paired.
        paired: Whether the differences of the models are tested, or independent means.
        alternative: `two-sided`, `less` (first below second) or `greater`.
        student: Student's test for independent arms, variances pooled, instead of Welch's.
        error: Error of the test that the interval belongs to.

    Returns:
        The numbers, or the problem: paired arms of unequal sizes, values that are not finite,
        fewer than two pairs or two values in an arm, no variance.

    Checked against R: t.test(first, second, paired, var.equal = student, alternative).
    """
    problem = _problem(first, second, paired=paired)
    if problem:
        return TTest(problem=problem)
    import pingouin  # two seconds, so only where it is called

    with warnings.catch_warnings(), _unrounded(pingouin.options):
        warnings.simplefilter("ignore")  # an arm without variance beside one that varies
        found = pingouin.ttest(
            first,
            second,
            paired=paired,
            alternative=alternative,
            correction=not student,
            confidence=1.0 - error,
        ).iloc[0]
    low, high = found.filter(regex=r"^CI\d+$").item()
    difference = float((first - second).mean() if paired else first.mean() - second.mean())
    if alternative == LESS:
        low = 2.0 * difference - high
    elif alternative == GREATER:
        high = 2.0 * difference - low
    level = interval_level(error, alternative)
    if paired:
        effect = paired_d_z(first, second)
        effect_bounds = d_z_interval(effect, first.size, level)
    else:
        effect = hedges_g(first, second)
        effect_bounds = hedges_g_interval(effect, first.size, second.size, level)
    t, dof, p = (float(found[name]) for name in ("T", "dof", "p_val"))
    return TTest(difference, float(low), float(high), t, dof, p, effect, *effect_bounds)


class TOf(NamedTuple):
    """A t test of an estimate whose error is known."""

    low: float
    high: float
    t: float
    dof: float
    p: float


def t_of(estimate: float, standard_error: float, dof: float, alternative: str, error: float) -> TOf:
    """Test whether an estimate is 0, at `error`; its bounds are those that `t_test` has.

    Checked against R: pt(estimate / standard_error, dof).
    """
    t = estimate / standard_error
    below, above = stats.t.cdf(t, dof), stats.t.sf(t, dof)
    p = {LESS: below, GREATER: above, TWO_SIDED: 2.0 * min(below, above)}[alternative]
    level = interval_level(error, alternative)
    reach = float(stats.t.isf((1.0 - level) / 2.0, dof)) * standard_error
    return TOf(estimate - reach, estimate + reach, t, dof, float(p))


def interval_level(error: float, alternative: str) -> float:
    """Return the level of the interval that belongs to a test at `error`.

    A two-sided test has the interval at 1 - error. A one-sided test has two bounds, each
    one-sided at 1 - error, so together an interval at 1 - 2 error. Either way the interval
    leaves 0 on the side of the alternative exactly where p < error.
    """
    return 1.0 - error if alternative == TWO_SIDED else 1.0 - 2.0 * error


def _problem(first: FloatArray, second: FloatArray, *, paired: bool) -> str:
    """Say why there can be no test, "" if nothing is wrong."""
    sizes = first.size, second.size
    if paired and sizes[0] != sizes[1]:
        return f"not paired: {sizes[0]} values against {sizes[1]}"
    if paired and sizes[0] < 2:
        return f"{sizes[0]} pair{'s' * (sizes[0] != 1)}: a paired t test needs two"
    if min(sizes) < 2:
        return f"{sizes[0]} against {sizes[1]} models: an independent t test needs two in each arm"
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return "a value is not finite"
    scale = max(float(np.abs(first).max()), float(np.abs(second).max()))
    if paired and are_constant(first - second, scale):
        return "the difference is the same for every model"
    if not paired and are_constant(first, scale) and are_constant(second, scale):
        return "every model of either arm has the same value"
    return ""


@contextmanager
def _unrounded(options: dict[str, Any]) -> Iterator[None]:
    """Take pingouin's rounding away for a while; the options are those of the whole process."""
    kept = dict(options)
    options.update({"round": None, "round.column.CI95": None})
    try:
        yield
    finally:
        options.clear()
        options.update(kept)
