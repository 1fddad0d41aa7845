"""What one pair of models could have shown: the smallest visible drop, and images that settle it.

Both turn the formula of `rdstats power --drop --churn` round (Connor 1987, with a margin): the
normal approximation, and a chance of 80 % to be found.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import FloatArray, IntArray, settled
from rdstats.statistics.class_verdicts import ERROR
from rdstats.statistics.paired_solving import bisected
from rdstats.statistics.power import POWER


def smallest_visible_drop(
    churn: FloatArray, n_samples: IntArray, margin: float, *, power: float = POWER
) -> FloatArray:
    """Return the smallest true drop that would probably have been called harm.

    The drop d at which n = ((z(1 - 0.05 / C) sqrt(k - margin^2) + z(power) sqrt(k - d^2)) /
    (d - margin))^2, k the churn or d where that is larger: a drop changes as many images.

    Args:
        churn: Share of the class's images of which one model is right and the other wrong,
            shape (..., classes).
        n_samples: Images of the class, same shape.
        margin: The largest drop that does not matter.
        power: Chance to be called harmed as the first of the family.

    Returns:
        Shape (..., classes); NaN where so few images could show no drop at all.

    Checked against: `images_needed` of what is returned is the number of images.
    """
    null, true = stats.norm.isf(ERROR / churn.shape[-1]), stats.norm.ppf(power)

    def hidden(drop: FloatArray) -> FloatArray:
        most = np.maximum(churn, drop)
        seen = null * np.sqrt(most - margin**2) + true * np.sqrt(most - drop**2)
        return np.asarray(seen - np.sqrt(n_samples) * (drop - margin))

    lowest, highest = np.full(churn.shape, margin), np.ones(churn.shape)
    found = bisected(lambda drop: hidden(drop) > 0.0, lowest, highest)
    return np.where(hidden(highest) > 0.0, np.nan, found)


def images_that_settle(
    drop: FloatArray, churn: FloatArray, margin: float, *, power: float = POWER
) -> FloatArray:
    """Return the images of a class that would probably end in harmed or unharmed.

    Supposes that the true drop and churn are those measured. Above the margin: to be called
    harmed as the first of the family, one-sided at 0.05 / C. Below it: that the class's own upper
    bound, one-sided at 0.05, falls below the margin.

    Args:
        drop: Measured drop, shape (..., classes).
        churn: Share of the class's images of which one model is right and the other wrong.
        margin: The largest drop that does not matter.
        power: Chance to be settled.

    Returns:
        Whole numbers, shape (..., classes); infinite where the drop is the margin.
    """
    harmed = drop > margin
    null = np.where(harmed, stats.norm.isf(ERROR / drop.shape[-1]), stats.norm.isf(ERROR))
    supposed = np.maximum(churn, margin)  # at the margin at least so many images change
    seen = null * np.sqrt(supposed - margin**2)
    seen = seen + stats.norm.ppf(power) * np.sqrt(np.maximum(churn - drop**2, 0.0))
    distance = settled(np.abs(drop - margin), 1.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.ceil((seen / distance) ** 2))


def smallest_visible_excess(
    variance: FloatArray, margin: float, *, power: float = POWER
) -> FloatArray:
    """Return the smallest true excess drop that would probably have been called harm.

    margin + (z(1 - 0.05 / C) + z(power)) sqrt(variance).

    Args:
        variance: Of the excess drop, shape (..., classes).
        margin: The largest excess drop that does not matter.
        power: Chance to be called harmed as the first of the family.
    """
    distance = stats.norm.isf(ERROR / variance.shape[-1]) + stats.norm.ppf(power)
    return np.asarray(margin + distance * np.sqrt(variance))


def images_that_settle_excess(
    excess: FloatArray,
    variance: FloatArray,
    n_samples: IntArray,
    margin: float,
    *,
    power: float = POWER,
) -> FloatArray:
    """Return the images of a class that would probably settle its excess drop.

    As `images_that_settle`, and supposes that every class gets more images in proportion: the
    variance of psi_c then falls as 1 / n.
    """
    harmed = excess > margin
    error = np.where(harmed, ERROR / excess.shape[-1], ERROR)
    z = stats.norm.isf(error) + stats.norm.ppf(power)
    distance = settled(np.abs(excess - margin), 1.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.ceil(n_samples * variance * (z / distance) ** 2))
