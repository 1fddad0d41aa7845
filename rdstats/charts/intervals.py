"""Intervals of the mean slope and of the class-mean slope, side by side (Figures 9 to 12)."""

import math
from typing import Any, Final

import altair as alt
import pandas as pd

from rdstats.charts.figure import DataSets, Drawing, Figure
from rdstats.charts.panels import PanelGroup, PanelKey, control_rows, panel_rows, ratio_label
from rdstats.charts.scales import (
    Panel,
    Range,
    from_one,
    is_exploded,
    scale_note,
    shared_ranges,
    slope_axis,
    slope_scale,
    span_of,
    symlog_note,
)
from rdstats.charts.theme import LINE, POINT, REFERENCE
from rdstats.tables.records import records

_PANELS_PER_ROW: Final = 4
_HEIGHT: Final = 230
_STEP: Final = 38
CLASS_MEAN: Final = "class-mean slope"
PER_MODEL: Final = "α per model (paper mode)"
RETRAINED: Final = "α per model if only trained again"
_COLOURS: Final = {CLASS_MEAN: POINT, PER_MODEL: LINE, RETRAINED: "#e69f00"}
_BOUNDS: Final = ("mean", "low", "high")
_SLOPES: Final = {
    CLASS_MEAN: ("alpha_class_mean", "class_mean_low", "class_mean_high"),
    PER_MODEL: ("alpha_mean", "ci_low", "ci_high"),
}


def slope_intervals(conditions: pd.DataFrame, group: PanelGroup) -> Figure:
    """Return the interval plots of one group of panels.

    Both slopes stand beside each other at each ratio, the control arm first. Where a control
    arm is, its class-mean slope is what "nothing but longer training" looks like.

    Args:
        conditions: As `conditions_table` returns it.
        group: Which panels.
    """
    rows = {label: _intervals(conditions, key) for key, label in group.panels}
    retrained = {label: _retrain_reference(conditions, key) for key, label in group.panels}
    shared = shared_ranges(
        {
            Panel("", label): span_of([1.0, *retrained[label], *_numbers(rows[label])])
            for label in rows
        }
    )
    ranges = {label: shared.ranges[Panel("", label)] for label in rows}
    exploded = [label for label in rows if is_exploded(ranges[label])]
    data = DataSets()
    panels = [
        _panel(
            data,
            label,
            rows[label],
            retrained[label],
            ranges[label],
            titled=place % _PANELS_PER_ROW == 0,
        )
        for place, label in enumerate(rows)
    ]
    levels = sorted({f"{100 * level:g} %" for level in conditions["ci_level"].dropna()})
    caption = (
        f"Mean slope and its interval ({', '.join(levels) or 'no level'}) at each pruning ratio: "
        "the class-mean slope, which luck does not pull towards 0, beside the mean of α per "
        "model. Dashed grey line: 1, proportional loss. "
        + ("Dotted yellow line: what α per model would be if the model were only trained again. ")
        * any(retrained.values())
        + "Control: the unpruned model with the same extra training. " * _has_control(rows)
        + f"{scale_note(shared)} {symlog_note(exploded)}"
    )
    chart = alt.concat(*panels, columns=_PANELS_PER_ROW)
    title = f"Mean slopes with intervals: {group.title}"
    return Figure("intervals", title, " ".join(caption.split()), _in_words(rows), chart, data)


def _intervals(conditions: pd.DataFrame, key: PanelKey) -> list[dict[str, Any]]:
    """Return a record per condition and kind of slope, the control first."""
    control = control_rows(conditions, key)
    together = pd.concat([control, panel_rows(conditions, key)])
    return [
        {
            "place": "control" if row["stage"] == "control" else ratio_label(row["ratio"]),
            "slope": slope,
            **{
                name: None if pd.isna(row[column]) else float(row[column])
                for name, column in zip(_BOUNDS, columns, strict=True)
            },
        }
        for row in records(together)
        for slope, columns in _SLOPES.items()
    ]


def _retrain_reference(conditions: pd.DataFrame, key: PanelKey) -> list[float]:
    """Return the retrain reference of a panel; empty where the table gives none."""
    found = panel_rows(conditions, key)["retrain_reference"].dropna()
    return [float(found.mean())] if len(found) else []


def _numbers(rows: list[dict[str, Any]]) -> list[float]:
    values = [row[name] for row in rows for name in _BOUNDS]
    return [value for value in values if value is not None and math.isfinite(value)]


def _panel(
    data: DataSets,
    label: str,
    rows: list[dict[str, Any]],
    retrained: list[float],
    range_: Range,
    *,
    titled: bool,
) -> Drawing:
    places = list(dict.fromkeys(row["place"] for row in rows))
    x = alt.X(
        "place:O",
        sort=places,
        title="pruning ratio",
        axis=alt.Axis(labelAngle=0, grid=False),
        scale=alt.Scale(paddingInner=0.5, paddingOuter=0.25),
    )
    beside = alt.XOffset("slope:N", sort=[CLASS_MEAN, PER_MODEL])
    y = alt.Y(
        "mean:Q",
        title="slope" if titled else None,
        scale=slope_scale(range_),
        axis=slope_axis(range_),
    )
    colour = alt.Color(
        "slope:N",
        scale=alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values())),
        legend=alt.Legend(symbolType="circle", symbolSize=80),
    )
    shape = alt.Shape(
        "slope:N",
        scale=alt.Scale(domain=list(_COLOURS), range=["circle", "square", "stroke"]),
    )
    one = (
        alt.Chart()
        .mark_rule(color=REFERENCE, strokeDash=[5, 4], strokeWidth=1.5)
        .encode(y=alt.YDatum(0.0))
    )
    reference = [{"slope": RETRAINED, "mean": from_one(value)} for value in retrained]
    again = (
        alt.Chart(data.add(reference))
        .mark_rule(strokeDash=[2, 3], strokeWidth=2)
        .encode(y=y, color=colour)
    )
    whiskers = (
        alt.Chart()
        .mark_rule(strokeWidth=2)
        .encode(x=x, xOffset=beside, y=alt.Y("low:Q"), y2=alt.Y2("high:Q"), color=colour)
    )
    points = (
        alt.Chart()
        .mark_point(filled=True, size=46, opacity=1)
        .encode(x=x, xOffset=beside, y=y, color=colour, shape=shape)
    )
    return alt.layer(
        one,
        again,
        whiskers,
        points,
        data=data.add([row | {n: from_one(row[n]) for n in _BOUNDS} for row in rows]),
        title=label,
        width=_STEP * len(places),
        height=_HEIGHT,
    )


def _has_control(rows: dict[str, list[dict[str, Any]]]) -> bool:
    return any(row["place"] == "control" for panel in rows.values() for row in panel)


def _in_words(rows: dict[str, list[dict[str, Any]]]) -> str:
    """Return the class-mean slopes with their intervals as text."""
    parts = []
    for label, panel in rows.items():
        found = []
        for row in panel:
            if row["slope"] != CLASS_MEAN:
                continue
            text = "undefined" if row["mean"] is None else f"{row['mean']:.2f}"
            if row["low"] is not None and row["high"] is not None:
                text += f" ({row['low']:.2f} to {row['high']:.2f})"
            found.append(f"{row['place']} {text}")
        parts.append(f"{label}: {', '.join(found)}")
    return f"{CLASS_MEAN.capitalize()}. {'. '.join(parts)}."
