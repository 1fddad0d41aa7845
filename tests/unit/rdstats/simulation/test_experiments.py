"""Simulated experiments have the balances, luck and memory that their cell asks for."""

from __future__ import annotations

import numpy as np
import pytest

from rdstats.simulation.cells import Cell, class_means, draw_experiments, luck_after
from rdstats.statistics.arrays import FloatArray

CELL = Cell(classes=10, models=5, luck=0.017, effect=1.2, memory_pruned=0.9, memory_control=0.3)
MANY = 4000


def luck_of(balances: FloatArray, effect: float) -> FloatArray:
    """What is left of balances without the classes' true balances."""
    return (balances - effect * class_means(CELL.classes)).ravel()


def test_the_true_balances_have_the_spread_and_sum_to_zero() -> None:
    """Evenly spaced."""
    mu = class_means(100)
    assert mu.std(ddof=1) == pytest.approx(0.069)
    assert mu.sum() == pytest.approx(0.0)


def test_luck_is_of_the_asked_size_and_is_remembered_as_asked() -> None:
    """200,000 draws: a standard deviation within 1 %, a correlation within 0.01."""
    drawn = draw_experiments(CELL, MANY, np.random.default_rng(1))
    before = luck_of(drawn.before, 1.0)
    pruned = luck_of(drawn.pruned, 1.2)
    control = luck_of(drawn.control, 1.0)
    for luck in (before, pruned, control):
        assert luck.std() == pytest.approx(0.017, rel=0.01)
        assert luck.mean() == pytest.approx(0.0, abs=0.0002)
    assert np.corrcoef(before, pruned)[0, 1] == pytest.approx(0.9, abs=0.01)
    assert np.corrcoef(before, control)[0, 1] == pytest.approx(0.3, abs=0.01)


def test_the_rival_has_the_effect_and_the_controls_luck() -> None:
    """So two methods differ in memory alone."""
    drawn = draw_experiments(CELL, 3, np.random.default_rng(1))
    assert luck_of(drawn.rival, 1.2) == pytest.approx(luck_of(drawn.control, 1.0))


def test_luck_that_is_wholly_kept_is_the_same_luck() -> None:
    """Memory 1."""
    luck = np.random.default_rng(1).normal(0.0, 0.02, (3, 4))
    assert luck_after(luck, 0.02, 1.0, np.random.default_rng(2)) == pytest.approx(luck)
