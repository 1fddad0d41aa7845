"""A finished picture: the chart, what stands beside it in words, and how it is saved.

As SVG and PNG, without a browser: by vl-convert.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import altair as alt
import vl_convert

from rdstats.charts.theme import CONFIG, FONT, LAYOUT, LAYOUT_FONT, Drawing
from rdstats.output.formats import write_whole

PNG_SCALE: Final = 2.0
VEGA_LITE: Final = ".".join(alt.SCHEMA_VERSION.split(".")[:2])  # as altair's own saving does
_GEOMETRY = re.compile(r' (?:d|transform|x2|y2)="[^"]*"')
_LONG_DECIMAL = re.compile(r"(\.\d\d)\d+")
# JSON writes them so; two backslashes before it are a backslash of the text's own.
_CONTROL_IN_JSON = re.compile(r"(?<!\\)((?:\\\\)*)\\u00([01][0-9a-f])")
_NO_CHARACTER = re.compile("[\ufffe\uffff\ud800-\udfff]")
_PAGE_FONT: Final = f'font-family="{FONT}"'
_DRAWN_FONT: Final = f'font-family="{LAYOUT_FONT}"'


@dataclass(frozen=True)
class PanelGrid:
    """Panels side by side, in rows of `columns`."""

    panels: Sequence[Drawing]
    columns: int

    def to_dict(self, *, validate: bool = True) -> dict[str, Any]:
        """Return the Vega-Lite specification, held against its schema if `validate`."""
        spec = {"$schema": alt.SCHEMA_URL, "concat": list(self.panels), "columns": self.columns}
        if validate:
            alt.ConcatChart.from_dict(spec)
        return spec


@dataclass(frozen=True)
class Figure:
    """One picture of a report."""

    kind: str  # what it is, in file names: `slopes`, `intervals`, `balances`
    title: str  # one line above it
    caption: str  # how to read it, with every choice of scale
    alternative: str  # the same findings for who cannot see it
    chart: alt.LayerChart | alt.FacetChart | PanelGrid


Plan = tuple[str, str, str]
"""All that it takes to draw a figure, as texts: its specification in JSON, title, alternative."""


def figure_of_panels(
    kind: str, title: str, caption: str, alternative: str, panels: Sequence[Drawing], columns: int
) -> Figure:
    """Return panels as a figure; its caption is of sentences of which some may be empty."""
    return Figure(kind, title, " ".join(caption.split()), alternative, PanelGrid(panels, columns))


class Picture(NamedTuple):
    """A figure as it stands in files."""

    svg: str
    png: bytes


def plan_of(figure: Figure) -> Plan:
    """Return all that it takes to draw a figure."""
    chart: dict[str, Any] = figure.chart.to_dict(validate=False)  # the tests validate
    spec = json.dumps({**chart, **LAYOUT, "config": CONFIG}, ensure_ascii=False)
    return writable(spec), figure.title, figure.alternative


def render(plan: Plan) -> Picture:
    """Return a planned figure as SVG and PNG."""
    svg = _svg_of(plan)
    return Picture(svg, to_png(svg))


def to_svg(figure: Figure) -> str:
    """Return a figure as one SVG element that can stand in a page or in a file of its own.

    Coordinates keep two decimals, a hundredth of a pixel: files shrink by a third, and the last
    digits of a float no longer decide about the bytes.
    """
    return _svg_of(plan_of(figure))


def to_png(svg: str) -> bytes:
    """Return an SVG as a PNG at twice its size, for slides and for looking at.

    Pictures in it have the PNG's pixels (`raster`), so that the nearest is the right one.
    """
    svg = svg.replace(_PAGE_FONT, _DRAWN_FONT)
    svg = svg.replace("<image ", '<image image-rendering="optimizeSpeed" ')
    return bytes(vl_convert.svg_to_png(svg, scale=PNG_SCALE))


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


def writable(spec: str) -> str:
    """Return JSON whose texts an SVG can hold.

    XML forbids most control characters: they are seen as R prints them, `<U+001B>`. (Not with a
    backslash, which Vega reads again where a name stands in an expression.)
    """
    spec = _CONTROL_IN_JSON.sub(lambda found: f"{found[1]}<U+00{found[2].upper()}>", spec)
    return _NO_CHARACTER.sub(lambda found: f"<U+{ord(found.group()):04X}>", spec)


def drawable(text: str) -> str:
    """Return a text as `writable` writes it, for expressions that spell its letters."""
    drawn: str = json.loads(writable(json.dumps(text, ensure_ascii=False)))
    return drawn


def _svg_of(plan: Plan) -> str:
    spec, *texts = plan
    svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    svg = _GEOMETRY.sub(lambda found: _LONG_DECIMAL.sub(r"\1", found.group()), svg)
    svg = svg.replace(_DRAWN_FONT, _PAGE_FONT)
    title, label = (html.escape(drawable(text)) for text in texts)
    start, end = svg.split(">", 1)
    start = start.replace("<svg ", f'<svg role="img" aria-label="{title}. {label}" ', 1)
    return f"{start}><title>{title}</title>{end}"
