"""The repository speaks of the product alone, and stays small."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LARGEST = 5_000_000  # bytes


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file that git tracks."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a git checkout: a source archive has no list of tracked files")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout
    return [REPOSITORY / name for name in listed.split("\0") if name]


def test_no_tracked_file_is_larger_than_five_megabytes(tracked: list[Path]) -> None:
    """Evidence in reports/ stays small."""
    large = [path.name for path in tracked if path.exists() and path.stat().st_size > LARGEST]
    assert large == []


def test_constraints_hold_names_and_versions_alone() -> None:
    """A registry's host or a file's path has no place in constraints.txt."""
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    pin = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+")
    assert [line for line in pins if not pin.fullmatch(line)] == []
