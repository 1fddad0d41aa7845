"""Normalized recall balance before against after pruning, one line per panel (Figures 5 to 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rdstats.charts.chosen import PER_MODEL, ChosenSlope
from rdstats.charts.figure import DataSets, Drawing, Figure, PanelGrid
from rdstats.charts.panels import PanelGroup, PanelKey, panel_rows, ratio_label
from rdstats.charts.parts import no_rows, nominal, quantitative
from rdstats.charts.raster import points_as_image
from rdstats.charts.scales import (
    Panel,
    Range,
    linear_scale,
    scale_note,
    shared_ranges,
    span_of,
)
from rdstats.charts.theme import LINE, POINT, REFERENCE
from rdstats.tables.records import records

_WIDTH: Final = 190
_HEIGHT: Final = 130
_OPACITY: Final = 0.4
_MODEL: Final[Mapping[str, Any]] = MappingProxyType({"size": 14, "opacity": _OPACITY})
_CLASS: Final[Mapping[str, Any]] = MappingProxyType(
    {"size": 26, "opacity": 0.9, "stroke": "white", "strokeWidth": 0.5}
)
_CROWD: Final = 1_000  # points of a panel, from which on they are drawn fainter
MOST_DOTS: Final = 2_000
"""Figures of more points draw them as pictures: a dot of an SVG takes 150 bytes."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Cloud:
    """What one panel shows: a point per class and model, and the pooled line."""

    before: FloatArray
    after: FloatArray
    slope: float
    r_squared: float
    accuracy: float


def balance_scatter_matrix(
    balances: pd.DataFrame,
    conditions: pd.DataFrame,
    group: PanelGroup,
    *,
    slope: ChosenSlope = PER_MODEL,
) -> Figure:
    """Return the scatter-plot matrix of one group: a row per ratio, a column per panel label.

    Args:
        balances: As `balances_table` returns it; for the class-mean slope as
            `class_means_table` does.
        conditions: As `conditions_table` returns it, of the same selection.
        group: Which panels stand side by side.
        slope: Of the line and the points: every class of every model, or class means.
    """
    clouds: dict[Panel, _Cloud] = {}
    for key, label in group.panels:
        clouds |= _clouds(balances, conditions, key, label, slope)
    ratios = group.ratios or tuple(sorted({float(panel.row) for panel in clouds}))
    columns = [label for _, label in group.panels]
    vertical = shared_ranges({p: span_of([0.0, *cloud.after]) for p, cloud in clouds.items()})
    horizontal = shared_ranges({p: span_of([0.0, *cloud.before]) for p, cloud in clouds.items()})
    raster = sum(len(cloud.before) for cloud in clouds.values()) > MOST_DOTS
    data = DataSets()
    panels = [
        _panel(
            data,
            f"{column}, {ratio_label(ratio)}",
            clouds[place],
            (horizontal.ranges[place], vertical.ranges[place]),
            titles=(ratio == ratios[-1], column == columns[0]),
            slope=slope,
            raster=raster,
        )
        if (place := Panel(repr(ratio), column)) in clouds
        else _nothing(data, f"{column}, {ratio_label(ratio)}")
        for ratio in ratios
        for column in columns
    ]
    caption = (
        f"{_what(slope)} Ā is the mean accuracy after pruning. Dashed line: no change (slope 1). "
        f"{scale_note(vertical)} {scale_note(horizontal, 'horizontal')}"
    )
    what = "Recall balance" if slope is PER_MODEL else "Class means of recall balance"
    title = f"{what} before and after: {group.title}"
    chart = PanelGrid(panels, columns=len(columns))
    return Figure("balances", title, " ".join(caption.split()), _in_words(clouds), chart, data)


def _what(slope: ChosenSlope) -> str:
    if slope is PER_MODEL:
        return (
            "A point is one class of one model: its normalized recall balance B̄ before "
            "(horizontal) and after (vertical). Orange line: least squares through the origin "
            "over all points, with slope α and uncentred r²;"
        )
    return (
        "A point is one class: the mean over models of its normalized recall balance B̄ before "
        "(horizontal) and after (vertical). Orange line: the class-mean slope α_cm, by jackknife; "
        "r² is that of the means, uncentred;"
    )


def _clouds(
    balances: pd.DataFrame,
    conditions: pd.DataFrame,
    key: PanelKey,
    label: str,
    slope: ChosenSlope,
) -> dict[Panel, _Cloud]:
    """Return a cloud per ratio of one column."""
    points = panel_rows(balances, key)
    found: dict[Panel, _Cloud] = {}
    for row in records(panel_rows(conditions, key)):
        here = points[(points["ratio"] == row["ratio"]) & (points["stage"] == row["stage"])]
        here = here[["balance_before", "balance_after"]].dropna()
        if len(here):
            found[Panel(repr(row["ratio"]), label)] = _Cloud(
                here["balance_before"].to_numpy(dtype=np.float64),
                here["balance_after"].to_numpy(dtype=np.float64),
                row[slope.line],
                row[slope.r_squared],
                row["accuracy_after"],
            )
    return found


def _panel(
    data: DataSets,
    title: str,
    cloud: _Cloud,
    ranges: tuple[Range, Range],
    *,
    titles: tuple[bool, bool],
    slope: ChosenSlope,
    raster: bool,
) -> Drawing:
    x_range, y_range = ranges
    places = {
        "x": quantitative(
            "before",
            scale=linear_scale(x_range),
            title="balance before" if titles[0] else None,
            axis={"tickCount": 3, "grid": False},
        ),
        "y": quantitative(
            "after",
            scale=linear_scale(y_range),
            title="balance after" if titles[1] else None,
            axis={"tickCount": 4, "grid": False},
        ),
    }
    zeros = [
        {
            "data": data.one_row(),
            "mark": {"type": "rule", "color": "#d7dbe0"},
            "encoding": {direction: {"datum": 0.0}},
        }
        for direction in ("x", "y")
    ]
    lines = [_line(data, 1.0, ranges, REFERENCE, places, [5, 4])]
    if not np.isnan(cloud.slope):
        lines.append(_line(data, cloud.slope, ranges, LINE, places, [1, 0]))
    if slope is not PER_MODEL:  # a few points, which lines must not hide
        marks = [*lines, _dots(data, cloud, places, _CLASS)]
    elif raster:
        marks = [_image(data, cloud, ranges), *lines]
    else:
        marks = [_dots(data, cloud, places, _MODEL), *lines]
    return {
        "layer": [*zeros, *marks],
        "title": {"text": title, "subtitle": _numbers(cloud, slope.symbol), "fontSize": 12},
        "width": _WIDTH,
        "height": _HEIGHT,
    }


def _dots(data: DataSets, cloud: _Cloud, places: Drawing, look: Mapping[str, Any]) -> Drawing:
    pairs = zip(cloud.before.tolist(), cloud.after.tolist(), strict=True)
    rows = [{"before": before, "after": after} for before, after in pairs]
    mark = {"type": "circle", "color": POINT, **look}
    return {"data": data.add(rows), "mark": mark, "encoding": places}


def _image(data: DataSets, cloud: _Cloud, ranges: tuple[Range, Range]) -> Drawing:
    opacity = 0.25 if len(cloud.before) > _CROWD else _OPACITY
    uri = points_as_image(cloud.before, cloud.after, *ranges, (_WIDTH, _HEIGHT), POINT, opacity)
    corner = {"align": "left", "baseline": "top"}
    size = {"width": _WIDTH, "height": _HEIGHT, "aspect": False}
    return {
        "data": data.add([{"url": data.add_picture(uri)}]),
        "mark": {"type": "image", **corner, **size},
        "encoding": {"x": {"value": 0}, "y": {"value": 0}, "url": nominal("url")},
    }


def _line(
    data: DataSets,
    slope: float,
    ranges: tuple[Range, Range],
    colour: str,
    places: Drawing,
    dash: list[int],
) -> Drawing:
    """Return the line through the origin, from border to border of the plot area."""
    (left, right), (low, high) = ranges
    if slope:
        left, right = (
            max(left, min(low / slope, high / slope)),
            min(right, max(low / slope, high / slope)),
        )
    ends = [{"before": end, "after": slope * end} for end in (left, right)]
    mark = {"type": "line", "color": colour, "strokeWidth": 1.8, "strokeDash": dash}
    return {"data": data.add(ends), "mark": mark, "encoding": places}


def _nothing(data: DataSets, title: str) -> Drawing:
    """Return the place of a condition that the table does not have."""
    titles = {"text": title, "subtitle": " ", "fontSize": 12}
    return no_rows(data, title=titles, width=_WIDTH, height=_HEIGHT)


def _numbers(cloud: _Cloud, symbol: str) -> str:
    names = ((symbol, cloud.slope), ("r²", cloud.r_squared), ("Ā", cloud.accuracy))
    return ", ".join(
        f"{name} undefined" if np.isnan(value) else f"{name} = {value:.3f}".replace("-", "−")
        for name, value in names
    )


def _in_words(clouds: dict[Panel, _Cloud]) -> str:
    columns: dict[str, list[Any]] = {}
    for panel, cloud in clouds.items():
        columns.setdefault(panel.column, []).append(
            f"{ratio_label(float(panel.row))} slope {cloud.slope:.2f}, r² {cloud.r_squared:.2f}"
        )
    return " ".join(f"{column}: {'; '.join(parts)}." for column, parts in columns.items())
