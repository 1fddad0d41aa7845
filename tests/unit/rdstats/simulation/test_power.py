"""Power by simulation agrees with the formula where the formula holds."""

from __future__ import annotations

import numpy as np
import pytest

from rdstats.simulation.cells import class_means
from rdstats.simulation.power import Pilot, power_like_pilot, power_of_values
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.power import power_of_mean
from rdstats.statistics.slopes import slopes_through_origin

PILOT = Pilot(class_means(10), luck_before=0.012, luck_after=0.015, memory=0.3)


def test_normal_values_have_the_power_of_the_formula() -> None:
    """4,000 repetitions: within three simulation errors of 0.6 points."""
    found = power_of_values(0.1, 0.1, 16, 0.01, 4000, np.random.default_rng(7))
    assert found == pytest.approx(power_of_mean(0.1, 0.1, 16), abs=0.018)


def test_the_class_mean_slope_has_the_power_of_its_deviation() -> None:
    """Var of a pseudo-value is about (after² + θ² before² - 2 θ memory before after) / Σ mu²."""
    theta = 1.1
    noise = 0.015**2 + (theta * 0.012) ** 2 - 2 * theta * 0.3 * 0.012 * 0.015
    sd = np.sqrt(noise / np.square(PILOT.balances).sum())
    asked = (0.1, 12, 0.01, 4000, np.random.default_rng(8))
    found = power_like_pilot(PILOT, class_mean_pseudo_values, *asked)
    assert found == pytest.approx(power_of_mean(0.1, float(sd), 12), abs=0.03)


def test_without_an_effect_only_slopes_per_model_find_one() -> None:
    """Power is the false-alarm rate there."""
    asked = (0.0, 30, 0.01, 1000)
    found = power_like_pilot(PILOT, class_mean_pseudo_values, *asked, np.random.default_rng(9))
    assert found < 0.025
    found = power_like_pilot(PILOT, slopes_through_origin, *asked, np.random.default_rng(9))
    assert found > 0.04
