"""TOST: shown to be unchanged is more than not shown to be changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.intervals import equivalences, mean_interval
from references import cases


def test_the_word_says_how_the_interval_lies_to_the_margin() -> None:
    """Inside 0.9 to 1.1, outside, or across a margin."""
    low = np.array([0.95, 0.91, 1.20, 0.60, 0.85, 1.05, 0.50, np.nan])
    high = np.array([1.05, 0.97, 1.40, 0.80, 1.05, 1.30, 1.50, np.nan])
    assert list(equivalences(low, high, margin=0.1)) == [
        "equivalent",
        "equivalent",  # below 1, by less than the margin
        "different",
        "different",
        "inconclusive",
        "inconclusive",
        "inconclusive",
        None,
    ]


@pytest.mark.parametrize("case", cases("conditions"))
@pytest.mark.parametrize("percent", [10, 40])
def test_equivalent_is_where_both_one_sided_tests_of_r_reject(
    case: dict[str, Any], percent: int
) -> None:
    """t.test(mu = 1 - d, "greater") and t.test(mu = 1 + d, "less"), each below 0.005."""
    interval = mean_interval(np.array(case["pseudo_values"]), 0.99)
    word = equivalences(interval.low, interval.high, margin=percent / 100)
    assert (word == "equivalent") == case[f"equivalent_within_{percent}_percent"]
