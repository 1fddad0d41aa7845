"""Boxplots of a value per model at each ratio, with the paper's marks (Figures 1 to 4)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from rdstats.charts.chosen import PER_MODEL, ChosenSlope
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
from rdstats.charts.theme import (
    INK,
    MUTED,
    VERDICT_COLOURS,
    line_at_one,
    nominal,
    quantitative,
    ratio_places,
)

_HEIGHT: Final = 230
_STEP: Final = 42  # pixels per ratio
_NOTHING: Final[Range] = (0.5, 1.5)
UNDEFINED: Final = "–"
"""The mark of a condition without an interval."""

Boxes = Mapping[str, Sequence[dict[str, Any]]]


def slope_boxplots(
    slopes: Table,
    conditions: Table,
    group: PanelGroup,
    *,
    slope: ChosenSlope = PER_MODEL,
) -> Figure:
    """Return the boxplots of one group of panels.

    Boxes hold the middle half of the models, whiskers reach to 1.5 times the box, dots are the
    models beyond. The mark under a ratio says whether the interval of its mean is below 1,
    above 1 or overlaps 1.

    Args:
        slopes: As `slopes_table` returns it.
        conditions: As `conditions_table` returns it, of the same selection.
        group: Which panels.
        slope: Whose values: slopes per model, or pseudo-values of the class-mean slope.
    """
    slopes, conditions = panel_table(slopes), panel_table(conditions)
    labels = [label for _, label in group.panels]
    boxes = {label: _boxes(slopes, conditions, key, group, slope) for key, label in group.panels}
    values = {
        label: [row["value"] for row in rows if row["value"] is not None]
        for label, rows in boxes.items()
    }
    shared = shared_ranges(
        {Panel("", label): span_of([1.0, *found]) for label, found in values.items() if found}
    )
    ranges = {label: range_of(shared, Panel("", label), _NOTHING) for label in labels}
    exploded = [label for label in labels if values[label] and is_exploded(ranges[label])]
    data = DataSets()
    per_row = group.panels_per_row
    panels = [
        _panel(
            data,
            label,
            boxes[label],
            ranges[label],
            title=slope.of_model_name if place % per_row == 0 else None,
        )
        for place, label in enumerate(labels)
    ]
    caption = (
        f"{_what(slope)} Box: middle half of the models; line: "
        "median; whiskers: up to 1.5 box lengths; dots: models beyond. Dashed line: 1, every "
        "class lost in proportion. Marks under the ratios: the interval of the mean is below 1 "
        f"(<), above 1 (>) or overlaps 1 (?). {_marks_note(boxes)} "
        f"{scale_note(shared)} {symlog_note(exploded)}"
    )
    chart = PanelGrid(panels, columns=per_row)
    what = "Slope α per model" if slope is PER_MODEL else "Class-mean slope, by model"
    title = f"{what}: {group.title}"
    return Figure("slopes", title, " ".join(caption.split()), _in_words(boxes), chart, data)


def _what(slope: ChosenSlope) -> str:
    if slope is PER_MODEL:
        return "Slope α of each model at each pruning ratio."
    return (
        "Class-mean slope at each pruning ratio, as what each model brings to it: the jackknife "
        "pseudo-value, M times the slope of all M models less M − 1 times the slope without it. "
        "The mean of a box is the class-mean slope."
    )


def _marks_note(boxes: Boxes) -> str:
    """Explain the marks that are not the paper's, where there are any."""
    marks = {row["mark"] for rows in boxes.values() for row in rows}
    notes = []
    if UNDEFINED in marks:
        notes.append(f"{UNDEFINED}: no interval, as for a single model or undefined slopes.")
    if ABSENT in marks:
        notes.append(f"{ABSENT}: the table has no rows.")
    return " ".join(notes)


def _boxes(
    slopes: PanelTable,
    conditions: PanelTable,
    key: PanelKey,
    group: PanelGroup,
    slope: ChosenSlope,
) -> list[dict[str, Any]]:
    """Return a record per model and ratio; a ratio without any value keeps its place."""
    boxes: list[dict[str, Any]] = []
    models = slopes.numbers(key, [slope.of_model])
    for ratio, row in ratio_rows(conditions, key, group):
        values: list[float | None] = [None]
        mark = ABSENT
        if row is not None:
            mark = row[slope.verdict] if isinstance(row[slope.verdict], str) else UNDEFINED
            if (here := models.get((ratio, row["stage"]))) is not None:
                values = here[~np.isnan(here)].tolist() or [None]
        shared = {"place": f"{ratio_label(ratio)}|{mark}", "mark": mark}
        boxes += [{**shared, "value": value, "distance": from_one(value)} for value in values]
    return boxes


def _panel(
    data: DataSets, label: str, rows: list[dict[str, Any]], range_: Range, *, title: str | None
) -> Drawing:
    places = list(dict.fromkeys(row["place"] for row in rows))
    boxes = {
        "mark": {
            "type": "boxplot",
            "size": 24,
            "ticks": False,
            "box": {"opacity": 0.75},
            "rule": {"color": MUTED},
            "median": {"color": INK, "thickness": 2},
            "outliers": {"size": 12, "filled": True, "opacity": 0.8},
        },
        "encoding": {
            "x": ratio_places(places),
            "y": quantitative(
                "distance", title=title, scale=slope_scale(range_), axis=slope_axis(range_)
            ),
            "color": nominal(
                "mark",
                legend=None,
                scale={"domain": list(VERDICT_COLOURS), "range": [*VERDICT_COLOURS.values()]},
            ),
        },
    }
    return {
        "data": data.add(rows),
        "layer": [line_at_one(data), boxes],
        "title": label,
        "width": _STEP * len(places),
        "height": _HEIGHT,
    }


def _in_words(boxes: Boxes) -> str:
    parts = []
    for label, rows in boxes.items():
        values: dict[str, list[float]] = {}
        for row in rows:
            found = values.setdefault(row["place"], [])
            if row["value"] is not None:
                found.append(row["value"])
        medians = [_median_in_words(place, found) for place, found in values.items()]
        parts.append(f"{label}: {', '.join(medians)}")
    return ". ".join(parts) + "."


def _median_in_words(place: str, values: list[float]) -> str:
    if values:
        return f"{place.replace('|', ' ')} median {np.median(values):.2f}"
    ratio, mark = place.split("|")
    return f"{ratio} {'not in the table' if mark == ABSENT else 'undefined'}"
