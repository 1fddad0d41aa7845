"""How often suspects among many classes are none, where each class's true drop is known.

Six truths: two points, gamma, normal, heavy-tailed, none at all, and all just below the margin,
where nothing can tell a class from one beyond it. Classes of one pair have matched samples; over
models drops differ by a deviation of each class's own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from rdstats.output.shown import ShownTable
from rdstats.output.words import MISSING, records
from rdstats.paired.matched import p_of_drop_at_most
from rdstats.simulation.cells import generator_of
from rdstats.simulation.study import Progress, in_parts
from rdstats.statistics.arrays import BoolArray, FloatArray
from rdstats.statistics.many_classes import ManyClasses, of_counts, of_errors
from rdstats.statistics.multiplicity import false_discovery_rates, holm
from rdstats.statistics.verdicts import ERROR, MARGIN

MANY_FILE: Final = "many_classes.csv"
TRUTHS: Final = ("two points", "gamma", "normal", "heavy tails", "none", "just below")
BINS: Final = ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0))
"""Of `p_harm`, for its calibration."""

_CLASSES_IN_ALL: Final = 40_000  # of the experiments of a cell together


@dataclass(frozen=True)
class ManyCell:
    """One kind of experiment: one pair on `size` samples a class, or `size` models."""

    truth: str
    classes: int
    judged: str  # `pair` or `models`
    size: int

    @property
    def name(self) -> str:
        """What its part is called."""
        return f"{self.truth.replace(' ', '-')}-classes{self.classes}-{self.judged}{self.size}"

    @property
    def repetitions(self) -> int:
        """Experiments that are drawn."""
        return int(np.clip(_CLASSES_IN_ALL // self.classes, 60, 200))


MANY_GRID: Final = (
    *(
        ManyCell(truth, classes, "pair", samples)
        for truth, classes, samples in itertools.product(
            TRUTHS, (100, 300, 1_000), (50, 200, 1_000)
        )
    ),
    *(
        ManyCell(truth, classes, "models", models)
        for truth, classes, models in itertools.product(TRUTHS, (100, 1_000), (5, 10))
    ),
)


def simulate_many(
    folder: Path,
    cells: Sequence[ManyCell] = MANY_GRID,
    repetitions: int | None = None,
    *,
    progress: Progress = lambda *_: None,
) -> pd.DataFrame:
    """Count what suspects are in every cell that is not done yet.

    Returns:
        truth, classes, judged, size, repetitions: The cell.
        harmed: Classes beyond the margin, mean over experiments, as are the next six.
        suspects, suspects_true: Suspects, and those that are beyond.
        holm, holm_true, bh, bh_true: The same of classes with an adjusted p below 0.05.
        false_discoveries, false_discoveries_error: Mean share of suspects that are not beyond,
            and its Monte-Carlo error; 0 without a suspect.
        share_held: Share of experiments whose interval of the share of classes beyond holds it.
        share_width: Its mean width.
        drop_held: Share of classes whose interval of the shrunken drop holds the true drop.
        error_ratio: Root mean square error of the shrunken drop over that of the measured one.
        harmed_0.0_to_0.2, ...: Share of classes beyond, of those with such a `p_harm`.

    Raises:
        OSError: The folder cannot be written.
    """
    return in_parts(
        folder / MANY_FILE,
        [(cell, repetitions or cell.repetitions) for cell in cells],
        lambda cell, times: pd.DataFrame([_rates(cell, times)]),
        progress,
    )


def _rates(cell: ManyCell, repetitions: int) -> dict[str, object]:
    rows, binned = [], np.zeros((len(BINS), 2))
    for number in range(repetitions):
        generator = generator_of({**asdict(cell), "number": number})
        true = true_drops(cell.truth, cell.classes, generator)
        drop, p, found = (
            _pair(cell, true, generator)
            if cell.judged == "pair"
            else _models(cell, true, generator)
        )
        beyond = true > MARGIN + 1e-9
        flagged: dict[str, BoolArray] = {
            "suspects": found.suspect,
            "holm": holm(p) < ERROR,
            "bh": false_discovery_rates(p) < ERROR,
        }
        row: dict[str, float] = {"harmed": beyond.sum()}
        for name, which in flagged.items():
            row |= {name: which.sum(), f"{name}_true": (which & beyond).sum()}
        row["false_discoveries"] = 1.0 - row["suspects_true"] / max(row["suspects"], 1.0)
        row["false_discoveries"] *= row["suspects"] > 0
        low, high = (round(each, 3) for each in (found.share_low, found.share_high))
        row |= {"share_held": low <= beyond.mean() <= high, "share_width": high - low}
        row["drop_held"] = ((found.low <= true) & (true <= found.high)).mean()
        errors = [np.sqrt(np.square(each - true).mean()) for each in (found.drop, drop)]
        row["error_ratio"] = errors[0] / errors[1]
        rows.append(row)
        for place, (low, high) in enumerate(BINS):
            inside = (found.p_harm >= low) & (found.p_harm < high + (high == 1.0))
            binned[place] += inside.sum(), (inside & beyond).sum()
    whole = pd.DataFrame(rows)
    told: dict[str, object] = {**asdict(cell), "repetitions": repetitions}
    told |= {str(name): mean for name, mean in whole.mean().items()}
    told["false_discoveries_error"] = whole["false_discoveries"].std() / np.sqrt(repetitions)
    with np.errstate(invalid="ignore"):
        shares = binned[:, 1] / binned[:, 0]
    return told | {
        f"harmed_{low}_to_{high}": share for (low, high), share in zip(BINS, shares, strict=True)
    }


def true_drops(truth: str, classes: int, generator: np.random.Generator) -> FloatArray:
    """Return a true drop for every class, by one of `TRUTHS`, shape (classes,)."""
    normal = generator.standard_normal(classes)
    if truth == "two points":
        drops = np.where(generator.random(classes) < 0.058, 0.2, 0.0)
    elif truth == "gamma":
        drops = generator.gamma(1.0, 0.03, classes) - 0.01
    elif truth == "normal":
        drops = 0.03 + 0.03 * normal
    elif truth == "heavy tails":
        drops = 0.02 + 0.02 * generator.standard_t(2.5, classes)
    else:
        drops = np.full(classes, 0.0 if truth == "none" else MARGIN - 0.001)
    return np.asarray(np.clip(drops, -0.25, 0.5))


def _pair(
    cell: ManyCell, true: FloatArray, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray, ManyClasses]:
    """Return measured drops, p and what the classes together say, of one pair of models."""
    gain = np.clip(generator.beta(2.0, 38.0, cell.classes), np.maximum(-true, 0.0), 0.25)
    shares = np.stack([true + gain, gain, 1.0 - true - 2.0 * gain], axis=1)
    lost, gained, _ = generator.multinomial(cell.size, shares).T
    size = np.full(cell.classes, cell.size)
    p = p_of_drop_at_most(lost, gained, size, MARGIN)
    margin = np.full(size.shape, MARGIN)
    return (lost - gained) / size, p, of_counts(lost, gained, size, margin, p)


def _models(
    cell: ManyCell, true: FloatArray, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray, ManyClasses]:
    """Return the same of a mean over models, whose drops differ by 1 to 5 points."""
    deviation = generator.uniform(0.01, 0.05, cell.classes)
    drops = true + deviation * generator.standard_normal((cell.size, cell.classes))
    test = stats.ttest_1samp(drops, MARGIN, alternative="greater")
    mean, error = drops.mean(axis=0), drops.std(axis=0, ddof=1) / np.sqrt(cell.size)
    freedom = np.full(cell.classes, cell.size - 1.0)
    return mean, np.asarray(test.pvalue), of_errors(mean, error, freedom, MARGIN)


def shown_many(frame: pd.DataFrame) -> ShownTable:
    """Return the rates as texts, shares in per cent."""
    caption = (
        "Means over experiments. Found: classes that are called suspect (or by Holm, by Benjamini "
        "and Hochberg), in brackets those that truly lost more than 5 points. False: mean share of "
        "suspects that did not, with the simulation's error. Held: how often the interval of the "
        "share of such classes, and that of a class's drop, holds the truth. Error: of the "
        "shrunken drop over that of the measured one. Harmed: of classes with such a p_harm."
    )
    header = (
        *("truth", "classes", "of", "beyond", "suspects", "Holm", "BH", "false"),
        *("share held", "drop held", "error"),
        *(f"harmed, {low:g} to {high:g}" for low, high in BINS),
    )

    def percent(share: float) -> str:
        return MISSING if np.isnan(share) else f"{100 * share:.1f}"

    rows = tuple(
        (
            str(row["truth"]),
            str(row["classes"]),
            f"{row['size']} {'samples' if row['judged'] == 'pair' else 'models'}",
            f"{row['harmed']:.1f}",
            *(
                f"{row[name]:.1f} ({row[f'{name}_true']:.1f})"
                for name in ("suspects", "holm", "bh")
            ),
            f"{percent(row['false_discoveries'])} ± {percent(row['false_discoveries_error'])}",
            *(percent(row[name]) for name in ("share_held", "drop_held")),
            f"{row['error_ratio']:.2f}",
            *(percent(row[f"harmed_{low}_to_{high}"]) for low, high in BINS),
        )
        for row in records(frame)
    )
    return ShownTable("Many classes", caption, header, rows, False)
