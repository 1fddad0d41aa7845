"""Permutation tests and the bootstrap, beside R."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.resampling import (
    DRAWS,
    bca_interval,
    class_mean_replicates,
    label_p,
    sign_flip_p,
)
from rdstats.statistics.ttests import ALTERNATIVES, t_test
from references import AS_R, cases


def generator() -> np.random.Generator:
    """The same draws every time."""
    return np.random.default_rng(6)


@pytest.mark.parametrize("case", cases("compare"))
def test_exact_tests_equal_r(case: dict[str, Any]) -> None:
    """All sign patterns, all splits, ties included; nothing is drawn."""
    x, y, d = (np.array(case[name]) for name in ("x", "y", "d"))
    for alternative, flips, labels in zip(
        ALTERNATIVES, case["sign_flip"], case["label"], strict=True
    ):
        assert sign_flip_p(d, alternative, generator()) == pytest.approx(flips, rel=AS_R)
        assert label_p(x, y, alternative, generator()) == pytest.approx(labels, rel=AS_R)


def test_drawn_arrangements_agree_with_t_where_values_are_normal() -> None:
    """30 models: p of 10,000 arrangements is that of the t test within a few deviations."""
    first, second = np.random.default_rng(2).normal(1.0, 0.1, (2, 30))
    second += 0.05
    paired, independent = (t_test(first, second, paired=paired).p for paired in (True, False))
    assert sign_flip_p(first - second, "two-sided", generator()) == pytest.approx(paired, abs=0.01)
    assert label_p(first, second, "two-sided", generator()) == pytest.approx(independent, abs=0.01)


def test_a_drawn_p_is_never_zero() -> None:
    """The observed arrangement counts as one of those drawn."""
    first = np.linspace(1.0, 1.1, 30)
    smallest = pytest.approx(1 / (DRAWS + 1))
    assert sign_flip_p(first, "greater", generator()) == smallest
    assert label_p(first, first - 5.0, "greater", generator()) == smallest


@pytest.mark.parametrize("case", cases("bootstrap"))
def test_bca_bounds_equal_r(case: dict[str, Any]) -> None:
    """Of the same replicates."""
    arrays = np.array(case["replicates"]), np.array(case["without"])
    bounds = bca_interval(case["estimate"], *arrays, case["level"])
    assert bounds == pytest.approx((case["low"], case["high"]), rel=AS_R, abs=0)


def test_the_same_generator_gives_the_same_replicates() -> None:
    """And models that are all the same have replicates that are all the same."""
    x, y = np.random.default_rng(1).normal(0, 0.1, (2, 6, 4))
    first, again = (class_mean_replicates(x, y, generator(), 50) for _ in range(2))
    assert first.tolist() == again.tolist()
    same = class_mean_replicates(x[[0] * 5], 1.3 * x[[0] * 5], generator(), 50)
    assert same == pytest.approx(1.3)


def test_replicates_on_one_side_have_no_interval() -> None:
    """The bias would be infinite; likewise where a model's absence changes nothing."""
    without = np.array([0.9, 1.0, 1.1])
    assert np.isnan(bca_interval(2.0, np.ones(9), without, 0.95)).all()
    assert np.isnan(bca_interval(1.0, np.array([0.9, 1.1]), np.ones(3), 0.95)).all()
    assert np.isnan(bca_interval(1.0, np.array([np.nan, 1.1]), without, 0.95)).all()
