"""Laws of power: what makes an effect easier to see needs no more seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdstats.statistics.power import images_needed, models_needed, power_of_mean, smallest_effect

effects = st.floats(0.01, 1.0)
deviations = st.floats(0.01, 1.0)
levels = st.sampled_from([0.001, 0.01, 0.05, 0.1])
powers = st.floats(0.2, 0.99)


@given(effects, deviations, st.integers(2, 200), st.integers(1, 200), levels)
def test_more_seeds_have_more_power(
    effect: float, sd: float, models: int, more: int, level: float
) -> None:
    """Never less than the level, never more than 1."""
    few, many = power_of_mean(effect, sd, np.array([models, models + more]), level)
    assert level <= few * (1 + 1e-9)
    assert few <= many * (1 + 1e-9)
    assert many <= 1.0


@given(effects, deviations, st.floats(1.0, 5.0), levels, powers)
def test_a_larger_effect_needs_no_more_seeds(
    effect: float, sd: float, larger: float, level: float, power: float
) -> None:
    """Neither does a smaller deviation: only their quotient counts."""
    needed = models_needed(effect, sd, level, power)
    assert models_needed(effect * larger, sd, level, power) <= needed
    assert models_needed(effect, sd / larger, level, power) <= needed


@given(effects, deviations, levels, powers)
def test_the_seeds_needed_are_the_fewest_that_reach_the_power(
    effect: float, sd: float, level: float, power: float
) -> None:
    """One fewer falls short."""
    needed = models_needed(effect, sd, level, power)
    assert power_of_mean(effect, sd, needed, level) >= power
    if needed > 2:
        assert power_of_mean(effect, sd, needed - 1, level) < power


@given(deviations, st.integers(2, 200), levels, powers)
def test_the_smallest_effect_has_just_the_wanted_power(
    sd: float, models: int, level: float, power: float
) -> None:
    """The three functions agree with each other."""
    effect = smallest_effect(models, sd, level, power)
    assert power_of_mean(effect, sd, models, level) == pytest.approx(power, rel=1e-6)


@given(st.floats(0.06, 0.5), st.floats(0.0, 0.3), st.floats(0.0, 0.05), powers)
def test_more_churn_needs_more_images(
    drop: float, churn_above: float, margin: float, power: float
) -> None:
    """And a wider margin too; a larger drop fewer."""
    churn = drop + churn_above
    needed = images_needed(drop, churn, margin=margin, power=power)
    assert images_needed(drop, churn + 0.1, margin=margin, power=power) >= needed
    assert images_needed(drop, churn, margin=0.0, power=power) <= needed
