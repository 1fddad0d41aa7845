"""The tables that the other tests are made of: on an impossible one they would prove nothing."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_contracts import baseline_violations, violations
from full_design import full_design
from synthetic import baseline, recall_table, table_of_counts


@pytest.mark.parametrize(
    "table",
    [
        recall_table(methods=("MP", "UP"), classes=2, luck=0.05),
        recall_table(methods=("MP", "UP"), stages=("pruned", "finetuned"), luck=0.05),
        table_of_counts(
            {baseline("m0"): [90, 70], ("MP", 2.0, "finetuned", "m0"): [70, 50]},
            n_predicted={baseline("m0"): [95, 105]},
        ),
        full_design(models=2),
    ],
)
def test_synthetic_tables_keep_the_contract(table: pa.Table) -> None:
    """Of all kinds."""
    assert violations(table) == []
    assert baseline_violations(table) == []


def test_the_full_design_has_what_the_paper_trained() -> None:
    """Four data sets, six architectures, four methods at seven ratios; LTH and CHIP beside."""
    table = full_design(models=2)
    compressed = table.filter(pc.equal(table["stage"], "finetuned"))
    assert len(pc.unique(compressed["dataset"])) == 4
    assert len(pc.unique(compressed["architecture"])) == 6
    conditions = compressed.group_by(["dataset", "architecture", "method", "ratio"]).aggregate([])
    assert conditions.num_rows == 8 * 4 * 7 + 20 + 4
    crossed = full_design(models=1, everywhere=True, modern=False)
    assert crossed.num_rows == 6 * (10 + 10 + 10 + 100) * (2 + 4 * 7)
