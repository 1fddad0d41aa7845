"""Types of other writers are cast without loss; what would be lost is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from data_contracts import RECALL_TABLE, ContractError, cast_to_contract

Change = Callable[..., pa.Table]


def with_column(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    """Return the table with another array under a name."""
    return table.set_column(table.schema.get_field_index(name), name, values)


def as_type(table: pa.Table, name: str, kind: pa.DataType) -> pa.Table:
    """Return the table with a column in another type."""
    return with_column(table, name, pc.cast(table.column(name), kind))


def refusal(table: pa.Table) -> ContractError:
    """Return the error that the cast raises."""
    with pytest.raises(ContractError) as caught:
        cast_to_contract(table, "a.parquet")
    return caught.value


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("class_index", pa.int64()),
        ("class_index", pa.uint8()),
        ("class_index", pa.float64()),
        ("class_index", pa.decimal128(12, 2)),
        ("n_samples", pa.int8()),
        ("n_samples", pa.uint64()),
        ("n_correct", pa.float32()),
        ("n_predicted", pa.decimal128(38, 0)),
        ("ratio", pa.int64()),
        ("ratio", pa.float32()),
        ("ratio", pa.decimal128(6, 4)),
        ("model", pa.large_string()),
        ("model", pa.string_view()),
        ("class_name", pa.dictionary(pa.int32(), pa.string())),
        ("study", pa.dictionary(pa.int8(), pa.large_string())),
    ],
    ids=str,
)
def test_types_of_other_writers_become_the_contracts(
    table: pa.Table, column: str, kind: pa.DataType
) -> None:
    """The values are the same, and so is the whole table."""
    assert cast_to_contract(as_type(table, column, kind), "a.parquet").equals(table)


def test_nullable_columns_that_are_not_there_are_filled_with_nulls(table: pa.Table) -> None:
    """An engineer's table of counts alone is enough."""
    nullable = [field.name for field in RECALL_TABLE if field.nullable]
    cast = cast_to_contract(table.drop_columns(nullable), "a.parquet")
    assert cast.schema.equals(RECALL_TABLE)
    assert all(cast.column(name).null_count == len(table) for name in nullable)


def test_nulls_stay_nulls(table: pa.Table, change: Change) -> None:
    """Casting judges no nulls and fills none; writers that saw no value write the type null."""
    cast = cast_to_contract(with_column(table, "n_predicted", pa.nulls(len(table))), "a.parquet")
    assert cast.column("n_predicted").type == pa.int64()
    assert cast.column("n_predicted").null_count == len(table)
    holes = as_type(change("n_predicted", {4: None}), "n_predicted", pa.float64())
    assert cast_to_contract(holes, "a.parquet").column("n_predicted")[4].as_py() is None


@pytest.mark.parametrize(
    ("ratio", "kind"),
    [(1.7575, pa.float32()), (Decimal("1.95312"), pa.decimal128(6, 5))],
    ids=["float32", "five decimals"],
)
def test_a_ratio_is_the_decimal_it_stands_for(
    table: pa.Table, ratio: float | Decimal, kind: pa.DataType
) -> None:
    """1.7575 as float32 is 1.75750005...; nothing is rounded: that is for the rules to say."""
    ratios = pa.array([ratio] * len(table), kind)
    cast = cast_to_contract(with_column(table, "ratio", ratios), "a.parquet")
    assert set(cast.column("ratio").to_pylist()) == {float(ratio)}


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("class_index", pa.array([0] * 17 + [2**31]), "2147483648, which int32"),
        ("class_index", pa.array([0] * 17 + [-(2**40)]), "-1099511627776, which int32"),
        ("n_samples", pa.array([10] * 17 + [2**63], pa.uint64()), "9223372036854775808, which"),
        ("n_samples", pa.array([10.0] * 17 + [1e300]), "1e+300, which int64"),
        ("n_samples", pa.array([10.0] * 17 + [float(2**63)]), "which int64 cannot hold"),
        ("n_samples", pa.array([10.0] * 17 + [float("inf")]), "inf, which int64"),
        ("n_samples", pa.array([10.0] * 17 + [9.5]), "9.5, which int64 cannot hold without loss"),
        ("n_samples", pa.array([Decimal("10.0")] * 17 + [Decimal("9.5")]), "holds 9.5"),
        ("parameters", pa.array([10.0] * 17 + [float("nan")]), "write a null, not NaN"),
        ("ratio", pa.array([1] * 17 + [2**53 + 1]), "9007199254740993, which double"),
    ],
    ids=str,
)
def test_a_value_that_would_change_is_named_with_column_and_row(
    table: pa.Table, column: str, values: pa.Array, said: str
) -> None:
    """One row of eighteen, the last: its number and value are in the message."""
    error = refusal(with_column(table, column, values))
    (violation,) = error.violations
    assert (violation.rule, violation.rows, violation.first[0].row) == ("types", 1, 17)
    assert f"column {column!r}" in str(error)
    assert "row 17" in str(error)
    assert said in str(error)
    assert str(error).startswith("a.parquet breaks")


@pytest.mark.parametrize(("factor", "said"), [(0.1, "as fractions"), (9.5, "in per cent")])
def test_recalls_are_recognised(table: pa.Table, factor: float, said: str) -> None:
    """A user who stored 0.85 or 85.5 hears what the column is for."""
    recalls = pc.multiply(pc.cast(table.column("n_correct"), pa.float64()), factor)
    error = refusal(with_column(table, "n_correct", recalls))
    assert f"these look like recalls {said}; the table stores counts" in str(error)
    assert "holds 0.8, 0.6, 0.9, ..." in str(error) or factor > 1


def test_every_missing_required_column_is_named_at_once(table: pa.Table) -> None:
    """Three columns, three violations."""
    error = refusal(table.drop_columns(["study", "n_samples", "count_quality"]))
    assert [violation.rule for violation in error.violations] == ["columns present"] * 3
    words = [violation.why for violation in error.violations]
    for name, why in zip(["study", "n_samples", "count_quality"], words, strict=True):
        assert why.startswith(f"column {name!r} is missing")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        # Case and spaces are not guessed away, but said.
        (
            lambda t: t.rename_columns([n.replace("study", "Study ") for n in t.column_names]),
            "rename column 'Study '",
        ),
        # Parquet allows a column twice; which one counts is not ours to choose.
        (lambda t: t.append_column("model", t["model"]), "column 'model' is there 2 times: keep"),
        # Whether model 7 is '7' or '07' elsewhere, the writer knows.
        (lambda t: with_column(t, "model", pa.array([7] * 18)), "'model' holds int64, not text"),
        *(
            (lambda t, v=value: with_column(t, "n_samples", pa.array([v] * 18)), "not numbers")
            for value in ("10", True, [1])
        ),
    ],
)
def test_columns_of_another_name_or_kind_are_refused(
    table: pa.Table, spoil: Change, said: str
) -> None:
    """Only numbers become numbers, and only text text."""
    assert said in str(refusal(spoil(table)))


def test_text_that_is_not_utf8_is_refused(table: pa.Table) -> None:
    """A damaged name stops here, in one line, not in a later print."""
    damaged = pa.Array.from_buffers(
        pa.string(),
        18,
        [None, pa.array([*range(19)], pa.int32()).buffers()[1], pa.py_buffer(b"\xff" * 18)],
    )
    error = refusal(with_column(table, "model", damaged))
    assert "column 'model' cannot be read as string" in str(error)
    assert "\n" not in str(error)
