"""Numbers as they stand in text."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|[+-]?inf", re.IGNORECASE)


def number_in(text: str) -> float | None:
    """Return the number that a text is, or None (`float` would take `1_0` and other digits)."""
    text = text.strip()
    return float(text) if text.isascii() and _NUMBER.fullmatch(text) else None
