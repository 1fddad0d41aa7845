"""The t tests by pingouin: equal to R, and refused where pingouin answers something else."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pingouin
import pytest

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.multiplicity import corrected, false_discovery_rates, holm
from rdstats.statistics.ttests import (
    d_z_interval,
    hedges_g,
    hedges_g_interval,
    interval_level,
    paired_d_z,
    t_of,
    t_test,
)
from references import AS_R, cases

ONE = np.array([1.0, 1.2, 1.1])


@pytest.mark.parametrize("case", cases("t_tests"))
def test_every_number_equals_r(case: dict[str, Any]) -> None:
    """As of t.test(x, y, paired, var.equal, alternative, conf.level), and the effect size."""
    x, y = np.array(case["x"]), np.array(case["y"])
    options = {name: case[name] for name in ("paired", "student", "alternative", "error")}
    test = t_test(x, y, **options)
    found = test.t, test.dof, test.p, test.low, test.high, test.effect_size
    expected = [case[name] for name in ("t", "dof", "p", "low", "high", "effect")]
    assert found == pytest.approx(expected, rel=AS_R, abs=0)
    assert test.difference == pytest.approx(x.mean() - y.mean(), rel=AS_R, abs=0)
    assert test.problem == ""
    known = t_of(
        test.difference, test.difference / test.t, test.dof, case["alternative"], case["error"]
    )
    wanted = [case[name] for name in ("low", "high", "t", "dof", "p")]
    assert known == pytest.approx(wanted, rel=AS_R, abs=1e-12)


@pytest.mark.parametrize(
    ("paired", "first", "second", "problem"),
    [
        (True, ONE, ONE[:2], "not paired: 3 values against 2"),
        (True, ONE[:1], ONE[:1] + 0.1, "1 pair: a paired t test needs two"),
        (True, ONE[:0], ONE[:0], "0 pairs: a paired t test needs two"),
        (True, ONE, ONE + 0.1, "the difference is the same for every model"),
        (True, ONE, ONE, "the difference is the same for every model"),
        (True, ONE, np.array([1.0, np.nan, 1.1]), "a value is not finite"),
        (False, ONE, ONE[:1], "3 against 1 models: an independent t test needs two in each arm"),
        (False, ONE[:1], ONE, "1 against 3 models: an independent t test needs two in each arm"),
        (False, np.full(3, 1.0), np.full(3, 2.0), "every model of either arm has the same value"),
        (False, ONE, np.array([1.0, np.inf]), "a value is not finite"),
    ],
)
@pytest.mark.parametrize("student", [False, True])
def test_what_cannot_be_compared_gets_words_and_no_number(
    paired: bool, first: FloatArray, second: FloatArray, problem: str, student: bool
) -> None:
    """Pingouin would run unpaired, drop the NaN, say p = 0, or do a one-sample test."""
    test = t_test(first, second, paired=paired, student=student)
    assert test.problem == problem
    assert np.isnan(test[:-1]).all()


def test_an_interval_keeps_its_digits_and_pingouin_its_options() -> None:
    """Pingouin rounds a bound at 95 % to two decimals, and everything where a user asks it to.

    R: t.test(c(1, 1.2, 1.1), c(2, 1.9, 2.3), paired = TRUE)$conf.int  # -1.4838..., -0.4495...
    """
    pingouin.options["round"] = 1
    try:
        test = t_test(ONE, np.array([2.0, 1.9, 2.3]), paired=True, error=0.05)
        assert pingouin.options["round"] == 1
        assert pingouin.options["round.column.CI95"] == 2
    finally:
        pingouin.set_default_options()
    half = 4.302652729911275 * np.std([-1.0, -0.7, -1.2], ddof=1) / math.sqrt(3)
    assert (test.low, test.high) == pytest.approx((-29 / 30 - half, -29 / 30 + half), rel=AS_R)


def test_an_arm_without_variance_is_compared_if_the_other_varies() -> None:
    """Welch needs variance in one arm only; R answers too.

    R: t.test(c(2, 2, 2), c(1, 1.2, 1.1))$statistic  # 0.9 / (0.1 / sqrt(3))
    """
    test = t_test(np.full(3, 2.0), ONE, paired=False)
    assert (test.t, test.dof) == pytest.approx((9 * math.sqrt(3), 2.0))


def test_two_bounds_of_a_one_sided_test_at_5_percent_are_an_interval_at_90() -> None:
    """And of a two-sided one at 95."""
    assert interval_level(0.05, "two-sided") == pytest.approx(0.95)
    assert interval_level(0.05, "less") == pytest.approx(0.90)


def test_effect_sizes_by_hand() -> None:
    """Differences 1, 2, 3 have mean 2, deviation 1; J(2) = gamma(1) / gamma(1/2) = 1 / sqrt(pi)."""
    assert paired_d_z(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(2.0)
    found = hedges_g(np.array([0.0, 1.0]), np.array([2.0, 3.0]))
    assert found == pytest.approx(-2 * math.sqrt(2) / math.sqrt(math.pi))


@pytest.mark.parametrize("case", cases("compare"))
def test_intervals_of_effects_equal_r(case: dict[str, Any]) -> None:
    """Where the noncentral t puts what was seen at either end of chance."""
    found = d_z_interval(case["d_z"], len(case["d"]), case["level"])
    assert found == pytest.approx(tuple(case["d_z_interval"]), rel=AS_R)
    sizes = len(case["x"]), len(case["y"])
    found = hedges_g_interval(case["hedges_g"], *sizes, case["level"])
    assert found == pytest.approx(tuple(case["hedges_g_interval"]), rel=AS_R)


def test_the_interval_of_an_effect_leaves_zero_where_the_test_does() -> None:
    """Both read the same t: 0 is outside at 95 % exactly where p < 0.05."""
    draws = np.random.default_rng(3).normal(0.0, 0.1, (40, 2, 12))
    for first, second in draws + np.array([[0.05], [0.0]]):
        for paired in (True, False):
            test = t_test(first, second, paired=paired, student=True)
            assert (test.effect_low > 0 or test.effect_high < 0) == (test.p < 0.05)


def test_an_effect_out_of_reach_has_no_interval() -> None:
    """Rather than a bound where the search stopped."""
    assert np.isnan(d_z_interval(1e9, 30, 0.99)).all()
    low, high = d_z_interval(100.0, 30, 0.99)  # t is 548
    assert low < 100.0 < high


@pytest.mark.parametrize("case", cases("multiplicity"))
@pytest.mark.parametrize("method", ["bonferroni", "holm", "bh"])
def test_adjusted_p_equal_r(case: dict[str, Any], method: str) -> None:
    """As of p.adjust(p, method, n = family_size); null is a test that could not be done."""
    p, expected = (np.array(case[name], dtype=float) for name in ("p", method))
    full = np.append(p, np.full(case["family_size"] - p.size, np.nan))
    if method != "bh":
        found = corrected(p, case["family_size"], method)
        assert found == pytest.approx(expected, rel=AS_R, abs=0, nan_ok=True)
    if method != "bonferroni":
        found = (holm if method == "holm" else false_discovery_rates)(full)[: p.size]
        assert found == pytest.approx(expected, rel=AS_R, abs=0, nan_ok=True)
