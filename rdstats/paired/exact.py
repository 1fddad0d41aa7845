"""Exact tails for one class in one pair of models: McNemar's test, and the test of a margin.

Tango's score statistic against a margin is not normal in its tails: its 5 % test fails up to 7 %
of harmless pairs (docs/check.md), the more the more classes are judged together. So p is the
exact probability of a drop at least as large, computed at Tango's restricted estimate (the
estimated p-value of Lloyd 2008).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special, stats

from rdstats.paired.tango import bisected, restricted_gain
from rdstats.statistics.arrays import FloatArray, IntArray

# The sum runs over gains within so many deviations of their mean, and so many images more: what
# is left out is below 1e-15.
_DEVIATIONS: Final = 10.0
_IMAGES: Final = 40.0


def mcnemar_p(lost: IntArray, gained: IntArray) -> FloatArray:
    """Return the exact two-sided p of McNemar's test: did as many images get worse as better?

    Given that lost + gained images changed, each was as likely to be lost as gained.

    Args:
        lost: Images right before and wrong after, any shape.
        gained: Images wrong before and right after, same shape.

    Returns:
        Same shape; 1 where nothing changed.

    Checked against R: binom.test(lost, lost + gained)$p.value.
    """
    fewer = np.minimum(lost, gained)
    return np.asarray(np.minimum(2.0 * special.bdtr(fewer, lost + gained, 0.5), 1.0))


def p_of_drop_at_most(
    lost: IntArray, gained: IntArray, n_samples: IntArray, margin: FloatArray | float
) -> FloatArray:
    """Return the one-sided p of H_0: the true drop is at most the margin; small shows harm.

    P(L - G >= lost - gained) where every image is lost with chance q + margin and gained with
    chance q, q the restricted estimate.

    Args:
        lost: Images right before and wrong after, shape (..., classes); likewise the others.
        gained: Images wrong before and right after.
        n_samples: Images, above zero.
        margin: The largest drop that does not matter.

    Checked against R: sums of dbinom and pbinom, tests/golden/paired.R.
    """
    supposed = np.broadcast_to(np.asarray(margin, dtype=np.float64), np.shape(lost))
    gain = restricted_gain(lost, gained, n_samples, supposed)
    return drop_tail(lost - gained, n_samples, gain + supposed, gain)


def p_of_drop_at_least(
    lost: IntArray, gained: IntArray, n_samples: IntArray, margin: FloatArray | float
) -> FloatArray:
    """Return the one-sided p of H_0: the true drop is at least the margin; small clears a class.

    The other tail, P(L - G <= lost - gained), of `p_of_drop_at_most`; same arguments.
    """
    supposed = np.broadcast_to(np.asarray(margin, dtype=np.float64), np.shape(lost))
    gain = restricted_gain(lost, gained, n_samples, supposed)
    return drop_tail(gained - lost, n_samples, gain, gain + supposed)  # losses and gains swapped


def upper_bound(lost: IntArray, gained: IntArray, n_samples: IntArray, error: float) -> FloatArray:
    """Return the upper bound of the true drop, one-sided at 1 - error.

    The drop at which `p_of_drop_at_least` is the error: the bound is below a margin exactly where
    that test clears the class.
    """
    estimate = (lost - gained) / n_samples
    return bisected(
        lambda drop: p_of_drop_at_least(lost, gained, n_samples, drop) > error,
        estimate,
        np.ones(estimate.shape),
    )


def drop_tail(
    difference: IntArray, n_samples: IntArray, loss: FloatArray, gain: FloatArray
) -> FloatArray:
    """Return P(L - G >= difference) where n images are lost or gained independently.

    The sum over G of its binomial chance times that of enough losses among the others.

    Args:
        difference: Losses minus gains, shape (..., classes); likewise the others.
        n_samples: Images, above zero.
        loss: Chance of an image to be lost.
        gain: Chance of an image to be gained; loss + gain is at most 1.
    """
    mean = n_samples * gain
    reach = np.ceil(_DEVIATIONS * np.sqrt(mean * (1.0 - gain)) + _IMAGES)
    first = np.maximum(np.floor(mean - reach), 0.0).astype(np.int64)
    terms = int(2 * reach.max(initial=0.0)) + 2
    gains = first[..., np.newaxis] + np.arange(terms)
    images = np.asarray(n_samples)[..., np.newaxis]
    gains = np.minimum(gains, images + 1)  # beyond all images: no chance
    others = np.maximum(images - gains, 0)
    # Where every image is gained no other can be lost.
    certain = gain == 1.0
    share = np.minimum(np.where(certain, 0.0, loss) / np.where(certain, 1.0, 1.0 - gain), 1.0)
    share = share[..., np.newaxis]
    fewest = np.minimum(np.asarray(difference)[..., np.newaxis] + gains - 1, others)
    enough = special.bdtrc(fewest, others, np.broadcast_to(share, fewest.shape))
    # bdtrc(k, k) is 0 and right: more than all cannot be lost.
    chance = stats.binom.pmf(gains, images, gain[..., np.newaxis])
    return np.asarray(np.minimum((chance * enough).sum(axis=-1), 1.0))
