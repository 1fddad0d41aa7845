"""Normalized recall balance before against after pruning, one line per panel (Figures 5 to 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rdstats.charts.figure import Figure, figure_of_panels
from rdstats.charts.panels import PanelGroup, PanelKey, PanelTable, ratio_label
from rdstats.charts.raster import points_as_image
from rdstats.charts.scales import (
    Panel,
    Range,
    SharedRanges,
    linear_scale,
    scale_note,
    shared_ranges,
    span_of,
)
from rdstats.charts.slopes import PER_MODEL, ShownSlope
from rdstats.charts.theme import (
    LINE,
    POINT,
    REFERENCE,
    Drawing,
    layer,
    no_rows,
    nominal,
    quantitative,
)
from rdstats.statistics.arrays import FloatArray

MOST_DOTS: Final = 2_000
"""Figures of more points draw them as pictures: a dot of an SVG takes 150 bytes."""

_SIZE: Final = (190, 130)
_ZERO: Final = "#d7dbe0"
_OPACITY: Final = 0.4
_MODEL: Final = {"size": 14, "opacity": _OPACITY}
_CLASS: Final = {"size": 26, "opacity": 0.9, "stroke": "white", "strokeWidth": 0.5}
_CROWD: Final = 1_000  # points of a panel, from which on they are drawn fainter
_PER_MODEL: Final = (
    "A point is one class of one model: its normalized recall balance B̄ before (horizontal) and "
    "after (vertical). Orange line: least squares through the origin over all points, with slope α "
    "and uncentred r²;"
)
_CLASS_MEAN: Final = (
    "A point is one class: the mean over models of its normalized recall balance B̄ before "
    "(horizontal) and after (vertical). Orange line: the class-mean slope α_cm, by jackknife; "
    "r² is that of the means, uncentred;"
)

Point = tuple[float, float]


@dataclass(frozen=True)
class Cloud:
    """What one panel shows: a point per class and model, and the pooled line."""

    before: FloatArray
    after: FloatArray
    slope: float
    r_squared: float
    accuracy: float


def balance_scatter_matrix(
    balances: PanelTable,
    conditions: PanelTable,
    group: PanelGroup,
    *,
    slope: ShownSlope = PER_MODEL,
) -> Figure:
    """Return the scatter-plot matrix of one group: a row per ratio, a column per panel label.

    Args:
        balances: As `balances` returns it; for the class-mean slope as
            `class_means` does.
        conditions: As `conditions` returns it, of the same selection.
        group: Which panels stand side by side.
        slope: Of the line and the points: every class of every model, or class means.
    """
    clouds: dict[Panel, Cloud] = {}
    for key, label in group.panels:
        clouds |= _clouds(balances, conditions, key, label, slope)
    ratios = group.ratios or tuple(sorted({float(panel.row) for panel in clouds}))
    columns = [label for _, label in group.panels]
    grid = [[Panel(repr(ratio), column) for column in columns] for ratio in ratios]
    vertical = shared_ranges({p: span_of([0.0, *cloud.after]) for p, cloud in clouds.items()})
    horizontal = shared_ranges({p: span_of([0.0, *cloud.before]) for p, cloud in clouds.items()})
    raster = sum(len(cloud.before) for cloud in clouds.values()) > MOST_DOTS
    panels = []
    for down, row in enumerate(grid):
        for right, place in enumerate(row):
            title = f"{place.column}, {ratio_label(float(place.row))}"
            if place not in clouds:
                titles = {"text": title, "subtitle": " ", "fontSize": 12}
                panels.append(no_rows(title=titles, width=_SIZE[0], height=_SIZE[1]))
                continue
            below = grid[down + 1][right] if down + 1 < len(grid) else None
            left = row[right - 1] if right else None
            panels.append(
                _panel(
                    title,
                    clouds[place],
                    (horizontal.ranges[place], vertical.ranges[place]),
                    titles=(down == len(grid) - 1, right == 0),
                    labels=(
                        not _alike(horizontal, place, below),
                        not _alike(vertical, place, left),
                    ),
                    slope=slope,
                    raster=raster,
                )
            )
    caption = (
        f"{_PER_MODEL if slope is PER_MODEL else _CLASS_MEAN} Ā is the mean accuracy after "
        "pruning. Dashed line: no change (slope 1). An axis without numbers is that of the panel "
        f"to its left, or below it. {scale_note(vertical)} {scale_note(horizontal, 'horizontal')}"
    )
    what = "Recall balance" if slope is PER_MODEL else "Class means of recall balance"
    title = f"{what} before and after: {group.title}"
    return figure_of_panels("balances", title, caption, _in_words(clouds), panels, len(columns))


def _alike(shared: SharedRanges, place: Panel, other: Panel | None) -> bool:
    """Say whether another panel is drawn, on the same range: one of two needs the numbers."""
    return other in shared.ranges and shared.ranges[other] == shared.ranges[place]


def _clouds(
    balances: PanelTable,
    conditions: PanelTable,
    key: PanelKey,
    label: str,
    slope: ShownSlope,
) -> dict[Panel, Cloud]:
    """Return a cloud per ratio of one column."""
    points = balances.numbers(key, ["balance_before", "balance_after"])
    found: dict[Panel, Cloud] = {}
    for row in conditions.records(key):
        here = points.get((row["ratio"], row["stage"]))
        if here is not None and len(pairs := here[~np.isnan(here).any(axis=1)]):
            numbers = row[slope.line], row[slope.r_squared], row["accuracy_after"]
            found[Panel(repr(row["ratio"]), label)] = Cloud(pairs[:, 0], pairs[:, 1], *numbers)
    return found


def _panel(
    title: str,
    cloud: Cloud,
    ranges: tuple[Range, Range],
    *,
    titles: tuple[bool, bool],
    labels: tuple[bool, bool],
    slope: ShownSlope,
    raster: bool,
) -> Drawing:
    """Return one panel; with `raster` its points are a picture.

    `ranges`, which hold zero, `titles` and `labels` are of the horizontal and the vertical axis.
    """
    places = {
        channel: quantitative(
            field,
            scale=linear_scale(ranges[one]),
            title=f"balance {field}" if titles[one] else None,
            axis={"tickCount": 3 + one, "grid": False, "labels": labels[one]},
        )
        for one, (channel, field) in enumerate((("x", "before"), ("y", "after")))
    }
    (left, right), (low, high) = ranges
    zeros = [
        _rule((left, 0.0), (right, 0.0), _ZERO, 1.0),
        _rule((0.0, low), (0.0, high), _ZERO, 1.0),
    ]
    lines = [_rule(*_through_origin(1.0, ranges), REFERENCE, 1.8, [5, 4])]
    if not np.isnan(cloud.slope):
        lines.append(_rule(*_through_origin(cloud.slope, ranges), LINE, 1.8))
    drawn = _rules(lines, places)
    if slope is not PER_MODEL:  # a few points, which lines must not hide
        marks = [drawn, _dots(cloud, places, _CLASS)]
    else:
        marks = [_image(cloud, ranges) if raster else _dots(cloud, places, _MODEL), drawn]
    return {
        "layer": [_rules(zeros, places), *marks],
        "title": {"text": title, "subtitle": _numbers(cloud, slope.symbol), "fontSize": 12},
        "width": _SIZE[0],
        "height": _SIZE[1],
    }


def _dots(cloud: Cloud, places: Drawing, look: Mapping[str, Any]) -> Drawing:
    pairs = zip(cloud.before.tolist(), cloud.after.tolist(), strict=True)
    rows = [{"before": before, "after": after} for before, after in pairs]
    return layer(rows, "circle", look={"color": POINT, **look}, **places)


def _image(cloud: Cloud, ranges: tuple[Range, Range]) -> Drawing:
    opacity = 0.25 if len(cloud.before) > _CROWD else _OPACITY
    image = points_as_image(cloud.before, cloud.after, *ranges, _SIZE, POINT, opacity)
    look = {"align": "left", "baseline": "top", "aspect": False}
    look |= {"width": image.width, "height": image.height}
    corner = {"x": {"value": image.left}, "y": {"value": image.top}}
    return layer([{"url": image.uri}], "image", look=look, **corner, url=nominal("url"))


def _through_origin(slope: float, ranges: tuple[Range, Range]) -> tuple[Point, Point]:
    """Return the ends of the line through the origin, at the borders of the plot area."""
    (left, right), (low, high) = ranges
    if slope:
        ends = low / slope, high / slope
        left, right = max(left, min(ends)), min(right, max(ends))
    return (left, slope * left), (right, slope * right)


def _rule(
    start: Point, end: Point, colour: str, width: float, dash: Sequence[int] = (1, 0)
) -> dict[str, Any]:
    """Return a straight line as a row of `_rules`."""
    places = {"before": start[0], "after": start[1], "to_before": end[0], "to_after": end[1]}
    return {**places, "colour": colour, "width": width, "dash": list(dash)}


def _rules(rows: list[dict[str, Any]], places: Drawing) -> Drawing:
    """Return straight lines as one layer: Vega takes its time for each of them."""
    return layer(
        rows,
        "rule",
        **places,
        x2={"field": "to_before"},
        y2={"field": "to_after"},
        color=nominal("colour", scale=None),
        strokeWidth=quantitative("width", scale=None),
        strokeDash=nominal("dash", scale=None),
    )


def _numbers(cloud: Cloud, symbol: str) -> str:
    names = {symbol: cloud.slope, "r²": cloud.r_squared, "Ā": cloud.accuracy}
    return ", ".join(
        f"{name} undefined" if np.isnan(value) else f"{name} = {value:.3f}".replace("-", "−")
        for name, value in names.items()
    )


def _in_words(clouds: dict[Panel, Cloud]) -> str:
    columns: dict[str, list[Any]] = {}
    for panel, cloud in clouds.items():
        columns.setdefault(panel.column, []).append(
            f"{ratio_label(float(panel.row))} slope {cloud.slope:.2f}, r² {cloud.r_squared:.2f}"
        )
    return " ".join(f"{column}: {'; '.join(parts)}." for column, parts in columns.items())
