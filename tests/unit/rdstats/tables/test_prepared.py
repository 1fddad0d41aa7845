"""A table that was laid out once."""

from __future__ import annotations

import pandas as pd
import pytest

import rdstats
from rdstats.errors import StatsError
from synthetic import recall_table


def test_a_prepared_table_gives_the_same_numbers() -> None:
    """Whatever is made of it."""
    table = recall_table(methods=("MP", "UP"), ratios=(2.0, 4.0))
    prepared = rdstats.prepare(table)
    for make in (
        rdstats.slopes_table,
        rdstats.conditions_table,
        rdstats.classes_table,
        rdstats.sensitivity_table,
        rdstats.balances_table,
    ):
        pd.testing.assert_frame_equal(make(prepared), make(table))
    pd.testing.assert_frame_equal(
        rdstats.compare_table(prepared, "method"), rdstats.compare_table(table, "method")
    )


def test_another_split_than_the_prepared_one_is_refused() -> None:
    """It holds the counts of one split only."""
    prepared = rdstats.prepare(recall_table())
    with pytest.raises(StatsError, match="prepared for split test, not validation"):
        rdstats.slopes_table(prepared, rdstats.Selection(split="validation"))


def test_what_was_prepared_is_not_prepared_again() -> None:
    """A function that prepares its table takes one that came in blocks; of its split only."""
    prepared = rdstats.prepare(recall_table())
    assert rdstats.prepare(prepared) is prepared
    with pytest.raises(StatsError, match="prepared for split test, not validation"):
        rdstats.prepare(prepared, "validation")
