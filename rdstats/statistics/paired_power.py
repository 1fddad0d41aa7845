"""What matched images could have shown: the smallest visible drop, and images that settle it.

Both by the exact tails that give the verdicts, with a chance of 80 %. Of unmatched images and of
the excess drop: `paired_power_normal`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.statistics.class_verdicts import ERROR
from rdstats.statistics.paired_decision import Decision
from rdstats.statistics.paired_power_normal import images_by_formula
from rdstats.statistics.paired_solving import bisected
from rdstats.statistics.power import POWER

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
