"""The order of names: numbers inside names count as numbers."""

from __future__ import annotations

import re
from functools import lru_cache

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
