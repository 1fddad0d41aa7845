"""The marks beside the ratios in Figures 1 to 4."""

from __future__ import annotations

import numpy as np

from rdstats.statistics.intervals import verdicts


def test_the_mark_says_where_the_whole_interval_lies() -> None:
    """Below 1, above 1, around 1; touching 1 is not below it; no interval has no mark."""
    low = np.array([0.7, 1.1, 0.9, 0.8, 1.0, np.nan])
    high = np.array([0.9, 1.3, 1.2, 1.0, 1.4, np.nan])
    assert list(verdicts(low, high)) == ["<", ">", "?", "?", "?", None]


def test_differences_are_marked_against_zero() -> None:
    """The reference is a choice; a difference of slopes is read against 0."""
    marks = verdicts(np.array([0.1, -0.2]), np.array([0.2, -0.1]), reference=0.0)
    assert list(marks) == [">", "<"]
