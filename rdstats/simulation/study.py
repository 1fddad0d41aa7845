"""The simulation study as a table: a part per cell, done once its file is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from rdstats.errors import StatsError
from rdstats.output.formats import write_frame
from rdstats.simulation.cells import GRID, REPETITIONS, Cell
from rdstats.simulation.estimators import ESTIMATORS, Judge
from rdstats.simulation.rates import LEVELS, Rates, monte_carlo_error, rates_of

RATES_FILE: Final = "rates.csv"
PARTS_FOLDER: Final = "cells"
CELL_COLUMNS: Final = tuple(field.name for field in fields(Cell))

Progress = Callable[[str, int, int], None]


def simulate(
    folder: Path,
    cells: Sequence[Cell] = GRID,
    repetitions: int = REPETITIONS,
    *,
    estimators: Mapping[str, Judge] = ESTIMATORS,
    progress: Progress = lambda *_: None,
) -> pd.DataFrame:
    """Simulate every cell that is not done yet and return the rates of all of them.

    A cell is done when its file is in the folder with these repetitions and these estimators:
    a study that was stopped goes on where it was, with the same numbers.

    Args:
        folder: Where the parts and, at the end, rates.csv are written.
        cells: Which cells.
        repetitions: Simulated experiments per cell.
        estimators: What is judged, by name.
        progress: Called with (cell, cells done, cells).

    Returns:
        classes, models, luck, effect, memory_pruned, memory_control: the cell.
        estimator, repetitions: What was judged, and over how many experiments.
        truth, estimate: What it should estimate, and the mean of its estimates.
        false_alarms_1, false_alarms_5: Share of 99 % and 95 % intervals that leave the value of
            no effect, where there is no effect; null elsewhere.
        coverage_99, coverage_95: Share of intervals that hold the truth.
        *_error: The Monte-Carlo standard error of each share.

    Raises:
        StatsError: There is no cell, or no repetition.
        OSError: The folder cannot be written.
    """
    if not cells or repetitions < 1:
        raise StatsError(
            f"{len(cells)} cells and {repetitions} repetitions leave nothing to simulate; "
            "ask for at least one of each"
        )
    frames = []
    for done, cell in enumerate(cells):
        progress(cell.name, done, len(cells))
        part = folder / PARTS_FOLDER / f"{cell.name}-{repetitions}.csv"
        frame = _read_part(part, estimators)
        if frame is None:
            write_frame(_frame(cell, rates_of(cell, repetitions, estimators)), part)
            # Read back: fresh and resumed cells give the same bytes.
            frame = _read_part(part, estimators)
        frames.append(frame)
    progress("done", len(cells), len(cells))
    whole = pd.concat(frames, ignore_index=True)
    write_frame(whole, folder / RATES_FILE)
    return whole


def read_rates(folder: Path) -> pd.DataFrame:
    """Return the rates of a finished study.

    Raises:
        StatsError: There is none in the folder.
    """
    path = folder / RATES_FILE
    if not path.is_file():
        raise StatsError(f"{path} is not there; `rdstats simulate --out {folder}` makes it")
    return pd.read_csv(path)


def select_cells(where: Sequence[tuple[str, str]], cells: Sequence[Cell] = GRID) -> list[Cell]:
    """Return the cells for which all of these (column, value) hold.

    Raises:
        StatsError: A column is not one of a cell, a value is no number, or no cell is left.
    """
    kept = list(cells)
    for column, text in where:
        if column not in CELL_COLUMNS:
            raise StatsError(f"unknown where column {column!r}; known: {', '.join(CELL_COLUMNS)}")
        try:
            value = float(text)
        except ValueError:
            raise StatsError(f"where {column}={text}: write a number, as luck=0.008") from None
        known = sorted({getattr(cell, column) for cell in cells})
        if value not in known:
            listed = ", ".join(f"{one:g}" for one in known)
            raise StatsError(f"no cell has {column}={text}; known: {listed}")
        kept = [cell for cell in kept if getattr(cell, column) == value]
    return kept


def _frame(cell: Cell, rates: Sequence[Rates]) -> pd.DataFrame:
    """Return the rows of one cell."""
    return pd.DataFrame([_row(cell, one) for one in rates])


def _row(cell: Cell, rates: Rates) -> dict[str, object]:
    nothing_there = rates.truth == rates.nothing
    alarms: dict[str, float] = {}
    coverages: dict[str, float] = {}
    for level, covered in zip(LEVELS, rates.covered, strict=True):
        percent = round(100 * level)
        missed = rates.repetitions - covered
        error = float(monte_carlo_error(covered / rates.repetitions, rates.repetitions))
        alarm = f"false_alarms_{100 - percent}"
        alarms[alarm] = missed / rates.repetitions if nothing_there else np.nan
        alarms[f"{alarm}_error"] = error if nothing_there else np.nan
        coverages[f"coverage_{percent}"] = covered / rates.repetitions
        coverages[f"coverage_{percent}_error"] = error
    return {
        **asdict(cell),
        "estimator": rates.estimator,
        "repetitions": rates.repetitions,
        "truth": rates.truth,
        "estimate": rates.estimate,
        **alarms,
        **coverages,
    }


def _read_part(part: Path, estimators: Mapping[str, Judge]) -> pd.DataFrame | None:
    """Return a finished cell; None where it is to be made, or made again for new estimators."""
    if not part.is_file():
        return None
    frame = pd.read_csv(part)
    return frame if frame["estimator"].tolist() == list(estimators) else None
