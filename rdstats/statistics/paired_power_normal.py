"""What one pair could have shown, by the normal formula: unmatched images, the excess drop.

Connor's formula (1987) with a margin, as `rdstats power --drop --churn`, turned round; a chance
of 80 % to be found. Matched images are counted exactly: `paired_power`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import FloatArray, IntArray, settled
from rdstats.statistics.class_verdicts import ERROR
from rdstats.statistics.paired_newcombe import newcombe_bounds
from rdstats.statistics.paired_solving import bisected
from rdstats.statistics.power import POWER

ImageVariance = Callable[[FloatArray], FloatArray]
"""Variance of an image's drop in each class, if the class dropped by so much."""


def kept_gains(gain: FloatArray) -> ImageVariance:
    """Return the variance d + 2 gain - d^2 of matched images: gains stay, losses make the drop.

    Args:
        gain: Share of gained images, shape (classes,).
    """
    return lambda drop: np.asarray(np.maximum(drop + 2.0 * gain - drop**2, 0.0))


def apart(recall_before: FloatArray) -> ImageVariance:
    """Return the variance R (1 - R) + (R - d) (1 - R + d) of unmatched images.

    Args:
        recall_before: R of each class, shape (classes,).
    """

    def variance(drop: FloatArray) -> FloatArray:
        after = np.clip(recall_before - drop, 0.0, 1.0)
        return np.asarray(recall_before * (1.0 - recall_before) + after * (1.0 - after))

    return variance


def visible_drop_unmatched(
    correct_before: IntArray, n_samples: IntArray, margin: float, *, power: float = POWER
) -> FloatArray:
    """Return the smallest true drop that Newcombe's interval would probably have called harm.

    The drop d at which Newcombe's lower bound of d itself, less z(power) deviations, is the
    margin.

    Args:
        correct_before: Right predictions before, shape (classes,).
        n_samples: Images of the class, above zero.
        margin: The largest drop that does not matter.
        power: Chance to be called harmed as the first of the family.

    Returns:
        Shape (classes,); NaN where no drop could be shown.

    Checked by simulation, test_paired_power.py.
    """
    before = correct_before / n_samples
    variance, error, z = apart(before), ERROR / len(n_samples), stats.norm.ppf(power)

    def hidden(drop: FloatArray) -> FloatArray:
        after = n_samples * np.clip(before - drop, 0.0, 1.0)
        low = newcombe_bounds(correct_before, after, n_samples, error).low
        return np.asarray(low - z * np.sqrt(variance(drop) / n_samples) - margin)

    lowest, highest = np.minimum(np.full(before.shape, margin), before), before
    found = bisected(lambda drop: hidden(drop) < 0.0, lowest, highest)
    return np.where(hidden(highest) < 0.0, np.nan, found)


def visible_excess(
    drop: FloatArray,
    excess: FloatArray,
    variance: FloatArray,
    n_samples: IntArray,
    image_variance: ImageVariance,
    margin: float,
    *,
    power: float = POWER,
) -> FloatArray:
    """Return the smallest true excess drop that would probably have been called harm.

    psi such that psi - margin = (z(1 - 0.05 / C) + z(power)) deviations. The other classes are as
    measured; the class itself drops by (psi - excess) / (1 - w) more than it did, w its share of
    the images, which changes the variance of its own images.

    Args:
        drop: R - R_t, shape (classes,); likewise the others.
        excess: psi_c.
        variance: Of the excess drop as measured.
        n_samples: Images of the class, above zero.
        image_variance: Of an image's drop, for any drop of the class.
        margin: The largest excess drop that does not matter.
        power: Chance to be called harmed as the first of the family.

    Returns:
        Shape (classes,); NaN where even the loss of every image would stay unseen.
    """
    rest = 1.0 - n_samples / n_samples.sum()
    z = stats.norm.isf(ERROR / len(excess)) + stats.norm.ppf(power)
    measured = image_variance(drop)

    def hidden(psi: FloatArray) -> FloatArray:
        own = np.clip(drop + (psi - excess) / rest, -1.0, 1.0)
        more = rest**2 * (image_variance(own) - measured) / n_samples
        return np.asarray(z * np.sqrt(np.maximum(variance + more, 0.0)) - (psi - margin))

    lowest = np.full(excess.shape, margin)
    highest = np.maximum(excess + rest * (1.0 - drop), margin)  # every image of the class lost
    found = bisected(lambda psi: hidden(psi) > 0.0, lowest, highest)
    return np.where(hidden(highest) > 0.0, np.nan, found)


def images_by_formula(
    drop: FloatArray,
    variance: FloatArray,
    margin: float,
    level: float,
    *,
    power: float = POWER,
) -> FloatArray:
    """Return the images that would probably settle a class, above or below the margin.

    ((z(1 - level) sqrt(k - margin^2) + z(power) sqrt(variance)) / (drop - margin))^2, where k,
    the share that changes, is variance + drop^2, and at the margin at least that; below the
    margin z(1 - 0.05) in place of z(1 - level).

    Args:
        drop: Supposed drop, shape (classes,).
        variance: Of an image's drop, same shape.
        margin: The largest drop that does not matter.
        level: Error of the test of harm.
        power: Chance to be settled.

    Returns:
        Whole numbers, shape (classes,); infinite where the drop is the margin.
    """
    null = stats.norm.isf(np.where(drop > margin, level, ERROR))
    supposed = np.maximum(variance + drop**2, margin) - margin**2
    seen = null * np.sqrt(supposed) + stats.norm.ppf(power) * np.sqrt(np.maximum(variance, 0.0))
    with np.errstate(divide="ignore"):
        distance = settled(np.abs(drop - margin), 1.0)
        return np.asarray(np.maximum(np.ceil((seen / distance) ** 2), 1.0))


def images_that_settle_excess(
    excess: FloatArray,
    variance: FloatArray,
    n_samples: IntArray,
    margin: float,
    *,
    power: float = POWER,
) -> FloatArray:
    """Return the images of a class that would probably settle its excess drop.

    Supposes that the true drops are those measured, and that every class gets more images in
    proportion: the variance of psi_c then falls as 1 / n. Above the margin: to be called harmed
    as the first of the family; below it: that the class's own upper bound falls below the margin.

    Args:
        excess: psi_c, shape (classes,); likewise the others.
        variance: Of the excess drop, now.
        n_samples: Images of the class, above zero.
        margin: The largest excess drop that does not matter.
        power: Chance to be settled.
    """
    error = np.where(excess > margin, ERROR / len(excess), ERROR)
    z = stats.norm.isf(error) + stats.norm.ppf(power)
    distance = settled(np.abs(excess - margin), 1.0)
    with np.errstate(divide="ignore"):
        needed = np.ceil(n_samples * variance * (z / distance) ** 2)
    return np.asarray(np.maximum(needed, n_samples + 1.0))
