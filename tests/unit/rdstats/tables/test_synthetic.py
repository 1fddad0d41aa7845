"""The tables that the other tests are made of: on an impossible one they would prove nothing."""

from __future__ import annotations

import pyarrow as pa
import pytest

from data_contracts import baseline_violations, violations
from full_design import full_design
from synthetic import baseline, before_after, recall_table, table_of_counts


@pytest.mark.parametrize(
    "table",
    [
        recall_table(methods=("MP", "UP"), classes=2, luck=0.05),
        recall_table(methods=("MP", "UP"), stages=("pruned", "finetuned"), luck=0.05),
        table_of_counts(
            before_after([[90, 70]], [[70, 50]]), n_predicted={baseline("m0"): [95, 105]}
        ),
        full_design(models=2),
    ],
)
def test_synthetic_tables_keep_the_contract(table: pa.Table) -> None:
    """Of all kinds."""
    assert violations(table) == []
    assert baseline_violations(table) == []
