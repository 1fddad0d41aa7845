"""How every chart looks: fonts that are everywhere, colours that everybody tells apart."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from rdstats.charts.figure import DataSets, Drawing

# Arial and Liberation Sans have the same widths, so the renderer's layout (Liberation Sans, which
# vl-convert brings along) still fits when a browser shows the SVG in Arial or Helvetica.
FONT: Final = "Arial, Helvetica, Liberation Sans, sans-serif"
LAYOUT_FONT: Final = "Liberation Sans"

INK: Final = "#1f2328"
MUTED: Final = "#59636e"
GRID: Final = "#e4e7eb"
POINT: Final = "#0072b2"
LINE: Final = "#d55e00"
REFERENCE: Final = "#8b949e"

# Okabe and Ito (2008): told apart with any common colour blindness, and in grey.
VERDICT_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {"<": "#0072b2", "?": "#999999", ">": "#d55e00"}
)

# Laid over a finished specification: as a property of the chart altair would copy it all again.
LAYOUT: Final[Mapping[str, Any]] = MappingProxyType({"autosize": "pad", "padding": 8})
CONFIG: Final[Mapping[str, Any]] = {
    "aria": False,  # the figure carries one alternative text; marks need none
    "background": "white",
    "font": LAYOUT_FONT,
    "axis": {
        "domainColor": MUTED,
        "gridColor": GRID,
        "labelColor": INK,
        "labelFontSize": 11,
        "labelLimit": 0,  # else each label is measured again and again: half of Vega's time
        "labelLineHeight": 14,
        "tickColor": MUTED,
        "titleColor": INK,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titleLimit": 0,
    },
    "concat": {"spacing": 14},
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "labelLimit": 0,
        "orient": "top",
        "title": None,
    },
    "title": {
        "anchor": "start",
        "color": INK,
        "fontSize": 13,
        "fontWeight": "bold",
        "frame": "group",
        "subtitleColor": INK,
        "subtitleFontSize": 11,
    },
    "view": {"stroke": "#c8cdd3"},
}


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
