"""The simulation study as a table: a part per cell, done once its file is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Final, Protocol, TypeVar

import numpy as np
import pandas as pd

from rdstats.errors import StatsError
from rdstats.output.formats import write_frame
from rdstats.simulation.cells import GRID, REPETITIONS, Cell, draw_experiments
from rdstats.simulation.estimators import ESTIMATORS, LEVELS, Estimator
from rdstats.statistics.arrays import FloatArray

RATES_FILE: Final = "rates.csv"
PARTS_FOLDER: Final = "cells"
CELL_COLUMNS: Final = tuple(field.name for field in fields(Cell))
# Repetitions drawn at once: 30 models x 100 classes x 250 x 8 bytes are 6 MB an array.
BLOCK: Final = 250

Progress = Callable[[str, int, int], None]


def simulate(
    folder: Path | str,
    cells: Sequence[Cell] | None = None,
    repetitions: int = REPETITIONS,
    *,
    estimators: Mapping[str, Estimator] | None = None,
    progress: Progress = lambda *_: None,
) -> pd.DataFrame:
    """Simulate every cell that is not done yet and return the rates of all of them.

    A cell is done when its file is in the folder with these repetitions and these estimators:
    a study that was stopped goes on where it was, with the same numbers.

    Args:
        folder: Where the parts and, at the end, rates.csv are written.
        cells: Which cells; by default the 324 of `rdstats.simulation.cells.GRID`: minutes.
        repetitions: Simulated experiments per cell.
        estimators: What is judged, by name; by default all.
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

    Example:
        >>> import tempfile, rdstats as rd
        >>> from rdstats.simulation.cells import Cell
        >>> rates = rd.simulate(tempfile.mkdtemp(), [Cell(10, 5, 0.008)], repetitions=50)
        >>> rates.loc[0, "estimator"], rates.loc[0, "repetitions"].item()
        ('class-mean slope', 50)
    """
    cells = GRID if cells is None else cells
    estimators = estimators or ESTIMATORS
    if not cells or repetitions < 1:
        raise StatsError(
            f"{len(cells)} cells and {repetitions} repetitions leave nothing to simulate; "
            "ask for at least one of each"
        )
    return in_parts(
        Path(folder) / RATES_FILE,
        [(cell, repetitions) for cell in cells],
        lambda cell, times: rates_of(cell, times, estimators),
        progress,
        is_current=lambda part: part["estimator"].tolist() == list(estimators),
    )


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Cell = TypeVar("_Cell", bound=_Named)


def in_parts(
    path: Path,
    cells: Sequence[tuple[_Cell, int]],
    rates: Callable[[_Cell, int], pd.DataFrame],
    progress: Progress,
    *,
    is_current: Callable[[pd.DataFrame], bool] = lambda _: True,
) -> pd.DataFrame:
    """Compute the cells whose part is not there yet, and write and return all of them.

    Args:
        path: The file of the whole study; parts are in the folder `cells` beside it.
        cells: Which cells, and with how many experiments.
        rates: Returns the rows of one.
        progress: Called with (cell, cells done, cells).
        is_current: Whether a part that is there need not be computed again.

    Raises:
        OSError: The folder cannot be written.
    """
    frames = []
    for done, (cell, repetitions) in enumerate(cells):
        progress(cell.name, done, len(cells))
        part = path.parent / PARTS_FOLDER / f"{cell.name}-{repetitions}.csv"
        frame = pd.read_csv(part) if part.is_file() else None
        if frame is None or not is_current(frame):
            write_frame(rates(cell, repetitions), part)
            frame = pd.read_csv(part)  # fresh and resumed cells give the same bytes
        frames.append(frame)
    progress("done", len(cells), len(cells))
    whole = pd.concat(frames, ignore_index=True)
    write_frame(whole, path)
    return whole


def read_rates(
    folder: Path, name: str = RATES_FILE, command: str = "rdstats simulate"
) -> pd.DataFrame:
    """Return the rates of a finished study.

    Raises:
        StatsError: There is none in the folder.
    """
    path = folder / name
    if not path.is_file():
        raise StatsError(f"{path} is not there; `{command} --out {folder}` makes it")
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


def rates_of(
    cell: Cell, repetitions: int, estimators: Mapping[str, Estimator] = ESTIMATORS
) -> pd.DataFrame:
    """Return a row per estimator as `simulate` does, always the same for the same arguments.

    An experiment without an interval counts as not covered; normal luck leaves none without.

    Args:
        cell: Which kind of experiment.
        repetitions: How many are simulated. Each block is drawn from a generator of its own, so
            the first ones do not depend on how many follow.
        estimators: What is judged, by name.
    """
    sums = dict.fromkeys(estimators, 0.0)
    covered = {name: np.zeros(len(LEVELS), dtype=np.int64) for name in estimators}
    for block, start in enumerate(range(0, repetitions, BLOCK)):
        size = min(BLOCK, repetitions - start)
        drawn = draw_experiments(cell, size, cell.generator(block))
        for name, estimator in estimators.items():
            found = estimator.judge(drawn, estimator.truth(cell), cell.generator(block, name))
            sums[name] += float(found.estimates.sum())
            covered[name] += found.held.sum(axis=-1)
    frame = pd.DataFrame({"estimator": list(estimators), "repetitions": repetitions})
    frame["truth"] = [estimator.truth(cell) for estimator in estimators.values()]
    frame["estimate"] = np.array(list(sums.values())) / repetitions
    nothing = frame["truth"] == [estimator.nothing for estimator in estimators.values()]
    held = np.stack(list(covered.values())).T
    shares = {
        f"false_alarms_{round(100 * (1 - level))}": np.where(nothing, repetitions - one, np.nan)
        for level, one in zip(LEVELS, held, strict=True)
    } | {f"coverage_{round(100 * level)}": one for level, one in zip(LEVELS, held, strict=True)}
    for name, counts in shares.items():
        frame[name] = counts / repetitions
        frame[f"{name}_error"] = monte_carlo_error(frame[name].to_numpy(), repetitions)
    identity = pd.DataFrame([asdict(cell)] * len(frame))
    return pd.concat([identity, frame], axis=1)


def monte_carlo_error(share: FloatArray | float, repetitions: FloatArray | int) -> FloatArray:
    """Return the standard error of a simulated share, sqrt(p (1 - p) / repetitions)."""
    return np.sqrt(np.asarray(share) * (1.0 - np.asarray(share)) / repetitions)
