"""Normalized recall balance before against after pruning, one line per panel (Figures 5 to 8)."""

from dataclasses import dataclass
from typing import Any, Final

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from rdstats.charts.figure import Drawing, Figure, rows_of
from rdstats.charts.panels import PanelGroup, PanelKey, panel_rows, ratio_label
from rdstats.charts.raster import points_as_image
from rdstats.charts.scales import Panel, Range, scale_note, shared_ranges, span_of
from rdstats.charts.theme import LINE, MUTED, POINT, REFERENCE, themed
from rdstats.tables.records import records

_WIDTH: Final = 190
_HEIGHT: Final = 130
_DOT: Final = 14
MOST_DOTS: Final = 8_000
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
    balances: pd.DataFrame, conditions: pd.DataFrame, group: PanelGroup
) -> Figure:
    """Return the scatter-plot matrix of one group: a row per ratio, a column per panel label.

    Args:
        balances: As `balances_table` returns it.
        conditions: As `conditions_table` returns it, of the same selection.
        group: Which panels stand side by side.
    """
    clouds: dict[Panel, _Cloud] = {}
    for key, label in group.panels:
        clouds |= _clouds(balances, conditions, key, label)
    ratios = sorted({float(panel.row) for panel in clouds})
    columns = [label for _, label in group.panels]
    vertical = shared_ranges({p: span_of([0.0, *cloud.after]) for p, cloud in clouds.items()})
    horizontal = shared_ranges({p: span_of([0.0, *cloud.before]) for p, cloud in clouds.items()})
    raster = sum(len(cloud.before) for cloud in clouds.values()) > MOST_DOTS
    panels = [
        _panel(
            f"{column}, {ratio_label(ratio)}",
            clouds[place],
            (horizontal.ranges[place], vertical.ranges[place]),
            titles=(ratio == ratios[-1], column == columns[0]),
            raster=raster,
        )
        if (place := Panel(repr(ratio), column)) in clouds
        else _nothing(f"{column}, {ratio_label(ratio)}")
        for ratio in ratios
        for column in columns
    ]
    caption = (
        "A point is one class of one model: its normalized recall balance B̄ before (horizontal) "
        "and after (vertical). Orange line: least squares through the origin over all points, "
        "with slope α and uncentred r²; Ā is the mean accuracy after pruning. Dashed line: no "
        f"change (slope 1). {scale_note(vertical)} {scale_note(horizontal, 'horizontal')}"
    )
    title = f"Recall balance before and after: {group.title}"
    chart = themed(alt.concat(*panels, columns=len(columns)))
    return Figure("balances", title, " ".join(caption.split()), _in_words(clouds), chart)


def _clouds(
    balances: pd.DataFrame, conditions: pd.DataFrame, key: PanelKey, label: str
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
                row["alpha_pooled"],
                row["r_squared_pooled"],
                row["accuracy_after"],
            )
    return found


def _panel(
    title: str,
    cloud: _Cloud,
    ranges: tuple[Range, Range],
    *,
    titles: tuple[bool, bool],
    raster: bool,
) -> Drawing:
    x_range, y_range = ranges
    x = alt.X(
        "before:Q",
        scale=alt.Scale(domain=list(x_range), nice=False, zero=False),
        title="balance before" if titles[0] else None,
        axis=alt.Axis(tickCount=4, grid=False),
    )
    y = alt.Y(
        "after:Q",
        scale=alt.Scale(domain=list(y_range), nice=False, zero=False),
        title="balance after" if titles[1] else None,
        axis=alt.Axis(tickCount=4, grid=False),
    )
    axes = [
        alt.Chart().mark_rule(color="#d7dbe0").encode(**{channel: alt.datum(0.0)})
        for channel in ("x", "y")
    ]
    lines = [_line(1.0, ranges, REFERENCE, x, y, [5, 4])]
    if not np.isnan(cloud.slope):
        lines.append(_line(cloud.slope, ranges, LINE, x, y, [1, 0]))
    points = _image(cloud, ranges) if raster else _dots(cloud, x, y)
    return alt.layer(*axes, points, *lines).properties(
        title=alt.TitleParams(text=title, subtitle=_numbers(cloud), fontSize=12),
        width=_WIDTH,
        height=_HEIGHT,
    )


def _dots(cloud: _Cloud, x: alt.X, y: alt.Y) -> Drawing:
    pairs = zip(cloud.before.tolist(), cloud.after.tolist(), strict=True)
    data = rows_of([{"before": before, "after": after} for before, after in pairs])
    dots = alt.Chart(data).mark_circle(size=_DOT, color=POINT, opacity=0.4)
    drawing: Drawing = dots.encode(x=x, y=y)
    return drawing


def _image(cloud: _Cloud, ranges: tuple[Range, Range]) -> Drawing:
    url = points_as_image(cloud.before, cloud.after, *ranges, (_WIDTH, _HEIGHT), POINT, 0.25)
    image = alt.Chart(rows_of([{"url": url}])).mark_image(
        width=_WIDTH, height=_HEIGHT, align="left", baseline="top", aspect=False
    )
    drawing: Drawing = image.encode(x=alt.value(0), y=alt.value(0), url="url:N")
    return drawing


def _line(
    slope: float, ranges: tuple[Range, Range], colour: str, x: alt.X, y: alt.Y, dash: list[int]
) -> Drawing:
    """Return the line through the origin, from border to border of the plot area."""
    (left, right), (low, high) = ranges
    if slope:
        left, right = (
            max(left, min(low / slope, high / slope)),
            min(right, max(low / slope, high / slope)),
        )
    ends = [{"before": end, "after": slope * end} for end in (left, right)]
    line = alt.Chart(rows_of(ends)).mark_line(color=colour, strokeWidth=1.8, strokeDash=dash)
    drawing: Drawing = line.encode(x=x, y=y)
    return drawing


def _nothing(title: str) -> Drawing:
    """Return the place of a condition that the table does not have."""
    text = alt.Chart(rows_of([{"text": "no rows"}])).mark_text(color=MUTED).encode(text="text:N")
    drawing: Drawing = text.properties(
        title=alt.TitleParams(text=title, subtitle=" ", fontSize=12), width=_WIDTH, height=_HEIGHT
    )
    return drawing


def _numbers(cloud: _Cloud) -> str:
    names = (("α", cloud.slope), ("r²", cloud.r_squared), ("Ā", cloud.accuracy))
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
