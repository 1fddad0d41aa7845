"""Rules about the classes of a data set: numbers, supports, names, the same for every model."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from broken_rules import broken
from data_contracts import violations
from synthetic import baseline, table_of_counts

Change = Callable[..., pa.Table]


def without(table: pa.Table, *rows: int) -> pa.Table:
    """Return the table without some rows."""
    return table.take([row for row in range(len(table)) if row not in rows])


def test_classes_are_numbered_from_zero(table: pa.Table, change: Change) -> None:
    """1, 2, 3 is how R counts; a class that no model has leaves a gap; -1 is no class."""
    index = table.column("class_index").to_pylist()
    from_one = change("class_index", {row: old + 1 for row, old in enumerate(index)})
    gap = without(table, *range(1, 18, 3))
    minus = change("class_index", dict.fromkeys(range(2, 18, 3), -1))
    for odd, rows, said in (
        (from_one, 18, "'digits' are numbered 1 to 3 without 0: number them 0 to 2"),
        (gap, 12, "numbered 0 to 2 without 1: number them 0 to 1"),
        (minus, 18, "numbered -1 to 1 without 2"),
    ):
        violation = broken(odd, "classes without gaps")
        assert violation.rows == rows
        assert said in violation.why


def test_data_sets_are_numbered_each_by_itself(table: pa.Table, change: Change) -> None:
    """Three classes there, two here: both without gaps; a split is its own group as well."""
    other = without(change("dataset", dict.fromkeys(range(18), "two")), *range(2, 18, 3))
    split = change("split", dict.fromkeys(range(18), "train"))
    assert violations(pa.concat_tables([table, other, split])) == []


def test_a_model_that_lacks_a_class_is_named(table: pa.Table) -> None:
    """Row 7 is class 1 of model a under MP; its two other rows are the odd ones."""
    violation = broken(without(table, 7), "same classes")
    assert (violation.rows, [each.row for each in violation.first]) == (2, [6, 7])
    assert "model 'a' (LeNet5, MP at 2.0, finetuned) lacks class 1" in violation.why
    violation = broken(without(table, 7, 10), "same classes")
    assert violation.rows == 4
    assert "so for 1 other evaluated model" in violation.why


def test_a_model_with_a_class_too_many_is_named(table: pa.Table, change: Change) -> None:
    """Of six evaluated models one has class 3: it is the odd one, not the five."""
    extra = change("class_index", {5: 3}).slice(5, 1)
    extra = change("class_name", {0: "class 3"}, of=extra)
    violation = broken(pa.concat_tables([table, extra]), "same classes")
    assert (violation.rows, violation.first[0].row) == (1, 18)
    assert "model 'b' (LeNet5, baseline) has class 3 besides" in violation.why


def test_of_two_models_the_smaller_is_the_odd_one(table: pa.Table) -> None:
    """With one against one, a class that is anywhere is expected everywhere."""
    violation = broken(without(table.slice(0, 6), 4), "same classes")
    assert [each.row for each in violation.first] == [3, 4]


def test_a_support_unlike_the_others_is_named(change: Change) -> None:
    """Eleven samples of class 0 for one model, ten for the five others."""
    violation = broken(change("n_samples", {3: 11}), "same supports")
    assert (violation.rows, violation.first[0].row) == (1, 3)
    assert (
        "model 'b' (LeNet5, baseline) has n_samples 11 for class 0 where others of its data set "
        "and split have 10"
    ) in violation.why


def test_of_two_supports_the_smaller_is_the_odd_one() -> None:
    """One against one: samples get lost more often than they appear."""
    two = table_of_counts({baseline("a"): [5, 5], baseline("b"): [5, 5]}, n_samples=10)
    position = two.schema.get_field_index("n_samples")
    samples = pa.chunked_array([[9, 10, 10, 10]])
    violation = broken(two.set_column(position, "n_samples", samples), "same supports")
    assert [each.row for each in violation.first] == [0]


def test_supports_may_differ_between_classes_splits_and_studies(change: Change) -> None:
    """Only the same class of the same data set and split is compared."""
    other = change("n_samples", dict.fromkeys(range(0, 18, 3), 20))
    train = change("split", dict.fromkeys(range(18), "train"))
    study = change("study", dict.fromkeys(range(18), "other"))
    assert violations(pa.concat_tables([other, train, study])) == []


def test_a_class_has_one_name(change: Change) -> None:
    """Another name at the same index means another order of classes."""
    violation = broken(change("class_name", {5: "cat"}), "one name per class")
    assert (violation.rows, violation.first[0].row) == (1, 5)
    assert "class 2 is called 'cat' there and 'class 2' elsewhere" in violation.why


def test_a_class_may_be_named_in_some_rows_only(change: Change) -> None:
    """A framework that knows no names adds none."""
    assert violations(change("class_name", dict.fromkeys(range(6)))) == []


def test_two_classes_may_share_a_name(change: Change) -> None:
    """ImageNet has two cranes."""
    assert violations(change("class_name", dict.fromkeys(range(18), "crane"))) == []
