"""The rules that hold a row against the baseline row of the same model and class."""

from __future__ import annotations

import numpy as np

from data_contracts.columns import Columns, IntArray
from data_contracts.rule import Rule
from data_contracts.schema import BASELINE_KEY
from data_contracts.violation import Violation
from data_contracts.wording import listed

PLACE = ("study", "dataset", "architecture", "split")


def _both_correct_in_range(columns: Columns) -> list[Violation]:
    both, correct = columns.integers("n_both_correct"), columns.integers("n_correct")
    judged = columns.valid("n_both_correct") & columns.valid("n_correct")
    base = _baseline_row(columns)
    has_base = (base >= 0) & columns.valid("n_correct")[base]
    base_correct = np.where(has_base, correct[base], correct)
    # Of n samples, a right before and b right after, at least a + b - n are right in both.
    least = np.where(has_base, correct + base_correct - columns.integers("n_samples"), 0)
    least = np.where(columns.valid("n_samples"), np.maximum(least, 0), 0)
    least = np.where(base == np.arange(columns.rows), correct, least)
    broken = judged & ((both < least) | (both > np.minimum(correct, base_correct)))
    if not broken.any():
        return []
    row = int(np.flatnonzero(broken)[0])
    beside = f"n_correct is {correct[row]}"
    if has_base[row]:
        beside += f" and the baseline's {base_correct[row]} of {columns.value('n_samples', row)}"
    why = (
        f"n_both_correct is {both[row]} where {beside}: it counts the samples right in both, so "
        "it exceeds neither, is at least their sum less n_samples, and is n_correct in a "
        "baseline row"
    )
    return columns.violation("both correct in range", broken, why)


def baseline_present(columns: Columns) -> list[Violation]:
    """Return the rows that are no baseline and have none (`baseline_violations`)."""
    broken = _baseline_row(columns) < 0
    if not broken.any():
        return []
    row = int(np.flatnonzero(broken)[0])
    places = columns.coded(*PLACE).codes
    here = broken & (places == places[row])
    _, rows = np.unique(columns.coded("model").codes[here], return_index=True)
    models = [columns.value("model", int(first)) for first in np.flatnonzero(here)[rows]]
    elsewhere = len(np.unique(places[broken])) - 1
    why = (
        f"no baseline rows for model{'s' if len(models) > 1 else ''} {listed(models, shown=10)} "
        f"({', '.join(f'{name} {columns.value(name, row)!r}' for name in PLACE)})"
        + (
            f", nor in {elsewhere} other such place{'s' if elsewhere > 1 else ''}"
            if elsewhere
            else ""
        )
        + ": give the table of the unpruned models too, under the same names"
    )
    return columns.violation("baseline present", broken, why)


def _baseline_row(columns: Columns) -> IntArray:
    """Return for each row the row of its baseline, -1 where there is none, shape (rows,)."""
    pairs = columns.coded(*BASELINE_KEY)
    values, positions = columns.dictionary("stage")
    stages = values.to_pylist()
    found = np.full(pairs.size, -1, dtype=np.int64)
    if "baseline" in stages:
        rows = np.flatnonzero(positions == stages.index("baseline"))
        found[pairs.codes[rows]] = rows
    return found[pairs.codes]


BASELINE_RULES: tuple[Rule, ...] = (
    Rule(
        "both correct in range",
        "`n_both_correct` exceeds neither `n_correct` nor the baseline's, and is at least their "
        "sum less `n_samples`; a baseline row's is its `n_correct`, or null.",
        (*BASELINE_KEY, "stage", "n_correct", "n_both_correct", "n_samples"),
        _both_correct_in_range,
    ),
)
