"""The committed references are what R says today."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from references import GOLDEN


@pytest.mark.r
def test_r_makes_the_committed_references_again(tmp_path: Path) -> None:
    """The scripts beside the references, run now; last digits may differ between R versions."""
    subprocess.run(["bash", str(GOLDEN / "make_golden.sh"), str(tmp_path)], check=True)
    committed = {path.name for path in GOLDEN.glob("*.json")}
    assert {path.name for path in tmp_path.iterdir()} == committed
    for name in sorted(committed):
        made, expected = leaves(tmp_path / name), leaves(GOLDEN / name)
        assert made.words == expected.words
        assert made.numbers == pytest.approx(expected.numbers, rel=1e-11, abs=0)


class Leaves(NamedTuple):
    """What a reference holds, by its path: numbers may differ in the last digits, words may not."""

    numbers: dict[str, float]
    words: dict[str, str | bool | None]


def leaves(path: Path) -> Leaves:
    """Return every leaf of a reference's cases."""
    found = Leaves({}, {})

    def walk(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{name}.{key}")
        elif isinstance(value, list):
            for position, inner in enumerate(value):
                walk(inner, f"{name}[{position}]")
        elif isinstance(value, (str, bool)) or value is None:
            found.words[name] = value
        else:
            found.numbers[name] = value

    walk(json.loads(path.read_text(encoding="utf-8"))["cases"], "cases")
    return found
