"""How every page is made of its template."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import jinja2

Progress = Callable[[str, int, int], None]
"""Told what is done next, how many steps are done, and of how many."""

_TEMPLATES: Final = Path(__file__).parent / "templates"


def render(template: str, **values: object) -> str:
    """Return a page as HTML; every name in its values is escaped, whatever it holds."""
    return _environment().get_template(template).render(**values)


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
    return templates
