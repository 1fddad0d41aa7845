"""Intervals of the mean slope and of the class-mean slope, side by side (Figures 9 to 12)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from rdstats.charts.chosen import CLASS_MEAN, PER_MODEL, ChosenSlope
from rdstats.charts.figure import DataSets, Figure, PanelGrid
from rdstats.charts.interval_panel import BOTH, interval_panel
from rdstats.charts.panel_table import PanelTable, Table, panel_table, ratio_rows
from rdstats.charts.panels import ABSENT, PanelGroup, PanelKey, ratio_label
from rdstats.charts.scales import (
    Panel,
    Range,
    from_one,
    is_exploded,
    range_of,
    scale_note,
    shared_ranges,
    span_of,
    symlog_note,
)

_NOTHING: Final[Range] = (0.5, 1.5)
_BOUNDS: Final = ("mean", "low", "high")
Rows = Mapping[str, Sequence[dict[str, Any]]]


def slope_intervals(
    conditions: Table,
    group: PanelGroup,
    *,
    slopes: Sequence[ChosenSlope] = BOTH,
    references: bool = True,
) -> Figure:
    """Return the interval plots of one group of panels.

    Slopes stand beside each other at each ratio, the control arm first. Where a control arm is,
    its class-mean slope is what "nothing but longer training" looks like.

    Args:
        conditions: As `conditions_table` returns it.
        group: Which panels.
        slopes: Which slopes.
        references: Whether the control arm and the retrain reference are shown.
    """
    conditions = panel_table(conditions)
    rows = {
        label: _intervals(conditions, key, group, slopes, control=references)
        for key, label in group.panels
    }
    retrained = {
        label: _retrain_reference(conditions, key) if references and PER_MODEL in slopes else []
        for key, label in group.panels
    }
    values = {label: [*_numbers(rows[label]), *retrained[label]] for label in rows}
    shared = shared_ranges(
        {Panel("", label): span_of([1.0, *found]) for label, found in values.items() if found}
    )
    ranges = {label: range_of(shared, Panel("", label), _NOTHING) for label in rows}
    exploded = [label for label in rows if values[label] and is_exploded(ranges[label])]
    data = DataSets()
    per_row = group.panels_per_row
    legend = len(slopes) > 1 or any(retrained.values())
    axis_title = "slope" if len(slopes) > 1 else slopes[0].mean_name
    panels = [
        interval_panel(
            data,
            label,
            [row | {name: from_one(row[name]) for name in _BOUNDS} for row in rows[label]],
            [from_one(value) for value in retrained[label]],
            ranges[label],
            title=axis_title if place % per_row == 0 else None,
            legend=legend,
        )
        for place, label in enumerate(rows)
    ]
    levels = sorted({f"{100 * level:g} %" for level in conditions.frame["ci_level"].dropna()})
    caption = (
        f"Mean slope and its interval ({', '.join(levels) or 'no level'}) at each pruning ratio: "
        f"{_what(slopes)} Dashed grey line: 1, proportional loss. "
        + ("Dotted yellow line: what α per model would be if the model were only trained again. ")
        * any(retrained.values())
        + "Control: the unpruned model with the same extra training. " * _has(rows, "control")
        + f"{ABSENT}: the table has no rows. " * _has(rows, ABSENT)
        + f"{scale_note(shared)} {symlog_note(exploded)}"
    )
    chart = PanelGrid(panels, columns=per_row)
    title = f"Mean slopes with intervals: {group.title}"
    words = _in_words(rows, slopes[0])
    return Figure("intervals", title, " ".join(caption.split()), words, chart, data)


def _what(slopes: Sequence[ChosenSlope]) -> str:
    names = {
        CLASS_MEAN: "the class-mean slope, which luck does not pull towards 0",
        PER_MODEL: "the mean of α per model",
    }
    return f"{', beside '.join(names[slope] for slope in slopes)}."


def _intervals(
    conditions: PanelTable,
    key: PanelKey,
    group: PanelGroup,
    slopes: Sequence[ChosenSlope],
    *,
    control: bool,
) -> list[dict[str, Any]]:
    """Return a record per condition and kind of slope, the control first."""
    placed = [(ratio_label(ratio), row) for ratio, row in ratio_rows(conditions, key, group)]
    if control:
        placed = [("control", row) for row in conditions.control_records(key)] + placed
    return [
        {
            "place": place if row is not None else f"{place}|{ABSENT}",
            "slope": slope.name,
            **{
                name: None if row is None or pd.isna(row[column]) else float(row[column])
                for name, column in zip(_BOUNDS, (slope.mean, slope.low, slope.high), strict=True)
            },
        }
        for place, row in placed
        for slope in slopes
    ]


def _retrain_reference(conditions: PanelTable, key: PanelKey) -> list[float]:
    """Return the retrain reference of a panel; empty where the table gives none."""
    values = [row["retrain_reference"] for row in conditions.records(key)]
    found = [value for value in values if not pd.isna(value)]
    return [float(np.mean(found))] if found else []


def _numbers(rows: list[dict[str, Any]]) -> list[float]:
    values = [row[name] for row in rows for name in _BOUNDS]
    return [value for value in values if value is not None and math.isfinite(value)]


def _has(rows: Rows, word: str) -> bool:
    """Say whether a place is the control, or has no rows."""
    return any(word in row["place"].split("|") for panel in rows.values() for row in panel)


def _in_words(rows: Rows, slope: ChosenSlope) -> str:
    """Return the means of one slope with their intervals as text."""
    parts = []
    for label, panel in rows.items():
        found = []
        for row in panel:
            if row["slope"] != slope.name:
                continue
            place, _, absent = row["place"].partition("|")
            if absent:
                text = "not in the table"
            else:
                text = "undefined" if row["mean"] is None else f"{row['mean']:.2f}"
            if row["low"] is not None and row["high"] is not None:
                text += f" ({row['low']:.2f} to {row['high']:.2f})"
            found.append(f"{place} {text}")
        parts.append(f"{label}: {', '.join(found)}")
    name = f"{slope.name[0].upper()}{slope.name[1:]}"
    return f"{name}. {'. '.join(parts)}."
