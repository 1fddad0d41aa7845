"""Numbers as a reader wants them."""

import pandas as pd
import pytest

from rdstats.output.rounding import rounded, rounded_frame


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


def test_a_rounded_frame_keeps_its_shape_and_names() -> None:
    """Only the cells become texts."""
    frame = pd.DataFrame({"p": [0.5, 0.0001], "n": [3, 4]}, index=[7, 9])
    texts = rounded_frame(frame)
    assert list(texts.columns) == ["p", "n"]
    assert texts.to_numpy().tolist() == [["0.500", "3"], ["< 0.001", "4"]]
