"""How often verdicts over models err where samples are drawn anew, as models are.

Two truths. Friendly: samples and models shift a class's chances, and every class drops by the
margin. Subgroup: a few samples are lost by nearly every model, all others hardly change; the few
are just as many that the class drops by the margin. At the margin a class is neither harmed nor
unharmed: both words are errors.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from rdstats.output.shown import ShownTable
from rdstats.output.words import records
from rdstats.simulation.cells import generator_of
from rdstats.simulation.study import Progress, in_parts, monte_carlo_error
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.statistics.balance import normalized_recall_balance
from rdstats.statistics.class_mean import (
    class_mean_gradient,
    class_mean_pseudo_values,
    class_means,
    undiluted,
)
from rdstats.statistics.class_verdicts import class_verdicts
from rdstats.statistics.crossed import FEW_FOR_SLOPES, crossed, like_these, mean_error
from rdstats.statistics.multiplicity import holm
from rdstats.statistics.slopes import slopes_through_origin
from rdstats.statistics.verdicts import ERROR, HARMED, MARGIN, UNHARMED

SAMPLES_FILE: Final = "samples.csv"
FRIENDLY: Final = "friendly"
SUBGROUP: Final = "subgroup"
NO_DROP: Final = "no drop"
CLASSES: Final = 10
_LOST_BY_NEARLY_ALL: Final = 0.98
_CHANGES: Final = 0.02  # of other samples, half of them lost and half gained
_OF_SAMPLE, _OF_MODEL = 0.8, 0.15  # deviations of the shifts, beside noise of 1
_SLOPE: Final = 1.2
_CELLS_AT_ONCE: Final = 40_000_000  # differences that an experiment's cell may draw in all


@dataclass(frozen=True)
class SampleCell:
    """One kind of experiment."""

    truth: str
    samples: int  # n of each class
    models: int  # M
    control: bool  # whether a control's change is taken off

    @property
    def name(self) -> str:
        """What its part is called."""
        words = self.truth.replace(" ", "-")
        return f"{words}-samples{self.samples}-models{self.models}-control{int(self.control)}"

    @property
    def repetitions(self) -> int:
        """Experiments that are drawn: fewer where each is large."""
        size = self.samples * self.models * CLASSES
        return int(np.clip(_CELLS_AT_ONCE // size, 200, 2_000))


SAMPLE_GRID: Final = tuple(
    SampleCell(*each)
    for each in itertools.product(
        (FRIENDLY, SUBGROUP, NO_DROP), (20, 50, 100, 200, 1_000), (3, 5, 10, 30), (False, True)
    )
)


def simulate_samples(
    folder: Path,
    cells: Sequence[SampleCell] = SAMPLE_GRID,
    repetitions: int | None = None,
    *,
    progress: Progress = lambda *_: None,
) -> pd.DataFrame:
    """Count errors of class verdicts and coverage of slopes in every cell that is not done yet.

    Returns:
        truth, samples, models, control, repetitions: The cell; samples are those of a class.
        unharmed, unharmed_these: Share of classes called unharmed, for samples like these and
            for these samples alone. An error but where nothing drops.
        harmed, harmed_these: Share of experiments in which one of ten classes is called harmed.
        safe: Share of experiments in which a ratio is called safe at which the first class drops
            as the truth says, and no other does.
        coverage_95, coverage_99, coverage_95_these, coverage_99_these: Of the population's
            class-mean slope, or with a control of its difference to the control's.
        width: Median width of its 95 % interval beside that for these samples alone.

    Raises:
        OSError: The folder cannot be written.
    """
    return in_parts(
        folder / SAMPLES_FILE,
        [(cell, repetitions or cell.repetitions) for cell in cells],
        lambda cell, times: pd.DataFrame([_rates(cell, times)]),
        progress,
    )


def _rates(cell: SampleCell, repetitions: int) -> dict[str, object]:
    label = np.repeat(np.arange(CLASSES), cell.samples)
    judged, slopes = [], []
    for number in range(repetitions):
        generator = generator_of({**asdict(cell), "number": number})
        differences = _differences(cell, label, generator)
        found = like_these(differences, label, MARGIN, ERROR)
        calm = _differences(replace(cell, truth=NO_DROP), label, generator)
        others = like_these(calm, label, MARGIN, ERROR).upper[1:]
        of_models = crossed(differences, label).of_models.T
        these = class_verdicts(of_models, MARGIN).verdict
        judged.append(
            [
                (found.upper < MARGIN).mean(),
                (these == UNHARMED).mean(),
                (holm(found.p) < ERROR).any(),
                (these == HARMED).any(),
                found.upper[0] < MARGIN and (others < MARGIN).all(),
            ]
        )
        slopes.append(_slope(cell, label, generator))
    shares = np.mean(judged, axis=0)
    held = np.nanmean([one.held for one in slopes], axis=0)
    names = ("unharmed", "unharmed_these", "harmed", "harmed_these", "safe")
    coverage = [f"coverage_{level}{these}" for these in ("", "_these") for level in (95, 99)]
    return {
        **asdict(cell),
        "repetitions": repetitions,
        **dict(zip(names, shares.tolist(), strict=True)),
        **dict(zip(coverage, held.tolist(), strict=True)),
        "width": float(np.nanmedian([one.width for one in slopes])),
    }


def _differences(cell: SampleCell, label: IntArray, generator: np.random.Generator) -> FloatArray:
    """Return what models lost on samples, less the control's; every class drops by the margin."""
    shape = (label.size, cell.models)

    def changes() -> FloatArray:
        draws = generator.random(shape)
        found = (draws < _CHANGES / 2).astype(np.float64) - (draws > 1 - _CHANGES / 2)
        return np.asarray(found)

    if cell.truth == FRIENDLY:
        # Right before with a chance that samples shift; lost, gained by samples and models.
        spread = np.sqrt(1.0 + _OF_SAMPLE**2 + _OF_MODEL**2)
        of_sample = _OF_SAMPLE * generator.standard_normal((label.size, 1))
        of_model = _OF_MODEL * generator.standard_normal((CLASSES, cell.models))[label]
        score = of_sample + of_model + generator.standard_normal(shape)
        lost = score < spread * stats.norm.ppf(MARGIN + 0.03)
        gained = score > spread * stats.norm.isf(0.03)
        drops = lost.astype(np.float64) - gained
    else:
        drops = changes()
        if cell.truth == SUBGROUP:
            few = generator.random((label.size, 1)) < MARGIN / _LOST_BY_NEARLY_ALL
            drops = np.where(few, generator.random(shape) < _LOST_BY_NEARLY_ALL, drops)
    return np.asarray(drops - changes() if cell.control else drops)


class _Slope(NamedTuple):
    held: list[float]  # 95 and 99 %, NaN without one, for samples like these, then for these
    width: float


def _slope(cell: SampleCell, label: IntArray, generator: np.random.Generator) -> _Slope:
    """Return whether intervals of the class-mean slope hold the population's."""
    spread = np.sqrt(1.0 + _OF_SAMPLE**2 + _OF_MODEL**2)
    before = np.linspace(0.7, 0.95, CLASSES)
    after = before.mean() - 0.03 + _SLOPE * (before - before.mean()) * 0.97
    kept = before - 0.005
    of_sample = _OF_SAMPLE * generator.standard_normal((label.size, 1))

    def right(recall: FloatArray) -> BoolArray:
        of_model = _OF_MODEL * generator.standard_normal((CLASSES, cell.models))[label]
        fresh = _OF_SAMPLE * generator.standard_normal((label.size, 1))
        noise = generator.standard_normal((label.size, cell.models))
        score = 0.5 * of_sample + np.sqrt(0.75) * fresh + of_model + noise
        found: BoolArray = score < spread * stats.norm.ppf(recall)[label, np.newaxis]
        return found

    def balances(recalls: FloatArray) -> FloatArray:
        found: FloatArray = normalized_recall_balance(recalls, np.asarray(recalls.mean(axis=-1)))
        return found

    arms = [(after, 1.0)] + ([(kept, -1.0)] if cell.control else [])
    start = right(before)
    mean_start = crossed(start.astype(np.float64), label).of_models.T
    share = np.full(CLASSES, 1.0 / CLASSES)
    influence = np.zeros(start.shape)
    pseudo, truth, shift, least = np.zeros(cell.models), 0.0, 0.0, 1.0
    for recall, sign in arms:
        found = right(recall)
        mean_found = crossed(found.astype(np.float64), label).of_models.T
        x, y = balances(mean_start), balances(mean_found)
        pseudo += sign * class_mean_pseudo_values(x, y)
        truth += sign * float(slopes_through_origin(balances(before), balances(recall)))
        recalls = mean_start.mean(axis=0), mean_found.mean(axis=0)
        one, other = class_mean_gradient(class_means(x), class_means(y), recalls, share)
        influence += sign * (one[label, None] * start + other[label, None] * found)
        right_ = start / recalls[0].mean(), found / recalls[1].mean()
        both, apart = (crossed(right_[0] + turn * right_[1], label).shared for turn in (1, -1))
        mean_x, mean_y = class_means(x), class_means(y)
        slope, reliability = undiluted(
            mean_x, mean_y, crossed(right_[0], label).shared, (both - apart) / 4
        )
        shift += sign * (slope - float(slopes_through_origin(mean_x, mean_y)))
        least = min(least, reliability)
    varied = crossed(influence, label)
    of_models = np.asarray(pseudo.var(ddof=1) / cell.models)
    of_samples, of_both = varied.parts
    error, freedom = mean_error(
        of_models, of_samples, of_both, varied.samples, varied.models, FEW_FOR_SLOPES
    )
    widths, held = [], []
    for size, degrees, moved in (
        (error / least if least else np.nan, freedom, shift),
        (np.sqrt(of_models), cell.models - 1, 0.0),
    ):
        reaches = [float(stats.t.isf(tail, degrees) * size) for tail in (0.025, 0.005)]
        off = abs(pseudo.mean() + moved - truth)
        held += [np.nan if np.isnan(reach) else float(off <= reach) for reach in reaches]
        widths.append(reaches[0])
    return _Slope(held, widths[0] / widths[1])


def shown_samples(frame: pd.DataFrame) -> ShownTable:
    """Return the rates as texts, in per cent; in brackets those for these samples alone."""
    error = 100 * float(monte_carlo_error(0.05, int(frame["repetitions"].min())))
    caption = (
        "In brackets: what bounds over models alone say, for these samples. Unharmed: of classes; "
        "harmed: of experiments with ten classes. An error, but where nothing drops. The "
        f"simulation's standard error at 5 % of experiments is at most {error:.1f} points. Width: "
        "of the slope's 95 % interval, beside that for these samples."
    )
    header = (
        *("truth", "samples", "models", "control", "unharmed", "harmed"),
        *("safe", "slope, 95 %", "slope, 99 %", "width"),
    )

    def cell(row: dict[str, object], name: str) -> str:
        return f"{100 * float(str(row[name])):.1f} ({100 * float(str(row[f'{name}_these'])):.1f})"

    rows = tuple(
        (
            *(str(row[name]) for name in ("truth", "samples", "models")),
            "yes" if row["control"] else "no",
            *(cell(dict(row), name) for name in ("unharmed", "harmed")),
            f"{100 * float(row['safe']):.1f}",
            *(cell(dict(row), name) for name in ("coverage_95", "coverage_99")),
            f"{float(row['width']):.2f}",
        )
        for row in records(frame)
    )
    return ShownTable("Samples drawn anew", caption, header, rows, False)
