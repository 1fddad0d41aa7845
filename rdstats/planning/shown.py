"""Seeds and test samples needed, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pandas as pd

from rdstats.output.shown import ShownTable
from rdstats.output.words import MISSING, OK, Row, ratio_text, records, rounded
from rdstats.planning.power import PILOT_LABELS

# Header and column; a column without a single number is left out.
_SEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "effect": "effect",
        "sd": "sd",
        "seeds needed": "models_needed",
        "like these": "models_like_these",
        "at samples": "samples",
        "samples needed": "samples_like_these",
        "at least": "samples_least",
        "seeds": "models",
        "power": "power",
        "and like these": "power_like_these",
        "cautious": "models_cautious",
        "simulated": "power_simulated",
        "smallest effect": "smallest_effect",
        "pilot’s seeds": "pilot_models",
        "luck before": "luck_before",
        "after": "luck_after",
        "memory": "memory",
        "status": "status",
    }
)
_SAMPLES: Final = ("drop", "churn", "margin", "classes")


def shown_seeds(frame: pd.DataFrame) -> ShownTable:
    """Return the table of seeds, from `seeds_needed` or `seeds_from_pilot`."""
    first = records(frame)[0]
    caption = (
        f"Two-sided test at {first['level']:g}; power wanted {first['power_wanted']:g}. "
        "Power and the smallest effect are for the column seeds."
    )
    labels = [name for name in PILOT_LABELS if name in frame]
    varying = [name for name in labels if frame[name].nunique() > 1]
    shared = [f"{name} {_cell(first, name)}" for name in labels if name not in varying]
    if labels:
        caption += (
            " Cautious: if the deviation is at its upper bound with 80 % confidence. Slope: "
            "class-mean by pseudo-values, paper a slope per model. Luck holds the noise of a "
            "finite test set too."
        )
    if "samples" in frame and frame["samples"].notna().any():
        caption += (
            " Like these: seeds needed where test samples are drawn as seeds are, with so many "
            "samples of a class; at least so many even with ever more seeds; samples needed: with "
            "the seeds that are given."
        )
    if shared:
        caption += f" All rows: {', '.join(shared)}."
    there = frame.columns[frame.notna().any()]
    kept = {header: column for header, column in _SEEDS.items() if column in there}
    columns = (*varying, *kept.values())
    rows = tuple(tuple(_cell(row, column) for column in columns) for row in records(frame))
    remarks = bool((frame["status"] != OK).any())
    return ShownTable("Seeds needed", caption, (*varying, *kept), rows, remarks)


def shown_samples(frame: pd.DataFrame) -> ShownTable:
    """Return the table of test samples, from `samples_needed`."""
    first = records(frame)[0]
    caption = (
        f"Test images of the class, for one pair of models; one-sided test at {first['level']:g} "
        f"over the classes judged together, power wanted {first['power_wanted']:g}. Normal "
        "approximation for paired proportions."
    )
    rows = tuple(
        (*(_short(row[name]) for name in _SAMPLES), f"{row['images_needed']:,}", OK)
        for row in records(frame)
    )
    header = (*_SAMPLES, "images needed", "status")
    return ShownTable("Test images needed", caption, header, rows, False)


def shown_rule(frame: pd.DataFrame) -> ShownTable:
    """Return how often a rule passes, from `audit_rule`, in per cent."""
    first = records(frame)[0]
    caption = (
        f"Rule: {first['rule']}, of {100 * float(str(first['before'])):g} % right before, where "
        f"{100 * float(str(first['churn'])):g} % of samples change. Passes: exactly, how often. "
        "check: how often it calls the drop unharmed or harmed, at a margin that is what the rule "
        "lets pass, unless told. Rejected from: the samples from which the rule lets such a drop "
        "pass in 5 % at most; none where 20,000 are too few or the drop is within the rule."
    )
    header = (
        *("samples", "true drop", "of before", "passes", "margin"),
        *("check: unharmed", "harmed", "rejected from"),
    )

    def percent(value: object) -> str:
        share = 100 * float(str(value))
        return MISSING if share != share else f"{share:.1f} %"

    shares = ("drop", "relative_drop", "passes", "margin", "check_clears", "check_harms")
    rows = tuple(
        (
            f"{row['samples']:,}",
            *(percent(row[name]) for name in shares),
            "none" if pd.isna(row["samples_to_reject"]) else f"{row['samples_to_reject']:,}",
        )
        for row in records(frame)
    )
    return ShownTable("How often a threshold errs", caption, header, rows, False)


def _cell(row: Row, column: str) -> str:
    value = row[column]
    if column == "ratio":
        return ratio_text(float(str(value)))
    if column == "effect":
        return _short(value)
    if column == "power_simulated" and rounded(value) != MISSING:
        return f"{rounded(value)} ± {rounded(row['power_simulated_error'])}"
    return rounded(value)


def _short(value: object) -> str:
    """Return a number as it was typed."""
    return f"{value:g}" if isinstance(value, float) and value == value else rounded(value)
