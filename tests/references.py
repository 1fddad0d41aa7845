"""The numbers that R computed: tests/golden/*.json, made by the R scripts beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden"
AS_R = 1e-9  # relative agreement with R that the project promises


def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of tests/golden/NAME.json; null reads as None."""
    text = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["cases"]
    return found
