"""Rules that one row breaks by itself, each with its name, count, row and reason."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pytest

from broken_rules import broken
from data_contracts import RECALL_TABLE, violations

Change = Callable[..., pa.Table]


def test_a_good_table_breaks_no_rule(table: pa.Table) -> None:
    """Eighteen rows, nothing to say."""
    assert violations(table) == []


def test_a_table_without_rows_is_no_recall_table(table: pa.Table) -> None:
    """An empty table would pass every other rule."""
    (violation,) = violations(table.slice(0, 0))
    assert (violation.rule, violation.rows) == ("at least one row", 0)


REQUIRED = [field.name for field in RECALL_TABLE if not field.nullable]
TEXTS = ("study", "dataset", "architecture", "method", "model", "stage", "split")


@pytest.mark.parametrize(
    ("column", "value", "rule", "said"),
    [
        *((name, None, "no nulls", f"column {name!r} is null there") for name in REQUIRED),
        *(
            (name, blank, "no empty text", f"column {name!r} is empty")
            for name in TEXTS
            for blank in ("", " ", "\t\n")
        ),
        # The word is shown, with those that can be and the likeliest of them.
        ("stage", "fine-tuned", "known stage", "'fine-tuned', but .*did you mean 'finetuned'?"),
        ("split", "Test", "known split", "'Test', but .*did you mean 'test'?"),
        ("selected_on", "valid", "known selected_on", "did you mean 'validation'?"),
        ("count_quality", "round", "known count_quality", "did you mean 'rounded'?"),
        ("stage", "xyz", "known stage", "finetuned, control$"),  # a wrong guess is worse than none
        # Density 0.5 is ratio 2: the message says how to turn one into the other.
        *(
            ("ratio", ratio, "ratio in range", f"ratio is {ratio}, .* 1 / density")
            for ratio in (0.5, 0.0, -2.0, float("inf"), float("nan"))
        ),
        # It would not equal the rounded ratio of another file.
        *(
            ("ratio", ratio, "ratio rounded", f"ratio is {ratio}")
            for ratio in (1.00001, 1.953125, 86.736173798840355)
        ),
    ],
)
def test_a_value_that_no_row_may_have_is_named_with_column_and_row(
    change: Change, column: str, value: object, rule: str, said: str
) -> None:
    """Parquet's own null check is never relied on; an empty name is a null in disguise."""
    violation = broken(change(column, {5: value}), rule)
    assert (violation.rows, violation.first[0].row) == (1, 5)
    assert re.search(said, violation.why)


def test_nullable_columns_may_be_null(change: Change) -> None:
    """All of them, in every row."""
    table = change("class_name", dict.fromkeys(range(18)))
    for field in RECALL_TABLE:
        if field.nullable:
            table = change(field.name, dict.fromkeys(range(18)), of=table)
    assert violations(table) == []


@pytest.mark.parametrize(
    ("column", "rows", "value"),
    [
        # Ratios of four decimals, and one too large to have decimals.
        *(("ratio", range(6, 12), each) for each in (1.0, 1.25, 1.9531, 86.7362, 1e12, 1e305)),
        ("method", range(12, 18), "MP"),  # a control may name the method that it repeats
        # Nothing right, everything right, every parameter pruned, none.
        *(("n_correct", range(3, 6), each) for each in (0, 10)),
        *(("parameters_nonzero", range(3, 6), each) for each in (0, 60_074)),
    ],
)
def test_values_at_their_bounds_are_kept(
    change: Change, column: str, rows: range, value: object
) -> None:
    """Where what is counted besides is not said."""
    table = change(column, dict.fromkeys(rows, value))
    for other in ("n_predicted", "n_both_correct"):
        table = change(other, dict.fromkeys(range(18)), of=table)
    assert violations(table) == []


@pytest.mark.parametrize(
    ("column", "rows", "value", "said"),
    [
        ("method", range(3), "MP", "its method is 'none'"),  # or one baseline per method
        ("method", range(6, 9), "none", "name the method"),
        ("ratio", range(3), 2.0, "their ratio is 1"),
        ("ratio", range(12, 15), 2.0, "their ratio is 1"),
    ],
)
def test_the_unpruned_model_has_no_method_and_ratio_one(
    change: Change, column: str, rows: range, value: object, said: str
) -> None:
    """Baseline and control alike; compressed models name their method."""
    violation = broken(change(column, dict.fromkeys(rows, value)), f"{column} of stage")
    assert (violation.rows, violation.first[0].row) == (3, rows[0])
    assert said in violation.why


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("n_samples", 0, "n_samples is 0: it must be 1 or more"),
        ("n_correct", -1, "n_correct is -1 where n_samples is 10"),
        ("n_correct", 11, "n_correct is 11 where n_samples is 10"),
        ("n_predicted", 5, "n_predicted is 5 where n_correct is 7"),
        ("parameters", 0, "parameters is 0: it must be 1 or more"),
        ("parameters_nonzero", -1, "parameters_nonzero is -1 where parameters is 60074"),
        ("parameters_nonzero", 60_075, "parameters_nonzero is 60075 where parameters is 60074"),
    ],
)
def test_counts_out_of_range_show_value_and_bound(
    change: Change, column: str, value: int, said: str
) -> None:
    """Row 3, class 0 of model b: 7 of 10 right."""
    found = [each for each in violations(change(column, {3: value})) if said in each.why]
    assert [(each.rule, each.rows, each.first[0].row) for each in found] == [
        ("counts in range", 1, 3)
    ]


def test_whole_per_cents_are_recognised_where_they_exceed_the_samples(change: Change) -> None:
    """80, 60 and 90 of 10 samples: nothing above 100."""
    per_cent = dict(enumerate([80, 60, 90] * 6))
    found = [each for each in violations(change("n_correct", per_cent)) if "per cent" in each.why]
    assert [(each.rule, each.rows) for each in found] == [("counts in range", 18)]


def test_the_first_three_rows_are_shown_with_their_keys(change: Change) -> None:
    """All eighteen are counted."""
    violation = broken(change("count_quality", dict.fromkeys(range(18))), "no nulls")
    assert violation.rows == 18
    assert [each.row for each in violation.first] == [0, 1, 2]
    assert violation.first[2].key == {
        "study": "synthetic",
        "dataset": "digits",
        "architecture": "LeNet5",
        "method": "none",
        "ratio": 1.0,
        "stage": "baseline",
        "model": "a",
        "split": "test",
        "class_index": 2,
    }


def test_every_rule_that_can_be_judged_is_reported_at_once(table: pa.Table, change: Change) -> None:
    """`ratio` is gone, then n_samples is no number; what does not need them is still found."""
    several = change("stage", {6: "Finetuned"}, of=change("study", {1: None}))
    several = change("n_correct", {4: 12}, of=change("count_quality", {9: ""}, of=several))
    assert [each.rule for each in violations(several.drop_columns(["ratio"]))] == [
        "columns present",
        "no nulls",
        "no empty text",
        "known stage",
        "known count_quality",
        "counts in range",
        "counts in range",
        "classes without gaps",
        "both correct in range",
    ]
    position = table.schema.get_field_index("n_samples")
    lossy = table.set_column(position, "n_samples", pa.array([9.5] * 18))
    position = table.schema.get_field_index("n_predicted")
    lossy = lossy.set_column(position, "n_predicted", pa.array([0] * 18))
    assert [(each.rule, each.rows) for each in violations(lossy)] == [
        ("types", 18),
        ("counts in range", 18),
    ]
