"""Agrees, within noise, differs, too few models, not judged."""

from __future__ import annotations

import math

import pytest

from rdstats.paper.design import Printed
from rdstats.paper.marks import mark_of_mean, mark_of_p, noise, power_of_t
from rdstats.paper.quantities import Estimate

NAN = math.nan


def test_noise_is_the_prediction_interval_for_the_mean_of_other_models() -> None:
    """R: qt(0.975, 29) * 0.1 * sqrt(1/30 + 1/30) is 0.05280760."""
    assert noise(Estimate(1.0, 0.1, 30), 30) == pytest.approx(0.05280760, abs=1e-8)


def test_one_model_has_no_noise_to_speak_of() -> None:
    """It does not say how much models differ."""
    assert math.isnan(noise(Estimate(1.0, NAN, 1), 30))


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        (0.8964, "agrees"),  # rounds to 0.896
        (0.8965, "agrees"),  # on the edge: either rounding is right
        (0.8955, "agrees"),
        (0.8970, "within noise"),
        # 0.01 * qt(0.975, 29) * sqrt(2/30) is 0.00528; half a unit more: 0.00578.
        (0.9017, "within noise"),
        (0.9018, "differs"),
        (0.8903, "within noise"),
        (0.8902, "differs"),
    ],
)
def test_a_mean_is_judged_by_rounding_and_then_by_the_noise_of_seeds(
    value: float, mark: str
) -> None:
    """Beside a printed 0.896 of thirty models, from thirty with a standard deviation of 0.01."""
    estimate = Estimate(value, 0.01, 30)
    assert mark_of_mean(estimate, Printed("=", 0.896), 30, 3) == mark


def test_a_number_without_noise_agrees_or_is_not_judged() -> None:
    """One model, or a minimum: only the same number can be called the same."""
    assert mark_of_mean(Estimate(1.31, NAN, 30), Printed("=", 1.3), 30, 1) == "agrees"
    assert mark_of_mean(Estimate(1.2, NAN, 30), Printed("=", 1.3), 30, 1) == "not judged"
    assert mark_of_mean(Estimate(NAN, NAN, 0), Printed("=", 1.3), 30, 1) == "not judged"


def judged(adjusted: float, printed: Printed, *, models: int = 30, side: str = "less") -> str:
    """Judge an adjusted p of a family of four."""
    return mark_of_p(adjusted / 4, models, printed, family_size=4, alternative=side, paired=True)


@pytest.mark.parametrize(
    ("adjusted", "printed"),
    [
        (0.049, Printed("<", 0.001)),
        (0.0001, Printed("=", 0.036)),
        (0.06, Printed("=", 1.0)),
        (1.0, Printed("=", 0.05)),
    ],
)
def test_the_same_conclusion_agrees(adjusted: float, printed: Printed) -> None:
    """Both shown at 0.05 after the correction, or both not shown."""
    assert judged(adjusted, printed) == "agrees"


def test_conclusions_that_seeds_can_turn_are_within_noise() -> None:
    """0.04 against 0.06 of thirty models each: z is 2.33 against 2.17, far less than 2.77."""
    assert judged(0.04, Printed("=", 0.06)) == "within noise"
    assert judged(0.04, Printed("=", 1.0)) == "within noise"  # printed z is at most 0.67


def test_conclusions_that_seeds_do_not_turn_differ() -> None:
    """Nearly 0 against a capped 1, and the other way round."""
    assert judged(1e-12, Printed("=", 1.0)) == "differs"
    assert judged(4 * 0.9, Printed("<", 0.001)) == "differs"  # the difference has the other sign


def test_a_bound_leaves_open_how_far_below_it_p_was() -> None:
    """< 0.001 of four tests is z above 3.48; z = 0.8 is 2.68 away, z = 0.6 is 2.88."""
    near, far = 4 * 0.2119, 4 * 0.2743
    assert judged(near, Printed("<", 0.001)) == "within noise"
    assert judged(far, Printed("<", 0.001)) == "differs"


def test_fewer_models_do_not_make_a_difference() -> None:
    """With three models the same effect is not shown; that is no other finding."""
    assert judged(0.5, Printed("<", 0.001), models=3) == "within noise"


@pytest.mark.parametrize(("models", "mark"), [(2, "too few models"), (12, "too few models")])
def test_a_test_that_shows_nothing_because_it_cannot_is_no_agreement(
    models: int, mark: str
) -> None:
    """Two or twelve models beside a printed 1.000: nothing shown is not the same conclusion."""
    assert judged(1.0, Printed("=", 1.0), models=models) == mark
    assert judged(0.2, Printed("=", 1.0), models=models) == mark


def test_two_tests_that_show_nothing_agree_only_within_noise() -> None:
    """Of thirty models: p = 0.95 is z = -1.64 and a printed 0.06 is z = 2.17, more than 2.77 away.

    0.5 is z = 0 and 2.17 away.
    """
    assert judged(4 * 0.95, Printed("=", 0.06)) == "differs"
    assert judged(4 * 0.5, Printed("=", 0.06)) == "agrees"


@pytest.mark.parametrize(
    ("models", "paired", "power"), [(2, True, 0.02657), (10, True, 0.19136), (10, False, 0.22096)]
)
def test_the_power_of_few_models_equals_rs(models: int, paired: bool, power: float) -> None:
    """R: pt(qt(0.9875, dof), dof, ncp = 0.5 * sqrt(n), lower.tail = FALSE)."""
    assert power_of_t(0.5, models, 0.0125, paired=paired) == pytest.approx(power, abs=1e-4)


def test_a_test_that_could_not_be_done_is_not_judged() -> None:
    """There is nothing to compare."""
    assert judged(NAN, Printed("=", 0.5)) == "not judged"
