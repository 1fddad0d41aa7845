"""Rules about one evaluated model: its key, its network, its predictions."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from broken_rules import broken
from data_contracts import violations

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
