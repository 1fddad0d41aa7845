"""Luck, memory and spread, found again where they were put."""

from __future__ import annotations

import numpy as np
import pytest

from rdstats.simulation.cells import Cell, draw_experiments
from rdstats.statistics.class_mean import luck_of


def test_estimates_are_those_of_the_model_that_made_the_balances() -> None:
    """2,000 experiments of 10 models and 20 classes: variances and covariance without bias."""
    cell = Cell(classes=20, models=10, luck=0.017, effect=1.2, memory_pruned=0.6)
    drawn = draw_experiments(cell, 2000, np.random.default_rng(6))
    luck = luck_of(drawn.before, drawn.pruned)
    assert np.mean(luck.before**2) == pytest.approx(0.017**2, rel=0.01)
    assert np.mean(luck.after**2) == pytest.approx(0.017**2, rel=0.01)
    assert np.mean(luck.memory) == pytest.approx(0.6, abs=0.005)
    assert np.mean(luck.spread**2) == pytest.approx(0.069**2, rel=0.005)


def test_two_models_by_hand() -> None:
    """Deviations ∓1 before and ∓2 after in the one class, none in the other; memory is 1."""
    before = np.array([[9.0, 0.0], [11.0, 0.0]])
    after = np.array([[18.0, 0.0], [22.0, 0.0]])
    luck = luck_of(before, after)
    # Variance over models 2 and 0, so 1 on average; after, four times that.
    assert luck.before == pytest.approx(1.0)
    assert luck.after == pytest.approx(2.0)
    assert luck.memory == pytest.approx(1.0)
    # Class means 10 and 0 have variance 50; luck adds 1 / 2 to it.
    assert luck.spread == pytest.approx(np.sqrt(49.5))


def test_one_model_says_nothing_of_luck() -> None:
    """There is no other seed."""
    one = np.array([[0.1, -0.1]])
    assert np.isnan(luck_of(one, one)).all()


def test_classes_that_differ_by_luck_alone_have_no_spread() -> None:
    """Opposite balances of two seeds: class means are flat, and no variance is clipped to 0."""
    before = np.array([[0.1, -0.1], [-0.1, 0.1]])
    luck = luck_of(before, before)
    assert np.isnan(luck.spread)
    assert luck.memory == pytest.approx(1.0)


def test_models_that_are_all_the_same_have_no_memory() -> None:
    """There is no luck to remember."""
    same = np.tile([0.1, 0.0, -0.1], (3, 1))
    luck = luck_of(same, same)
    assert luck.before == 0.0
    assert np.isnan(luck.memory)
