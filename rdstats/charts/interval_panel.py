"""One panel of intervals: points with whiskers at each ratio, around slope 1."""

from collections.abc import Sequence
from typing import Any, Final

from rdstats.charts.chosen import CLASS_MEAN, PER_MODEL
from rdstats.charts.figure import DataSets, Drawing
from rdstats.charts.parts import line_at_one, nominal, quantitative, ratio_places
from rdstats.charts.scales import Range, slope_axis, slope_scale
from rdstats.charts.theme import LINE, POINT

_HEIGHT: Final = 230
_STEP: Final = 38
_CAP: Final = 11  # width of an interval's ends, in pixels
_CAP_BESIDE: Final = 8  # the same where two slopes stand beside each other
RETRAINED: Final = "α per model if only trained again"
_COLOURS: Final = {CLASS_MEAN.name: POINT, PER_MODEL.name: LINE, RETRAINED: "#e69f00"}
BOTH: Final = (CLASS_MEAN, PER_MODEL)
"""The headline, and the paper's slope beside it."""


def interval_panel(
    data: DataSets,
    label: str,
    rows: list[dict[str, Any]],
    retrained: Sequence[float | None],
    range_: Range,
    *,
    title: str | None,
    legend: bool,
) -> Drawing:
    """Return the panel of one set of conditions.

    Args:
        data: Takes the rows.
        label: What the panel is called.
        rows: A record per place and slope: `place`, `slope`, and `mean`, `low` and `high` as
            distances from 1.
        retrained: The retrain reference as distance from 1; empty where there is none.
        range_: Of slopes, on the axis.
        title: Of the vertical axis.
        legend: Whether several slopes stand at each place, and have a legend.
    """
    places = list(dict.fromkeys(row["place"] for row in rows))
    scale = {"domain": list(_COLOURS), "range": list(_COLOURS.values())}
    symbols = {"symbolType": "circle", "symbolSize": 80} if legend else None
    colour = nominal("slope", scale=scale, legend=symbols)
    shape = nominal("slope", scale={**scale, "range": ["circle", "square", "stroke"]})
    if not legend:
        shape["legend"] = None
    y = quantitative("mean", title=title, scale=slope_scale(range_), axis=slope_axis(range_))
    here = {
        "x": ratio_places(places, scale={"paddingInner": 0.5, "paddingOuter": 0.25}),
        "xOffset": nominal("slope", sort=[slope.name for slope in BOTH]),
        "color": colour,
    }
    again = {
        "data": data.add([{"slope": RETRAINED, "mean": value} for value in retrained]),
        "mark": {"type": "rule", "strokeDash": [2, 3], "strokeWidth": 2},
        "encoding": {"y": y, "color": colour},
    }
    whiskers = {
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {**here, "y": quantitative("low"), "y2": {"field": "high"}},
    }
    # Wider than the point, so that an interval smaller than the point is still seen.
    cap = {"type": "tick", "thickness": 1.5, "size": _CAP_BESIDE if legend else _CAP}
    ends = [
        {
            "mark": {**cap, "orient": "horizontal", "opacity": 1},
            "encoding": {**here, "y": quantitative(bound)},
        }
        for bound in ("low", "high")
    ]
    points = {
        "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
        "encoding": {**here, "y": y, "shape": shape},
    }
    return {
        "data": data.add(rows),
        "layer": [line_at_one(data), again, whiskers, *ends, points],
        "title": label,
        "width": _STEP * len(places),
        "height": _HEIGHT,
    }
