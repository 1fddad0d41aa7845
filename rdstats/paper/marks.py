"""How a number made here stands to the printed one: agrees, within noise, differs, or is open.

Neither number is the truth: both are of so many seeds. A difference is *within noise* where the
same experiment with other seeds, as many as the paper had, would differ that much at least one
time in twenty.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
from scipy import optimize, stats

from rdstats.paper.design import BELOW, Printed
from rdstats.paper.quantities import Estimate
from rdstats.statistics.ttests import TWO_SIDED
from rdstats.statistics.verdicts import POWER
from rdstats.tables.designs import Family

AGREES: Final = "agrees"
NOISE: Final = "within noise"
DIFFERS: Final = "differs"
TOO_FEW: Final = "too few models"
UNJUDGED: Final = "not judged"
MARKS: Final = (AGREES, NOISE, DIFFERS, TOO_FEW, UNJUDGED)

SIGNIFICANT: Final = 0.05  # Section 6.2: the usual level, after the correction
_ERROR: Final = 0.05  # of the band of noise
_P_DECIMALS: Final = 3
_STEPS: Final = 2_000  # of the sum over deviations
_EVEN_CHANCE: Final = 0.5  # to show what the paper's models show with `POWER`


def half_unit(decimals: int) -> float:
    """Return how far a number may be from the printed one that it is rounded to.

    A hundred-thousandth more, because neither is exact in binary.
    """
    return 0.5 * 10.0**-decimals * (1.0 + 1e-5)


def noise(estimate: Estimate, printed_models: int) -> float:
    """Return how far the mean of `printed_models` other models may lie, NaN if unknown.

    t(0.975; n - 1) * s * sqrt(1 / n + 1 / N): the 95 % prediction interval for the mean of N
    further values after n values with standard deviation s. Values that are all the same, as
    the variance of recall of models that collapsed to one class, say nothing of noise: their
    deviation is NaN (`Estimate`).

    Checked against R: qt(0.975, n - 1) * s * sqrt(1 / n + 1 / N).
    """
    if estimate.models < 2 or math.isnan(estimate.deviation):
        return math.nan
    spread = estimate.deviation * math.sqrt(1.0 / estimate.models + 1.0 / printed_models)
    return float(stats.t.isf(_ERROR / 2.0, estimate.models - 1)) * spread


def mark_of_mean(estimate: Estimate, printed: Printed, printed_models: int, decimals: int) -> str:
    """Judge a mean over models.

    *agrees*: it rounds to the printed number. *within noise*: the printed number, give or take
    its rounding, is within `noise`. *not judged*: it does not round to it, and one model, models
    that all have the same value, or a number that is no mean over models, does not say how much
    it would change.
    """
    if math.isnan(estimate.value):
        return UNJUDGED
    difference = abs(estimate.value - printed.value)
    if difference <= half_unit(decimals):
        return AGREES
    reach = noise(estimate, printed_models)
    if math.isnan(reach):
        return UNJUDGED
    return NOISE if difference <= reach + half_unit(decimals) else DIFFERS


def mark_of_p(
    p: float,
    models: int,
    printed: Printed,
    family: Family,
    family_size: int,
    printed_models: int = 30,
) -> str:
    """Judge a p-value.

    Effects are compared in units of their standard deviation: z / sqrt(n), z the normal score of
    the unadjusted p. They are within noise if they differ by no more than two samples of n and N
    models do 95 % of the time. Of a two-sided p the sign is not printed: sizes are compared.

    *agrees*: both are below 0.05 after the correction; or neither is, the effects are within
    noise, and our test had at least an even chance to show the effect that the paper's models
    show four times in five. *too few models*: neither is below 0.05, but our test had less than
    that chance: it would hardly have shown anything. *within noise*: one of both is below 0.05,
    and the effects are within noise. *differs*: the effects are not.

    `p` is not adjusted, NaN where there is no test, what the paper prints is; models are those of
    an arm.
    """
    if math.isnan(p):
        return UNJUDGED
    shown = min(p * family_size, 1.0) < SIGNIFICANT
    printed_shown = printed.value < SIGNIFICANT
    if shown and printed_shown:
        return AGREES
    sides = 2.0 if family.alternative == TWO_SIDED else 1.0
    ours = _effect(p / sides, models)
    # The unadjusted p that was printed lies between these: rounded, cut at 0.001, capped at 1.
    low, high = _bounds(printed, family_size)
    strongest = _effect(low / sides, printed_models)
    weakest = _effect(high / sides, printed_models)
    distance = max(weakest - ours, ours - strongest, 0.0)
    reach = float(stats.norm.isf(_ERROR / 2.0)) * math.sqrt(1.0 / models + 1.0 / printed_models)
    if distance > reach:
        return DIFFERS
    if shown or printed_shown:
        return NOISE
    level = SIGNIFICANT / family_size / sides
    effect = _effect_shown(printed_models, level, paired=family.paired)
    has_a_chance = power_of_t(effect, models, level, paired=family.paired) >= _EVEN_CHANCE
    return AGREES if has_a_chance else TOO_FEW


def power_of_t(effect: float, models: int, level: float, *, paired: bool) -> float:
    """Return the chance of a one-sided t test of n models, in one arm of pairs or in two arms.

    P(T > t(1 - level)), T noncentral t with noncentrality effect * sqrt(n) and n - 1 degrees of
    freedom, 2 (n - 1) for independent arms. Summed over the chi-square of the deviation: scipy's
    noncentral t is unreliable where two models must reach t = 60.

    Checked against R: pt(qt(1 - level, dof), dof, ncp = effect * sqrt(n), lower.tail = FALSE).
    """
    freedom = (models - 1) if paired else 2 * (models - 1)
    needed = float(stats.t.isf(level, freedom))
    shares = (np.arange(_STEPS) + 0.5) / _STEPS
    deviations = np.sqrt(stats.chi2.ppf(shares, freedom) / freedom)
    return float(stats.norm.cdf(effect * math.sqrt(models) - needed * deviations).mean())


@cache
def _effect_shown(models: int, level: float, *, paired: bool) -> float:
    """Return the effect that so many models show with `POWER`."""
    found = optimize.brentq(
        lambda effect: power_of_t(effect, models, level, paired=paired) - POWER, 0.0, 10.0
    )
    return float(found)


def _bounds(printed: Printed, family_size: int) -> tuple[float, float]:
    """Return the least and the largest unadjusted p that prints like this."""
    if printed.relation == BELOW:
        return 0.0, printed.value / family_size
    low = max(printed.value - half_unit(_P_DECIMALS), 0.0) / family_size
    if printed.value >= 1.0:
        return low, 1.0
    return low, (printed.value + half_unit(_P_DECIMALS)) / family_size


def _effect(p: float, models: int) -> float:
    """Return the effect per standard deviation behind a one-sided p of `models` models."""
    return float(stats.norm.isf(p)) / math.sqrt(models)
