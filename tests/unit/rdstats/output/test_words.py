"""Names in the order a reader expects, numbers as a reader wants them."""

from __future__ import annotations

import pandas as pd
import pytest

from data_contracts.words import natural_key
from rdstats.output.words import column_key, ratio_text, records, rounded


def test_methods_come_in_the_paper_s_order() -> None:
    """None (the control), MP, GP, UP, RP, then others by name."""
    methods = ["LTH", "RP", "UP", "CHIP", "none", "MP", "GP"]
    order = "none MP GP UP RP CHIP LTH"
    assert sorted(methods, key=column_key("method")) == order.split()


@pytest.mark.parametrize(
    ("ratio", "text"), [(2.0, "2"), (1.25, "1.25"), (86.7362, "86.7362"), (1000.0, "1000")]
)
def test_ratios_are_written_without_noise(ratio: float, text: str) -> None:
    """2 and not 2.0; every decimal that is there."""
    assert ratio_text(ratio) == text


def test_numbers_inside_names_count_as_numbers() -> None:
    """Of thousands of digits too; zeros in front decide only between equal numbers."""
    names = ["ResNet-110", "ResNet-20", "LeNet5", "ResNet-56"]
    assert sorted(names, key=natural_key) == ["LeNet5", "ResNet-20", "ResNet-56", "ResNet-110"]
    long = "m" + "9" * 5000
    assert sorted([long, "m10", "m02", "m2"], key=natural_key) == ["m02", "m2", "m10", long]


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
        (-1.9e-14, "alpha", "0.000"),
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
