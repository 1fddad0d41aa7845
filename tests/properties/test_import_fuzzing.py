"""Mutated files end in right counts or in one line of error (tests/fuzz_imports.py)."""

from __future__ import annotations

import pytest

from fuzz_imports import cases, findings
from import_seeds import SEEDS


def test_five_hundred_mutated_files_are_counted_rightly_or_refused() -> None:
    """In process; three more through the command, which leaves nothing half-written."""
    assert findings(500, 3) == []


@pytest.mark.slow
def test_ten_thousand_mutated_files_are_counted_rightly_or_refused() -> None:
    """And a hundred through the command."""
    assert findings(10_000, 100, seed=1) == []


def test_the_same_seed_makes_the_same_files() -> None:
    """A finding can be made again."""
    one, two = ([case.content for case in cases(30, 7)] for _ in range(2))
    assert one == two


def test_every_format_is_fuzzed() -> None:
    """A new importer brings a valid file."""
    from data_contracts.importers import IMPORTERS

    assert {seed.format for seed in SEEDS} == set(IMPORTERS)
