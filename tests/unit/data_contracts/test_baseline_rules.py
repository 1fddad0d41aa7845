"""Rules that hold a row against the baseline row of the same model and class."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from broken_rules import broken
from data_contracts import baseline_violations, violations

Change = Callable[..., pa.Table]


# Row 7: model a, class 1, MP at 2; 5 of 10 right, in the baseline 6 of 10: they share at least
# 5 + 6 - 10 = 1 and at most 5. Row 16: 8 right after, 7 before. Row 1 is a baseline with 6 right.
@pytest.mark.parametrize(
    ("row", "good", "bad"), [(7, (1, 3, 5), (-1, 0, 6)), (16, (7,), (8,)), (1, (6, None), (5, 7))]
)
def test_right_in_both_lies_between_what_the_counts_allow(
    change: Change, row: int, good: tuple[int | None, ...], bad: tuple[int, ...]
) -> None:
    """A baseline agrees with itself, or says nothing."""
    for both in good:
        assert violations(change("n_both_correct", {row: both})) == []
    for both in bad:
        violation = broken(change("n_both_correct", {row: both}), "both correct in range")
        assert (violation.rows, violation.first[0].row) == (1, row)
        assert f"n_both_correct is {both} where n_correct is" in violation.why


def test_without_the_baseline_row_its_own_count_is_the_bound(
    table: pa.Table, change: Change
) -> None:
    """A file of compressed rows alone is judged by what it holds."""
    alone = table.slice(6)
    assert violations(alone) == []
    assert violations(change("n_both_correct", {10: 8}, of=alone)) == []
    assert broken(change("n_both_correct", {10: 9}, of=alone), "both correct in range").rows == 1


def test_models_without_baseline_are_named(table: pa.Table) -> None:
    """Model b's baseline is gone: six rows of MP and control stand alone."""
    (violation,) = baseline_violations(table.take([0, 1, 2, *range(6, 18)]))
    assert (violation.rule, violation.rows) == ("baseline present", 6)
    assert violation.first[0].key["model"] == "b"
    assert (
        "no baseline rows for model 'b' (study 'synthetic', dataset 'digits', "
        "architecture 'LeNet5', split 'test')"
    ) in violation.why


def test_a_missing_class_of_the_baseline_is_missing(table: pa.Table) -> None:
    """Class 2 of model a, in MP and control."""
    (violation,) = baseline_violations(table.take([0, 1, *range(3, 18)]))
    assert violation.rows == 2
    assert {each.key["class_index"] for each in violation.first} == {2}


@pytest.mark.parametrize("column", ["study", "dataset", "architecture", "model", "split"])
def test_another_study_or_model_is_no_baseline(change: Change, column: str) -> None:
    """The first six rows no longer belong to the other twelve."""
    (violation,) = baseline_violations(change(column, dict.fromkeys(range(6), "train")))
    assert violation.rows == 12


def test_other_places_without_baseline_are_counted(table: pa.Table, change: Change) -> None:
    """Two data sets without baselines: one is named."""
    other = change("dataset", dict.fromkeys(range(18), "MNIST"))
    (violation,) = baseline_violations(pa.concat_tables([table.slice(6), other.slice(6)]))
    assert violation.rows == 24
    assert "nor in 1 other such place:" in violation.why


def test_the_union_of_two_files_completes_the_baseline(table: pa.Table) -> None:
    """That is why it is asked of the union; a control is no baseline."""
    (violation,) = baseline_violations(table.slice(6))
    assert violation.rows == 12
    assert "for models 'a', 'b'" in violation.why
    assert baseline_violations(pa.concat_tables([table.slice(6), table.slice(0, 6)])) == []
    assert baseline_violations(table.slice(0, 0)) == []
