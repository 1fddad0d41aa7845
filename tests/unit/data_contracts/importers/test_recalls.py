"""Counts are recovered from rounded recalls where one count fits, and never guessed."""

from __future__ import annotations

import numpy as np
import pytest

from data_contracts import ContractError
from data_contracts.importers.recalls import (
    agrees,
    decimals_of,
    recovered_count,
    recovered_predictions,
)


def recovered(recall: str, samples: int, decimals: int | None = None) -> int:
    """The count of one class."""
    shown = decimals_of([recall]) if decimals is None else decimals
    return recovered_count(recall, samples, shown, "the recall of class 'cat' is")


@pytest.mark.parametrize(
    ("recall", "samples", "error"),
    [
        (
            "0.97",
            1000,
            "class 'cat' is 0.97 of 1,000 samples, .* from 965 to 975: 3 decimals would do",
        ),
        ("0.97", 200, "from 193 to 195"),  # 0.965 rounded up, or 0.975 rounded down
        ("0.95", 30, r"no count of its 30 samples gives that \(28"),  # 28 is 0.933, 29 is 0.967
        ("0.5833333333333333", 5, "mean over batches"),  # (1/2 + 2/3) / 2
        *((text, 50, "which is no number") for text in ("nan", "", "high", "inf", "0,97")),
        *((text, 50, "between 0 and 1") for text in ("97.5", "-0.1", "1e300")),
    ],
)
def test_a_recall_that_leaves_no_count_or_several_is_refused(
    recall: str, samples: int, error: str
) -> None:
    """With what may have gone wrong."""
    with pytest.raises(ContractError, match=error):
        recovered(recall, samples)


def test_the_decimals_that_the_error_asks_for_do() -> None:
    """One sample more than 1,000 needs one decimal more than 1,000 samples do."""
    with pytest.raises(ContractError, match="4 decimals would do"):
        recovered("0.97", 1001)
    assert recovered("0.969", 1000) == 969
    assert recovered("0.9690", 1001) == 970


@pytest.mark.parametrize(
    ("recall", "samples", "decimals", "count"),
    [
        # 1 of 8 is 0.125: Python prints 0.12, a spreadsheet 0.13. 0.94 of 50 can only be 47.
        ("0.94", 50, None, 47),
        ("0.12", 8, None, 1),
        ("0.13", 8, None, 1),
        # float64 and float32 of 123,456 / 200,000 and its neighbour are told apart.
        ("0.61728", 200_000, 7, 123_456),
        ("0.6172800064086914", 200_000, None, 123_456),  # float32
        ("0.617285", 200_000, 7, 123_457),
    ],
)
def test_ties_and_floats_give_their_count(
    recall: str, samples: int, decimals: int | None, count: int
) -> None:
    """Whichever way a tie was rounded, and however many samples a float is of."""
    assert recovered(recall, samples, decimals) == count


def test_lost_zeros_do_not_make_a_recall_look_coarse() -> None:
    """A file that prints 0.9 and 0.95 prints two decimals: 0.9 is 0.90."""
    assert decimals_of(["0.9", "0.95", "1"]) == 2
    with pytest.raises(ContractError, match="from 34 to 38"):
        recovered("0.9", 40)
    assert recovered("0.9", 40, decimals=2) == 36


def test_predictions_come_from_unrounded_precisions_alone() -> None:
    """3 right of 7 predicted is 0.428571...; 0.43 would also fit, but says less than a float."""
    predicted = recovered_predictions(np.array([3]), ["0.42857142857142855"])
    assert predicted is not None
    assert predicted.tolist() == [7]
    assert recovered_predictions(np.array([3]), ["0.43"]) is None
    # 0 right of 5 predicted has precision 0, as has 0 right of none.
    assert recovered_predictions(np.array([0, 3]), ["0.0", "0.42857142857142855"]) is None


def test_an_accuracy_agrees_at_its_own_decimals() -> None:
    """768 of 898 is 0.85523: 0.86 at two decimals, 0.855 at three, not 0.85."""
    assert agrees(768, 898, "0.86")
    assert agrees(768, 898, "0.855")
    assert not agrees(768, 898, "0.85")


def test_a_recall_of_a_million_digits_is_no_number() -> None:
    """Fractions of such would take minutes, and the error a megabyte."""
    with pytest.raises(ContractError, match="which is no number") as caught:
        recovered_count("0." + 1_000_000 * "5", 10, 2, "the recall is")
    assert len(str(caught.value)) < 300
