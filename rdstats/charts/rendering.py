"""Which fonts a figure needs: almost always the one that vl-convert brings along.

vl-convert reads a font that the system has from its file again for every letter, which took half
the time of a report; its own Liberation Sans is in memory, and the same on every machine.
"""

import html
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import vl_convert

from rdstats.charts.theme import FONT, LAYOUT_FONT

_NONE_OF_THE_SYSTEM: Final = Path(__file__).with_name("only-vendored-fonts.conf")
# Latin, Greek, Cyrillic; a letter too few here costs time, one too many would not be drawn.
_IN_LIBERATION_SANS: Final = frozenset(
    chr(code)
    for first, last in ((0x20, 0x7E), (0xA0, 0x17F), (0x384, 0x3CE), (0x400, 0x45F))
    for code in range(first, last + 1)
    if code not in (0x38B, 0x38D, 0x3A2)
) | frozenset("–—‘’“”…−×≥≤∞≠≈·•†")


def needs_system_fonts(spec: Mapping[str, Any]) -> bool:
    """Say whether a specification has letters that Liberation Sans may lack, as in 类 or 🐈."""
    return not _IN_LIBERATION_SANS.issuperset(json.dumps(spec, ensure_ascii=False))


def environment_for(environment: Mapping[str, str], *, system_fonts: bool) -> dict[str, str]:
    """Return the environment of a process that draws with the system's fonts, or without them."""
    if system_fonts:
        return dict(environment)
    return {**environment, "FONTCONFIG_FILE": str(_NONE_OF_THE_SYSTEM)}


PNG_SCALE: Final = 2.0
_GEOMETRY = re.compile(r' (?:d|transform|x2|y2)="[^"]*"')
_LONG_DECIMAL = re.compile(r"(\.\d\d)\d+")
_PICTURE = re.compile(r'(<image [^>]*href=")(data:,\d+)"')
# JSON writes them so; two backslashes before it are a backslash of the text's own.
_CONTROL_IN_JSON = re.compile(r"(?<!\\)((?:\\\\)*)\\u00([01][0-9a-f])")
_NO_CHARACTER = re.compile("[\ufffe\uffff\ud800-\udfff]")
_PAGE_FONT: Final = f'font-family="{FONT}"'
_DRAWN_FONT: Final = f'font-family="{LAYOUT_FONT}"'


@dataclass(frozen=True)
class Plan:
    """All that it takes to draw a figure; it pickles.

    Attributes:
        spec: The Vega-Lite specification, with its rows.
        version: Of Vega-Lite, as vl-convert names it: `6.1`.
        pictures: Data URIs, by the address that stands for each in the rows.
        title: Of the SVG.
        alternative: The findings for who cannot see it.
    """

    spec: dict[str, Any]
    version: str
    pictures: Mapping[str, str]
    title: str
    alternative: str


@dataclass(frozen=True)
class Picture:
    """A figure as it stands in files."""

    svg: str
    png: bytes


def render(plan: Plan) -> Picture:
    """Return a figure as SVG and PNG."""
    svg = render_svg(plan)
    return Picture(svg, render_png(svg))


def wake_up(version: str) -> None:
    """Draw something small, so that the first figure does not wait for JavaScript to load."""
    with suppress(ValueError):  # whatever is wrong, the first figure meets it again and tells
        render(Plan({"mark": "text", "data": {"values": [{}]}}, version, {}, "", ""))


def render_svg(plan: Plan) -> str:
    """Return a figure as one SVG element that can stand in a page or in a file of its own.

    Coordinates keep two decimals, a hundredth of a pixel: files shrink by a third, and the last
    digits of a float no longer decide about the bytes.
    """
    spec = writable(json.dumps(plan.spec, ensure_ascii=False))
    svg = vl_convert.vegalite_to_svg(spec, vl_version=plan.version)
    svg = _GEOMETRY.sub(lambda found: _LONG_DECIMAL.sub(r"\1", found.group()), svg)
    svg = svg.replace(_DRAWN_FONT, _PAGE_FONT)
    svg = _PICTURE.sub(lambda found: f'{found[1]}{plan.pictures[found[2]]}"', svg)
    return _labelled(svg, plan)


def render_png(svg: str) -> bytes:
    """Return an SVG as a PNG at twice its size, for slides and for looking at.

    Pictures in it have the PNG's pixels (`raster`), so that the nearest is the right one.
    """
    svg = svg.replace(_PAGE_FONT, _DRAWN_FONT)
    svg = svg.replace("<image ", '<image image-rendering="optimizeSpeed" ')
    return bytes(vl_convert.svg_to_png(svg, scale=PNG_SCALE))


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


def _labelled(svg: str, plan: Plan) -> str:
    """Give the SVG a title, a role and an alternative text."""
    title, label = (html.escape(drawable(text)) for text in (plan.title, plan.alternative))
    start, end = svg.split(">", 1)
    start = start.replace("<svg ", f'<svg role="img" aria-label="{title}. {label}" ', 1)
    return f"{start}><title>{title}</title>{end}"
