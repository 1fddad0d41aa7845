"""Rules about the classes of a data set: numbers, supports, names, the same for every model."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from broken_rules import broken
from data_contracts import violations

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


def extra_class(table: pa.Table, change: Change) -> pa.Table:
    """Add class 3 to one of six evaluated models: it is the odd one, not the five."""
    extra = change("class_index", {5: 3}).slice(5, 1)
    return pa.concat_tables([table, change("class_name", {0: "class 3"}, of=extra)])


MP = "model 'a' (LeNet5, MP at 2.0, finetuned)"


@pytest.mark.parametrize(
    ("rule", "odd", "rows", "first", "said"),
    [
        # Row 7 is class 1 of model a under MP; its two other rows are the odd ones.
        ("same classes", lambda table, _: without(table, 7), 2, 6, f"{MP} lacks class 1"),
        ("same classes", lambda table, _: without(table, 7, 10), 4, 6, "so for 1 other evaluated"),
        ("same classes", extra_class, 1, 18, "model 'b' (LeNet5, baseline) has class 3 besides"),
        # With one against one, a class that is anywhere is expected everywhere.
        ("same classes", lambda table, _: without(table.slice(0, 6), 4), 2, 3, "model 'b'"),
        # Eleven samples of class 0 for one model, ten for the five others.
        (
            "same supports",
            lambda _, change: change("n_samples", {3: 11}),
            1,
            3,
            "model 'b' (LeNet5, baseline) has n_samples 11 for class 0 where others of its data "
            "set and split have 10",
        ),
        # One against one: samples get lost more often than they appear.
        (
            "same supports",
            lambda table, change: change("n_samples", {0: 9}, of=table.slice(0, 6)),
            1,
            0,
            "n_samples 9",
        ),
        # Another name at the same index means another order of classes.
        (
            "one name per class",
            lambda _, change: change("class_name", {5: "cat"}),
            1,
            5,
            "class 2 is called 'cat' there and 'class 2' elsewhere",
        ),
    ],
)
def test_the_odd_one_is_named(
    table: pa.Table, change: Change, rule: str, odd: Change, rows: int, first: int, said: str
) -> None:
    """A model with another set of classes, another support or another name than the others."""
    violation = broken(odd(table, change), rule)
    assert (violation.rows, violation.first[0].row) == (rows, first)
    assert said in violation.why


def test_supports_may_differ_between_classes_splits_and_studies(change: Change) -> None:
    """Only the same class of the same data set and split is compared."""
    other = change("n_samples", dict.fromkeys(range(0, 18, 3), 20))
    train = change("split", dict.fromkeys(range(18), "train"))
    study = change("study", dict.fromkeys(range(18), "other"))
    assert violations(pa.concat_tables([other, train, study])) == []


@pytest.mark.parametrize("names", [dict.fromkeys(range(6)), dict.fromkeys(range(18), "crane")])
def test_names_may_be_missing_or_shared(change: Change, names: dict[int, object]) -> None:
    """A framework that knows no names adds none; ImageNet has two cranes."""
    assert violations(change("class_name", names)) == []
