"""One class of one pair of models on the same samples: Tango's score interval, and exact tails.

Tango's score statistic against a margin is not normal in its tails: its 5 % test fails up to 7 %
of harmless pairs (docs/check.md), the more the more classes are judged together. So p is the
exact probability of a drop at least as large, computed at Tango's restricted estimate (the
estimated p-value of Lloyd 2008).

Of the `n_samples` of a class, above zero, `lost` were right before and are wrong after, and
`gained` the other way round: arrays of one shape (..., classes), which results have too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from scipy import special

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, divide

_HALVINGS: Final = 60  # an interval of length 2 shrinks below a double's resolution
# The sum over gains runs within so many deviations of their mean, and so many samples more. Above,
# where ever fewer losses would be enough, less than 1e-17 of the sum is left out.
_BELOW: Final = (10.0, 40.0)
_ABOVE: Final = (9.0, 16.0)


class Bounds(NamedTuple):
    """Two one-sided bounds."""

    low: FloatArray
    high: FloatArray


def bisected(
    holds: Callable[[FloatArray], BoolArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Return the places between `low` and `high` up to which a condition holds, by halving.

    Bisection and not a faster search: it needs no derivative, cannot leave the interval, and
    treats every class alike, however flat its curve.
    """
    below, above = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
    for _ in range(_HALVINGS):
        middle = (below + above) / 2.0
        yes = holds(middle)
        below = np.where(yes, middle, below)
        above = np.where(yes, above, middle)
    return np.asarray((below + above) / 2.0)


def each_once(*counts: IntArray) -> tuple[IntArray, IntArray]:
    """Return the different counts, shape (arrays, different), and where among them each class is.

    Of a thousand small classes few differ, and what is costly is computed once for each. Counts
    and places have one shape (..., classes).
    """
    once, places = np.unique(
        np.stack([np.ravel(each) for each in counts]), axis=1, return_inverse=True
    )
    return once, places.reshape(counts[0].shape)


def restricted_gain(
    lost: IntArray, gained: IntArray, n_samples: IntArray, drop: FloatArray | float
) -> FloatArray:
    """Return the likeliest share of gained samples if the true drop were this (Tango 1998).

    The larger root of 2n q^2 + (-lost - gained + (2n - lost + gained) d) q - gained d (1 - d),
    which lies between 0 and 1; the share of lost samples is then q + d.

    `drop` is the supposed d, between -1 and 1.
    """
    drop = np.asarray(drop, dtype=np.float64)
    square = 2.0 * n_samples
    linear = -lost - gained + (square - lost + gained) * drop
    constant = -gained * drop * (1.0 - drop)
    root = np.sqrt(np.maximum(linear * linear - 4.0 * square * constant, 0.0))
    # Of the two ways to write the root, the one in which nothing cancels.
    rising = linear > 0.0
    total = np.where(rising, linear + root, root - linear)
    gain = np.where(rising, divide(-2.0 * constant, total), total / (2.0 * square))
    return np.clip(gain, np.maximum(-drop, 0.0), np.minimum((1.0 - drop) / 2.0, 1.0))


def score_z(
    lost: IntArray, gained: IntArray, n_samples: IntArray, drop: FloatArray | float
) -> FloatArray:
    """Return Tango's score statistic of H_0: the true drop is this; it falls as `drop` rises.

    z = (lost - gained - n d) / sqrt(n (2 q + d (1 - d))), q the restricted share of gained
    samples. Against a drop of 0 it is McNemar's (lost - gained) / sqrt(lost + gained). It is 0
    where nothing changed and no drop is supposed.

    Checked against the formula written in R, tests/golden/paired.R.
    """
    gain = restricted_gain(lost, gained, n_samples, drop)
    distance = lost - gained - n_samples * drop
    variance = n_samples * (2.0 * gain + drop * (1.0 - drop))
    return np.where(distance == 0.0, 0.0, divide(distance, np.sqrt(np.maximum(variance, 0.0))))


def score_bounds(lost: IntArray, gained: IntArray, n_samples: IntArray, error: float) -> Bounds:
    """Return Tango's score bounds of the drop, each one-sided at 1 - error.

    The drops whose score statistic is the normal quantile. Together they are Tango's interval at
    1 - 2 error; unlike Wald's it never leaves [-1, 1] and has a width where nothing changed.

    Checked against R: uniroot over the statistic, tests/golden/paired.R.
    """
    z = -special.ndtri(error)
    estimate = (lost - gained) / n_samples
    low = bisected(
        lambda drop: score_z(lost, gained, n_samples, drop) > z,
        np.full_like(estimate, -1),
        estimate,
    )
    high = bisected(
        lambda drop: score_z(lost, gained, n_samples, drop) > -z, estimate, np.ones_like(estimate)
    )
    return Bounds(low, high)


def mcnemar_p(lost: IntArray, gained: IntArray) -> FloatArray:
    """Return the exact two-sided p of McNemar's test: did as many samples get worse as better?

    Given that lost + gained samples changed, each was as likely to be lost as gained; 1 where
    nothing changed.

    Checked against R: binom.test(lost, lost + gained)$p.value.
    """
    fewer = np.minimum(lost, gained)
    return np.asarray(np.minimum(2.0 * special.bdtr(fewer, lost + gained, 0.5), 1.0))


def p_of_drop_at_most(
    lost: IntArray, gained: IntArray, n_samples: IntArray, margin: FloatArray | float
) -> FloatArray:
    """Return the one-sided p of H_0: the true drop is at most the margin; small shows harm.

    P(L - G >= lost - gained) where every sample is lost with chance q + margin and gained with
    chance q, q the restricted estimate.

    Checked against R: sums of dbinom and pbinom, tests/golden/paired.R.
    """
    gain = restricted_gain(lost, gained, n_samples, margin)
    return drop_tail(lost - gained, n_samples, gain + margin, gain)


def p_of_drop_at_least(
    lost: IntArray, gained: IntArray, n_samples: IntArray, margin: FloatArray | float
) -> FloatArray:
    """Return the one-sided p of H_0: the true drop is at least the margin; small clears a class.

    The other tail, P(L - G <= lost - gained), of `p_of_drop_at_most`.
    """
    gain = restricted_gain(lost, gained, n_samples, margin)
    return drop_tail(gained - lost, n_samples, gain, gain + margin)  # losses and gains swapped


def upper_bound(lost: IntArray, gained: IntArray, n_samples: IntArray, error: float) -> FloatArray:
    """Return the upper bound of the true drop, one-sided at 1 - error.

    The drop at which `p_of_drop_at_least` is the error: the bound is below a margin exactly where
    that test clears the class.
    """
    estimate = (lost - gained) / n_samples
    return bisected(
        lambda drop: p_of_drop_at_least(lost, gained, n_samples, drop) > error,
        estimate,
        np.ones_like(estimate),
    )


def drop_tail(
    difference: IntArray | FloatArray,
    n_samples: IntArray,
    loss: FloatArray,
    gain: FloatArray,
    weight: FloatArray | None = None,
) -> FloatArray:
    """Return P(L - G >= difference) where n samples are lost or gained independently.

    The sum over G of its binomial chance times that of enough losses among the others.

    `loss` and `gain` are a sample's chances to be lost and to be gained, together at most 1;
    with a `weight` per class it is P(L - weight G >= difference).
    """
    mean = n_samples * gain
    deviation = np.sqrt(mean * (1.0 - gain))
    first = np.maximum(mean - _BELOW[0] * deviation - _BELOW[1], 0.0).astype(np.int64)
    last = np.minimum(np.ceil(mean + _ABOVE[0] * deviation + _ABOVE[1]), n_samples).astype(int)
    gains, chance = binomial_chances(first, int((last - first).max(initial=0)), n_samples, gain)
    others = np.maximum(np.asarray(n_samples)[..., np.newaxis] - gains, 0)
    # Where every sample is gained no other can be lost.
    certain = gain == 1.0
    share = np.minimum(np.where(certain, 0.0, loss) / np.where(certain, 1.0, 1.0 - gain), 1.0)
    weighted = gains if weight is None else np.asarray(weight)[..., np.newaxis] * gains
    needed = np.asarray(difference)[..., np.newaxis] + weighted
    if weight is not None:  # a sum that is whole but for its last digit is whole
        needed = np.ceil(needed - 1e-9)
    fewest = np.minimum(needed - 1, others)
    # bdtrc(k, k) is 0 and right: more than all cannot be lost.
    enough = special.bdtrc(fewest, others, np.broadcast_to(share[..., np.newaxis], fewest.shape))
    return np.asarray(np.minimum((chance * enough).sum(axis=-1), 1.0))


def binomial_chances(
    first: IntArray, more: int, n_samples: IntArray, share: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return counts in a row that hold nearly all of a binomial's mass, and their chances.

    By the ratios of neighbours, (n - k) p / ((k + 1) (1 - p)): a fifth of the time of
    `scipy.stats.binom.pmf`, which would take half of all that `check` computes.

    `more` counts follow the `first`, shape (...), as n and p have; both results have shape
    (..., 1 + more). Above all trials the chance is 0.

    Checked against scipy.stats.binom.pmf to 1e-12, test_matched.py.
    """
    counts = first[..., np.newaxis] + np.arange(1 + more)
    left = np.maximum(np.asarray(n_samples)[..., np.newaxis] - counts[..., :-1], 0)
    odds = share / np.maximum(1.0 - share, 1e-300)
    logs = np.zeros(counts.shape)
    with np.errstate(divide="ignore"):
        steps = np.log(left / counts[..., 1:] * odds[..., np.newaxis])
    np.cumsum(steps, axis=-1, out=logs[..., 1:])
    chances = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return counts, chances / chances.sum(axis=-1, keepdims=True)
