"""Rules about one evaluated model: its key, its network, its predictions, its baseline."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from broken_rules import broken
from data_contracts import baseline_violations, violations

Change = Callable[..., pa.Table]


@pytest.mark.parametrize("counts", [{}, {7: 4}], ids=["the same", "other counts"])
def test_a_row_that_is_there_twice_is_found_with_its_twin(
    table: pa.Table, change: Change, counts: dict[int, int]
) -> None:
    """Row 7 again, at the end."""
    twin = change("n_correct", counts).slice(7, 1)
    violation = broken(pa.concat_tables([table, twin]), "unique key")
    assert violation.rows == 2
    assert [each.row for each in violation.first] == [7, 18]
    assert "row 7 and row 18 have the same key" in violation.why


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("study", "other"),
        ("dataset", "other"),
        ("architecture", "other"),
        ("method", "GP"),
        ("ratio", 4.0),
        ("stage", "pruned"),
        ("model", "c"),
        ("split", "train"),
    ],
)
def test_rows_that_differ_in_any_key_column_are_different_rows(
    table: pa.Table, change: Change, column: str, value: object
) -> None:
    """Each column of the key alone tells two evaluated models apart."""
    rows = change(column, dict.fromkeys(range(18), value)).slice(6, 3)
    assert violations(pa.concat_tables([table, rows])) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("parameters", 60_073), ("parameters_nonzero", None), ("selected_on", "last")],
)
def test_facts_about_the_network_are_the_same_in_all_its_rows(
    change: Change, column: str, value: object
) -> None:
    """Class 1 of model b says another thing than class 0: one violation, one row."""
    violation = broken(change(column, {4: value}), "one network per model")
    assert (violation.rows, violation.first[0].row) == (1, 4)
    assert violation.why.startswith(column)


def test_a_model_cannot_predict_more_samples_than_there_are(change: Change) -> None:
    """Thirty samples, thirty-one predictions."""
    predicted = {6: 11, 7: 10, 8: 10}
    violation = broken(change("n_predicted", predicted), "predictions within samples")
    assert violation.rows == 3
    assert "n_predicted of model 'a' (LeNet5, MP at 2.0, finetuned) adds up to 31" in violation.why
    assert "its n_samples to 30" in violation.why


def test_predictions_are_summed_where_they_are_known(change: Change) -> None:
    """A null is no prediction counted."""
    assert violations(change("n_predicted", {6: 25, 7: None, 8: None})) == []
    assert violations(change("n_predicted", {6: 7, 7: 5, 8: 9})) == []  # some as no class
    assert broken(change("n_predicted", {6: 31, 7: None, 8: None}), "predictions within samples")


def test_a_model_whose_samples_are_not_all_known_is_not_accused(change: Change) -> None:
    """The null is the fault, and the only one."""
    assert [each.rule for each in violations(change("n_samples", {6: None}))] == ["no nulls"]


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


def test_models_without_baseline_are_named(table: pa.Table, change: Change) -> None:
    """Model b's six rows of MP and control stand alone; so do two rows of a class of model a."""
    (violation,) = baseline_violations(table.take([0, 1, 2, *range(6, 18)]))
    assert (violation.rule, violation.rows) == ("baseline present", 6)
    assert violation.first[0].key["model"] == "b"
    place = "(study 'synthetic', dataset 'digits', architecture 'LeNet5', split 'test')"
    assert f"no baseline rows for model 'b' {place}" in violation.why
    (violation,) = baseline_violations(table.take([0, 1, *range(3, 18)]))
    assert violation.rows == 2
    assert {each.key["class_index"] for each in violation.first} == {2}
    # Two data sets without baselines: one is named.
    other = change("dataset", dict.fromkeys(range(18), "MNIST"))
    (violation,) = baseline_violations(pa.concat_tables([table.slice(6), other.slice(6)]))
    assert violation.rows == 24
    assert "nor in 1 other such place:" in violation.why


@pytest.mark.parametrize("column", ["study", "dataset", "architecture", "model", "split"])
def test_another_study_or_model_is_no_baseline(change: Change, column: str) -> None:
    """The first six rows no longer belong to the other twelve."""
    (violation,) = baseline_violations(change(column, dict.fromkeys(range(6), "train")))
    assert violation.rows == 12


def test_the_union_of_two_files_completes_the_baseline(table: pa.Table) -> None:
    """That is why it is asked of the union; a control is no baseline."""
    (violation,) = baseline_violations(table.slice(6))
    assert violation.rows == 12
    assert "for models 'a', 'b'" in violation.why
    assert baseline_violations(pa.concat_tables([table.slice(6), table.slice(0, 6)])) == []
    assert baseline_violations(table.slice(0, 0)) == []
