"""One panel of intervals: points with whiskers at each ratio, around slope 1."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from rdstats.charts.chosen import CLASS_MEAN, PER_MODEL, ChosenSlope
from rdstats.charts.figure import DataSets, Drawing, Figure, PanelGrid
from rdstats.charts.panels import (
    ABSENT,
    PanelGroup,
    PanelKey,
    PanelTable,
    Table,
    panel_table,
    ratio_label,
    ratio_rows,
)
from rdstats.charts.scales import (
    Panel,
    Range,
    from_one,
    is_exploded,
    range_of,
    scale_note,
    shared_ranges,
    slope_axis,
    slope_scale,
    span_of,
    symlog_note,
)
from rdstats.charts.theme import LINE, POINT, line_at_one, nominal, quantitative, ratio_places

_HEIGHT: Final = 230
_STEP: Final = 38
_CAP: Final = 11  # width of an interval's ends, in pixels
_CAP_BESIDE: Final = 8  # the same where two slopes stand beside each other
RETRAINED: Final = "α per model if only trained again"
_COLOURS: Final = {CLASS_MEAN.name: POINT, PER_MODEL.name: LINE, RETRAINED: "#e69f00"}
BOTH: Final = (CLASS_MEAN, PER_MODEL)
"""The headline, and the paper's slope beside it."""


def interval_panel(
    data: DataSets,
    label: str,
    rows: list[dict[str, Any]],
    retrained: Sequence[float | None],
    range_: Range,
    *,
    title: str | None,
    legend: bool,
) -> Drawing:
    """Return the panel of one set of conditions.

    Args:
        data: Takes the rows.
        label: What the panel is called.
        rows: A record per place and slope: `place`, `slope`, and `mean`, `low` and `high` as
            distances from 1.
        retrained: The retrain reference as distance from 1; empty where there is none.
        range_: Of slopes, on the axis.
        title: Of the vertical axis.
        legend: Whether several slopes stand at each place, and have a legend.
    """
    places = list(dict.fromkeys(row["place"] for row in rows))
    scale = {"domain": list(_COLOURS), "range": list(_COLOURS.values())}
    symbols = {"symbolType": "circle", "symbolSize": 80} if legend else None
    colour = nominal("slope", scale=scale, legend=symbols)
    shape = nominal("slope", scale={**scale, "range": ["circle", "square", "stroke"]})
    if not legend:
        shape["legend"] = None
    y = quantitative("mean", title=title, scale=slope_scale(range_), axis=slope_axis(range_))
    here = {
        "x": ratio_places(places, scale={"paddingInner": 0.5, "paddingOuter": 0.25}),
        "xOffset": nominal("slope", sort=[slope.name for slope in BOTH]),
        "color": colour,
    }
    again = {
        "data": data.add([{"slope": RETRAINED, "mean": value} for value in retrained]),
        "mark": {"type": "rule", "strokeDash": [2, 3], "strokeWidth": 2},
        "encoding": {"y": y, "color": colour},
    }
    whiskers = {
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {**here, "y": quantitative("low"), "y2": {"field": "high"}},
    }
    # Wider than the point, so that an interval smaller than the point is still seen.
    cap = {"type": "tick", "thickness": 1.5, "size": _CAP_BESIDE if legend else _CAP}
    ends = [
        {
            "mark": {**cap, "orient": "horizontal", "opacity": 1},
            "encoding": {**here, "y": quantitative(bound)},
        }
        for bound in ("low", "high")
    ]
    points = {
        "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
        "encoding": {**here, "y": y, "shape": shape},
    }
    return {
        "data": data.add(rows),
        "layer": [line_at_one(data), again, whiskers, *ends, points],
        "title": label,
        "width": _STEP * len(places),
        "height": _HEIGHT,
    }


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
