"""The bootstrap over models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.resampling import bca_interval, class_mean_replicates
from references import AS_R, cases


@pytest.mark.parametrize("case", cases("bootstrap"))
def test_bounds_equal_r(case: dict[str, Any]) -> None:
    """Of the same replicates."""
    arrays = np.array(case["replicates"]), np.array(case["without"])
    bounds = bca_interval(case["estimate"], *arrays, case["level"])
    assert bounds == pytest.approx((case["low"], case["high"]), rel=AS_R, abs=0)


def test_the_same_generator_gives_the_same_replicates() -> None:
    """And models that are all the same have replicates that are all the same."""
    x, y = np.random.default_rng(1).normal(0, 0.1, (2, 6, 4))
    first, again = (class_mean_replicates(x, y, np.random.default_rng(3), 50) for _ in range(2))
    assert first.tolist() == again.tolist()
    same = class_mean_replicates(x[[0] * 5], 1.3 * x[[0] * 5], np.random.default_rng(3), 50)
    assert same == pytest.approx(1.3)


def test_replicates_on_one_side_have_no_interval() -> None:
    """The bias would be infinite; likewise where a model's absence changes nothing."""
    without = np.array([0.9, 1.0, 1.1])
    assert np.isnan(bca_interval(2.0, np.ones(9), without, 0.95)).all()
    assert np.isnan(bca_interval(1.0, np.array([0.9, 1.1]), np.ones(3), 0.95)).all()
    assert np.isnan(bca_interval(1.0, np.array([np.nan, 1.1]), without, 0.95)).all()
