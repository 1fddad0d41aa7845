"""Numbers as a reader wants them."""

import pandas as pd
import pytest

from rdstats.output.rounding import records, rounded


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (0.0004, "p", "< 0.001"),
        (0.0, "p_adjusted", "< 0.001"),
        (0.001, "p_holm", "0.001"),
        (1.0, "p", "1.000"),
        (2.0, "ratio", "2"),
        (86.7362, "ratio", "86.7362"),
        (29.0, "dof", "29"),
        (57.98, "dof", "58"),
        (30.0, "models", "30"),
        (30, "rows", "30"),
        (1.23456, "alpha_mean", "1.235"),
        (0.000042, "recall_variance_after", "4.2e-05"),
        (0.0, "alpha", "0.000"),
        (-1234.5678, "alpha", "-1234.568"),
        (float("inf"), "difference_high", "∞"),
        (float("nan"), "alpha", "–"),
        (None, "verdict", "–"),
        (pd.NA, "verdict", "–"),
        (True, "paired", "True"),
        ("p", "p", "p"),
    ],
)
def test_rounded(value: object, column: str, text: str) -> None:
    """Each kind of number has the digits that say something."""
    assert rounded(value, column) == text


def test_rows_are_those_of_pandas_with_pythons_own_numbers() -> None:
    """Integers, floats, texts and truth values; None where an integer is missing."""
    frame = pd.DataFrame(
        {
            "count": [1, 2],
            "share": [0.5, 1.5],
            "name": ["a", "b"],
            "is": [True, False],
            "some": pd.array([1, None], dtype="Int64"),
        }
    )
    rows = records(frame)
    assert rows == frame.to_dict("records")
    assert [type(value) for value in rows[0].values()] == [int, float, str, bool, int]
    assert rows[1]["some"] is None
    assert records(frame[:0]) == []
