"""One class of one pair against a margin that is a share of what it had: R_t against (1 - delta) R.

A class that falls from 8 % to 1 % lost seven of its eight right answers, and only 7 points. The
relative drop is 1 - R_t / R. Samples that both models get wrong say nothing of it: given the m
samples that at least one gets right, lost and gained ones are trinomial, and at the margin a
sample is lost with chance delta + (1 - delta) g where it is gained with chance g. So the score
statistic of Nam and Blackwelder (2002) has one unknown, and p is the exact tail at its
restricted estimate, as `matched` has it for differences. R and R_t weigh unequally here, so sums
are coarse: at the estimate alone the tests err in up to 5.7 %. So p is the largest of the tails at
a few shares up to two deviations around it (enumerated, test_relative.py).

Counts are arrays of one shape (..., classes), which results have too; `either` is m, above zero.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special

from rdstats.paired.matched import Bounds, bisected, drop_tail
from rdstats.paired.newcombe import FURTHEST, clopper_pearson_bounds
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, divide, settled
from rdstats.statistics.balance import relative_drop
from rdstats.statistics.verdicts import ERROR, POWER

# Places around the restricted estimate, in its deviations, of which the largest tail counts.
_AROUND_HARM: Final = tuple(np.linspace(-2.0, 2.0, 9).tolist())
_AROUND_CLEAR: Final = (-1.0, -0.5, 0.0, 0.5, 1.0)
_LEAST_RATIO: Final = 1e-12  # of R_t / R: a bound at the loss of everything stays finite


def restricted_gain_of_either(
    lost: IntArray, gained: IntArray, either: IntArray, drop: FloatArray | float
) -> FloatArray:
    """Return the likeliest share of gained samples, of those right in either, at a relative drop.

    The larger root of m rho s g^2 - (lost rho^2 + gained (rho^2 - drop s) - both s drop) g -
    gained drop rho, with rho = 1 - drop, s = 1 + rho and `both` the rest of m; a sample is then
    lost with chance drop + rho g (Nam and Blackwelder 2002, their restricted estimate given m).
    """
    drop = np.asarray(drop, dtype=np.float64)
    ratio = np.maximum(1.0 - drop, _LEAST_RATIO)
    total = 1.0 + ratio
    both = either - lost - gained
    square = either * ratio * total
    linear = lost * ratio**2 + gained * (ratio**2 - drop * total) - both * total * drop
    constant = gained * drop * ratio
    root = np.sqrt(np.maximum(linear * linear + 4.0 * square * constant, 0.0))
    # Of the two ways to write the root, the one in which nothing cancels.
    share = np.where(
        linear > 0.0, (linear + root) / (2.0 * square), divide(2.0 * constant, root - linear)
    )
    least = np.maximum(-drop / ratio, 0.0)
    return np.asarray(np.clip(np.nan_to_num(share), least, np.maximum(ratio / total, least)))


def relative_score_z(
    lost: IntArray, gained: IntArray, either: IntArray, drop: FloatArray | float
) -> FloatArray:
    """Return Nam and Blackwelder's statistic of H_0: the relative drop is this.

    z = ((1 - drop) R - R_t) over its deviation sqrt(m rho (loss + gain)) in samples, at the
    restricted estimate; positive where more was lost. Against 0 it is McNemar's.

    Checked against the formula written in R, tests/golden/relative.R.
    """
    drop = np.asarray(drop, dtype=np.float64)
    ratio = np.maximum(1.0 - drop, _LEAST_RATIO)
    gain = restricted_gain_of_either(lost, gained, either, drop)
    distance = lost - ratio * gained - drop * either
    variance = either * ratio * (drop + (1.0 + ratio) * gain)
    return np.where(distance == 0.0, 0.0, divide(distance, np.sqrt(np.maximum(variance, 0.0))))


def relative_score_bounds(
    lost: IntArray, gained: IntArray, either: IntArray, error: float
) -> Bounds:
    """Return score bounds of the relative drop, each one-sided at 1 - error.

    Checked against R: uniroot over the statistic, tests/golden/relative.R.
    """
    z = -special.ndtri(error)
    before, after = either - gained, either - lost
    # Halving runs over (R - R_t) / (R + R_t): of a relative drop it has ends on both sides.
    middle = divide(lost - gained, before + after)
    counts = (lost, gained, either)

    def drop_at(place: FloatArray) -> FloatArray:
        return 2.0 * place / np.maximum(1.0 + place, _LEAST_RATIO)

    low = bisected(
        lambda place: relative_score_z(*counts, drop_at(place)) > z,
        np.full_like(middle, -1.0),
        middle,
    )
    high = bisected(
        lambda place: relative_score_z(*counts, drop_at(place)) > -z,
        middle,
        np.ones_like(middle),
    )
    return Bounds(drop_at(low), drop_at(high))


def p_of_relative_drop_at_most(
    lost: IntArray, gained: IntArray, either: IntArray, margin: FloatArray | float
) -> FloatArray:
    """Return the one-sided p of H_0: R_t >= (1 - margin) R; small shows harm.

    P(L - rho G >= lost - rho gained), rho = 1 - margin, the largest around the restricted estimate.

    Checked against R: sums of dbinom and pbinom, tests/golden/relative.R.
    """
    ratio, shares = _ratio_and_shares(lost, gained, either, margin, _AROUND_HARM, 0.5)
    excess = lost - ratio * gained
    tails = [drop_tail(excess, either, _loss(ratio, g), g, ratio) for g in shares]
    return np.max(tails, axis=0)  # type: ignore[no-any-return]


def p_of_relative_drop_at_least(
    lost: IntArray, gained: IntArray, either: IntArray, margin: FloatArray | float
) -> FloatArray:
    """Return the one-sided p of H_0: R_t <= (1 - margin) R; small clears a class.

    The other tail, P(L - rho G <= lost - rho gained), of `p_of_relative_drop_at_most`.
    """
    ratio, shares = _ratio_and_shares(lost, gained, either, margin, _AROUND_CLEAR, 0.0)
    excess = gained - lost / ratio
    tails = [drop_tail(excess, either, g, _loss(ratio, g), 1.0 / ratio) for g in shares]
    return np.max(tails, axis=0)  # type: ignore[no-any-return]


def _loss(ratio: FloatArray, gain: FloatArray) -> FloatArray:
    """Return the share of lost samples at the margin, 1 - rho + rho g."""
    return np.clip(1.0 - ratio + ratio * gain, 0.0, 1.0)


def _ratio_and_shares(
    lost: IntArray,
    gained: IntArray,
    either: IntArray,
    margin: FloatArray | float,
    around: tuple[float, ...],
    fewest: float,
) -> tuple[FloatArray, list[FloatArray]]:
    """Return rho of every class, and the shares of gained samples at which tails are looked at.

    Deviations are those of `fewest` gained samples at least.
    """
    margin = np.broadcast_to(np.asarray(margin, dtype=np.float64), np.shape(lost))
    ratio = np.maximum(1.0 - margin, _LEAST_RATIO)
    gain = restricted_gain_of_either(lost, gained, either, margin)
    deviation = np.sqrt(np.maximum(gain, fewest / either) * (1.0 - gain) / either)
    least = np.maximum((ratio - 1.0) / ratio, 0.0)
    most = np.maximum(ratio / (1.0 + ratio), least)
    return ratio, [np.clip(gain + many * deviation, least, most) for many in around]


def relative_upper_bound(
    lost: IntArray, gained: IntArray, either: IntArray, error: float
) -> FloatArray:
    """Return the upper bound of the relative drop, one-sided at 1 - error, by the exact tail."""
    estimate = np.nan_to_num(relative_drop(either - gained, either - lost))
    return bisected(
        lambda drop: p_of_relative_drop_at_least(lost, gained, either, drop) > error,
        estimate,
        np.ones_like(estimate),
    )


def unmatched_relative_bounds(
    correct_before: IntArray, correct_after: IntArray, n_samples: IntArray, error: float
) -> Bounds:
    """Return bounds of the relative drop of samples that are not matched, one-sided at 1 - error.

    The ratios at which the bound of R_t - rho R by square-and-add from Clopper and Pearson's is
    zero (Zou and Donner 2008); 1 - rho.
    """
    counts = (correct_before, correct_after, n_samples)
    z = -special.ndtri(error)
    estimate = np.nan_to_num(relative_drop(correct_before, correct_after))
    high = bisected(lambda drop: ~_shows_less(counts, z, drop), estimate, np.ones_like(estimate))
    # R_t / R has no upper end: halve over (R - R_t) / (R + R_t).
    middle = divide(correct_before - correct_after, correct_before + correct_after)
    low = bisected(
        lambda place: _shows_more(counts, z, 2.0 * place / np.maximum(1.0 + place, _LEAST_RATIO)),
        np.full_like(middle, -1.0),
        middle,
    )
    return Bounds(2.0 * low / np.maximum(1.0 + low, _LEAST_RATIO), high)


def unmatched_relative_p(
    correct_before: IntArray,
    correct_after: IntArray,
    n_samples: IntArray,
    margin: FloatArray | float,
) -> FloatArray:
    """Return the one-sided p of H_0 relative drop <= margin of samples that are not matched."""
    counts = (correct_before, correct_after, n_samples)
    margin = np.broadcast_to(np.asarray(margin, dtype=np.float64), n_samples.shape)
    nothing, far = np.zeros(n_samples.shape), np.full(n_samples.shape, FURTHEST)
    over = bisected(lambda z: _shows_more(counts, z, margin), nothing, far)
    under = bisected(lambda z: _shows_less(counts, z, margin), nothing, far)
    is_over = correct_after < (1.0 - margin) * correct_before
    return np.where(is_over, special.ndtr(-over), special.ndtr(under))


_Counts = tuple[IntArray, IntArray, IntArray]


def _shows_less(counts: _Counts, z: FloatArray | float, drop: FloatArray) -> BoolArray:
    """Say where the lower bound of R_t - (1 - drop) R is above zero: less was lost."""
    before, after, n_samples = counts
    ratio = 1.0 - drop
    first, second = (clopper_pearson_bounds(each, n_samples, z) for each in (before, after))
    distance = np.hypot(after / n_samples - second.low, ratio * (first.high - before / n_samples))
    return np.asarray(after / n_samples - ratio * before / n_samples - distance > 0.0)


def _shows_more(counts: _Counts, z: FloatArray | float, drop: FloatArray) -> BoolArray:
    """Say where the upper bound of R_t - (1 - drop) R is below zero: more was lost."""
    before, after, n_samples = counts
    ratio = 1.0 - drop
    first, second = (clopper_pearson_bounds(each, n_samples, z) for each in (before, after))
    distance = np.hypot(second.high - after / n_samples, ratio * (before / n_samples - first.low))
    return np.asarray(after / n_samples - ratio * before / n_samples + distance < 0.0)


def visible_relative_drop(
    correct_before: IntArray, gained: IntArray | None, n_samples: IntArray, margin: FloatArray
) -> FloatArray:
    """Return the relative drop that would have been called harm four times in five; or NaN.

    By the normal approximation: (drop - margin) R sqrt(n) = z(1 - 0.05 / C) s_0 + z(0.8) s_1, s_0
    the deviation at the margin, s_1 at the drop. Gains stay (None: samples are not matched).
    """
    share = correct_before / n_samples
    gain = None if gained is None else gained / n_samples
    z = -special.ndtri(ERROR / len(share)), special.ndtri(POWER)

    def hidden(drop: FloatArray) -> BoolArray:
        null, seen = (_variance(share, gain, margin, each) for each in (margin, drop))
        need = z[0] * np.sqrt(null) + z[1] * np.sqrt(seen)
        return np.asarray(need > (drop - margin) * share * np.sqrt(n_samples))

    most = np.ones_like(share) if gain is None else 1.0 - np.nan_to_num(divide(gain, share))
    most = np.maximum(most, margin)
    found = bisected(hidden, np.broadcast_to(margin, share.shape), most)
    return np.where(hidden(most), np.nan, found)


def samples_that_settle_relative(
    correct_before: IntArray,
    correct_after: IntArray,
    both_correct: IntArray | None,
    n_samples: IntArray,
    margin: FloatArray,
) -> FloatArray:
    """Return the samples that settle a class, by the same approximation, more than there are.

    If its true shares are those measured; infinite where the relative drop is the margin.
    """
    share, drop = correct_before / n_samples, relative_drop(correct_before, correct_after)
    gain = None if both_correct is None else (correct_after - both_correct) / n_samples
    null, seen = (_variance(share, gain, margin, each) for each in (margin, drop))
    z = -special.ndtri(np.where(drop > margin, ERROR / len(share), ERROR))
    need = z * np.sqrt(null) + special.ndtri(POWER) * np.sqrt(seen)
    with np.errstate(divide="ignore"):
        found = (need / settled(np.abs((drop - margin) * share), 1.0)) ** 2
    return np.asarray(np.maximum(np.ceil(found), n_samples + 1.0))


def _variance(
    share: FloatArray, gain: FloatArray | None, margin: FloatArray, drop: FloatArray
) -> FloatArray:
    """Return the variance of one sample's part of (1 - margin) R - R_t at a relative drop."""
    ratio, after = 1.0 - margin, np.clip((1.0 - drop) * share, 0.0, 1.0)
    if gain is None:
        found = ratio**2 * share * (1.0 - share) + after * (1.0 - after)
    else:
        both = np.maximum(after - gain, 0.0)
        found = ratio**2 * share + after - 2.0 * ratio * both - (ratio * share - after) ** 2
    return np.asarray(np.maximum(found, 0.0))
