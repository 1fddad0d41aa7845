"""How often the gate of `rdstats check` errs in simulation: rates as a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pandas as pd

from rdstats.errors import StatsError
from rdstats.simulation.gate import GATE_GRID, REPETITIONS, GateCell, gate_rates
from rdstats.simulation.rates import monte_carlo_error
from rdstats.tables.formats import FORMATS, write_frame
from rdstats.tables.records import Row, records
from rdstats.tables.rounding import MISSING
from rdstats.tables.shown import Cell, ShownTable

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
