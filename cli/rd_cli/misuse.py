"""What is wrong with a command line, in our words, whatever library has found out.

Older typers check values themselves; newer ones ask pydantic, whose sentences ("Value error,
...", "Input should be ...") are a programmer's and leave the value out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Finding = Mapping[str, Any]
"""One error of pydantic's list: `type`, `input`, `msg`, and `ctx` with what was asked for."""

FINDINGS: Mapping[str, Callable[[Finding], str]] = {
    "value_error": lambda found: str(found["ctx"]["error"]),
    "float_parsing": lambda found: f"{found['input']!r} is no number",
    "int_parsing": lambda found: f"{found['input']!r} is no whole number",
    "int_from_float": lambda found: f"{found['input']!r} is no whole number",
    "finite_number": lambda found: f"{found['input']!r} is no finite number",
    "greater_than_equal": lambda found: f"{found['input']} is below {found['ctx']['ge']}",
    "less_than_equal": lambda found: f"{found['input']} is above {found['ctx']['le']}",
}


def misuse_in_words(error: Exception) -> str:
    """Return what a typer error says, as the beginning of a sentence.

    Args:
        error: Any usage error of typer or click.
    """
    said: str = error.format_message()  # type: ignore[attr-defined]
    found = getattr(error.__cause__, "errors", None)
    if found is not None and hasattr(error, "message"):
        return said.removesuffix(error.message) + _in_words(found()[0])
    return said


def _in_words(found: Finding) -> str:
    known = FINDINGS.get(found["type"])
    return known(found) if known else f"{found['input']!r}: {found['msg']}"
