"""The warnings of a condition."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from rdstats.statistics.intervals import in_two_groups
from rdstats.tables.conditions import conditions
from synthetic import before_after, recall_table, table_of_counts, with_column, without


def test_nothing_to_warn_of_is_said() -> None:
    """Thirty models of normal luck."""
    table = recall_table(ratios=(2.0,), models=30, seed=1)
    assert conditions(table)["warnings"].tolist() == ["none", "none"]


@settings(max_examples=10)
@given(st.integers(0, 2**16))
def test_a_duplicated_model_is_flagged_by_name(seed: int) -> None:
    """The counts of m1 under the name m4, before and after."""
    table = recall_table(ratios=(2.0,), models=6, control=False, seed=seed)
    twin = table.filter(pc.equal(table["model"], "m1"))
    twin = with_column(twin, "model", "m4")
    words = conditions(pa.concat_tables([without(table, model="m4"), twin]))["warnings"][0]
    for when in ("before pruning", "after"):
        assert f"m1, m4 have the same counts {when}" in words


def test_models_that_always_answer_the_same_are_no_duplicates() -> None:
    """They have collapsed, and their counts are the same by nature."""
    counts = before_after([[90 + m, 70, 80 - m] for m in range(5)], [[100, 0, 0]] * 5)
    assert "same counts" not in conditions(table_of_counts(counts))["warnings"][0]


def test_few_and_skewed_models_are_told() -> None:
    """One of nine slopes far from the others; and three models."""
    gaps = [*range(120, 128), 300]
    before = [[900 + model, 700 - model, 800] for model in range(9)]
    counts = before_after(before, [[700 + gap, 700 - gap, 700] for gap in gaps])
    table = table_of_counts(counts, n_samples=1000)
    words = conditions(table)["warnings"][0]
    assert "pseudo-values of the class-mean slope are skewed (2." in words
    assert "slopes per model are skewed (2." in words
    few = conditions(recall_table(models=3, ratios=(2.0,)))
    assert few["warnings"].str.contains("fewer than 5 models").all()
    assert np.isfinite(few["class_mean_low"]).all()


def test_models_in_two_groups_are_told() -> None:
    """Four slopes near 1.2 and four near 1.6: their mean is of neither; normal ones hardly ever."""
    gaps = [120, 121, 122, 123, 160, 161, 162, 163]
    before = [[900 + model % 4, 700 - model % 4, 800] for model in range(8)]
    counts = before_after(before, [[700 + gap, 700 - gap, 700] for gap in gaps])
    words = conditions(table_of_counts(counts, n_samples=1000))["warnings"][0]
    assert "pseudo-values of the class-mean slope fall into two groups" in words
    for models, most in ((5, 0.03), (10, 0.012), (30, 0.012)):
        values = np.random.default_rng(models).standard_normal((20_000, models))
        assert in_two_groups(values).mean() < most
