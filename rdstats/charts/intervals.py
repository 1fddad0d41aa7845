"""Mean slopes with their intervals at each ratio, around slope 1 (Figures 9 to 12)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from rdstats.charts.figure import Figure, figure_of_panels
from rdstats.charts.panels import (
    ABSENT,
    ABSENT_NOTE,
    PanelGroup,
    PanelKey,
    PanelTable,
    ratio_label,
    ratio_rows,
)
from rdstats.charts.scales import Range, from_one, slope_axis, slope_ranges, slope_scale
from rdstats.charts.slopes import CLASS_MEAN, PER_MODEL, ShownSlope
from rdstats.charts.theme import (
    LINE,
    POINT,
    Drawing,
    layer,
    nominal,
    quantitative,
    ratio_places,
    reference_line,
)

_HEIGHT: Final = 230
_STEP: Final = 38
_CAP: Final = 11  # width of an interval's ends, in pixels
_CAP_BESIDE: Final = 8  # the same where two slopes stand beside each other
RETRAINED: Final = "α per model if only trained again"
_COLOURS: Final = {CLASS_MEAN.name: POINT, PER_MODEL.name: LINE, RETRAINED: "#e69f00"}
BOTH: Final = (CLASS_MEAN, PER_MODEL)
"""The headline, and the paper's slope beside it."""

_BOUNDS: Final = ("mean", "low", "high")
_WHAT: Final = {
    CLASS_MEAN.name: "the class-mean slope, which luck does not pull towards 0",
    PER_MODEL.name: "the mean of α per model",
}
_RETRAINED_NOTE: Final = (
    "Dotted yellow line: what α per model would be if the model were only trained again."
)
_CONTROL_NOTE: Final = "Control: the unpruned model with the same extra training."


def slope_intervals(
    conditions: PanelTable, group: PanelGroup, *, only: ShownSlope | None = None
) -> Figure:
    """Return the interval plots of one group of panels.

    Slopes stand beside each other at each ratio, the control arm first. Where a control arm is,
    its class-mean slope is what "nothing but longer training" looks like.

    Args:
        conditions: As `conditions` returns it.
        group: Which panels.
        only: This slope alone, without control arm and retrain reference, as in the paper.
    """
    slopes = (only,) if only else BOTH
    rows = {label: _intervals(conditions, key, group, slopes) for key, label in group.panels}
    retrained: dict[str, list[float]] = {label: [] for label in rows}
    if not only:
        for key, label in group.panels:
            found = conditions.rows(key)["retrain_reference"].dropna()
            retrained[label] = [float(found.mean())] if len(found) else []
    ranges, note = slope_ranges(
        {label: [*_numbers(rows[label]), *retrained[label]] for label in rows}
    )
    axis_title, columns = only.mean_name if only else "slope", group.panels_per_row
    titles = [None if place % columns else axis_title for place in range(len(rows))]
    panels = [
        _panel(label, rows[label], retrained[label], ranges[label], title, legend=not only)
        for label, title in zip(rows, titles, strict=True)
    ]
    levels = sorted({f"{100 * level:g} %" for level in conditions.frame["ci_level"].dropna()})
    places = {part for found in rows.values() for row in found for part in row["place"].split("|")}
    caption = (
        f"Mean slope and its interval ({', '.join(levels) or 'no level'}) at each pruning ratio: "
        f"{', beside '.join(_WHAT[slope.name] for slope in slopes)}. Dashed grey line: 1, "
        f"proportional loss. {_RETRAINED_NOTE * any(retrained.values())} "
        f"{_CONTROL_NOTE * ('control' in places)} {ABSENT_NOTE * (ABSENT in places)} {note}"
    )
    title = f"Mean slopes with intervals: {group.title}"
    words = _in_words(rows, slopes[0])
    return figure_of_panels("intervals", title, caption, words, panels, columns)


def _intervals(
    conditions: PanelTable, key: PanelKey, group: PanelGroup, slopes: Sequence[ShownSlope]
) -> list[dict[str, Any]]:
    """Return a record per condition and kind of slope, the control first."""
    placed = [(ratio_label(ratio), row) for ratio, row in ratio_rows(conditions, key, group)]
    if len(slopes) > 1:
        placed = [("control", row) for row in conditions.controls(key)] + placed
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


def _numbers(rows: list[dict[str, Any]]) -> list[float]:
    values = [row[name] for row in rows for name in _BOUNDS]
    return [value for value in values if value is not None and math.isfinite(value)]


def _panel(
    label: str,
    rows: list[dict[str, Any]],
    retrained: Sequence[float],
    range_: Range,
    title: str | None,
    *,
    legend: bool,
) -> Drawing:
    """Return one panel: rows as of `_intervals`, and the retrain reference if there is one."""
    rows = [row | {name: from_one(row[name]) for name in _BOUNDS} for row in rows]
    places = list(dict.fromkeys(row["place"] for row in rows))
    names = list(_COLOURS)
    colour = nominal(
        "slope",
        scale={"domain": names, "range": list(_COLOURS.values())},
        legend={"symbolType": "circle", "symbolSize": 80} if legend else None,
    )
    shape = nominal("slope", scale={"domain": names, "range": ["circle", "square", "stroke"]})
    if not legend:
        shape["legend"] = None
    y = quantitative("mean", title=title, scale=slope_scale(range_), axis=slope_axis(range_))
    again = [{"slope": RETRAINED, "mean": from_one(value)} for value in retrained]
    here = {
        "x": ratio_places(places, scale={"paddingInner": 0.5, "paddingOuter": 0.25}),
        "xOffset": nominal("slope", sort=[slope.name for slope in BOTH]),
        "color": colour,
    }
    low, high = quantitative("low"), quantitative("high")
    # Wider than the point, so that an interval smaller than the point is still seen.
    size = _CAP_BESIDE if legend else _CAP
    cap = {"thickness": 1.5, "size": size, "orient": "horizontal", "opacity": 1}
    point = {"filled": True, "size": 30, "opacity": 1}
    layers = [
        reference_line(y={"datum": 0.0}),
        layer(again, "rule", look={"strokeDash": [2, 3], "strokeWidth": 2}, y=y, color=colour),
        layer(rows, "rule", look={"strokeWidth": 2}, **here, y=low, y2={"field": "high"}),
        layer(rows, "tick", look=cap, **here, y=low),
        layer(rows, "tick", look=cap, **here, y=high),
        layer(rows, "point", look=point, **here, y=y, shape=shape),
    ]
    return {"layer": layers, "title": label, "width": _STEP * len(places), "height": _HEIGHT}


def _in_words(rows: Mapping[str, Sequence[dict[str, Any]]], slope: ShownSlope) -> str:
    """Return the means of one slope with their intervals as text."""
    parts = []
    for label, panel in rows.items():
        found = []
        for row in (one for one in panel if one["slope"] == slope.name):
            place, _, absent = row["place"].partition("|")
            text = "not in the table" if absent else "undefined"
            if row["mean"] is not None:
                text = f"{row['mean']:.2f}"
            if row["low"] is not None and row["high"] is not None:
                text += f" ({row['low']:.2f} to {row['high']:.2f})"
            found.append(f"{place} {text}")
        parts.append(f"{label}: {', '.join(found)}")
    name = f"{slope.name[0].upper()}{slope.name[1:]}"
    return f"{name}. {'. '.join(parts)}."
