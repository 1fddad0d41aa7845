"""How every page is made of its template: words, tables, charts, and the data that they share."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from rdstats.charts.files import converter
from rdstats.charts.theme import DARK, LIGHT
from rdstats.output.formats import write_whole
from rdstats.pages.glossary import GLOSSARY

Progress = Callable[[str, int, int], None]
"""Told what is done next, how many steps are done, and of how many."""

_TEMPLATES: Final = Path(__file__).parent / "templates"
_DIGITS: Final = 5


@dataclass(frozen=True)
class PageFigure:
    """A chart on a page: drawn in the reader's browser, of rows of a table that the page holds."""

    name: str  # in ids and file names: `drops`
    title: str
    table: str  # the data set, by its name
    chart: Any  # an altair chart; its own data are left out of the page
    canvas: bool = False  # many points

    @property
    def caption(self) -> str:
        """How to read it."""
        return str(self.chart.description)

    def spec(self) -> dict[str, Any]:
        """Return the Vega-Lite specification without data."""
        bare = self.chart.copy(deep=False)
        bare.data = "https://data.invalid"  # of the right type; the page puts its own there
        spec: dict[str, Any] = bare.to_dict(validate=False)
        return spec | {"data": {"name": self.table}}


def packed(value: object) -> str:
    """Return a value as JSON, compressed, in letters: nothing in it can be read as markup."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def columns(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a table by columns, numbers rounded, texts once each, as the page unfolds it."""
    return {"length": len(frame), "columns": {str(n): _column(c) for n, c in frame.items()}}


def _column(column: pd.Series) -> Any:
    if pd.api.types.is_bool_dtype(column):
        return column.tolist()
    if pd.api.types.is_float_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        finite = np.isfinite(values)
        if finite.all():
            return np.round(values, _DIGITS).tolist()
        pairs = zip(np.round(values, _DIGITS).tolist(), finite.tolist(), strict=True)
        return [value if there else None for value, there in pairs]
    if pd.api.types.is_integer_dtype(column):
        return [None if value is pd.NA else value for value in column.tolist()]
    codes, names = pd.factorize(column)
    return {"codes": codes.tolist(), "names": [str(name) for name in names]}


def render(
    template: str,
    *,
    figures: list[PageFigure] | None = None,
    data: Mapping[str, pd.DataFrame | Any] | None = None,
    choices: list[dict[str, Any]] | None = None,
    **values: object,
) -> str:
    """Return a page as HTML; every name in its values is escaped, whatever it holds.

    Args:
        template: Its name.
        figures: What is drawn, in order.
        data: The tables that figures and tables of the page share, by name.
        choices: Which panels can be chosen: a label, and the label of each panel by its key.
        values: What else the template shows.
    """
    parts = {f"data-{name}": packed(columns(frame)) for name, frame in (data or {}).items()}
    parts["page-figures"] = packed(
        {
            "figures": [
                {"name": each.name, "table": each.table, "canvas": each.canvas, "spec": each.spec()}
                for each in figures or []
            ],
            "choices": choices or [],
            "light": dict(LIGHT),
            "dark": dict(DARK),
        }
    )
    shared = {"figures": figures or [], "choices": choices or [], "parts_of_data": parts}
    shared |= {"bundle": Markup(_bundle()) if figures else ""}  # noqa: S704 - a library's own code
    shared |= {"script": Markup((_TEMPLATES / "page.js").read_text("utf-8"))}  # noqa: S704
    return _environment().get_template(template).render(**shared, **values)


@cache
def _bundle() -> str:
    """Return vega, vega-lite and vega-embed as one script, safe to stand in a page.

    vl-convert takes a second to join them, so the script is kept under ~/.cache/rdstats, by its
    version and behind its hash: what is damaged there is made anew.
    """
    kept = Path(f"~/.cache/rdstats/vega-{metadata.version('vl-convert-python')}.js")
    with suppress(OSError, ValueError, RuntimeError):  # the last: a user without a home
        digest, script = kept.expanduser().read_text("utf-8").split("\n", 1)
        if digest == _hash_line(script):
            return script
    script = str(converter().javascript_bundle()).replace("</script", "<\\/script")
    with suppress(OSError, RuntimeError):
        write_whole(kept.expanduser(), f"{_hash_line(script)}\n{script}".encode())
    return script


def _hash_line(script: str) -> str:
    return f"// {hashlib.sha256(script.encode()).hexdigest()}"


def glossed(text: str) -> Markup:
    """Return a text with the first of each term of the glossary explained in its place."""
    told: set[str] = set()

    def explain(found: re.Match[str]) -> str:
        term = found.group(0)
        if term.lower() in told:
            return term
        told.add(term.lower())
        meaning = escape(GLOSSARY[term.lower()])
        return f'<span class="term" tabindex="0">{term}<span role="tooltip">{meaning}</span></span>'

    words = "|".join(sorted(map(re.escape, GLOSSARY), key=len, reverse=True))
    plain = str(escape(text.replace(" %", "\u00a0%")))
    return Markup(re.sub(rf"\b(?:{words})\b", explain, plain, flags=re.IGNORECASE))  # noqa: S704


@cache
def _environment() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # "99 %" must not be torn apart at the end of a line.
    templates.filters["unbroken"] = lambda text: text.replace(" %", "\u00a0%")
    templates.filters["glossed"] = glossed
    return templates
