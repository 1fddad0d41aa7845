"""The tables that the other tests are made of."""

from __future__ import annotations

import pytest

from data_contracts import baseline_violations, violations
from synthetic import baseline, recall_table, table_of_counts


@pytest.mark.parametrize("stages", [("finetuned",), ("pruned", "finetuned")])
@pytest.mark.parametrize("classes", [2, 10])
def test_synthetic_tables_keep_the_contract(stages: tuple[str, ...], classes: int) -> None:
    """A test on an impossible table would prove nothing."""
    table = recall_table(methods=("MP", "UP"), stages=stages, classes=classes, luck=0.05)
    assert violations(table) == []
    assert baseline_violations(table) == []


def test_tables_of_counts_keep_the_contract() -> None:
    """Counts by hand, with other numbers of predictions than of samples."""
    table = table_of_counts(
        {baseline("m0"): [90, 70], ("MP", 2.0, "finetuned", "m0"): [70, 50]},
        n_predicted={baseline("m0"): [95, 105]},
    )
    assert violations(table) == []


def test_the_same_seed_gives_the_same_table() -> None:
    """Every draw comes from the seed."""
    assert recall_table(seed=1).equals(recall_table(seed=1))
    assert not recall_table(seed=1).equals(recall_table(seed=2))
