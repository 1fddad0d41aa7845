"""Laws of the slopes that remove luck: scale, sign and order."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.estimators import deming, instrument

seeds = st.integers(0, 2**32 - 1)
factors = st.floats(0.01, 100.0) | st.floats(-100.0, -0.01)
SLOPES = (instrument, deming)


def balances(seed: int) -> tuple[FloatArray, FloatArray]:
    """Return balances of five models and six classes before and after."""
    generator = np.random.default_rng(seed)
    x = np.linspace(-0.2, 0.2, 6) + generator.normal(0, 0.02, (5, 6))
    return x, generator.uniform(0.3, 2.0) * x + generator.normal(0, 0.02, (5, 6))


@given(seeds, factors, factors)
def test_scaling_an_arm_scales_the_slope(seed: int, up: float, down: float) -> None:
    """Slope of k y on j x is k / j times that of y on x, sign included."""
    x, y = balances(seed)
    for slope in SLOPES:
        assert slope(down * x, up * y)[0] * down == pytest.approx(up * slope(x, y)[0])


@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_classes_and_models_changes_nothing(seed: int, random: Random) -> None:
    """Neither has an order."""
    x, y = balances(seed)
    models, classes = random.sample(range(5), 5), random.sample(range(6), 6)
    for slope in SLOPES:
        moved, _ = slope(x[models][:, classes], y[models][:, classes])
        assert moved == pytest.approx(slope(x, y)[0])


@given(seeds)
def test_deming_turned_round_is_the_reciprocal(seed: int) -> None:
    """It treats both arms alike, unlike a regression."""
    x, y = balances(seed)
    assert deming(y, x)[0] == pytest.approx(1.0 / deming(x, y)[0])
