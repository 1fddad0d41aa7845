"""A chart as SVG and PNG, by vl-convert: no browser, no network, the same bytes every time."""

import html
import re
from typing import Final

import altair as alt
import vl_convert

from rdstats.charts.figure import Figure
from rdstats.charts.theme import CONFIG, LAYOUT

_GEOMETRY = re.compile(r' (?:d|transform|x2|y2)="[^"]*"')
_LONG_DECIMAL = re.compile(r"(\.\d\d)\d+")
_VEGA_LITE: Final = ".".join(alt.SCHEMA_VERSION.split(".")[:2])  # as altair's own saving does
PNG_SCALE: Final = 2.0


def to_svg(figure: Figure) -> str:
    """Return a figure as one SVG element that can stand in a page or in a file of its own.

    Coordinates keep two decimals, a hundredth of a pixel: files shrink by a third, and the last
    digits of a float no longer decide about the bytes.
    """
    chart = figure.chart.to_dict(validate=False)  # a third of the time; the tests validate
    spec = {**chart, **LAYOUT, "config": CONFIG, "datasets": figure.data.rows}
    svg = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE)
    svg = _GEOMETRY.sub(lambda found: _LONG_DECIMAL.sub(r"\1", found.group()), svg)
    return _labelled(svg, figure)


def to_png(svg: str) -> bytes:
    """Return an SVG as a PNG at twice its size, for slides and for looking at."""
    return bytes(vl_convert.svg_to_png(svg, scale=PNG_SCALE))


def inline(svg: str, number: int) -> str:
    """Return an SVG whose ids are its own, so that many can stand in one page."""
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\1figure-{number}-", svg)


def _labelled(svg: str, figure: Figure) -> str:
    """Give the SVG a title, a role and an alternative text."""
    label = html.escape(figure.alternative)
    title = html.escape(figure.title)
    start, end = svg.split(">", 1)
    start = start.replace("<svg ", f'<svg role="img" aria-label="{title}. {label}" ', 1)
    return f"{start}><title>{title}</title>{end}"
