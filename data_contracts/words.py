"""Words of sentences, and the order of names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def counted(number: int, noun: str, several: str | None = None) -> str:
    """Return a number with its noun, `several` or else one with an s: 1 column, 2 classes."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def listed(values: Iterable[object], shown: int = 3) -> str:
    """Return the first few distinct values, for a sentence."""
    words = list(dict.fromkeys(f"{value!r}" for value in values))
    return ", ".join(words[:shown]) + (", ..." if len(words) > shown else "")


NaturalKey = tuple[tuple[int, int, str, str], ...]


@lru_cache(maxsize=10_000)  # the same few names are sorted again for every table
def natural_key(name: str) -> NaturalKey:
    """Return a sort key that puts ResNet-20 before ResNet-110, and m2 before m10."""
    return tuple(
        (0, len(digits), digits, part) if part.isdecimal() else (1, 0, part, "")
        for part in re.findall(r"\d+|\D+", name)
        # By length, then digit by digit: `int` refuses thousands of digits.
        for digits in [part.lstrip("0")]
    )
