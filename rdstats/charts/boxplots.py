"""Boxplots of the slope per model at each ratio, with the paper's marks (Figures 1 to 4)."""

from typing import Any, Final

import altair as alt
import pandas as pd

from rdstats.charts.figure import DataSets, Drawing, Figure
from rdstats.charts.panels import PanelGroup, panel_rows, ratio_label
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
from rdstats.charts.theme import INK, MUTED, REFERENCE, VERDICT_COLOURS
from rdstats.tables.records import records

_PANELS_PER_ROW: Final = 4
_HEIGHT: Final = 230
_STEP: Final = 42  # pixels per ratio
_UNDEFINED: Final = "–"


def slope_boxplots(slopes: pd.DataFrame, conditions: pd.DataFrame, group: PanelGroup) -> Figure:
    """Return the boxplots of one group of panels.

    Boxes hold the middle half of the models, whiskers reach to 1.5 times the box, dots are the
    models beyond. The mark under a ratio says whether the interval of its mean is below 1,
    above 1 or overlaps 1.

    Args:
        slopes: As `slopes_table` returns it.
        conditions: As `conditions_table` returns it, of the same selection.
        group: Which panels.
    """
    labels = [label for _, label in group.panels]
    boxes = {
        label: _boxes(panel_rows(slopes, key), panel_rows(conditions, key))
        for key, label in group.panels
    }
    shared = shared_ranges(
        {
            Panel("", label): span_of([1.0, *(r["alpha"] for r in rows if r["alpha"] is not None)])
            for label, rows in boxes.items()
        }
    )
    ranges = {label: shared.ranges[Panel("", label)] for label in labels}
    exploded = [label for label in labels if is_exploded(ranges[label])]
    data = DataSets()
    panels = [
        _panel(data, label, boxes[label], ranges[label], titled=place % _PANELS_PER_ROW == 0)
        for place, label in enumerate(labels)
    ]
    caption = (
        "Slope α of each model at each pruning ratio. Box: middle half of the models; line: "
        "median; whiskers: up to 1.5 box lengths; dots: models beyond. Dashed line: α = 1, every "
        "class lost in proportion. Marks under the ratios: the interval of the mean is below 1 "
        f"(<), above 1 (>) or overlaps 1 (?). {scale_note(shared)} {symlog_note(exploded)}"
    )
    chart = alt.concat(*panels, columns=_PANELS_PER_ROW)
    title = f"Slope α per model: {group.title}"
    return Figure("slopes", title, caption, _in_words(boxes), chart, data)


def _boxes(slopes: pd.DataFrame, conditions: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a record per model and condition; a condition without any slope keeps its place."""
    boxes: list[dict[str, Any]] = []
    for row in records(conditions):
        mark = row["verdict"] if isinstance(row["verdict"], str) else _UNDEFINED
        shared = {"place": f"{ratio_label(row['ratio'])}|{mark}", "mark": mark}
        here = slopes[(slopes["ratio"] == row["ratio"]) & (slopes["stage"] == row["stage"])]
        values = here["alpha"].dropna().tolist() or [None]
        boxes += [{**shared, "alpha": alpha, "distance": from_one(alpha)} for alpha in values]
    return boxes


def _panel(
    data: DataSets, label: str, rows: list[dict[str, Any]], range_: Range, *, titled: bool
) -> Drawing:
    places = list(dict.fromkeys(row["place"] for row in rows))
    x = alt.X(
        "place:O",
        sort=places,
        title="pruning ratio",
        axis=alt.Axis(labelAngle=0, labelExpr="split(datum.value, '|')", grid=False),
    )
    y = alt.Y(
        "distance:Q",
        title="slope α of a model" if titled else None,
        scale=slope_scale(range_),
        axis=slope_axis(range_),
    )
    colour = alt.Color(
        "mark:N",
        legend=None,
        scale=alt.Scale(domain=list(VERDICT_COLOURS), range=list(VERDICT_COLOURS.values())),
    )
    boxes = (
        alt.Chart()
        .mark_boxplot(
            size=24,
            ticks=False,
            box={"opacity": 0.75},
            rule={"color": MUTED},
            median={"color": INK, "thickness": 2},
            outliers={"size": 12, "filled": True, "opacity": 0.8},
        )
        .encode(x=x, y=y, color=colour)
    )
    one = (
        alt.Chart()
        .mark_rule(color=REFERENCE, strokeDash=[5, 4], strokeWidth=1.5)
        .encode(y=alt.YDatum(0.0))
    )
    return alt.layer(
        one,
        boxes,
        data=data.add(rows),
        title=label,
        width=_STEP * len(places),
        height=_HEIGHT,
    )


def _in_words(boxes: dict[str, list[dict[str, Any]]]) -> str:
    parts = []
    for label, rows in boxes.items():
        values: dict[str, list[float]] = {}
        for row in rows:
            found = values.setdefault(row["place"], [])
            if row["alpha"] is not None:
                found.append(row["alpha"])
        medians = [
            f"{place.replace('|', ' ')} median {pd.Series(found).median():.2f}"
            if found
            else f"{place.split('|')[0]} undefined"
            for place, found in values.items()
        ]
        parts.append(f"{label}: {', '.join(medians)}")
    return ". ".join(parts) + "."
