"""A figure as SVG and PNG, and as it stands in a page."""

from pathlib import Path
from typing import Final

import altair as alt

from rdstats.charts.figure import Figure
from rdstats.charts.rendering import Picture, Plan, render_png, render_svg
from rdstats.charts.theme import CONFIG, LAYOUT
from rdstats.output.formats import write_whole

VEGA_LITE: Final = ".".join(alt.SCHEMA_VERSION.split(".")[:2])  # as altair's own saving does


def plan_of(figure: Figure) -> Plan:
    """Return all that it takes to draw a figure."""
    chart = figure.chart.to_dict(validate=False)  # a third of the time; the tests validate
    spec = {**chart, **LAYOUT, "config": CONFIG, "datasets": figure.data.rows}
    return Plan(spec, VEGA_LITE, figure.data.pictures, figure.title, figure.alternative)


def to_svg(figure: Figure) -> str:
    """Return a figure as one SVG element that can stand in a page or in a file of its own."""
    return render_svg(plan_of(figure))


def to_png(svg: str) -> bytes:
    """Return an SVG as a PNG at twice its size, for slides and for looking at."""
    return render_png(svg)


def write_picture(picture: Picture, stem: Path) -> str:
    """Write a picture as `stem`.svg and `stem`.png, and return the SVG.

    Raises:
        OSError: The folder cannot be written.
    """
    write_whole(stem.with_name(f"{stem.name}.svg"), picture.svg.encode())
    write_whole(stem.with_name(f"{stem.name}.png"), picture.png)
    return picture.svg


def inline(svg: str, number: int) -> str:
    """Return an SVG whose ids are its own, so that many can stand in one page."""
    for start in (' id="', "url(#", 'href="#'):
        svg = svg.replace(start, f"{start}figure-{number}-")
    return svg
