"""How a number made here stands to the printed one: agrees, within noise, or differs.

Neither number is the truth: both are of so many seeds. A difference is *within noise* where the
same experiment with other seeds, as many as the paper had, would differ that much at least one
time in twenty.
"""

from __future__ import annotations

import math
from typing import Final

from scipy import stats

from rdstats.statistics.ttests import TWO_SIDED
from rdstats.tables.paper.measured import Estimate
from rdstats.tables.paper.published import BELOW, Printed

AGREES: Final = "agrees"
NOISE: Final = "within noise"
DIFFERS: Final = "differs"
UNJUDGED: Final = "not judged"
MARKS: Final = (AGREES, NOISE, DIFFERS, UNJUDGED)

SIGNIFICANT: Final = 0.05  # Section 6.2: the usual level, after the correction
_ERROR: Final = 0.05  # of the band of noise
_P_DECIMALS: Final = 3


def half_unit(decimals: int) -> float:
    """Return how far a number may be from the printed one that it is rounded to.

    A hundred-thousandth more, because neither is exact in binary.
    """
    return 0.5 * 10.0**-decimals * (1.0 + 1e-5)


def noise(estimate: Estimate, printed_models: int) -> float:
    """Return how far the mean of `printed_models` other models may lie, NaN if unknown.

    t(0.975; n - 1) * s * sqrt(1 / n + 1 / N): the 95 % prediction interval for the mean of N
    further values after n values with standard deviation s.

    Checked against R: qt(0.975, n - 1) * s * sqrt(1 / n + 1 / N).
    """
    if estimate.models < 2 or math.isnan(estimate.deviation):
        return math.nan
    spread = estimate.deviation * math.sqrt(1.0 / estimate.models + 1.0 / printed_models)
    return float(stats.t.isf(_ERROR / 2.0, estimate.models - 1)) * spread


def mark_of_mean(estimate: Estimate, printed: Printed, printed_models: int, decimals: int) -> str:
    """Judge a mean over models.

    *agrees*: it rounds to the printed number. *within noise*: the printed number, give or take
    its rounding, is within `noise`. *not judged*: it does not round to it, and one model, or a
    number that is no mean over models, does not say how much it would change.
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
    *,
    family_size: int,
    alternative: str,
    printed_models: int = 30,
) -> str:
    """Judge a p-value.

    *agrees*: both lie on the same side of 0.05 after the correction, the same conclusion.
    *within noise*: the conclusions differ, but the effects in units of their standard deviation
    (z / sqrt(n), z the normal score of the unadjusted p) differ by no more than two samples of n
    and N models do 95 % of the time. *differs*: by more. Of a two-sided p the sign is not
    printed: sizes of effects are compared.

    Args:
        p: The p-value, not adjusted; NaN where there is no test.
        models: Models of an arm.
        printed: What the paper prints, adjusted.
        family_size: Tests that p is multiplied by.
        alternative: The side of the test.
        printed_models: Models of an arm in the paper.
    """
    if math.isnan(p):
        return UNJUDGED
    shown = min(p * family_size, 1.0) < SIGNIFICANT
    if shown == _is_significant(printed):
        return AGREES
    sides = 2.0 if alternative == TWO_SIDED else 1.0
    ours = _effect(p / sides, models)
    # The unadjusted p that was printed lies between these: rounded, cut at 0.001, capped at 1.
    low, high = _bounds(printed, family_size)
    strongest = _effect(low / sides, printed_models)
    weakest = _effect(high / sides, printed_models)
    distance = max(weakest - ours, ours - strongest, 0.0)
    reach = float(stats.norm.isf(_ERROR / 2.0)) * math.sqrt(1.0 / models + 1.0 / printed_models)
    return NOISE if distance <= reach else DIFFERS


def _is_significant(printed: Printed) -> bool:
    return printed.value < SIGNIFICANT


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
