"""How often `rdstats classes --safe-ratio` errs: a ratio called safe that costs a class the margin.

Five ratios. From one of them on, one class, at each ratio another one, loses just the margin on
average; before it, and in all other classes, nothing happens. Calling that ratio or a larger one
safe is the error, one method at a time.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from rdstats.output.shown import ShownTable
from rdstats.simulation.cells import generator_of
from rdstats.simulation.study import Progress, in_parts, monte_carlo_error
from rdstats.statistics.arrays import BoolArray, IntArray
from rdstats.statistics.class_verdicts import class_verdicts
from rdstats.statistics.verdicts import MARGIN, UNHARMED

SAFE_FILE: Final = "safe.csv"
REPETITIONS: Final = 10_000
RATIOS: Final = (2.0, 4.0, 10.0, 20.0, 50.0)
_LUCK: Final = 0.02  # deviation over models of a class's drop
_SHARED: Final = 0.5  # correlation of a model's luck at two ratios: it has one baseline
_CONTROLS: Final = {"none": None, "still": 0.0, "lost 2 points": 0.02, "gained 2 points": -0.02}


@dataclass(frozen=True)
class SafeCell:
    """One kind of experiment."""

    classes: int  # C
    models: int  # M
    first: int  # place of the first ratio at which a class is at the margin
    control: str  # what the control did to every class, or none

    @property
    def name(self) -> str:
        """What its part is called."""
        control = self.control.replace(" ", "-")
        return f"classes{self.classes}-models{self.models}-first{self.first}-control-{control}"


SAFE_GRID: Final = tuple(
    SafeCell(*each) for each in itertools.product((10, 100), (3, 5, 10, 30), (0, 2), _CONTROLS)
)


def simulate_safe(
    folder: Path,
    cells: Sequence[SafeCell] = SAFE_GRID,
    repetitions: int = REPETITIONS,
    *,
    progress: Progress = lambda *_: None,
) -> pd.DataFrame:
    """Count wrong safe ratios in every cell that is not done yet.

    Returns:
        classes, models, first, control, repetitions: The cell.
        wrong: Share of experiments in which a ratio is called safe at which a class loses the
            margin, with or without the control's change taken off.
        wrong_error: Its Monte-Carlo standard error.
        found: Share of experiments in which the last ratio before it is found.

    Raises:
        OSError: The folder cannot be written.
    """
    return in_parts(
        folder / SAFE_FILE,
        [(cell, repetitions) for cell in cells],
        lambda cell, times: pd.DataFrame([rates_of(cell, times)]),
        progress,
    )


def rates_of(cell: SafeCell, repetitions: int) -> dict[str, object]:
    """Return the row of one cell, always the same for the same arguments."""
    block = max(1, 500_000 // (cell.models * cell.classes * len(RATIOS)))
    safe = np.concatenate(
        [
            _safe_places(cell, min(block, repetitions - start), start)
            for start in range(0, repetitions, block)
        ]
    )
    wrong = float((safe > cell.first).mean())
    return {
        **asdict(cell),
        "repetitions": repetitions,
        "wrong": wrong,
        "wrong_error": float(monte_carlo_error(wrong, repetitions)),
        "found": float((safe == cell.first).mean()),
    }


def _safe_places(cell: SafeCell, experiments: int, start: int) -> IntArray:
    """Return how many ratios are called safe in each experiment."""
    generator = generator_of({**asdict(cell), "start": start})
    truth = np.zeros((len(RATIOS), 1, cell.classes))
    for place in range(cell.first, len(RATIOS)):
        truth[place, 0, place] = MARGIN
    shape = (experiments, len(RATIOS), cell.models, cell.classes)
    kept = generator.standard_normal((experiments, 1, *shape[2:]))
    fresh = generator.standard_normal(shape)
    drops = truth + _LUCK * (np.sqrt(_SHARED) * kept + np.sqrt(1.0 - _SHARED) * fresh)
    control = _CONTROLS[cell.control]
    less = drops
    if control is not None:
        # At the margin is what is larger of both: the drop, or the drop less the control's.
        drops = drops + min(control, 0.0)
        moved = control + _LUCK * generator.standard_normal((experiments, 1, *shape[2:]))
        less = drops - moved
    judged, alone = class_verdicts(less), class_verdicts(drops)
    cleared = (judged.verdict == UNHARMED) & (alone.upper < MARGIN)
    return safe_places(np.asarray(cleared))


def safe_places(cleared: BoolArray) -> IntArray:
    """Return how many ratios, going up, are safe: as `safe_ratios`, without a table.

    Args:
        cleared: Whether each class is unharmed, shape (experiments, ratios, classes).
    """
    return np.asarray(np.cumprod(cleared.all(axis=-1), axis=-1).sum(axis=-1))


def shown_safe(frame: pd.DataFrame) -> ShownTable:
    """Return the rates as texts, in per cent: a column for each control."""
    error = 100 * float(monte_carlo_error(0.05, int(frame["repetitions"].min())))
    caption = (
        "Wrong (found): a ratio is called safe at which a class loses the margin (the last ratio "
        f"before it is found). The simulation's standard error at 5 % is {error:.2f} points."
    )
    rows = []
    for key, found in frame.groupby(["classes", "models", "first"], sort=False):
        shares = 100 * found[["wrong", "found"]].to_numpy()
        texts = (f"{wrong:.1f} ({last:.1f})" for wrong, last in shares)
        classes, models, first = map(str, key)
        rows.append((classes, models, f"{RATIOS[int(first)]:g}×", *texts))
    header = ("C", "M", "at the margin from", *(f"control: {what}" for what in _CONTROLS))
    return ShownTable("Safe ratios, simulated", caption, header, tuple(rows), False)
