"""Cells: the whole grid, once, each with random numbers of its own."""

from __future__ import annotations

from rdstats.simulation.cells import GRID, Cell


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


def test_a_cells_random_numbers_are_those_of_the_committed_study() -> None:
    """A change of the seeds would make the table in the docs another study's."""
    assert Cell(10, 30, 0.008).generator(0).integers(10**6) == 524981
