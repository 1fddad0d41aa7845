"""Is the slope near enough to 1 to call it unchanged? (TOST; Schuirmann 1987, Lakens 2017)."""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import FloatArray, WordArray

MARGIN = 0.10  # delta: a slope within 10 % of 1 counts as unchanged unless the user says otherwise

EQUIVALENT = "equivalent"  # the whole interval is inside the margin
DIFFERENT = "different"  # the whole interval is outside the margin
INCONCLUSIVE = "inconclusive"  # neither


def equivalences(
    low: FloatArray, high: FloatArray, *, reference: float = 1.0, margin: float = MARGIN
) -> WordArray:
    """Say of each interval whether it lies inside [reference - margin, reference + margin].

    Two one-sided tests, each with error a, are both rejected exactly where the interval at level
    1 - 2 a lies inside. With a half the interval's own error that interval is the one printed,
    so the word can never contradict the mark: `?` is equivalent or inconclusive, and different
    is always `<` or `>`. An interval may be `<` and equivalent: below 1, by less than the margin.

    Args:
        low: Lower bounds, any shape.
        high: Upper bounds, same shape.
        reference: The value of no change.
        margin: The largest difference that does not matter, above zero.

    Returns:
        Same shape; None where there is no interval (NaN).

    Checked against R: max(t.test(a, mu = 1 - d, alternative = "greater")$p.value,
    t.test(a, mu = 1 + d, alternative = "less")$p.value) < error / 2.
    """
    words = np.full(np.shape(low), INCONCLUSIVE, dtype=object)
    lower, upper = reference - margin, reference + margin
    words[np.asarray((low > lower) & (high < upper))] = EQUIVALENT
    words[np.asarray((high < lower) | (low > upper))] = DIFFERENT
    words[np.isnan(low) | np.isnan(high)] = None
    return words
