"""Accuracy and slope against the ratio, on two axes that are aligned (Figure 13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from rdstats.charts.figure import Figure, figure_of_panels
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
from rdstats.charts.slopes import PER_MODEL, ShownSlope
from rdstats.charts.theme import LINE, POINT, Drawing, layer, no_rows, quantitative, reference_line
from rdstats.output.words import records

_WIDTH: Final = 150
_HEIGHT: Final = 170
_ROOM: Final = 1.15  # above the highest and below the lowest error bar
_LEAST: Final = 0.005  # half the length of an axis on which nothing moves
_CAP: Final = 8  # width of an error bar's ends, in pixels


@dataclass(frozen=True)
class _Curves:
    """A record per ratio, 1 first, as distances from the middle of its axis; and that accuracy."""

    rows: Sequence[dict[str, Any]]
    centre: float


def tradeoff_figure(
    tradeoff: PanelTable, group: PanelGroup, *, slope: ShownSlope = PER_MODEL
) -> Figure:
    """Return accuracy and slope against the ratio, a panel per data set, network and method.

    The middle of the left axis is the mean accuracy before pruning, the middle of the right
    one slope 1: where the curve of accuracy is above the dashed line and that of the slope below,
    pruning made networks better and gaps between classes narrower.

    Args:
        tradeoff: As `tradeoff` returns it.
        group: Which panels; more than five are broken into rows of `panels_per_row`.
        slope: The mean slope per model, or the class-mean slope.
    """
    curves = {
        label: found
        for key, label in group.panels
        if (found := _curves(tradeoff, key, group, slope)) is not None
    }
    accuracy, slopes = (
        shared_ranges({Panel("", label): _around(one, name) for label, one in curves.items()})
        for name in ("accuracy", "slope")
    )
    of_accuracy = {panel.column: range_ for panel, range_ in accuracy.ranges.items()}
    of_slope = {one.column: (low + 1.0, high + 1.0) for one, (low, high) in slopes.ranges.items()}
    exploded = [label for label, range_ in of_slope.items() if is_exploded(range_)]
    ratios = sorted({row["ratio"] for one in curves.values() for row in one.rows})
    per_row = group.panels_per_row
    panels = [
        _panel(
            label,
            curves[label],
            of_accuracy[label],
            of_slope[label],
            ratios,
            titles=(
                None if place % per_row else "accuracy",
                slope.mean_name if place % per_row == per_row - 1 else None,
            ),
        )
        if label in curves
        else no_rows(title=label, width=_WIDTH, height=_HEIGHT)
        for place, (_, label) in enumerate(group.panels)
    ]
    per_model = slope is PER_MODEL
    what = "mean slope α over models" if per_model else "class-mean slope, with its jackknife error"
    caption = (
        "Blue circles, left axis: mean accuracy, at ratio 1 before pruning. Orange squares, right "
        f"axis: {what}. Bars: one standard error over models on either side; where none "
        "is seen it is smaller than the mark. Dashed line: the accuracy before pruning, and slope "
        "1, which stand in the middle of their axes. "
        f"{_note(accuracy, 'Left')} {_note(slopes, 'Right')} {symlog_note(exploded)}"
    )
    title = f"Accuracy and {slope.mean_name} against the pruning ratio: {group.title}"
    words = _in_words(curves, slope)
    return figure_of_panels("tradeoff", title, caption, words, panels, per_row)


def _curves(
    tradeoff: PanelTable, key: PanelKey, group: PanelGroup, slope: ShownSlope
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


def _panel(
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
    shared = {"grid": False, "tickCount": 5}
    accuracies = f"format(datum.value + {curves.centre!r}, '.3f')"
    left = {"title": titles[0], "labelExpr": accuracies, "orient": "left", **shared}
    left |= {"titleColor": POINT, "labelColor": POINT}
    colours = {"titleColor": LINE, "labelColor": LINE}
    right = slope_axis(slope, title=titles[1], orient="right", **colours, **shared)
    y = quantitative("accuracy", scale=linear_scale(accuracy), axis=left)
    other_y = quantitative("slope", scale=slope_scale(slope), axis=right)
    return {
        "layer": [
            reference_line(y={"value": _HEIGHT / 2}),
            _curve(curves.rows, x, y, POINT, "circle"),
            _curve(curves.rows, x, other_y, LINE, "square"),
        ],
        "resolve": {"scale": {"y": "independent"}},
        "title": label,
        "width": _WIDTH,
        "height": _HEIGHT,
    }


def _curve(
    rows: Sequence[dict[str, Any]], x: Drawing, y: Drawing, colour: str, shape: str
) -> Drawing:
    """Return a line with a mark and an error bar at every ratio that has a value."""
    low, high = (quantitative(f"{y['field']}_{end}") for end in ("low", "high"))
    stroke = {"color": colour, "strokeWidth": 1.5}
    cap = {"color": colour, "thickness": 1.5, "size": _CAP, "orient": "horizontal", "opacity": 1}
    point = {"color": colour, "shape": shape, "filled": True, "size": 40, "opacity": 1}
    layers = [
        layer(rows, "line", look=stroke, x=x, y=y),
        layer(rows, "rule", look=stroke, x=x, y=low, y2={"field": high["field"]}),
        layer(rows, "tick", look=cap, x=x, y=low),
        layer(rows, "tick", look=cap, x=x, y=high),
        layer(rows, "point", look=point, x=x, y=y),
    ]
    return {"layer": layers}


def _note(shared: SharedRanges, side: str) -> str:
    """Say in the caption whether axes are equally long: their middles may differ."""
    own = f"{side} axes of a length of their own: {', '.join(shared.own_column)}."
    note = own if shared.own_column else f"{side} axes are equally long."
    return note if len(shared.ranges) > 1 else ""


def _in_words(curves: Mapping[str, _Curves], slope: ShownSlope) -> str:
    parts = []
    for label, one in curves.items():
        points = [
            f"{ratio_label(row['ratio'])} accuracy {one.centre + row['accuracy']:.3f}"
            + ("" if row["slope"] is None else f", slope {1.0 + row['slope']:.2f}")
            for row in one.rows
        ]
        parts.append(f"{label}: {'; '.join(points)}")
    return f"Accuracy and {slope.mean_name}. {'. '.join(parts)}."
