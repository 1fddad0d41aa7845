"""How every chart looks: fonts that are everywhere, colours that everybody tells apart."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import altair as alt

Drawing = dict[str, Any]
"""A panel or a layer of one in the words of Vega-Lite (vega.github.io/vega-lite/docs).

Plain dictionaries where there are many panels: altair copies a chart some twenty times on its way
through layers and a grid, and made the paper's thirteen figures cost 11.4 seconds, not 7.9.
"""

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


DASHED: Final[Mapping[str, Any]] = MappingProxyType(
    {"color": REFERENCE, "strokeDash": [5, 4], "strokeWidth": 1.5}
)
"""A line to compare with."""


def of_rows(rows: Iterable[dict[str, Any]]) -> alt.Chart:
    """Return a chart of rows, without a mark yet."""
    return alt.Chart(alt.InlineData(values=list(rows)))


def layer(rows: Sequence[dict[str, Any]], mark: str, **encoding: Any) -> Drawing:
    """Return one layer of a panel, in the words of Vega-Lite.

    Args:
        rows: What is drawn.
        mark: Of each row, or of all rows together.
        encoding: The channels, and as `look` the other properties of the mark.
    """
    look = encoding.pop("look", {})
    return {"data": {"values": rows}, "mark": {"type": mark, **look}, "encoding": encoding}


def nominal(field: str, **properties: Any) -> Drawing:
    """Return the channel that shows a column of names."""
    return {"field": field, "type": "nominal", **properties}


def quantitative(field: str, **properties: Any) -> Drawing:
    """Return the channel that shows a column of numbers."""
    return {"field": field, "type": "quantitative", **properties}


def ratio_places(places: list[str], **properties: Any) -> Drawing:
    """Return the horizontal channel of a chart with a place per pruning ratio, in that order.

    What stands after the bar of a place like `2×|<` is a second line.
    """
    axis = {"labelAngle": 0, "labelExpr": "split(datum.value, '|')", "grid": False}
    shown = {"sort": places, "title": "pruning ratio", "axis": axis}
    return {"field": "place", "type": "ordinal", **shown, **properties}


def reference_line(**place: Any) -> Drawing:
    """Return a dashed line to compare with, drawn once and not per row of what it is laid under."""
    return layer([{}], "rule", look=DASHED, **place)


def no_rows(**properties: Any) -> Drawing:
    """Return a panel that says that the table has nothing to show there."""
    text = layer([{"text": "no rows"}], "text", look={"color": MUTED}, text=nominal("text"))
    return {**text, **properties}
