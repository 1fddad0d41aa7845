"""The paper's t tests (Section 7): a call of pingouin a test, after the checks that it leaves out.

What pingouin answers without a word gets words and no number here: samples of unequal sizes
called paired (it runs unpaired), one value in an arm (it runs a one-sample test), values that are
not finite (it drops them), and data without variance (p = 0). Three more of its habits stop here:
it rounds an interval at 95 %, names the interval by its rounded level, and gives one bound only
where the test is one-sided. Its Cohen d has lost its sign: effect sizes are our own.

Their intervals are by the noncentral t: which noncentralities put an observed t at either end of
chance (Steiger and Fouladi 1997). P(T <= t) = E Phi(t S - noncentrality), S the deviation over its
expected size, is integrated here: scipy's noncentral t (1.17) is NaN in far tails, where a search
must pass.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr, stdtr, stdtrit
from scipy.stats import chi

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.intervals import are_constant

TWO_SIDED, LESS, GREATER = "two-sided", "less", "greater"
ALTERNATIVES = (TWO_SIDED, LESS, GREATER)

_STEEPEST = 1000.0  # of t: beyond, the integrand is a step
_TAIL = 1e-17  # of the deviation's distribution, left out of the integral on each side
_FAR = 10.0  # normal deviations that no probability here is beyond
_WIDEST = 1.6  # panel of the integral, in deviations of S; 16 places each
_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


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
    low, high = next(found[name] for name in found.index if name.startswith("CI"))
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
    below, above = stdtr(dof, t), stdtr(dof, -t)
    p = {LESS: below, GREATER: above, TWO_SIDED: 2.0 * min(below, above)}[alternative]
    level = interval_level(error, alternative)
    reach = -float(stdtrit(dof, (1.0 - level) / 2.0)) * standard_error
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


def paired_d_z(first: FloatArray, second: FloatArray) -> float:
    """Return the paired effect size d_z, mean over standard deviation of the differences.

    Checked against R: mean(first - second) / sd(first - second).
    """
    difference = first - second
    return float(difference.mean() / difference.std(ddof=1))


def hedges_g(first: FloatArray, second: FloatArray) -> float:
    """Return Hedges' g: the difference over the pooled deviation, without its small-sample bias.

    g = J(n) (mean1 - mean2) / s_pooled, n = n1 + n2 - 2,
    J(n) = gamma(n / 2) / (sqrt(n / 2) gamma((n - 1) / 2)) (Hedges 1981, the exact factor).

    Checked against the formula written in R, tests/golden/t_tests.R.
    """
    freedom = first.size + second.size - 2
    squares = (first.size - 1) * first.var(ddof=1) + (second.size - 1) * second.var(ddof=1)
    difference = first.mean() - second.mean()
    return float(_hedges_factor(freedom) * difference / np.sqrt(squares / freedom))


def d_z_interval(effect: float, models: int, level: float) -> tuple[float, float]:
    """Return the interval of d_z: noncentral t with models - 1 degrees of freedom.

    NaN beyond |t| = 1,000. Checked against R: uniroot() over pt(t, df, ncp).
    """
    size = math.sqrt(models)
    low, high = noncentralities(effect * size, models - 1, level)
    return low / size, high / size


def hedges_g_interval(effect: float, first: int, second: int, level: float) -> tuple[float, float]:
    """Return the interval of Hedges' g: noncentral t of the pooled variance, times the factor J.

    It supposes equal variances, as g itself does, whichever t test stands beside it. `first` and
    `second` are the arms' models.

    NaN beyond |t| = 1,000. Checked against R: uniroot() over pt(t, df, ncp).
    """
    freedom = first + second - 2
    factor, size = _hedges_factor(freedom), math.sqrt(first * second / (first + second))
    low, high = noncentralities(effect / factor * size, freedom, level)
    return factor * low / size, factor * high / size


def noncentralities(t: float, freedom: int, level: float) -> tuple[float, float]:
    """Return the noncentralities that put t at the upper and at the lower end of chance.

    Gauss-Legendre over panels no wider than two deviations of the step Phi. Quarter ones move
    no bound by more than 2e-11 (1 to 400 degrees of freedom, |t| to 990, levels to 0.9999).

    NaN beyond |t| = 1,000. Checked against R: uniroot() over pt(t, df, ncp).
    """
    if not abs(t) <= _STEEPEST:
        return math.nan, math.nan
    smallest, largest = _ends(freedom)
    step = math.sqrt(freedom) / max(abs(t), 1.0)
    panels = math.ceil((largest - smallest) / min(_WIDEST, 2.0 * step))
    edges = np.linspace(smallest, largest, 1 + panels)
    middle, half = (edges[1:] + edges[:-1]) / 2.0, np.diff(edges) / 2.0
    deviations = (middle[:, np.newaxis] + half[:, np.newaxis] * _PLACES).ravel()
    weight = (half[:, np.newaxis] * _WEIGHTS).ravel() * chi.pdf(deviations, freedom)
    weight /= weight.sum()  # the density's own rounding grows with the degrees of freedom
    reached = t * deviations / math.sqrt(freedom)
    within = reached.min() - _FAR, reached.max() + _FAR
    tail = (1.0 - level) / 2.0

    def solved(sign: float) -> float:
        """Find where P(T > t), or with sign -1 P(T <= t), is the tail."""

        def excess(at: float) -> float:
            return float(ndtr(sign * (at - reached)) @ weight) - tail

        return float(brentq(excess, *within, xtol=1e-14, rtol=1e-14))

    return solved(1.0), solved(-1.0)


@cache
def _ends(freedom: int) -> tuple[float, float]:
    """Return between which values the deviation lies, times the root of its freedom."""
    return float(chi.ppf(_TAIL, freedom)), float(chi.isf(_TAIL, freedom))


def _hedges_factor(freedom: int) -> float:
    """Return J, which takes the small-sample bias off."""
    return float(np.exp(gammaln(freedom / 2) - gammaln((freedom - 1) / 2)) / np.sqrt(freedom / 2))
