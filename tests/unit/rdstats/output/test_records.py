"""A frame as rows."""

import pandas as pd

from rdstats.output.rounding import records


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


def test_no_rows_are_an_empty_list() -> None:
    """Also where there are columns."""
    assert records(pd.DataFrame({"a": []})) == []
