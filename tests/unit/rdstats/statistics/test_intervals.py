"""The t interval of a mean over models, its mark and its equivalence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.intervals import (
    are_constant,
    equivalences,
    family_level,
    group_means,
    marks,
    mean_interval,
    skewness,
)
from references import AS_R, cases


@pytest.mark.parametrize("case", cases("conditions"))
def test_the_interval_equals_r(case: dict[str, list[float]]) -> None:
    """As of t.test(alpha, conf.level = 0.99)$conf.int."""
    interval = mean_interval(np.array(case["alpha"]), 0.99)
    expected = case["alpha_mean"], case["ci_low"], case["ci_high"]
    assert interval == pytest.approx(expected, rel=AS_R, abs=0)


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


def test_no_values_have_no_mean_and_small_differences_are_differences() -> None:
    """An empty condition is NaN, without a warning; the ninth digit counts."""
    assert all(np.isnan(bound) for bound in mean_interval(np.empty(0), 0.99))
    assert not are_constant(np.array([1.0, 1.0 + 1e-9, 1.0 - 1e-9]))


@pytest.mark.parametrize("case", cases("beside"))
def test_skewness_equals_r(case: dict[str, Any]) -> None:
    """Of the recall of each class over models; two values, or equal ones, have none."""
    recalls = np.array(case["after"]) / np.array(case["n_samples"])
    assert skewness(recalls.T) == pytest.approx(case["skewness"], rel=AS_R, abs=1e-12)
    assert np.isnan(skewness(np.array([1.0, 2.0])))
    assert np.isnan(skewness(np.array([0.1, 0.1, 0.1])))


def test_the_mark_says_where_the_whole_interval_lies() -> None:
    """Below 1, above 1, around 1; touching 1 is not below it; no interval has no mark."""
    low = np.array([0.7, 1.1, 0.9, 0.8, 1.0, np.nan])
    high = np.array([0.9, 1.3, 1.2, 1.0, 1.4, np.nan])
    assert list(marks(low, high)) == ["<", ">", "?", "?", "?", None]
    assert list(marks(low - 1.0, high - 1.0, reference=0.0)) == ["<", ">", "?", "?", "?", None]


def test_equivalence_says_how_the_interval_lies_to_the_margin() -> None:
    """Inside 0.9 to 1.1 (also where it is below 1), outside, or across a margin."""
    low = np.array([0.95, 0.91, 1.20, 0.60, 0.85, 1.05, 0.50, np.nan])
    high = np.array([1.05, 0.97, 1.40, 0.80, 1.05, 1.30, 1.50, np.nan])
    expected = ["equivalent"] * 2 + ["different"] * 2 + ["inconclusive"] * 3
    assert list(equivalences(low, high, margin=0.1)) == [*expected, None]


@pytest.mark.parametrize("case", cases("conditions"))
@pytest.mark.parametrize("percent", [10, 40])
def test_equivalent_is_where_both_one_sided_tests_of_r_reject(
    case: dict[str, Any], percent: int
) -> None:
    """t.test(mu = 1 - d, "greater") and t.test(mu = 1 + d, "less"), each below 0.005."""
    interval = mean_interval(np.array(case["pseudo_values"]), 0.99)
    word = equivalences(interval.low, interval.high, margin=percent / 100)
    assert (word == "equivalent") == case[f"equivalent_within_{percent}_percent"]


def test_means_of_groups_in_any_order() -> None:
    """1, 2, 3: s = 1, error 1 / sqrt(3); 4, 8: s = sqrt(8), error 2; NaN is no value.

    R: c(mean(c(1, 2, 3)), sd(c(1, 2, 3)) / sqrt(3))  # 2.0000000 0.5773503
    R: c(mean(c(4, 8)), sd(c(4, 8)) / sqrt(2))        # 6 2
    """
    values = np.array([8.0, 1.0, 3.0, 4.0, 2.0, np.nan, 5.0, np.nan])
    found = group_means(values, np.array([1, 0, 0, 1, 0, 0, 2, 3]), 5)
    assert found.size.tolist() == [3, 2, 1, 0, 0]
    nan = np.nan
    assert found.mean == pytest.approx([2.0, 6.0, 5.0, nan, nan], nan_ok=True)
    assert found.error == pytest.approx([0.5773503, 2.0, nan, nan, nan], rel=1e-6, nan_ok=True)
    # The mean of thirty times 0.1 is not 0.1 in floating point; the error is 0 all the same.
    found = group_means(np.full(30, 0.1), np.zeros(30, dtype=int), 1)
    assert found.mean[0] != 0.1
    assert found.error[0] == 0.0
