"""Bonferroni and Holm with the size of the family as designed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.multiplicity import bonferroni, holm
from references import AS_R, cases


def doubles(values: list[float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Null is a test that could not be done."""
    return np.array([np.nan if value is None else value for value in values])


@pytest.mark.parametrize("case", cases("multiplicity"))
def test_adjusted_p_equal_r(case: dict[str, Any]) -> None:
    """As of p.adjust(p, method, n = family_size)."""
    p, size = doubles(case["p"]), case["family_size"]
    assert bonferroni(p, size) == pytest.approx(
        doubles(case["bonferroni"]), rel=AS_R, abs=0, nan_ok=True
    )
    assert holm(p, size) == pytest.approx(doubles(case["holm"]), rel=AS_R, abs=0, nan_ok=True)


def test_a_test_that_could_not_be_done_keeps_its_place_in_the_family() -> None:
    """Two of four tests failed: p is still multiplied by 4, not by 2."""
    p = np.array([0.01, np.nan, 0.03, np.nan])
    assert bonferroni(p, 4)[0] == pytest.approx(0.04)
    assert holm(p, 4)[2] == pytest.approx(0.09)  # second smallest: 4 - 1 times 0.03


def test_adjusted_p_never_exceed_one() -> None:
    """0.5 times 5 is a p of 1."""
    assert bonferroni(np.array([0.5]), 5) == pytest.approx(1.0)
    assert holm(np.array([0.5]), 5) == pytest.approx(1.0)
