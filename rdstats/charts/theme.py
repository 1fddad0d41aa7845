"""How every chart looks: fonts that are everywhere, colours that everybody tells apart."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

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
