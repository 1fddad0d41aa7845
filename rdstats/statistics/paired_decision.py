"""How likely matched images are to decide: harmed, or cleared, at true shares of lost and gained.

Sums over the same exact tails as the verdicts. For each number of gained images there are losses
from which a class is called harmed, and losses up to which it is cleared.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import special, stats

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.statistics.paired_exact import p_of_drop_at_least, p_of_drop_at_most

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
