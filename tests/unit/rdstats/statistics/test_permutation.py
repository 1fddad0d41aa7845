"""Permutation tests and intervals of effect sizes, beside R."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.effects import d_z_intervals, hedges_g_intervals
from rdstats.statistics.resampling import DRAWS, label_p, sign_flip_p
from rdstats.statistics.ttests import ALTERNATIVES, independent_t_tests, paired_t_tests
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


@pytest.mark.parametrize("case", cases("compare"))
def test_intervals_of_effects_equal_r(case: dict[str, Any]) -> None:
    """Where the noncentral t puts what was seen at either end of chance."""
    found = d_z_intervals(np.array(case["d_z"]), len(case["d"]), case["level"])
    assert found == pytest.approx(tuple(case["d_z_interval"]), rel=AS_R)
    sizes = len(case["x"]), len(case["y"])
    found = hedges_g_intervals(np.array(case["hedges_g"]), *sizes, case["level"])
    assert found == pytest.approx(tuple(case["hedges_g_interval"]), rel=AS_R)


def test_drawn_arrangements_agree_with_t_where_values_are_normal() -> None:
    """30 models: p of 10,000 arrangements is that of the t test within a few deviations."""
    first, second = np.random.default_rng(2).normal(1.0, 0.1, (2, 30))
    second += 0.05
    paired = paired_t_tests(first, second).p
    independent = independent_t_tests(first, second).p
    assert sign_flip_p(first - second, "two-sided", generator()) == pytest.approx(paired, abs=0.01)
    assert label_p(first, second, "two-sided", generator()) == pytest.approx(independent, abs=0.01)


def test_a_drawn_p_is_never_zero() -> None:
    """The observed arrangement counts as one of those drawn."""
    first = np.linspace(1.0, 1.1, 30)
    smallest = pytest.approx(1 / (DRAWS + 1))
    assert sign_flip_p(first, "greater", generator()) == smallest
    assert label_p(first, first - 5.0, "greater", generator()) == smallest


def test_the_interval_of_an_effect_leaves_zero_where_the_test_does() -> None:
    """Both read the same t: 0 is outside at 95 % exactly where p < 0.05."""
    draws = np.random.default_rng(3).normal(0.0, 0.1, (40, 2, 12))
    for first, second in draws + np.array([[0.05], [0.0]]):
        test = paired_t_tests(first, second)
        low, high = d_z_intervals(test.effect_size, 12, 0.95)
        assert (low > 0 or high < 0) == (test.p < 0.05)
        pooled = independent_t_tests(first, second, student=True)
        low, high = hedges_g_intervals(pooled.effect_size, 12, 12, 0.95)
        assert (low > 0 or high < 0) == (pooled.p < 0.05)


def test_an_effect_out_of_reach_has_no_interval() -> None:
    """Rather than a bound where the search stopped."""
    assert np.isnan(d_z_intervals(np.array(1e9), 30, 0.99)).all()
    low, high = d_z_intervals(np.array(100.0), 30, 0.99)  # t is 548
    assert low < 100.0 < high
