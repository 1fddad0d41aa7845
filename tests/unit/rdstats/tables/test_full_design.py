"""The synthetic table with the paper's whole design."""

from __future__ import annotations

import pyarrow.compute as pc

from data_contracts import baseline_violations, violations
from full_design import full_design


def test_the_full_design_keeps_the_contract() -> None:
    """Tables made of an impossible one would prove nothing."""
    table = full_design(models=2)
    assert violations(table) == []
    assert baseline_violations(table) == []


def test_the_full_design_has_what_the_paper_trained() -> None:
    """Four data sets, six architectures, four methods at seven ratios; LTH and CHIP beside."""
    table = full_design(models=2)
    compressed = table.filter(pc.equal(table["stage"], "finetuned"))
    assert len(pc.unique(compressed["dataset"])) == 4
    assert len(pc.unique(compressed["architecture"])) == 6
    assert set(pc.unique(compressed["method"]).to_pylist()) == {
        *("MP", "GP", "UP", "RP"),
        *("LTH", "CHIP"),
    }
    conditions = compressed.group_by(["dataset", "architecture", "method", "ratio"]).aggregate([])
    assert conditions.num_rows == 8 * 4 * 7 + 20 + 4


def test_the_full_design_can_cross_everything() -> None:
    """Every data set with every architecture: 24 pairs, their baselines and four methods."""
    table = full_design(models=1, everywhere=True, modern=False)
    classes = 10 + 10 + 10 + 100
    assert table.num_rows == 6 * classes * (2 + 4 * 7)


def test_the_same_seed_gives_the_same_full_design() -> None:
    """Every draw comes from the seed."""
    assert full_design(models=1, seed=3).equals(full_design(models=1, seed=3))
    assert not full_design(models=1, seed=3).equals(full_design(models=1, seed=4))
