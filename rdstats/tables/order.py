"""The order in which names are shown: numbers inside names count as numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

PAPER_METHODS = ("MP", "GP", "UP", "RP")  # the order of Figure 1


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts ResNet-20 before ResNet-110, and m2 before m10."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts)


def method_key(method: str) -> tuple[int, tuple[tuple[int, int, str], ...]]:
    """Return a sort key: none (the control), then the paper's methods, then others by name."""
    known = ("none", *PAPER_METHODS)
    return (known.index(method) if method in known else len(known), natural_key(method))


def ratio_text(ratio: float) -> str:
    """Return a pruning ratio as it is written in labels: 2, 1.25, 86.7362."""
    return str(np.format_float_positional(ratio, trim="-"))


def column_key(column: str) -> Callable[[Any], Any]:
    """Return the sort key of a column of the recall table."""
    keys: dict[str, Callable[[Any], Any]] = {"ratio": float, "method": method_key}
    return keys.get(column, natural_key)
