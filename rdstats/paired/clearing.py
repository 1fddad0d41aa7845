"""What even two identical files cannot clear: a class of too few samples for its margin.

Nothing lost and nothing gained in n samples still has a chance of (1 - margin)^n at the margin.
Arrays have shape (classes,).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from rdstats.paired.matched import Bounds, bisected
from rdstats.paired.newcombe import newcombe_bounds
from rdstats.paired.relative import unmatched_relative_bounds
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.statistics.verdicts import ERROR

_MOST: Final = 1e8  # samples; a class that needs more is told that it cannot be cleared at all

BoundsOfCounts = Callable[[Any, Any, Any, float], Bounds]  # of counts that need not be whole


def clearing_samples(
    correct_before: IntArray,
    n_samples: IntArray,
    margin: FloatArray,
    *,
    matched: bool,
    relative: bool,
) -> FloatArray:
    """Return the samples that a class needs to be cleared by two identical files; NaN where it can.

    Matched: the least n with (1 - margin)^n < 0.05, 59 at five points; of a relative margin so
    many must be right before. Not matched: by the bound of two equal counts at the class's recall.
    """
    least = np.floor(np.log(ERROR) / np.log1p(-margin)) + 1.0
    share = correct_before / n_samples
    with np.errstate(divide="ignore"):
        needed = np.ceil(least / share - 1e-9) if relative else least
        if not matched:
            bounds = unmatched_relative_bounds if relative else newcombe_bounds
            needed = np.maximum(needed, _unmatched(share, n_samples, margin, bounds))
    return np.where((needed > n_samples) & (correct_before > 0), needed, np.nan)


def _unmatched(
    share: FloatArray, n_samples: IntArray, margin: FloatArray, bounds: BoundsOfCounts
) -> FloatArray:
    """Return the samples from which the upper bound of two equal recalls is below the margin."""

    def is_open(logs: FloatArray) -> BoolArray:
        samples = np.exp(logs)
        high = bounds(share * samples, share * samples, samples, ERROR).high
        return np.asarray(high >= margin)

    first = np.log(n_samples.astype(np.float64))
    found = np.ceil(np.exp(bisected(is_open, first, np.full(first.shape, np.log(_MOST)))))
    return np.where(is_open(first), found, 0.0)
