"""How often the gate of `rdstats check` errs, where the truth about a pair of models is known.

Images are lost and gained independently, at the truth's rates: what two fixed models do on a
fresh test set. At the margin itself a pair is harmless and harmed at once, so both errors are
largest there.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from rdstats.errors import StatsError
from rdstats.output.formats import FORMATS, write_frame
from rdstats.output.rounding import MISSING, Row, records
from rdstats.output.shown import Cell, ShownTable
from rdstats.paired.matched import (
    Bounds,
    p_of_drop_at_least,
    p_of_drop_at_most,
    score_bounds,
    score_z,
)
from rdstats.paired.verdicts import FAIL, PASS, gate_outcomes, judge_excess, too_few, verdict_words
from rdstats.simulation.rates import monte_carlo_error
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray
from rdstats.statistics.class_verdicts import ERROR, INCONCLUSIVE
from rdstats.statistics.multiplicity import holm

REPETITIONS: Final = 20_000
MARGIN: Final = 0.05

ALL_AT_MARGIN: Final = "every class drops by the margin"
ONE_AT_MARGIN: Final = "one class drops by the margin"
NO_DROP: Final = "no class drops"
ONE_BEYOND: Final = "one class drops by 15 points"
ONE_EXCESS: Final = "one class loses the margin beyond accuracy"
HALF_EXCESS: Final = "half of the classes lose the margin beyond accuracy"
_BEYOND: Final = 0.15


@dataclass(frozen=True)
class GateCell:
    """One kind of pair.

    Attributes:
        truth: Which classes drop by how much.
        classes: Classes C.
        n_samples: Test images of each.
        churn: Share of the images of a class without any drop of which one model is right and
            the other wrong, half of them gained; a class that drops gains as many and loses more.
        margin: The largest drop that does not matter.
        quantity: What the gate judges, `drop` or `excess`.
    """

    truth: str
    classes: int
    n_samples: int
    churn: float
    margin: float = MARGIN
    quantity: str = "drop"

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

    def generator(self) -> np.random.Generator:
        """Return the generator of the cell, seeded by its SHA-256: no cell changes another's."""
        text = json.dumps(asdict(self), sort_keys=True)
        return np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest(), 16))


GATE_GRID: Final[tuple[GateCell, ...]] = tuple(
    GateCell(truth, classes, n_samples, churn)
    for (truth, classes), n_samples, churn in itertools.product(
        (
            (ALL_AT_MARGIN, 10),
            (ONE_AT_MARGIN, 10),
            (ONE_AT_MARGIN, 1),
            (NO_DROP, 10),
            (ONE_BEYOND, 10),
        ),
        (100, 1000),
        (0.02, 0.08),
    )
) + tuple(
    GateCell(truth, classes, n_samples, churn, quantity="excess")
    for (truth, classes), n_samples, churn in itertools.product(
        ((ONE_EXCESS, 2), (ONE_EXCESS, 10), (HALF_EXCESS, 10)),
        (100, 1000),
        (0.02, 0.08),
    )
)


class GateRates(NamedTuple):
    """How often the gate said what in one cell, of so many pairs.

    Attributes:
        repetitions: Simulated pairs.
        passed: Of those.
        inconclusive: Of those.
        failed: Of those.
        failed_by_score: Would have failed if p were the normal tail of Tango's statistic; None
            for the excess drop, whose p is a normal tail.
    """

    repetitions: int
    passed: int
    inconclusive: int
    failed: int
    failed_by_score: int | None


def gate_rates(cell: GateCell, repetitions: int = REPETITIONS) -> GateRates:
    """Return how often the gate says what, always the same for the same arguments."""
    lost, gained = draw_pairs(cell, repetitions, cell.generator())
    is_drop = cell.quantity == "drop"
    outcomes = (_outcomes if is_drop else _outcomes_of_excess)(lost, gained, cell)
    passed, unsettled, failed = (
        int((outcomes == word).sum()) for word in (PASS, INCONCLUSIVE, FAIL)
    )
    by_score = int(_harmed_by_score(lost, gained, cell).sum()) if is_drop else None
    return GateRates(repetitions, passed, unsettled, failed, by_score)


def draw_pairs(
    cell: GateCell, repetitions: int, generator: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Draw lost and gained images, shape (repetitions, classes) each."""
    drops = cell.drops()
    gain = cell.churn / 2.0
    loss = gain + drops
    shape = (repetitions, cell.classes)
    lost = generator.binomial(cell.n_samples, loss, shape)
    gained = generator.binomial(cell.n_samples - lost, gain / (1.0 - loss))
    return lost, gained


def _outcomes(lost: IntArray, gained: IntArray, cell: GateCell) -> WordArray:
    """Return what the gate says of each pair; equal counts are judged once."""
    (first, second), places = _once(lost, gained)
    alone = (first, second, np.full(first.shape, cell.n_samples), cell.margin)
    p = p_of_drop_at_most(*alone)[places]
    cleared = p_of_drop_at_least(*alone)[places] < ERROR
    untested = too_few(np.full(lost.shape, cell.n_samples), cell.margin)
    return gate_outcomes(verdict_words(holm(p), cleared, untested))


def _outcomes_of_excess(lost: IntArray, gained: IntArray, cell: GateCell) -> WordArray:
    """Return what the gate of the excess drop says; bounds of equal counts are found once."""
    (first, second), places = _once(lost, gained)

    def of_drop(error: float) -> Bounds:
        images = np.full(first.shape, cell.n_samples)
        low, high = score_bounds(first, second, images, error)
        return Bounds(low[places], high[places])

    drop = (lost - gained) / cell.n_samples
    excess = drop - drop.mean(axis=-1, keepdims=True)  # classes are of one size
    n_samples = np.full(lost.shape, cell.n_samples)
    return gate_outcomes(judge_excess(excess, drop, of_drop, n_samples, cell.margin).verdict)


def _once(lost: IntArray, gained: IntArray) -> tuple[IntArray, IntArray]:
    """Return the different counts, shape (2, counts), and for each class where its counts are."""
    counts, places = np.unique(
        np.stack([lost.ravel(), gained.ravel()]), axis=1, return_inverse=True
    )
    return counts, places.reshape(lost.shape)


def _harmed_by_score(lost: IntArray, gained: IntArray, cell: GateCell) -> BoolArray:
    n_samples = np.full(lost.shape, cell.n_samples)
    p = stats.norm.sf(score_z(lost, gained, n_samples, cell.margin))
    return np.asarray((holm(p) < ERROR).any(axis=-1))


GATE_FILE: Final = "gate.csv"
_OUTCOMES: Final = ("passed", "inconclusive", "failed", "failed_by_score")


def simulate_gate(
    repetitions: int = REPETITIONS,
    cells: tuple[GateCell, ...] = GATE_GRID,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> pd.DataFrame:
    """Return how often the gate says what, a row per kind of pair.

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
        if progress is not None:
            progress(f"{cell.truth}, {cell.n_samples} images", place, len(cells))
        rates = gate_rates(cell, repetitions)
        rows.append(
            {
                "truth": cell.truth,
                "classes": cell.classes,
                "n_samples": cell.n_samples,
                "churn": cell.churn,
                "margin": cell.margin,
                "quantity": cell.quantity,
                "harmless": cell.is_harmless,
                "harmed": cell.is_harmed,
                "repetitions": repetitions,
                **{name: _share(getattr(rates, name), repetitions) for name in _OUTCOMES},
            }
        )
    return pd.DataFrame(rows)


def write_gate(frame: pd.DataFrame, out: Path) -> Path:
    """Write the rates to out/gate.csv and return its path."""
    return write_frame(frame, out / GATE_FILE)


def read_gate(out: Path) -> pd.DataFrame:
    """Read rates that were written.

    Raises:
        StatsError: There are none.
    """
    path = out / GATE_FILE
    if not path.is_file():
        raise StatsError(
            f"{path} is not there; `rdstats simulate --gate --out {out}` counts the errors first"
        )
    return pd.read_csv(path)


def shown_gate(frame: pd.DataFrame) -> ShownTable:
    """Return the rates as texts, in per cent."""
    repetitions = int(frame["repetitions"].iloc[0])
    error = 100 * float(monte_carlo_error(0.05, repetitions))
    caption = (
        f"{repetitions:,} simulated pairs each; the simulation's standard error at 5 % is "
        f"{error:.2f} points. In brackets: not an error. By score: what would have failed by the "
        "normal tail of Tango's statistic."
    )
    rows = tuple(tuple(cell(row) for cell in _COLUMNS.values()) for row in records(frame))
    return ShownTable("Errors of the gate", caption, tuple(_COLUMNS), rows, False)


def markdown_gate(frame: pd.DataFrame) -> str:
    """Return the rates as a Markdown table, as it stands in docs/check.md."""
    shown = shown_gate(frame)
    texts = pd.DataFrame(list(shown.rows), columns=list(shown.header), dtype=object)
    return FORMATS[".md"](texts).decode()


def _share(count: int | None, repetitions: int) -> float:
    return math.nan if count is None else count / repetitions


def _percent(row: Row, what: str, *, error: bool) -> str:
    if math.isnan(row[what]):
        return MISSING
    text = f"{100 * row[what]:.1f} %"
    return text if error else f"({text})"


_COLUMNS: Final[Mapping[str, Cell]] = MappingProxyType(
    {
        "judged": lambda row: "drop" if row["quantity"] == "drop" else "excess drop",
        "truth": lambda row: str(row["truth"]),
        "classes": lambda row: str(row["classes"]),
        "images a class": lambda row: str(row["n_samples"]),
        "churn": lambda row: f"{100 * row['churn']:g} %",
        "passed": lambda row: _percent(row, "passed", error=bool(row["harmed"])),
        "inconclusive": lambda row: _percent(row, "inconclusive", error=False),
        "failed": lambda row: _percent(row, "failed", error=bool(row["harmless"])),
        "failed by score": lambda row: _percent(
            row, "failed_by_score", error=bool(row["harmless"])
        ),
    }
)
