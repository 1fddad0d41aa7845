"""Where a monotone condition changes sides, for all classes at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from rdstats.statistics.arrays import BoolArray, FloatArray

_HALVINGS: Final = 60  # an interval of length 2 shrinks below a double's resolution


def bisected(
    holds: Callable[[FloatArray], BoolArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Return the places up to which a condition holds, by halving the interval.

    Bisection and not a faster search: it needs no derivative, cannot leave the interval, and
    treats every class alike, however flat its curve.

    Args:
        holds: Says of each value whether it lies below the place that is sought.
        low: Where it holds, any shape.
        high: Where it does not, same shape.
    """
    below, above = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
    for _ in range(_HALVINGS):
        middle = (below + above) / 2.0
        yes = holds(middle)
        below = np.where(yes, middle, below)
        above = np.where(yes, above, middle)
    return np.asarray((below + above) / 2.0)
