"""The t interval of a mean over models."""

from __future__ import annotations

import numpy as np
import pytest

from rdstats.statistics.intervals import are_constant, family_level, mean_interval
from references import AS_R, cases


@pytest.mark.parametrize("case", cases("conditions"))
def test_the_interval_equals_r(case: dict[str, list[float]]) -> None:
    """As of t.test(alpha, conf.level = 0.99)$conf.int."""
    interval = mean_interval(np.array(case["alpha"]), 0.99)
    assert interval.estimate == pytest.approx(case["alpha_mean"], rel=AS_R, abs=0)
    assert interval.low == pytest.approx(case["ci_low"], rel=AS_R, abs=0)
    assert interval.high == pytest.approx(case["ci_high"], rel=AS_R, abs=0)


def test_five_ratios_make_99_percent() -> None:
    """Section 6.2: 95 % for the family of five."""
    assert family_level(5) == pytest.approx(0.99)
    assert family_level(1) == pytest.approx(0.95)


def test_levels_may_differ_between_conditions() -> None:
    """The same values at 95 % and 99 %: the second interval is wider, the mean the same."""
    values = np.array([[0.9, 1.0, 1.1], [0.9, 1.0, 1.1]])
    interval = mean_interval(values, np.array([0.95, 0.99]))
    assert interval.estimate == pytest.approx([1.0, 1.0])
    # qt(0.975, 2) and qt(0.995, 2) are 4.302653 and 9.924843; s / sqrt(3) is 0.1 / sqrt(3).
    half = np.array([4.302652729911275, 9.924843200918294]) * 0.1 / np.sqrt(3)
    assert interval.high - interval.estimate == pytest.approx(half, rel=AS_R, abs=0)


@pytest.mark.parametrize("values", [[1.1], [1.1, 1.1, 1.1], [0.1 + 0.2, 0.3, 0.3]])
def test_one_value_or_equal_values_have_a_mean_and_no_interval(values: list[float]) -> None:
    """Neither says how much models differ; equal up to rounding counts as equal."""
    interval = mean_interval(np.array(values), 0.99)
    assert interval.estimate == pytest.approx(values[0])
    assert np.isnan(interval.low)
    assert np.isnan(interval.high)


def test_no_values_have_no_mean() -> None:
    """An empty condition is NaN, not an error and not a warning."""
    assert all(np.isnan(bound) for bound in mean_interval(np.empty(0), 0.99))


def test_small_real_differences_are_not_called_constant() -> None:
    """A difference in the ninth digit is a difference."""
    assert not are_constant(np.array([1.0, 1.0 + 1e-9, 1.0 - 1e-9]))
