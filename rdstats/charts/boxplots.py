"""Boxplots of a value per model at each ratio, with the paper's marks (Figures 1 to 4)."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

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
from rdstats.charts.slopes import PER_MODEL, ShownSlope
from rdstats.charts.theme import (
    INK,
    MUTED,
    VERDICT_COLOURS,
    Drawing,
    layer,
    nominal,
    quantitative,
    ratio_places,
    reference_line,
)

_HEIGHT: Final = 230
_STEP: Final = 42  # pixels per ratio
UNDEFINED: Final = "–"
"""The mark of a condition without an interval."""

_UNDEFINED_NOTE: Final = f"{UNDEFINED}: no interval, as for a single model or undefined slopes."
_PER_MODEL: Final = "Slope α of each model at each pruning ratio."
_CLASS_MEAN: Final = (
    "Class-mean slope at each pruning ratio, as what each model brings to it: the jackknife "
    "pseudo-value, M times the slope of all M models less M − 1 times the slope without it. The "
    "mean of a box is the class-mean slope."
)


def slope_boxplots(
    slopes: PanelTable, conditions: PanelTable, group: PanelGroup, *, slope: ShownSlope = PER_MODEL
) -> Figure:
    """Return the boxplots of one group of panels.

    Boxes hold the middle half of the models, whiskers reach to 1.5 times the box, dots are the
    models beyond. The mark under a ratio says whether the interval of its mean is below 1,
    above 1 or overlaps 1.

    Args:
        slopes: As `slopes` returns it.
        conditions: As `conditions` returns it, of the same selection.
        group: Which panels.
        slope: Whose values: slopes per model, or pseudo-values of the class-mean slope.
    """
    boxes = {label: _boxes(slopes, conditions, key, group, slope) for key, label in group.panels}
    values = {
        label: [row["value"] for row in rows if row["value"] is not None]
        for label, rows in boxes.items()
    }
    ranges, note = slope_ranges(values)
    columns = group.panels_per_row
    panels = [
        _panel(label, rows, ranges[label], None if place % columns else slope.of_model_name)
        for place, (label, rows) in enumerate(boxes.items())
    ]
    marks = {row["mark"] for rows in boxes.values() for row in rows}
    what = "Slope α per model" if slope is PER_MODEL else "Class-mean slope, by model"
    caption = (
        f"{_PER_MODEL if slope is PER_MODEL else _CLASS_MEAN} Box: middle half of the models; "
        "line: median; whiskers: up to 1.5 box lengths; dots: models beyond. Dashed line: 1, "
        "every class lost in proportion. Marks under the ratios: the interval of the mean is "
        "below 1 (<), above 1 (>) or overlaps 1 (?). "
        f"{_UNDEFINED_NOTE * (UNDEFINED in marks)} {ABSENT_NOTE * (ABSENT in marks)} {note}"
    )
    title = f"{what}: {group.title}"
    return figure_of_panels("slopes", title, caption, _in_words(boxes), panels, columns)


def _boxes(
    slopes: PanelTable,
    conditions: PanelTable,
    key: PanelKey,
    group: PanelGroup,
    slope: ShownSlope,
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


def _panel(label: str, rows: Sequence[dict[str, Any]], range_: Range, title: str | None) -> Drawing:
    places = list(dict.fromkeys(row["place"] for row in rows))
    marks = {"domain": list(VERDICT_COLOURS), "range": list(VERDICT_COLOURS.values())}
    look = {
        "size": 24,
        "ticks": False,
        "box": {"opacity": 0.75},
        "rule": {"color": MUTED},
        "median": {"color": INK, "thickness": 2},
        "outliers": {"size": 12, "filled": True, "opacity": 0.8},
    }
    channels = {
        "x": ratio_places(places),
        "y": quantitative(
            "distance", title=title, scale=slope_scale(range_), axis=slope_axis(range_)
        ),
        "color": nominal("mark", legend=None, scale=marks),
    }
    layers = [reference_line(y={"datum": 0.0}), layer(rows, "boxplot", look=look, **channels)]
    return {"layer": layers, "title": label, "width": _STEP * len(places), "height": _HEIGHT}


def _in_words(boxes: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    parts = []
    for label, rows in boxes.items():
        medians = []
        for place, here in itertools.groupby(rows, key=lambda row: row["place"]):
            ratio, mark = place.split("|")
            values = [row["value"] for row in here if row["value"] is not None]
            if values:
                medians.append(f"{ratio} {mark} median {np.median(values):.2f}")
            else:
                medians.append(f"{ratio} {'not in the table' if mark == ABSENT else 'undefined'}")
        parts.append(f"{label}: {', '.join(medians)}")
    return f"{'. '.join(parts)}."
