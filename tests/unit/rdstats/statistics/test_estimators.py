"""Slopes that remove luck, and luck itself, beside R and the model that made the balances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rdstats.simulation.cells import Cell, draw_experiments
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.estimators import Jackknifed, deming, instrument, luck_of
from rdstats.statistics.intervals import mean_interval
from rdstats.statistics.slopes import slopes_through_origin
from references import AS_R, cases

Estimator = Callable[[FloatArray, FloatArray], Jackknifed]
ESTIMATORS = {"instrument": instrument, "moment": instrument, "deming": deming}


@pytest.mark.parametrize("case", cases("sensitivity"))
@pytest.mark.parametrize("name", ESTIMATORS)
def test_slopes_and_their_jackknife_equal_r(case: dict[str, Any], name: str) -> None:
    """By the definitions and plain loops in R; the corrected moments are the instrument."""
    slope, pseudo_values = ESTIMATORS[name](np.array(case["x"]), np.array(case["y"]))
    expected = case[name]
    assert slope == pytest.approx(expected["slope"], rel=AS_R, abs=0)
    found = mean_interval(pseudo_values, 0.99)._asdict()
    assert found == pytest.approx({key: expected[key] for key in found}, rel=AS_R, abs=0)


@pytest.mark.parametrize("estimator", [instrument, deming])
def test_pseudo_values_are_those_of_a_loop(estimator: Estimator) -> None:
    """M theta - (M - 1) theta without each model; several studies side by side."""
    mu = np.linspace(-0.1, 0.12, 10)
    x, y = mu + np.random.default_rng(11).normal(0.0, 0.02, (2, 2, 5, 10))
    slope, pseudo_values = estimator(x, y)
    for model, found in enumerate(pseudo_values.T):
        rest, _ = estimator(np.delete(x, model, axis=1), np.delete(y, model, axis=1))
        assert found == pytest.approx(5 * slope - 4 * rest, rel=1e-9)


def test_luck_does_not_drag_them_towards_zero() -> None:
    """2,000 experiments without effect, much luck: the slope per model is far below 1."""
    mu = np.linspace(-0.1, 0.1, 10)
    x, y = mu + np.random.default_rng(8).normal(0.0, 0.03, (2, 2000, 10, 10))
    assert slopes_through_origin(x, y).mean() < 0.85
    assert instrument(x, y).slope.mean() == pytest.approx(1.0, abs=0.01)
    assert deming(x, y).slope.mean() == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("estimator", [instrument, deming])
def test_thin_data_has_no_slope(estimator: Estimator) -> None:
    """One model; two, for the jackknife; class means that are flat: never a number."""
    two, flat = np.array([[0.1, -0.1], [0.2, -0.1]]), np.zeros((4, 3))
    assert np.isnan(estimator(two[:1], two[:1]).slope)
    assert np.isfinite(estimator(two, two).slope)
    assert np.isnan(estimator(two, two).pseudo_values).all()
    assert np.isnan(estimator(flat, flat).pseudo_values).all()


def test_without_luck_deming_has_no_error_ratio() -> None:
    """Seeds that are all the same: 0 / 0, and no rounding in its place."""
    same = np.tile([0.1, -0.1], (3, 1))
    slope, pseudo_values = deming(same, same)
    assert np.isnan([slope, *pseudo_values]).all()


def test_luck_is_that_of_the_model_that_made_the_balances() -> None:
    """2,000 experiments of 10 models and 20 classes: variances and covariance without bias."""
    cell = Cell(classes=20, models=10, luck=0.017, effect=1.2, memory_pruned=0.6)
    drawn = draw_experiments(cell, 2000, np.random.default_rng(6))
    luck = luck_of(drawn.before, drawn.pruned)
    assert np.mean(luck.before**2) == pytest.approx(0.017**2, rel=0.01)
    assert np.mean(luck.after**2) == pytest.approx(0.017**2, rel=0.01)
    assert np.mean(luck.memory) == pytest.approx(0.6, abs=0.005)
    assert np.mean(luck.spread**2) == pytest.approx(0.069**2, rel=0.005)


def test_luck_of_two_models_by_hand() -> None:
    """Deviations ∓1 before and ∓2 after in the one class, none in the other; memory is 1."""
    before = np.array([[9.0, 0.0], [11.0, 0.0]])
    luck = luck_of(before, 2 * before)
    # Variance over models 2 and 0, so 1 on average; after, four times that. Class means 10 and 0
    # have variance 50; luck adds 1 / 2 to it.
    assert luck == pytest.approx((1.0, 2.0, 1.0, np.sqrt(49.5)))


@pytest.mark.parametrize(
    ("before", "nothing"),
    [
        ([[0.1, -0.1]], ("before", "after", "memory", "spread")),  # there is no other seed
        ([[0.1, -0.1], [-0.1, 0.1]], ("spread",)),  # class means are flat; no variance is clipped
        ([[0.1, 0.0, -0.1]] * 3, ("memory",)),  # there is no luck to remember
    ],
)
def test_what_cannot_be_known_of_luck_is_no_number(
    before: list[list[float]], nothing: tuple[str, ...]
) -> None:
    """And the rest is."""
    luck = luck_of(np.array(before), np.array(before))._asdict()
    assert tuple(name for name, value in luck.items() if np.isnan(value)) == nothing
