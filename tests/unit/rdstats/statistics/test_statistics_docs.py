"""docs/statistics.md names files that are there."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[4]


def test_every_file_that_the_page_names_exists() -> None:
    """By its path from the root, from rdstats/ or from rdstats/statistics/; tests by their name."""
    text = (REPOSITORY / "docs" / "statistics.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/]+\.(?:py|R))`", text))
    roots = ("", "rdstats", "rdstats/statistics", "tests/properties")
    missing = [
        name for name in named if not any((REPOSITORY / root / name).is_file() for root in roots)
    ]
    assert len(named) > 10
    assert missing == []
