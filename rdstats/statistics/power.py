"""How many seeds show an effect, and how many test images: by formula.

Seeds: the power of the t interval of a mean over models, by the noncentral t distribution.
Images: the z formula for paired proportions (Connor 1987), for the drop of a class's recall.
Effects, deviations and drops are in units of the slope or of recall, single numbers unless an
argument says otherwise; numbers out of their range are refused by a StatsError.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from scipy import optimize, stats

from rdstats.errors import StatsError
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.statistics.crossed import FEW_FOR_SLOPES, mean_error
from rdstats.statistics.verdicts import POWER

LEVEL: Final = 0.01  # error of the two-sided test that belongs to the paper's 99 % intervals
MOST_MODELS: Final = 1_000_000  # an effect that needs more seeds is out of anybody's reach


class OutOfReach(StatsError):  # noqa: N818 -- reads as the sentence that it raises
    """The effect is so small against the deviation that nobody has the seeds for it."""


def power_of_mean(
    effect: FloatArray | float, sd: float, models: FloatArray | int, level: float = LEVEL
) -> FloatArray:
    """Return the chance that the interval of a mean over models leaves the value of no effect.

    P(|T| > t(1 - level / 2; M - 1)), T noncentral t with M - 1 degrees of freedom and
    noncentrality sqrt(M) effect / sd; an interval on the wrong side counts, as it does for R's
    strict = TRUE.

    Args:
        effect: True distance from no effect, any shape.
        sd: Standard deviation over models of slopes or pseudo-values, above zero.
        models: Models M, two or more, any shape that broadcasts.
        level: Error of the two-sided test; the interval is at 1 - level.

    Checked against R: power.t.test(n = M, delta = effect, sd = sd, sig.level = level,
    type = "one.sample", strict = TRUE)$power.
    """
    check_level(level)
    if not 0.0 < sd < math.inf:
        raise StatsError(f"sd {sd:g} is not a standard deviation over models; it is above 0")
    size = np.asarray(models, dtype=np.float64)
    if (size < 2).any():
        raise StatsError(f"models is {size.min():g}: no interval; two is the least")
    return _power_of_t(np.sqrt(size) * np.asarray(effect, dtype=np.float64) / sd, size - 1.0, level)


def _power_of_t(noncentrality: FloatArray, freedom: FloatArray, level: float) -> FloatArray:
    quantile = stats.t.isf(level / 2.0, freedom)
    # The square of a noncentral t is a noncentral F: both tails at once, and no loss of digits.
    power = stats.ncf.sf(quantile**2, 1.0, freedom, noncentrality**2)
    # scipy's ncf is wrong (below 0) without any noncentrality, where power is the level.
    return np.where(noncentrality == 0.0, level, power)


class Draws(NamedTuple):
    """Components of an estimate's variance: V = models / M + samples / n + rest / (n M).

    Of M models and n samples of each class, both drawn (`crossed.mean_error`).
    """

    models: float
    samples: float
    rest: float

    def power(
        self, effect: float, models: int, samples: float, level: float, *, one_sided: bool = False
    ) -> float:
        """Return the chance that the interval at 1 - level leaves the value of no effect.

        One-sided: that the bound at 1 - level does, on the side of the effect.
        """
        both = self.rest / (samples * models)
        of_models = np.asarray(self.models / models + both)
        of_samples, of_both = np.array([self.samples / samples + both]), np.array([both])
        found = mean_error(
            of_models, of_samples, of_both, np.array([samples]), models, FEW_FOR_SLOPES
        )
        if found.error == 0.0:
            return 1.0
        noncentrality = np.asarray(abs(effect) / found.error)
        if one_sided:
            quantile = stats.t.isf(level, found.degrees_of_freedom)
            return float(stats.nct.sf(quantile, found.degrees_of_freedom, noncentrality))
        return float(_power_of_t(noncentrality, found.degrees_of_freedom, level))


def to_settle(
    drop: FloatArray,
    parts: tuple[FloatArray, FloatArray, FloatArray],
    models: int,
    samples: IntArray,
    *,
    margin: float,
    error: float,
) -> FloatArray:
    """Return about how many models, or how many samples, would settle on which side a class is.

    If its drop is as it is estimated, the verdict of `crossed.like_these` is then *unharmed*, or
    beyond the margin *harmed* as first of its family, four times in five: the mean with the
    pseudo-sample is away from the margin by t(1 - error; M - 1) of the bound's standard errors and
    t(0.8; M - 1) of the mean's.

    Args:
        drop: Estimated drop of each class; this and all others of shape (classes,).
        parts: Components of the variance of one draw: of models, of samples, of the rest.
        models: Models M there are.
        samples: Samples n there are.
        margin: The largest drop that does not matter.
        error: Of each verdict; of *harmed* divided by the classes.

    Returns:
        Models needed with these samples, and samples with these models, shape (2, classes); NaN
        where a million do not do.
    """
    harmed = drop > margin
    level, one = np.where(harmed, error / drop.size, error), np.where(harmed, -1.0, 1.0)
    of_models, of_samples, rest = parts

    def settled(models: FloatArray, samples: FloatArray) -> BoolArray:
        mean = (samples * drop + one) / (samples + 1.0)
        variance = of_models / models + of_samples / samples + rest / (samples * models)
        error_of_bound = np.sqrt(variance + ((one - drop) / (samples + 1.0)) ** 2)
        reach = stats.t.isf(level, models - 1.0) * error_of_bound
        reach += stats.t.ppf(POWER, models - 1.0) * np.sqrt(variance)
        return np.asarray(one * (margin - mean) >= reach)

    def search(reaches: Callable[[FloatArray], BoolArray]) -> FloatArray:
        few, enough = np.ones(drop.shape), np.full(drop.shape, float(MOST_MODELS))
        found = reaches(enough)
        while (enough - few > 1.0).any():
            middle = np.ceil((few + enough) / 2.0)
            yes = reaches(middle)
            few, enough = np.where(yes, few, middle), np.where(yes, middle, enough)
            few = np.minimum(few, enough - 1.0)
        return np.where(found, enough, np.nan)

    there = np.full(drop.shape, float(models)), samples.astype(np.float64)
    return np.stack(
        [search(lambda m: settled(m, there[1])), search(lambda n: settled(there[0], n))]
    )


def models_needed(effect: float, sd: float, level: float = LEVEL, power: float = POWER) -> int:
    """Return the smallest number of models whose interval shows an effect with this chance.

    As for `power_of_mean`; the sign of the effect does not matter, zero is refused.

    Raises:
        OutOfReach: More than a million models are needed.

    Checked against R: ceiling(power.t.test(delta = effect, sd = sd, sig.level = level,
    power = power, type = "one.sample", strict = TRUE)$n).
    """
    check_level(level)
    check_power(power, level)
    if effect == 0.0 or not math.isfinite(effect):
        raise StatsError(f"no number of seeds shows an effect of {effect:g}; choose one, as 0.10")

    def reaches(models: int) -> bool:
        return bool(power_of_mean(effect, sd, models, level) >= power)

    found = fewest(reaches)
    if found is None:
        raise OutOfReach(
            f"an effect of {effect:g} at a deviation of {sd:g} needs more than "
            f"{MOST_MODELS:,} models; choose a larger effect"
        )
    return found


def fewest(reaches: Callable[[int], bool]) -> int | None:
    """Return the fewest models, or samples, that reach something; two at least.

    None where a million do not; more must never reach less.
    """
    few, enough = 1, 2
    while not reaches(enough):
        if enough > MOST_MODELS:
            return None
        few, enough = enough, 2 * enough
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if reaches(middle) else (middle, enough)
    return enough


@lru_cache  # asked again for every table of the same design
def smallest_effect(models: int, sd: float, level: float = LEVEL, power: float = POWER) -> float:
    """Return the smallest effect that so many models show with this chance.

    Checked against R: power.t.test(n = models, sd = sd, sig.level = level, power = power,
    type = "one.sample", strict = TRUE)$delta.
    """
    check_level(level)
    check_power(power, level)

    def short_of(effect: float) -> float:
        return float(power_of_mean(effect * sd, sd, models, level)) - power

    enough = 1.0
    while short_of(enough) < 0.0:
        enough *= 2.0
    return sd * float(optimize.brentq(short_of, 0.0, enough, xtol=1e-13, rtol=1e-14))


def sd_upper_bound(sd: FloatArray, models: int, confidence: float = 0.8) -> FloatArray:
    """Return the upper confidence bound of a pilot's standard deviation (Browne 1995).

    sd sqrt((M - 1) / chi2(1 - confidence; M - 1)): seeds planned from a small pilot's own
    deviation are too few as often as not; from this bound in one study of five.

    Checked against R: sd * sqrt((M - 1) / qchisq(1 - confidence, M - 1)).
    """
    return np.asarray(sd * np.sqrt((models - 1) / stats.chi2.isf(confidence, models - 1)))


def images_needed(
    drop: float, churn: float, *, margin: float = 0.0, level: float = 0.05, power: float = POWER
) -> int:
    """Return the test images of a class that show a drop of its recall beyond a margin.

    n = ((z(1 - level) sqrt(churn - margin^2) + z(power) sqrt(churn - drop^2)) / (drop - margin))^2

    the normal approximation for one pair of models on the same images: an image counts -1, 0 or
    1, so the variance of the drop is churn - drop^2. One-sided, as `rdstats check` asks whether a
    class is harmed; Connor's formula (1987) for McNemar's test where the margin is 0. Tango's
    interval, which `check` uses, needs a few images more where n is small.

    Args:
        drop: True drop of the recall, above the margin.
        churn: Share of the class's images that one model gets right and the other wrong; at
            least the drop.
        margin: The largest drop that does not count as harm.
        level: Error of the one-sided test; divide it by the classes that are judged together.
        power: Wanted chance.

    Checked against the formula written in R, tests/golden/power.R.
    """
    check_level(level)
    check_power(power, level)
    if not 0.0 <= margin < drop:
        raise StatsError(
            f"a drop of {drop:g} is not above the margin of {margin:g}, so no number of images "
            "shows that it is; choose a larger drop or a smaller margin"
        )
    if not drop <= churn <= 1.0:
        raise StatsError(
            f"churn {churn:g} is not possible with a drop of {drop:g}: it is the share of images "
            "whose correctness changes, at least the drop and at most 1"
        )
    null = stats.norm.isf(level) * math.sqrt(churn - margin**2)
    true = stats.norm.ppf(power) * math.sqrt(churn - drop**2)
    return math.ceil(((null + true) / (drop - margin)) ** 2)


def check_level(level: float) -> None:
    """Refuse an error that is none, as where 0.99 was meant to be 0.01."""
    if not 0.0 < level < 0.5:
        raise StatsError(
            f"level {level:g} is not the error of a test; write 0.01 for a 99 % interval"
        )


def check_power(power: float, level: float) -> None:
    """Refuse a power that no study or every study has."""
    if not level < power < 1.0:
        raise StatsError(
            f"power {power:g} is not a chance above the level {level:g} and below 1; "
            "choose for example 0.8"
        )
