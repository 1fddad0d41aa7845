"""What one pair could have shown: the smallest visible drop, and samples that would settle a class.

*Visible* is the true drop that would have been called harm four times in five, as the first of
the family: p below 0.05 / classes. *Settled* is a class that ends as harmed (again as the first of
the family) or as unharmed (its own upper bound, one-sided at 0.05, below the margin) four times in
five, if what was measured is the truth. Arrays have shape (classes,); `lost`, `gained` and
`n_samples` are those of `matched`, and `margin` is the largest drop that does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy import special

from rdstats.paired.matched import (
    binomial_chances,
    bisected,
    each_once,
    p_of_drop_at_least,
    p_of_drop_at_most,
)
from rdstats.paired.newcombe import newcombe_bounds
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, settled
from rdstats.statistics.verdicts import ERROR, POWER

_DEVIATIONS: Final = 5.0  # of the gained samples from their mean that are looked at
_SAMPLES: Final = 5.0  # and so many samples more: with few gains the tail is longer
_NODES: Final = 17  # gains for which the decision is computed; between them it is a line
_EXACT_UP_TO: Final = 3_000
"""Samples; where the normal formula asks for more, it is within a few per cent of the exact."""

OfDrop = Callable[[FloatArray], FloatArray]
"""What each class would have if it dropped by so much: a variance, or a chance."""


def smallest_visible_drop(
    gained: IntArray, n_samples: IntArray, margin: FloatArray | float
) -> FloatArray:
    """Return the smallest visible drop where samples are matched.

    The class keeps its measured gains, however much it loses: a share gained / n of its samples is
    gained and d + gained / n lost, so d + 2 gained / n of them change. NaN where so few samples
    could show no drop at all.

    Checked against the sum over every outcome, test_power.py.
    """
    margins, of_class = np.unique(np.broadcast_to(margin, gained.shape), return_inverse=True)
    (gains, samples, which), places = each_once(gained, n_samples, of_class)
    gain, limit = gains / samples, margins[which]
    chance = chance_to_decide(gain, samples, limit, ERROR / len(gained), harm=True)
    # What is gained cannot be lost; with very many gains not even the margin can.
    highest = np.maximum(1.0 - 2.0 * gain, limit)
    found = bisected(lambda drop: chance(drop + gain) < POWER, limit, highest)
    return np.asarray(np.where(chance(highest + gain) < POWER, np.nan, found)[places])


def samples_that_settle(
    lost: IntArray, gained: IntArray, n_samples: IntArray, margin: FloatArray | float, classes: int
) -> FloatArray:
    """Return the samples that settle a class where samples are matched, more than there are.

    Infinite where the drop is the margin. `classes` are judged together, of which these are asked
    about.

    Checked by hand where nothing changed, 0.95^n < 0.05, and by simulation, test_power.py.
    """
    margins, of_class = np.unique(np.broadcast_to(margin, lost.shape), return_inverse=True)
    once, places = each_once(lost, gained, n_samples, of_class)
    found = [
        _settling(*counts, margin=float(margins[which]), level=ERROR / classes)
        for *counts, which in once.T.tolist()
    ]
    return np.array(found, dtype=np.float64)[places]


def _settling(lost: int, gained: int, present: int, *, margin: float, level: float) -> float:
    """Return the samples that settle one class."""
    loss, gain = np.array([lost / present]), np.array([gained / present])
    drop = loss - gain
    rough = float(samples_by_formula(drop, loss + gain - drop**2, margin, level)[0])
    if rough > _EXACT_UP_TO:
        return max(rough, present + 1.0)
    harm = bool(drop[0] > margin)

    def settles(samples: int) -> bool:
        chance = chance_to_decide(
            gain, np.array([samples]), np.array([margin]), level if harm else ERROR, harm=harm
        )
        return bool(chance(loss)[0] >= POWER)

    return float(_first_above(present, int(rough), settles))


def _first_above(least: int, guess: int, holds: Callable[[int], bool]) -> int:
    """Return a number above `least` at which a condition holds and below which it does not.

    Looks near the guess, in growing steps. The chance to decide rises with the samples, but for
    teeth of a few samples.
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


def chance_to_decide(
    gain: FloatArray, n_samples: IntArray, margin: FloatArray, level: float, *, harm: bool
) -> OfDrop:
    """Return the function from true shares of lost samples to the chance of a verdict.

    A sum over the same exact tails as the verdicts: for each number of gained samples, whose true
    share is `gain`, there are losses from which on a class is called harmed at a one-sided `level`
    (`harm`), and losses up to which it is cleared.
    """
    samples = n_samples[:, np.newaxis]
    reach = _DEVIATIONS * np.sqrt(n_samples * gain * (1.0 - gain)) + _SAMPLES
    reach = np.where(gain > 0.0, np.ceil(reach), 0.0)
    first = np.maximum(np.floor(n_samples * gain - reach), 0.0).astype(np.int64)
    width = int(2.0 * reach.max()) + 2 if reach.any() else 1
    gained, likely = binomial_chances(first, width - 1, n_samples, gain)
    last = np.minimum(first + width - 1, n_samples)
    below = np.where(first > 0, special.bdtr(np.maximum(first - 1, 0), n_samples, gain), 0.0)
    likely *= (special.bdtr(last, n_samples, gain) - below)[:, np.newaxis]
    others = np.maximum(samples - gained, 0)
    nodes = np.unique(np.rint(np.linspace(0, width - 1, min(width, _NODES))).astype(np.int64))
    at_nodes = np.minimum(gained[:, nodes], samples)
    shape = at_nodes.shape
    limits = np.broadcast_to(margin[:, np.newaxis], shape)
    decided = _first_loss(at_nodes, np.broadcast_to(samples, shape), limits, level, harm)
    lines = [np.interp(np.arange(width), nodes, losses) for losses in decided]
    before = np.minimum(np.ceil(np.stack(lines) - 1e-9) - 1.0, others)

    def chance(loss: FloatArray) -> FloatArray:
        share = np.clip(loss / np.maximum(1.0 - gain, 1e-300), 0.0, 1.0)[:, np.newaxis]
        beyond = special.bdtrc(before, others, np.broadcast_to(share, before.shape))
        return np.asarray((likely * (beyond if harm else 1.0 - beyond)).sum(axis=-1))

    return chance


def _first_loss(
    gained: IntArray, n_samples: IntArray, margin: FloatArray, level: float, harm: bool
) -> IntArray:
    """Return the fewest lost samples that show harm, or that no longer clear the class.

    One more than can be lost where no number of losses does. Losses beyond that number do too:
    both tails are monotone in the losses.
    """
    margins, of_class = np.unique(margin, return_inverse=True)
    (gains, samples, which), places = each_once(gained, n_samples, of_class)
    limit = margins[which]
    tail, z = p_of_drop_at_most if harm else p_of_drop_at_least, special.ndtri(level)

    def decides(lost: IntArray, at: IntArray) -> BoolArray:
        p = tail(lost, gains[at], samples[at], limit[at])
        return np.asarray(p < level if harm else p >= level)

    # Near where the score statistic decides, if lost + gained samples change: looked at first.
    changed = 2.0 * gains + samples * limit * (1.0 - limit)
    spread = np.sqrt(z**4 / 4.0 + z**2 * changed)
    near = gains + limit * samples + z**2 / 2.0 + (spread if harm else -spread)
    near = np.floor(near).astype(np.int64)
    return _first_whole(decides, samples - gains, near)[places]


def _first_whole(
    holds: Callable[[IntArray, IntArray], BoolArray], most: IntArray, guess: IntArray
) -> IntArray:
    """Return the first whole numbers of 0 ... `most` at which a condition holds, else one more.

    Looks around the guess in growing steps, then halves. The condition gets the numbers, and
    where in the arrays they stand.
    """
    low, high, at, step = np.full(most.shape, -1), most + 1, guess, 1
    while (is_open := high - low > 1).any():
        places = np.flatnonzero(is_open)
        at = np.clip(at, low + 1, high - 1)
        yes = np.zeros(most.shape, dtype=bool)
        yes[places] = holds(at[places], places)
        high, low = np.where(is_open & yes, at, high), np.where(is_open & ~yes, at, low)
        at = np.where(high - low > 2 * step, np.where(yes, at - step, at + step), (low + high) // 2)
        step *= 2
    return high


def gains_kept(gain: FloatArray) -> OfDrop:
    """Return the variance d + 2 gain - d^2 of matched samples: gains stay, losses make the drop."""
    return lambda drop: np.asarray(np.maximum(drop + 2.0 * gain - drop**2, 0.0))


def unmatched_variance(recall_before: FloatArray) -> OfDrop:
    """Return the variance R (1 - R) + (R - d) (1 - R + d) of unmatched samples."""

    def variance(drop: FloatArray) -> FloatArray:
        after = np.clip(recall_before - drop, 0.0, 1.0)
        return np.asarray(recall_before * (1.0 - recall_before) + after * (1.0 - after))

    return variance


def visible_drop_unmatched(
    correct_before: IntArray, n_samples: IntArray, margin: FloatArray | float
) -> FloatArray:
    """Return the smallest visible drop where samples are not matched.

    The drop d at which Newcombe's lower bound of d itself, less z(0.8) deviations, is the margin;
    NaN where no drop could be shown.

    Checked by simulation, test_power.py.
    """
    before = correct_before / n_samples
    variance, error, z = unmatched_variance(before), ERROR / len(n_samples), special.ndtri(POWER)

    def hidden(drop: FloatArray) -> BoolArray:
        after = n_samples * np.clip(before - drop, 0.0, 1.0)
        low = newcombe_bounds(correct_before, after, n_samples, error).low
        return np.asarray(low - z * np.sqrt(variance(drop) / n_samples) - margin < 0.0)

    found = bisected(hidden, np.minimum(margin, before), before)
    return np.where(hidden(before), np.nan, found)


def visible_excess(
    drop: FloatArray,
    excess: FloatArray,
    variance: FloatArray,
    n_samples: IntArray,
    variance_of_sample: OfDrop,
    margin: FloatArray | float,
) -> FloatArray:
    """Return the smallest visible excess drop.

    psi such that psi - margin = (z(1 - 0.05 / C) + z(0.8)) deviations. The other classes are as
    measured; the class itself drops by (psi - excess) / (1 - w) more than it did, w its share of
    the samples, which changes the variance of its own samples. NaN where even the loss of every
    sample would stay unseen.

    `drop` is R - R_t, `excess` psi_c with its variance as measured; `variance_of_sample` is that of
    one sample's drop, for any drop of the class.
    """
    rest = 1.0 - n_samples / n_samples.sum()
    z = -special.ndtri(ERROR / len(excess)) + special.ndtri(POWER)
    measured = variance_of_sample(drop)

    def hidden(psi: FloatArray) -> BoolArray:
        own = np.clip(drop + (psi - excess) / rest, -1.0, 1.0)
        more = rest**2 * (variance_of_sample(own) - measured) / n_samples
        return np.asarray(z * np.sqrt(np.maximum(variance + more, 0.0)) - (psi - margin) > 0.0)

    highest = np.maximum(excess + rest * (1.0 - drop), margin)  # every sample of the class lost
    found = bisected(hidden, np.broadcast_to(margin, excess.shape), highest)
    return np.where(hidden(highest), np.nan, found)


def samples_by_formula(
    drop: FloatArray, variance: FloatArray, margin: FloatArray | float, level: float
) -> FloatArray:
    """Return the samples that settle a class, by the normal approximation (Connor 1987).

    ((z(1 - level) sqrt(k - margin^2) + z(0.8) sqrt(variance)) / (drop - margin))^2, where k, the
    share that changes, is variance + drop^2, and at the margin at least that; below the margin
    z(1 - 0.05) in place of z(1 - level). Infinite where the drop is the margin. `variance` is that
    of one sample's drop.
    """
    null = -special.ndtri(np.where(drop > margin, level, ERROR))
    supposed = np.maximum(variance + drop**2, margin) - margin**2
    seen = null * np.sqrt(supposed) + special.ndtri(POWER) * np.sqrt(np.maximum(variance, 0.0))
    with np.errstate(divide="ignore"):
        distance = settled(np.abs(drop - margin), 1.0)
        return np.asarray(np.maximum(np.ceil((seen / distance) ** 2), 1.0))


def samples_that_settle_excess(
    excess: FloatArray, variance: FloatArray, n_samples: IntArray, margin: FloatArray | float
) -> FloatArray:
    """Return the samples of a class that settle its excess drop, if all classes grow in proportion.

    The `variance` of psi_c then falls as 1 / n.
    """
    error = np.where(excess > margin, ERROR / len(excess), ERROR)
    z = -special.ndtri(error) + special.ndtri(POWER)
    distance = settled(np.abs(excess - margin), 1.0)
    with np.errstate(divide="ignore"):
        needed = np.ceil(n_samples * variance * (z / distance) ** 2)
    return np.asarray(np.maximum(needed, n_samples + 1.0))
