"""The t tests: equal to R and to pingouin, and refused where pingouin answers something else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pingouin
import pytest
from scipy.stats import t as t_distribution

from rdstats.statistics.ttests import (
    ALTERNATIVES,
    TTests,
    independent_t_tests,
    interval_level,
    name_of_effect,
    name_of_test,
    paired_t_tests,
)
from references import AS_R, cases


@pytest.mark.parametrize("case", cases("t_tests"))
def test_every_number_equals_r(case: dict[str, Any]) -> None:
    """As of t.test(x, y, paired, var.equal, alternative, conf.level), and the effect size."""
    x, y = np.array(case["x"]), np.array(case["y"])
    options = {"alternative": case["alternative"], "error": case["error"]}
    if case["paired"]:
        test = paired_t_tests(x, y, **options)
    else:
        test = independent_t_tests(x, y, student=case["student"], **options)
    found = {
        "t": test.t,
        "dof": test.dof,
        "p": test.p,
        "low": test.low,
        "high": test.high,
        "effect": test.effect_size,
    }
    assert found == pytest.approx({name: case[name] for name in found}, rel=AS_R, abs=0)
    assert test.difference == pytest.approx(x.mean() - y.mean(), rel=AS_R, abs=0)
    assert test.problem == ""


ONE = np.array([1.0, 1.2, 1.1])


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        (ONE, ONE[:2], "not paired: 3 values against 2"),
        (ONE[:1], ONE[:1] + 0.1, "1 pair: a paired t test needs two"),
        (ONE[:0], ONE[:0], "0 pairs: a paired t test needs two"),
        (ONE, ONE + 0.1, "the difference is the same for every model"),
        (ONE, ONE, "the difference is the same for every model"),
        (ONE, np.array([1.0, np.nan, 1.1]), "a value is not finite"),
    ],
)
def test_what_cannot_be_paired_gets_words_and_no_number(
    first: np.ndarray[Any, np.dtype[np.float64]],
    second: np.ndarray[Any, np.dtype[np.float64]],
    problem: str,
) -> None:
    """Pingouin would run unpaired, drop the NaN, or say p = 0 for a constant difference."""
    assert_refused(paired_t_tests(first, second), problem)


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        (ONE, ONE[:1], "3 against 1 models: an independent t test needs two in each arm"),
        (ONE[:1], ONE, "1 against 3 models: an independent t test needs two in each arm"),
        (np.full(3, 1.0), np.full(3, 2.0), "every model of either arm has the same value"),
        (ONE, np.array([1.0, np.inf]), "a value is not finite"),
    ],
)
@pytest.mark.parametrize("student", [False, True])
def test_what_cannot_be_compared_gets_words_and_no_number(
    first: np.ndarray[Any, np.dtype[np.float64]],
    second: np.ndarray[Any, np.dtype[np.float64]],
    problem: str,
    student: bool,
) -> None:
    """Pingouin would take an arm of one value for the mean of a one-sample test."""
    assert_refused(independent_t_tests(first, second, student=student), problem)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("kind", ["paired", "Welch", "Student"])
def test_a_stack_of_tests_is_pingouin_test_by_test(kind: str, alternative: str) -> None:
    """Forty comparisons at once, each with its own error, beside a call of pingouin per one."""
    generator = np.random.default_rng(5)
    first = generator.normal(1.0, 0.1, (40, 12))
    second = generator.normal(1.03, 0.2, (40, 12 if kind == "paired" else 7))
    errors = np.geomspace(0.0005, 0.05, 40)
    if kind == "paired":
        stack = paired_t_tests(first, second, alternative=alternative, error=errors)
    else:
        stack = independent_t_tests(
            first, second, alternative=alternative, student=kind == "Student", error=errors
        )
    for row in range(40):
        expected = pingouin.ttest(
            first[row],
            second[row],
            paired=kind == "paired",
            correction=kind == "Welch",
            alternative=alternative,
        ).iloc[0]
        found = stack.t[row], stack.dof[row], stack.p[row]
        assert found == pytest.approx(tuple(expected[["T", "dof", "p_val"]]), rel=AS_R, abs=0)
        level = float(interval_level(errors[row], alternative))
        width = t_distribution.isf((1.0 - level) / 2.0, stack.dof[row])
        half = width * stack.difference[row] / stack.t[row]
        assert stack.high[row] - stack.low[row] == pytest.approx(2.0 * half, rel=AS_R)


def test_a_stack_refuses_some_tests_and_does_the_others() -> None:
    """A constant difference and an infinite value leave the test between them as it is alone."""
    first = np.array([[1.0, 2.0, 3.0], ONE, [1.0, np.inf, 2.0]])
    second = np.array([[0.0, 1.0, 2.0], [1.3, 1.1, 1.0], ONE])
    stack = paired_t_tests(first, second)
    assert stack.problem.tolist() == [
        "the difference is the same for every model",
        "",
        "a value is not finite",
    ]
    assert np.isnan(stack.p[[0, 2]]).all()
    assert stack.p[1] == pytest.approx(float(paired_t_tests(first[1], second[1]).p))


def assert_refused(test: TTests, problem: str) -> None:
    """No number is given beside a problem."""
    assert test.problem == problem
    assert all(np.isnan(number) for number in test[:-1])


def test_equal_sizes_are_welch_unless_student_is_asked_for() -> None:
    """Pingouin's default is Welch for unequal sizes only; the choice here never depends on it."""
    wide = np.array([0.5, 1.5, 2.5])
    assert independent_t_tests(ONE, wide).dof < 4.0
    assert independent_t_tests(ONE, wide, student=True).dof == pytest.approx(4.0)


def test_the_sign_follows_first_minus_second() -> None:
    """Pingouin's Cohen d has lost its sign; ours follows the difference."""
    low, high = np.array([1.0, 1.1, 1.3]), np.array([2.0, 2.2, 2.1])
    for test in (paired_t_tests(low, high), independent_t_tests(low, high)):
        assert test.difference < 0
        assert test.t < 0
        assert test.effect_size < 0


def test_an_arm_without_variance_is_compared_if_the_other_varies() -> None:
    """Welch needs variance in one arm only; R answers too."""
    test = independent_t_tests(np.full(3, 2.0), ONE)
    # t.test(c(2, 2, 2), c(1, 1.2, 1.1))$statistic is 0.9 / (0.1 / sqrt(3)).
    assert test.t == pytest.approx(9 * np.sqrt(3))
    assert test.dof == pytest.approx(2.0)


def test_the_level_of_the_bounds_belongs_to_the_test() -> None:
    """Two bounds of a one-sided test at 5 % are an interval at 90 %."""
    assert interval_level(np.array(0.05), "two-sided") == pytest.approx(0.95)
    assert interval_level(np.array(0.05), "less") == pytest.approx(0.90)


def test_every_test_and_effect_has_a_name() -> None:
    """The choice between Welch and Student is printed, so it needs words."""
    assert name_of_test(paired=True, student=True) == "paired t"
    assert name_of_test(paired=False, student=False) == "Welch t, unequal variances"
    assert name_of_test(paired=False, student=True) == "Student t, equal variances"
    assert name_of_effect(paired=True) == "d_z"
    assert name_of_effect(paired=False) == "Hedges g"
