"""Cells: the whole grid, once, each with random numbers of its own that are as it asks."""

from __future__ import annotations

import numpy as np
import pytest

from rdstats.simulation.cells import GRID, Cell, class_means, draw_experiments, luck_after
from rdstats.statistics.arrays import FloatArray

CELL = Cell(classes=10, models=5, luck=0.017, effect=1.2, memory_pruned=0.9, memory_control=0.3)
MANY = 4000


def luck_of(balances: FloatArray, effect: float) -> FloatArray:
    """What is left of balances without the classes' true balances."""
    return (balances - effect * class_means(CELL.classes)).ravel()


def test_luck_is_of_the_asked_size_and_is_remembered_as_asked() -> None:
    """200,000 draws: a standard deviation within 1 %, a correlation within 0.01."""
    mu = class_means(100)
    assert (mu.std(ddof=1), mu.sum()) == pytest.approx((0.069, 0.0))
    drawn = draw_experiments(CELL, MANY, np.random.default_rng(1))
    before = luck_of(drawn.before, 1.0)
    pruned = luck_of(drawn.pruned, 1.2)
    control = luck_of(drawn.control, 1.0)
    for luck in (before, pruned, control):
        assert luck.std() == pytest.approx(0.017, rel=0.01)
        assert luck.mean() == pytest.approx(0.0, abs=0.0002)
    assert np.corrcoef(before, pruned)[0, 1] == pytest.approx(0.9, abs=0.01)
    assert np.corrcoef(before, control)[0, 1] == pytest.approx(0.3, abs=0.01)
    assert luck_of(drawn.rival, 1.2) == pytest.approx(control)  # the methods differ in memory alone


def test_luck_that_is_wholly_kept_is_the_same_luck() -> None:
    """Memory 1."""
    luck = np.random.default_rng(1).normal(0.0, 0.02, (3, 4))
    assert luck_after(luck, 0.02, 1.0, np.random.default_rng(2)) == pytest.approx(luck)


def test_the_grid_varies_memory_separately_in_both_arms() -> None:
    """2 numbers of classes x 3 of models x 2 lucks x 3 effects x 3 memories x 3 memories."""
    assert len(GRID) == len(set(GRID)) == 2 * 3 * 2 * 3 * 3 * 3
    assert Cell(10, 5, 0.017, 1.0, 0.9, 0.0) in GRID
    assert len({cell.name for cell in GRID}) == len(GRID)


def test_every_cell_and_block_draws_its_own_numbers_and_always_the_same() -> None:
    """The seed is a hash of the cell and the block, not of the order in which they run."""
    first = [cell.generator(block).random() for cell in GRID for block in (0, 1)]
    again = [cell.generator(block).random() for cell in reversed(GRID) for block in (1, 0)]
    assert len(set(first)) == len(first)
    assert first == again[::-1]
    # A change of the seeds would make the table in the docs another study's.
    assert Cell(10, 30, 0.008).generator(0).integers(10**6) == 524981
