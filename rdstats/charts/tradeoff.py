"""Accuracy and slope against the ratio, on two axes that are aligned (Figure 13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from rdstats.charts.chosen import PER_MODEL, ChosenSlope
from rdstats.charts.figure import DataSets, Drawing, Figure, PanelGrid
from rdstats.charts.panels import PanelGroup, PanelKey, PanelTable, ratio_label
from rdstats.charts.scales import (
    Panel,
    Range,
    SharedRanges,
    is_exploded,
    linear_scale,
    shared_ranges,
    slope_axis,
    slope_scale,
    symlog_note,
)
from rdstats.charts.theme import DASHED, LINE, POINT, no_rows, quantitative
from rdstats.output.rounding import records

_WIDTH: Final = 150
_HEIGHT: Final = 170
_ROOM: Final = 1.15  # above the highest and below the lowest error bar
_LEAST: Final = 0.005  # half the length of an axis on which nothing moves
_CAP: Final = 8  # width of an error bar's ends, in pixels


@dataclass(frozen=True)
class _Curves:
    """What one panel shows.

    Attributes:
        rows: A record per ratio, 1 first: `ratio`, and distance from the middle of the axis and
            both ends of the error bar of `accuracy` and `slope`.
        centre: The mean accuracy before pruning.
    """

    rows: Sequence[dict[str, Any]]
    centre: float


def tradeoff_figure(
    tradeoff: pd.DataFrame, group: PanelGroup, *, slope: ChosenSlope = PER_MODEL
) -> Figure:
    """Return accuracy and slope against the ratio, a panel per data set, network and method.

    The middle of the left axis is the mean accuracy before pruning, the middle of the right
    one slope 1: where the curve of accuracy is above the dashed line and that of the slope below,
    pruning made networks better and gaps between classes narrower.

    Args:
        tradeoff: As `tradeoff_table` returns it.
        group: Which panels; more than five are broken into rows of `panels_per_row`.
        slope: The mean slope per model, or the class-mean slope.
    """
    of_panels = PanelTable(tradeoff)
    curves = {
        label: found
        for key, label in group.panels
        if (found := _curves(of_panels, key, group, slope)) is not None
    }
    accuracy = shared_ranges(
        {Panel("", label): _around(one, "accuracy") for label, one in curves.items()}
    )
    slopes = shared_ranges(
        {Panel("", label): _around(one, "slope") for label, one in curves.items()}
    )
    exploded = [
        label for label in curves if is_exploded(_shifted(slopes.ranges[Panel("", label)], 1.0))
    ]
    ratios = sorted({row["ratio"] for one in curves.values() for row in one.rows})
    data = DataSets()
    per_row = group.panels_per_row
    panels = [
        _panel(
            data,
            label,
            curves[label],
            accuracy.ranges[Panel("", label)],
            slopes.ranges[Panel("", label)],
            ratios,
            titles=(
                "accuracy" if place % per_row == 0 else None,
                slope.mean_name if place % per_row == per_row - 1 else None,
            ),
        )
        if label in curves
        else no_rows(data, title=label, width=_WIDTH, height=_HEIGHT)
        for place, (_, label) in enumerate(group.panels)
    ]
    caption = (
        "Blue circles, left axis: mean accuracy, at ratio 1 before pruning. Orange squares, right "
        f"axis: {_what(slope)} Bars: one standard error over models on either side; where none "
        "is seen it is smaller than the mark. Dashed line: the accuracy before pruning, and slope "
        "1, which stand in the middle of their axes. "
        f"{_note(accuracy, 'Left')} {_note(slopes, 'Right')} {symlog_note(exploded)}"
    )
    return Figure(
        "tradeoff",
        f"Accuracy and {slope.mean_name} against the pruning ratio: {group.title}",
        " ".join(caption.split()),
        _in_words(curves, slope),
        PanelGrid(panels, columns=per_row),
        data,
    )


def _what(slope: ChosenSlope) -> str:
    if slope is PER_MODEL:
        return "mean slope α over models."
    return "class-mean slope, with its jackknife error."


def _curves(
    tradeoff: PanelTable, key: PanelKey, group: PanelGroup, slope: ChosenSlope
) -> _Curves | None:
    """Return the curves of a panel; None where the table has none of its ratios."""
    rows = tradeoff.rows(key)
    before, after = rows[rows["stage"] == "baseline"], rows[rows["stage"] != "baseline"]
    if group.ratios:
        after = after[after["ratio"].isin(group.ratios)]
    if after.empty:
        return None
    centre = float(before["accuracy"].iloc[0])
    return _Curves(
        [
            {"ratio": row["ratio"]}
            | _bar("accuracy", row["accuracy"], row["accuracy_error"], centre)
            | _bar("slope", row[slope.mean], row[f"{slope.mean}_error"], 1.0)
            for row in records(pd.concat([before, after]))
        ],
        centre,
    )


def _bar(name: str, mean: float, error: float, centre: float) -> dict[str, float | None]:
    """Return a mean and the ends of its error bar as distances from the middle of the axis.

    None where there is none: no slope before pruning, no error of a single model.
    """
    ends = {name: mean, f"{name}_low": mean - error, f"{name}_high": mean + error}
    return {end: None if np.isnan(value) else float(value) - centre for end, value in ends.items()}


def _around(curves: _Curves, name: str) -> Range:
    """Return a range that holds a curve and its bars, with zero in the middle."""
    ends = [row[end] for row in curves.rows for end in (name, f"{name}_low", f"{name}_high")]
    reach = max(abs(end) for end in [*ends, 0.0] if end is not None)
    half = max(reach * _ROOM, _LEAST)
    return -half, half


def _shifted(range_: Range, centre: float) -> Range:
    return range_[0] + centre, range_[1] + centre


def _panel(
    data: DataSets,
    label: str,
    curves: _Curves,
    accuracy: Range,
    slope: Range,
    ratios: Sequence[float],
    *,
    titles: tuple[str | None, str | None],
) -> Drawing:
    x = quantitative(
        "ratio",
        title="pruning ratio",
        scale=linear_scale((ratios[0] - 0.5, ratios[-1] + 0.5)),
        axis={"values": list(ratios), "labelExpr": "datum.value", "grid": False},
    )
    left = {
        "title": titles[0],
        "tickCount": 5,
        "labelExpr": f"format(datum.value + {curves.centre!r}, '.3f')",
        "orient": "left",
        "grid": False,
        "titleColor": POINT,
        "labelColor": POINT,
    }
    right = slope_axis(
        _shifted(slope, 1.0),
        title=titles[1],
        orient="right",
        grid=False,
        tickCount=5,
        titleColor=LINE,
        labelColor=LINE,
    )
    rows = data.add(curves.rows)
    y = quantitative("accuracy", scale=linear_scale(accuracy), axis=left)
    beside = quantitative("slope", scale=slope_scale(_shifted(slope, 1.0)), axis=right)
    middle = {
        "data": data.one_row(),
        "mark": dict(DASHED),
        "encoding": {"y": {"value": _HEIGHT / 2}},
    }
    return {
        "layer": [
            middle,
            _curve(rows, x, y, POINT, "circle"),
            _curve(rows, x, beside, LINE, "square"),
        ],
        "resolve": {"scale": {"y": "independent"}},
        "title": label,
        "width": _WIDTH,
        "height": _HEIGHT,
    }


def _curve(rows: Drawing, x: Drawing, y: Drawing, colour: str, shape: str) -> Drawing:
    """Return a line with a mark and an error bar at every ratio that has a value."""
    low, high = (f"{y['field']}_{end}" for end in ("low", "high"))
    stroke = {"color": colour, "strokeWidth": 1.5}
    cap = {"type": "tick", "color": colour, "thickness": 1.5, "size": _CAP}
    point = {"type": "point", "color": colour, "shape": shape, "filled": True, "size": 40}
    marks: list[tuple[Drawing, Drawing]] = [
        ({"type": "line", **stroke}, {"y": y}),
        ({"type": "rule", **stroke}, {"y": quantitative(low), "y2": {"field": high}}),
        *(
            ({**cap, "orient": "horizontal", "opacity": 1}, {"y": quantitative(end)})
            for end in (low, high)
        ),
        ({**point, "opacity": 1}, {"y": y}),
    ]
    return {
        "data": rows,
        "layer": [{"mark": mark, "encoding": {"x": x, **places}} for mark, places in marks],
    }


def _note(shared: SharedRanges, side: str) -> str:
    """Say in the caption whether axes are equally long: their middles may differ."""
    if len(shared.ranges) <= 1:
        return ""
    if not shared.own_column:
        return f"{side} axes are equally long."
    return f"{side} axes of a length of their own: {', '.join(shared.own_column)}."


def _in_words(curves: Mapping[str, _Curves], slope: ChosenSlope) -> str:
    parts = []
    for label, one in curves.items():
        points = [
            f"{ratio_label(row['ratio'])} accuracy {one.centre + row['accuracy']:.3f}"
            + ("" if row["slope"] is None else f", slope {1.0 + row['slope']:.2f}")
            for row in one.rows
        ]
        parts.append(f"{label}: {'; '.join(points)}")
    return f"Accuracy and {slope.mean_name}. {'. '.join(parts)}."
