"""Agrees, within noise, differs, too few models, not judged."""

from __future__ import annotations

import math

import pytest

from rdstats.paper.design import Printed
from rdstats.paper.marks import mark_of_mean, mark_of_p, noise, power_of_t
from rdstats.paper.quantities import Estimate
from rdstats.tables.designs import FAMILIES

NAN = math.nan


def test_noise_is_the_prediction_interval_for_the_mean_of_other_models() -> None:
    """R: qt(0.975, 29) * 0.1 * sqrt(1/30 + 1/30) is 0.05280760; of one model it is not known."""
    assert noise(Estimate(1.0, 0.1, 30), 30) == pytest.approx(0.05280760, abs=1e-8)
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


BOUND = Printed("<", 0.001)


def exactly(value: float) -> Printed:
    """Return a printed number that is no bound."""
    return Printed("=", value)


@pytest.mark.parametrize(
    ("adjusted", "printed", "models", "mark"),
    [
        # both shown at 0.05 after the correction, or both not shown: the same conclusion
        (0.049, BOUND, 30, "agrees"),
        (0.0001, exactly(0.036), 30, "agrees"),
        (0.06, exactly(1.0), 30, "agrees"),
        (1.0, exactly(0.05), 30, "agrees"),
        # 0.04 against 0.06 of thirty models each: z is 2.33 against 2.17, far less than 2.77
        (0.04, exactly(0.06), 30, "within noise"),
        (0.04, exactly(1.0), 30, "within noise"),  # printed z is at most 0.67
        # nearly 0 against a capped 1, and a difference of the other sign
        (1e-12, exactly(1.0), 30, "differs"),
        (4 * 0.9, BOUND, 30, "differs"),
        # < 0.001 of four tests is z above 3.48; z = 0.8 is 2.68 away, z = 0.6 is 2.88
        (4 * 0.2119, BOUND, 30, "within noise"),
        (4 * 0.2743, BOUND, 30, "differs"),
        # neither is shown: p = 0.95 is z = -1.64 and a printed 0.06 is z = 2.17; 0.5 is z = 0
        (4 * 0.95, exactly(0.06), 30, "differs"),
        (4 * 0.5, exactly(0.06), 30, "agrees"),
        # with three models the same effect is not shown; that is no other finding
        (0.5, BOUND, 3, "within noise"),
        # nothing shown by models that could not have shown it is not the same conclusion
        (1.0, exactly(1.0), 2, "too few models"),
        (0.2, exactly(1.0), 2, "too few models"),
        (1.0, exactly(1.0), 12, "too few models"),
        (0.2, exactly(1.0), 12, "too few models"),
        (NAN, exactly(0.5), 30, "not judged"),  # no test
    ],
)
def test_a_p_value_is_judged_by_conclusion_and_by_the_noise_of_effects(
    adjusted: float, printed: Printed, models: int, mark: str
) -> None:
    """An adjusted p of a one-sided paired test in a family of four."""
    assert mark_of_p(adjusted / 4, models, printed, FAMILIES["ratio"], 4) == mark


@pytest.mark.parametrize(
    ("models", "paired", "power"), [(2, True, 0.02657), (10, True, 0.19136), (10, False, 0.22096)]
)
def test_the_power_of_few_models_equals_rs(models: int, paired: bool, power: float) -> None:
    """R: pt(qt(0.9875, dof), dof, ncp = 0.5 * sqrt(n), lower.tail = FALSE)."""
    assert power_of_t(0.5, models, 0.0125, paired=paired) == pytest.approx(power, abs=1e-4)
