"""Slopes as changes in words."""

import pytest

from rdstats.report.changes import Change

NAN = float("nan")


@pytest.mark.parametrize(
    ("change", "signed"),
    [
        (Change(1.01, 0.98, 1.04, 0.99), "+1 % (99 % interval −2 to 4 %)"),
        (Change(0.9, 0.8, 1.1, 0.95), "−10 % (95 % interval −20 to 10 %)"),
        (Change(1.0, 0.996, 1.004, 0.99), "0 % (99 % interval −0.4 to 0.4 %)"),
        (Change(0.997, 0.98, 1.02, 0.99), "less than 1 % (99 % interval −2 to 2 %)"),
        (Change(1.0004, 0.997, 1.02, 0.99), "less than 0.1 % (99 % interval −0.3 to 2.0 %)"),
        (Change(1.2, NAN, NAN, 0.99), "+20 %"),
        (Change(-0.3, -0.5, 0.1, 0.99), "a slope of −0.30 (99 % interval −0.50 to 0.10)"),
        (Change(35.0, 2.0, 68.0, 0.99), "a slope of 35.00 (99 % interval 2.00 to 68.00)"),
        (Change(-0.001, -1.234, 0.1, 0.99), "a slope of 0.00 (99 % interval −1.23 to 0.10)"),
        (Change(1.2, 1.003, 1.4, 0.99), "+20.0 % (99 % interval 0.3 to 40.0 %)"),
        (Change(NAN, NAN, NAN, 0.99), "an undefined slope"),
        (Change(1.1, 1.0, 1.2, 1 - 0.05 / 6), "+10 % (99.17 % interval 0 to 20 %)"),
    ],
)
def test_a_change_with_its_sign(change: Change, signed: str) -> None:
    """Per cent where that reads well; slopes below 0 or huge stay slopes.

    A bound that is not zero never reads zero; there is a true minus, and no negative zero.
    """
    assert change.signed() == signed


@pytest.mark.parametrize(
    ("change", "amount"),
    [
        (Change(1.21, 1.12, 1.31, 0.99), "21 % (99 % interval 12 to 31 %)"),
        (Change(0.8, 0.7, 0.95, 0.99), "20 % (99 % interval 5 to 30 %)"),
        (Change(1.2, NAN, NAN, 0.99), "20 %"),
    ],
)
def test_the_size_of_a_change_whose_direction_is_said(change: Change, amount: str) -> None:
    """A narrowing from 0.7 to 0.95 is one by 5 to 30 %, smaller bound first."""
    assert change.amount() == amount
