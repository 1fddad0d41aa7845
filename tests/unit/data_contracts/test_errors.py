"""An error a user sees is one line, and carries its violations as data."""

from __future__ import annotations

from data_contracts import BrokenRow, ContractError, RdstatsError, Violation

NULLS = Violation(
    "no nulls",
    1234,
    (BrokenRow(7, {"study": "s", "ratio": 2.0, "class_index": 3}, "a.parquet"), BrokenRow(9)),
    "column 'model' is null there",
)
KEYS = Violation("unique key", 1, (), "twice")


def test_the_text_of_an_error_is_one_line() -> None:
    """Line breaks of whatever kind, also inside a name from a file, become spaces."""
    assert str(RdstatsError("first\nsecond\r\nthird\u2028fourth")) == "first second third fourth"


def test_a_violation_reads_rule_reason_count_and_first_row() -> None:
    """The first of the rows shown, with its file, number and key."""
    assert str(NULLS) == (
        "no nulls: column 'model' is null there "
        "[1,234 rows, first row 7 of a.parquet (study 's', ratio 2, class_index 3)]"
    )


def test_several_violations_are_counted_in_one_line_and_kept_whole() -> None:
    """The first in full, the others by name; all of them as data."""
    error = ContractError.from_violations("a.parquet", [NULLS, KEYS])
    assert str(error) == (
        f"a.parquet breaks the recall table's contract: {NULLS}; also broken: "
        "unique key (1 row); `rdstats validate` shows each of them"
    )
    assert error.violations == (NULLS, KEYS)


def test_a_name_cannot_break_the_line() -> None:
    """Names from files are shown with escapes: a terminal sees no control characters."""
    row = BrokenRow(0, {"model": "m\n\x1b[31m"})
    assert str(row) == "row 0 (model 'm\\n\\x1b[31m')"
