"""The marks of Figures 1 to 4: did the gaps between classes narrow, widen, or neither?"""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import FloatArray, WordArray

BELOW = "<"  # de-intensification: the whole interval is below 1
ABOVE = ">"  # intensification: the whole interval is above 1
OVERLAPS = "?"  # the interval holds 1


def verdicts(low: FloatArray, high: FloatArray, reference: float = 1.0) -> WordArray:
    """Return the mark `<`, `>` or `?` of each interval.

    Args:
        low: Lower bounds, any shape.
        high: Upper bounds, same shape.
        reference: What nothing happening looks like: 1 for slopes.

    Returns:
        Same shape; None where there is no interval (NaN).
    """
    marks = np.full(np.shape(low), OVERLAPS, dtype=object)
    marks[np.asarray(high < reference)] = BELOW
    marks[np.asarray(low > reference)] = ABOVE
    marks[np.isnan(low) | np.isnan(high)] = None
    return marks
