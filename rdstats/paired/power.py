"""How likely matched images are to decide: harmed, or cleared, at true shares of lost and gained.

Sums over the same exact tails as the verdicts. For each number of gained images there are losses
from which a class is called harmed, and losses up to which it is cleared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy import special, stats

from rdstats.paired.exact import p_of_drop_at_least, p_of_drop_at_most
from rdstats.paired.newcombe import newcombe_bounds
from rdstats.paired.tango import bisected
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, settled
from rdstats.statistics.class_verdicts import ERROR
from rdstats.statistics.power import POWER

_DEVIATIONS: Final = 5.0  # of the gained images from their mean that are looked at
_IMAGES: Final = 5.0  # and so many images more: with few gains the tail is longer
_NODES: Final = 17  # gains for which the decision is computed; between them it is a line


class Decision:
    """From how many lost images on a class is harmed, or no longer cleared, at a share of gains.

    Holds what does not depend on the true loss, which is then varied.

    Args:
        gain: True share of gained images, shape (classes,).
        n_samples: Images, above zero, same shape.
        margin: The largest drop that does not matter.
        level: Error of the one-sided test.
        harm: Whether harm is to be shown; else that the class is cleared.
    """

    def __init__(
        self, gain: FloatArray, n_samples: IntArray, margin: float, level: float, *, harm: bool
    ) -> None:
        images = np.asarray(n_samples)[:, np.newaxis]
        reach = _DEVIATIONS * np.sqrt(n_samples * gain * (1.0 - gain)) + _IMAGES
        reach = np.where(gain > 0.0, np.ceil(reach), 0.0)
        first = np.maximum(np.floor(n_samples * gain - reach), 0.0).astype(np.int64)
        width = int(2.0 * reach.max()) + 2 if reach.any() else 1
        gained = first[:, np.newaxis] + np.arange(width)
        self._chance = stats.binom.pmf(gained, images, gain[:, np.newaxis])
        self._others = np.maximum(images - gained, 0)
        self._gain, self._harm = gain, harm
        nodes = np.unique(np.rint(np.linspace(0, width - 1, min(width, _NODES))).astype(np.int64))
        decided = _first_loss(
            np.minimum(gained[:, nodes], images), images, margin, level, harm=harm
        )
        places = np.arange(width)
        lines = [np.interp(places, nodes, losses) for losses in decided.astype(np.float64)]
        self._from = np.ceil(np.stack(lines) - 1e-9)

    def chance(self, loss: FloatArray) -> FloatArray:
        """Return the chance of that verdict at a true share of lost images, shape (classes,)."""
        share = np.clip(loss / np.maximum(1.0 - self._gain, 1e-300), 0.0, 1.0)[:, np.newaxis]
        before = np.minimum(self._from - 1.0, self._others)
        beyond = special.bdtrc(before, self._others, np.broadcast_to(share, before.shape))
        return np.asarray((self._chance * (beyond if self._harm else 1.0 - beyond)).sum(axis=-1))


def _first_loss(
    gained: IntArray, n_samples: IntArray, margin: float, level: float, *, harm: bool
) -> IntArray:
    """Return the fewest lost images that show harm, or that no longer clear the class.

    One more than can be lost where no number of losses does. Losses beyond that number do too:
    both tails are monotone in the losses.
    """
    images = np.broadcast_to(n_samples, gained.shape)

    def decides(lost: IntArray) -> BoolArray:
        possible = np.minimum(lost, images - gained)
        if harm:
            return np.asarray(p_of_drop_at_most(possible, gained, images, margin) < level)
        return np.asarray(p_of_drop_at_least(possible, gained, images, margin) >= level)

    low = np.full(gained.shape, -1)
    high = np.asarray(images - gained + 1)
    while (high - low > 1).any():
        middle = (low + high) // 2
        open_ = high - low > 1
        yes = decides(np.maximum(middle, 0))
        high = np.where(open_ & yes, middle, high)
        low = np.where(open_ & ~yes, middle, low)
    return high


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


_EXACT_UP_TO: Final = 3_000
"""Images; where the normal formula asks for more, it is within a few per cent of the exact."""


def smallest_visible_drop(
    gained: IntArray, n_samples: IntArray, margin: float, *, power: float = POWER
) -> FloatArray:
    """Return the smallest true drop that would probably have been called harm.

    The class keeps its measured gains, however much it loses: a share gained / n of its images is
    gained and d + gained / n lost, so d + 2 gained / n of them change.

    Args:
        gained: Images wrong before and right after, shape (classes,).
        n_samples: Images of the class, above zero, same shape.
        margin: The largest drop that does not matter.
        power: Chance to be called harmed as the first of the family, p below 0.05 / classes.

    Returns:
        Shape (classes,); NaN where so few images could show no drop at all.

    Checked against the sum over every outcome, test_paired_power.py.
    """
    once, place = np.unique(np.stack([gained, n_samples], axis=-1), axis=0, return_inverse=True)
    images, gain = once[:, 1], once[:, 0] / once[:, 1]
    decision = Decision(gain, images, margin, ERROR / len(gained), harm=True)
    # What is gained cannot be lost; with very many gains not even the margin can.
    highest = np.maximum(1.0 - 2.0 * gain, margin)
    found = bisected(
        lambda drop: decision.chance(drop + gain) < power, np.full(gain.shape, margin), highest
    )
    found = np.where(decision.chance(highest + gain) < power, np.nan, found)
    return np.asarray(found[place.ravel()])


def images_that_settle(
    lost: IntArray,
    gained: IntArray,
    n_samples: IntArray,
    margin: float,
    *,
    wanted: BoolArray | None = None,
    power: float = POWER,
) -> FloatArray:
    """Return the images of a class that would probably end in harmed or unharmed.

    Supposes that the true shares of lost and gained images are those measured. Above the margin:
    to be called harmed as the first of the family, p below 0.05 / classes. Below it: that the
    class's own upper bound, one-sided at 0.05, falls below the margin.

    Args:
        lost: Images right before and wrong after, shape (classes,); likewise the others.
        gained: Images wrong before and right after.
        n_samples: Images of the class, above zero.
        margin: The largest drop that does not matter.
        wanted: The classes that are asked about; all by default.
        power: Chance to be settled.

    Returns:
        Whole numbers above the present ones, shape (classes,); infinite where the drop is the
        margin, NaN for a class that is not asked about.

    Checked by hand where nothing changed, 0.95^n < 0.05, and by simulation, test_paired_power.py.
    """
    classes = len(lost)
    asked = np.ones(classes, dtype=bool) if wanted is None else wanted
    found = np.full(classes, np.nan)
    if asked.any():
        counts = np.stack([lost, gained, n_samples], axis=-1)[asked]
        once, place = np.unique(counts, axis=0, return_inverse=True)
        settling = [
            _settling(row[0], row[1], row[2], margin=margin, level=ERROR / classes, power=power)
            for row in once.tolist()
        ]
        found[asked] = np.array(settling)[place.ravel()]
    return found


def _settling(
    lost: int, gained: int, present: int, *, margin: float, level: float, power: float
) -> float:
    """Return the images that settle one class."""
    loss, gain = np.array([lost / present]), np.array([gained / present])
    drop = loss - gain
    rough = float(images_by_formula(drop, loss + gain - drop**2, margin, level, power=power)[0])
    if rough > _EXACT_UP_TO:
        return max(rough, present + 1.0)
    harm = bool(drop[0] > margin)

    def settled(images: int) -> bool:
        error = level if harm else ERROR
        decision = Decision(gain, np.array([images]), margin, error, harm=harm)
        return bool(decision.chance(loss)[0] >= power)

    return float(_first_above(present, int(rough), settled))


def _first_above(least: int, guess: int, holds: Callable[[int], bool]) -> int:
    """Return a number above `least` at which a condition holds and below which it does not.

    Looks near the guess, in growing steps. The chance to decide rises with the images, but for
    teeth of a few images.
    """
    low, high = least, max(guess, least + 1)
    step = max(high // 16, 1)
    while not holds(high):
        low, high, step = high, high + step, 2 * step
    while high - low > step:
        if not holds(high - step):
            low = high - step
            break
        high, step = high - step, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
