"""What several charts draw alike, in the words of Vega-Lite."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from rdstats.charts.figure import DataSets, Drawing
from rdstats.charts.theme import MUTED, REFERENCE

RATIO_AXIS: Final[Mapping[str, Any]] = MappingProxyType(
    {"labelAngle": 0, "labelExpr": "split(datum.value, '|')", "grid": False}
)
"""An axis of places like `2×|<`: what stands after the bar is a second line."""

DASHED: Final[Mapping[str, Any]] = MappingProxyType(
    {"type": "rule", "color": REFERENCE, "strokeDash": [5, 4], "strokeWidth": 1.5}
)
"""The mark of a line to compare with."""


def nominal(field: str, **properties: Any) -> dict[str, Any]:
    """Return the channel that shows a column of names."""
    return {"field": field, "type": "nominal", **properties}


def quantitative(field: str, **properties: Any) -> dict[str, Any]:
    """Return the channel that shows a column of numbers."""
    return {"field": field, "type": "quantitative", **properties}


def ratio_places(places: list[str], **properties: Any) -> dict[str, Any]:
    """Return the horizontal channel of a chart with a place per pruning ratio, in that order."""
    axis = dict(RATIO_AXIS)
    shown = {"sort": places, "title": "pruning ratio", "axis": axis}
    return {"field": "place", "type": "ordinal", **shown, **properties}


def line_at_one(data: DataSets) -> Drawing:
    """Return the dashed line at slope 1 of a chart that draws slopes `from_one`."""
    return {"data": data.one_row(), "mark": dict(DASHED), "encoding": {"y": {"datum": 0.0}}}


def no_rows(data: DataSets, **properties: Any) -> Drawing:
    """Return a panel that says that the table has nothing to show there."""
    return {
        "data": data.add([{"text": "no rows"}]),
        "mark": {"type": "text", "color": MUTED},
        "encoding": {"text": nominal("text")},
        **properties,
    }
