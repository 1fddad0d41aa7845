"""How often the gate of `rdstats check` errs, where the truth about a pair of models is known.

Images are lost and gained independently, at the truth's rates: what two fixed models do on a
fresh test set. At the margin itself a pair is harmless and harmed at once, so both errors are
largest there.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import asdict, dataclass
from functools import partial
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from rdstats.output.shown import ShownTable
from rdstats.output.words import MISSING, records
from rdstats.paired.matched import score_bounds, score_z
from rdstats.paired.verdicts import FAIL, PASS, gate_outcomes, judge_excess, judge_matched
from rdstats.simulation.cells import generator_of
from rdstats.simulation.study import Progress, monte_carlo_error
from rdstats.statistics.arrays import FloatArray, IntArray, WordArray
from rdstats.statistics.multiplicity import holm
from rdstats.statistics.verdicts import ERROR, INCONCLUSIVE, MARGIN

REPETITIONS: Final = 20_000

ALL_AT_MARGIN: Final = "every class drops by the margin"
ONE_AT_MARGIN: Final = "one class drops by the margin"
NO_DROP: Final = "no class drops"
ONE_BEYOND: Final = "one class drops by 15 points"
ONE_EXCESS: Final = "one class loses the margin beyond accuracy"
HALF_EXCESS: Final = "half of the classes lose the margin beyond accuracy"
_BEYOND: Final = 0.15


@dataclass(frozen=True)
class GateCell:
    """One kind of pair."""

    truth: str  # which classes drop by how much
    classes: int  # C
    n_samples: int  # test images of each
    # Share of the images of a class without any drop of which one model is right and the other
    # wrong, half of them gained; a class that drops gains as many and loses more.
    churn: float
    margin: float = MARGIN  # the largest drop that does not matter
    quantity: str = "drop"  # what the gate judges, `drop` or `excess`

    @property
    def is_harmless(self) -> bool:
        """Whether no class drops by more than the margin: the gate must not fail."""
        return self.truth != ONE_BEYOND

    @property
    def is_harmed(self) -> bool:
        """Whether some class drops by the margin or more: the gate must not pass."""
        return self.truth != NO_DROP

    def drops(self) -> FloatArray:
        """Return the true drop of each class, shape (classes,)."""
        # psi = d - the mean of all d: (1 - 1 / C) d of one class alone, d / 2 of one of a half.
        many, drop = {
            ALL_AT_MARGIN: (self.classes, self.margin),
            ONE_AT_MARGIN: (1, self.margin),
            ONE_BEYOND: (1, _BEYOND),
            ONE_EXCESS: (1, self.margin * self.classes / max(self.classes - 1, 1)),
            HALF_EXCESS: (self.classes // 2, 2.0 * self.margin),
            NO_DROP: (0, 0.0),
        }[self.truth]
        drops = np.zeros(self.classes)
        drops[:many] = drop
        return drops


def _grid(quantity: str, *truths: tuple[str, int]) -> tuple[GateCell, ...]:
    return tuple(
        GateCell(truth, classes, n_samples, churn, quantity=quantity)
        for (truth, classes), n_samples, churn in itertools.product(
            truths, (100, 1000), (0.02, 0.08)
        )
    )


GATE_GRID: Final = (
    *_grid("drop", (ALL_AT_MARGIN, 10), (ONE_AT_MARGIN, 10), (ONE_AT_MARGIN, 1)),
    *_grid("drop", (NO_DROP, 10), (ONE_BEYOND, 10)),
    *_grid("excess", (ONE_EXCESS, 2), (ONE_EXCESS, 10), (HALF_EXCESS, 10)),
)
GATE_FILE: Final = "gate.csv"


def simulate_gate(
    repetitions: int = REPETITIONS,
    cells: tuple[GateCell, ...] = GATE_GRID,
    *,
    progress: Progress = lambda *_: None,
) -> pd.DataFrame:
    """Return how often the gate says what, a row per kind of pair; always the same numbers.

    Args:
        repetitions: Simulated pairs of each kind.
        cells: The kinds of pairs.
        progress: Called before every step with its name, steps done, and of how many.

    Returns:
        truth, classes, n_samples, churn, margin, quantity: The kind of pair.
        harmless, harmed: Whether the gate must not fail, and must not pass; at the margin both.
        repetitions: Simulated pairs.
        passed, inconclusive, failed: Shares of those.
        failed_by_score: Share that would have failed by the normal tail of Tango's statistic;
            null for the excess drop, whose p is a normal tail.
    """
    rows = []
    for place, cell in enumerate(cells):
        progress(f"{cell.truth}, {cell.n_samples} images", place, len(cells))
        lost, gained = draw_pairs(cell, repetitions, generator_of(asdict(cell)))
        outcomes = _outcomes(lost, gained, cell)
        by_score = math.nan
        if cell.quantity == "drop":
            p = stats.norm.sf(score_z(lost, gained, np.array(cell.n_samples), cell.margin))
            by_score = float((holm(p) < ERROR).any(axis=-1).mean())
        rows.append(
            {
                **asdict(cell),
                "harmless": cell.is_harmless,
                "harmed": cell.is_harmed,
                "repetitions": repetitions,
                "passed": float((outcomes == PASS).mean()),
                "inconclusive": float((outcomes == INCONCLUSIVE).mean()),
                "failed": float((outcomes == FAIL).mean()),
                "failed_by_score": by_score,
            }
        )
    return pd.DataFrame(rows)


def draw_pairs(
    cell: GateCell, repetitions: int, generator: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Draw lost and gained images, shape (repetitions, classes) each."""
    gain = cell.churn / 2.0
    loss = gain + cell.drops()
    lost = generator.binomial(cell.n_samples, loss, (repetitions, cell.classes))
    gained = generator.binomial(cell.n_samples - lost, gain / (1.0 - loss))
    return lost, gained


def _outcomes(lost: IntArray, gained: IntArray, cell: GateCell) -> WordArray:
    """Return what the gate of `check` says of each pair."""
    n_samples = np.full(lost.shape, cell.n_samples)
    if cell.quantity == "drop":
        return gate_outcomes(judge_matched(lost, gained, n_samples, cell.margin).verdict)
    drop = (lost - gained) / cell.n_samples
    excess = drop - drop.mean(axis=-1, keepdims=True)  # classes are of one size
    bounds = partial(score_bounds, lost, gained, n_samples)
    return gate_outcomes(judge_excess(excess, drop, bounds, n_samples, cell.margin).verdict)


def shown_gate(frame: pd.DataFrame) -> ShownTable:
    """Return the rates as texts, in per cent."""
    repetitions = int(frame["repetitions"].iloc[0])
    error = 100 * float(monte_carlo_error(0.05, repetitions))
    caption = (
        f"{repetitions:,} simulated pairs each; the simulation's standard error at 5 % is "
        f"{error:.2f} points. In brackets: not an error. By score: what would have failed by the "
        "normal tail of Tango's statistic."
    )
    header = (
        *("judged", "truth", "classes", "images a class", "churn"),
        *("passed", "inconclusive", "failed", "failed by score"),
    )
    rows = tuple(
        (
            "drop" if row["quantity"] == "drop" else "excess drop",
            str(row["truth"]),
            str(row["classes"]),
            str(row["n_samples"]),
            f"{100 * row['churn']:g} %",
            _percent(row["passed"], is_error=row["harmed"]),
            _percent(row["inconclusive"], is_error=False),
            _percent(row["failed"], is_error=row["harmless"]),
            _percent(row["failed_by_score"], is_error=row["harmless"]),
        )
        for row in records(frame)
    )
    return ShownTable("Errors of the gate", caption, header, rows, False)


def _percent(share: float, *, is_error: bool) -> str:
    if math.isnan(share):
        return MISSING
    return f"{100 * share:.1f} %" if is_error else f"({100 * share:.1f} %)"
