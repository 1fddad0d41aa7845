"""The rules that a row keeps or breaks by itself."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

import numpy as np
import pyarrow as pa

from data_contracts.columns import BoolArray, Columns, rounded_ratio
from data_contracts.rule import Rule
from data_contracts.schema import (
    COUNT_QUALITIES,
    RATIO_DECIMALS,
    RECALL_TABLE,
    SELECTED_ON,
    SPLITS,
    STAGES,
    UNPRUNED_METHOD,
    UNPRUNED_RATIO,
)
from data_contracts.violation import Violation
from data_contracts.wording import listed

REQUIRED = tuple(field.name for field in RECALL_TABLE if not field.nullable)
REQUIRED_TEXT = tuple(
    name for name in REQUIRED if pa.types.is_string(RECALL_TABLE.field(name).type)
)


def _no_nulls(columns: Columns) -> list[Violation]:
    return [
        violation
        for name in REQUIRED
        if name not in columns.missing
        for violation in columns.violation(
            "no nulls",
            ~columns.valid(name),
            f"column {name!r} is null there, and every row needs its value",
        )
    ]


def _no_empty_text(columns: Columns) -> list[Violation]:
    found = []
    for name in REQUIRED_TEXT:
        if name not in columns.missing:
            broken = _rows_where(columns, name, lambda text: not text.strip())
            why = f"column {name!r} is empty there: a name cannot be empty"
            found += columns.violation("no empty text", broken, why)
    return found


def _known(name: str, known: tuple[str, ...]) -> Rule:
    """Return the rule that a column holds one of the known words (or null, where it may)."""
    rule = f"known {name}"

    def judge(columns: Columns) -> list[Violation]:
        broken = _rows_where(columns, name, lambda text: text not in known)
        if not broken.any():
            return []
        unknown = [text for text in columns.dictionary(name)[0].to_pylist() if text not in known]
        near = get_close_matches(unknown[0].strip().lower(), known, n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        why = f"{name} is {listed(unknown)}, but can only be {', '.join(known)}{hint}"
        return columns.violation(rule, broken, why)

    return Rule(rule, f"`{name}` is one of {', '.join(known)}.", (name,), judge)


def _ratio_in_range(columns: Columns) -> list[Violation]:
    ratio = columns.ratio()
    broken = columns.valid("ratio") & ~(np.isfinite(ratio) & (ratio >= 1))
    why = (
        f"ratio is {listed(ratio[broken].tolist())}, but parameters before / after compression "
        "is at least 1: write 1 / density, or 1 / (1 - sparsity)"
    )
    return columns.violation("ratio in range", broken, why)


def _ratio_rounded(columns: Columns) -> list[Violation]:
    ratio = columns.ratio()
    broken = np.isfinite(ratio) & (ratio != rounded_ratio(ratio))
    why = (
        f"ratio is {listed(ratio[broken].tolist())}: round it to {RATIO_DECIMALS} decimals, so "
        "that the same ratio is the same number in every file"
    )
    return columns.violation("ratio rounded", broken, why)


def _method_of_stage(columns: Columns) -> list[Violation]:
    none = _rows_where(columns, "method", lambda text: text == UNPRUNED_METHOD)
    baseline = _rows_where(columns, "stage", lambda text: text == "baseline")
    compressed = _rows_where(columns, "stage", lambda text: text in {"pruned", "finetuned"})
    return [
        *columns.violation(
            "method of stage",
            baseline & ~none & columns.valid("method"),
            f"a baseline row is the unpruned model's: its method is {UNPRUNED_METHOD!r}",
        ),
        *columns.violation(
            "method of stage",
            compressed & none,
            f"method {UNPRUNED_METHOD!r} is the unpruned model's: name the method of the "
            "compressed model, or set stage to baseline or control",
        ),
    ]


def _ratio_of_stage(columns: Columns) -> list[Violation]:
    unpruned = _rows_where(columns, "stage", lambda text: text in {"baseline", "control"})
    broken = unpruned & columns.valid("ratio") & (columns.ratio() != UNPRUNED_RATIO)
    why = "baseline and control rows are the unpruned model's: their ratio is 1"
    return columns.violation("ratio of stage", broken, why)


def _counts_in_range(columns: Columns) -> list[Violation]:
    def broken(name: str, low: str | int, high: str | None, remedy: str = "") -> list[Violation]:
        needs = [name, *(bound for bound in (low, high) if isinstance(bound, str))]
        if not columns.missing.isdisjoint(needs):
            return []
        values = columns.integers(name)
        valid = np.logical_and.reduce([columns.valid(other) for other in needs])
        least = columns.integers(low) if isinstance(low, str) else low
        outside: BoolArray = values < least
        if high is not None:
            outside = outside | (values > columns.integers(high))
        outside &= valid
        if not outside.any():
            return []
        row = int(np.flatnonzero(outside)[0])
        bounds = [f"{other} is {columns.value(other, row)}" for other in needs[1:]]
        beside = f" where {' and '.join(bounds)}" if bounds else ""
        limits = f"{low} or more" if high is None else f"between {low} and {high}"
        why = f"{name} is {columns.value(name, row)}{beside}: it must be {limits}{remedy}"
        return columns.violation("counts in range", outside, why)

    return [
        *broken("n_samples", 1, None, "; leave out classes without test samples"),
        *broken("n_correct", 0, "n_samples", _per_cent(columns)),
        *broken("n_predicted", "n_correct", None),
        *broken("parameters", 1, None),
        *broken("parameters_nonzero", 0, "parameters"),
    ]


def _per_cent(columns: Columns) -> str:
    """Say that n_correct may be recalls in per cent, where no value speaks against it."""
    correct = columns.integers("n_correct")
    if (correct > columns.integers("n_samples")).any() and correct.max() <= 100:
        return "; if it is a recall in per cent, store the count of correct samples instead"
    return ""


def _rows_where(columns: Columns, name: str, holds: Callable[[str], bool]) -> BoolArray:
    """Return the rows whose text fulfils `holds`, asked once per distinct text; never nulls."""
    values, positions = columns.dictionary(name)
    verdicts = np.array([*(holds(text) for text in values.to_pylist()), False])
    rows: BoolArray = verdicts[positions]
    return rows


ROW_RULES: tuple[Rule, ...] = (
    Rule("no nulls", "Columns that may not be null hold a value in every row.", (), _no_nulls),
    Rule("no empty text", "Text columns that may not be null are not blank.", (), _no_empty_text),
    _known("stage", STAGES),
    _known("split", SPLITS),
    _known("selected_on", SELECTED_ON),
    _known("count_quality", COUNT_QUALITIES),
    Rule("ratio in range", "`ratio` is finite and at least 1.", ("ratio",), _ratio_in_range),
    Rule("ratio rounded", "`ratio` has at most 4 decimals.", ("ratio",), _ratio_rounded),
    Rule(
        "method of stage",
        "Baseline rows have method `none`; pruned and finetuned rows have another.",
        ("method", "stage"),
        _method_of_stage,
    ),
    Rule(
        "ratio of stage",
        "Baseline and control rows have ratio 1.",
        ("ratio", "stage"),
        _ratio_of_stage,
    ),
    Rule(
        "counts in range",
        "`n_samples` ≥ 1, 0 ≤ `n_correct` ≤ `n_samples`, `n_predicted` ≥ `n_correct`, "
        "`parameters` ≥ 1, 0 ≤ `parameters_nonzero` ≤ `parameters`.",
        (),
        _counts_in_range,
    ),
)
