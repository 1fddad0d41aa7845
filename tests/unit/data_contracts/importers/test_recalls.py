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


def test_two_decimals_of_fifty_samples_leave_one_count() -> None:
    """0.94 of 50 is 47: 46 would print 0.92 and 48 would print 0.96."""
    assert recovered("0.94", 50) == 47


def test_two_decimals_of_a_thousand_samples_leave_several_counts() -> None:
    """0.97 can be 965 ... 975 of 1,000; the error names class, samples, and what would do."""
    with pytest.raises(ContractError) as caught:
        recovered("0.97", 1000)
    message = str(caught.value)
    assert "class 'cat'" in message
    assert "1,000 samples" in message
    assert "from 965 to 975" in message
    assert "3 decimals would do" in message


def test_the_decimals_that_the_error_asks_for_do() -> None:
    """One sample more than 1,000 needs one decimal more than 1,000 samples do."""
    with pytest.raises(ContractError, match="4 decimals would do"):
        recovered("0.97", 1001)
    assert recovered("0.969", 1000) == 969
    assert recovered("0.9690", 1001) == 970


def test_a_tie_is_read_whichever_way_it_was_rounded() -> None:
    """1 of 8 is 0.125: Python prints 0.12, a spreadsheet 0.13."""
    assert recovered("0.12", 8) == recovered("0.13", 8) == 1


def test_a_tie_that_leaves_two_counts_is_left_open() -> None:
    """0.97 of 200 is 194 (0.970), or 193 (0.965) rounded up, or 195 (0.975) rounded down."""
    with pytest.raises(ContractError, match="from 193 to 195"):
        recovered("0.97", 200)


def test_a_recall_that_no_count_gives_is_refused() -> None:
    """0.95 is no fraction of 30: 28 is 0.933 and 29 is 0.967."""
    with pytest.raises(ContractError, match=r"no count of its 30 samples gives that \(28"):
        recovered("0.95", 30)


def test_a_float_gives_its_count_however_many_samples() -> None:
    """float64 and float32 of 123,456 / 200,000 and its neighbour are told apart."""
    assert recovered("0.61728", 200_000, decimals=7) == 123_456
    assert recovered("0.6172800064086914", 200_000) == 123_456  # float32
    assert recovered("0.617285", 200_000, decimals=7) == 123_457


def test_a_mean_over_batches_is_no_count() -> None:
    """(1/2 + 2/3) / 2 = 0.58333... is no count of 5: the mean of two batches, not a recall."""
    with pytest.raises(ContractError, match="mean over batches"):
        recovered("0.5833333333333333", 5)


@pytest.mark.parametrize("recall", ["nan", "", "high", "inf", "0,97"])
def test_what_is_no_number_is_refused(recall: str) -> None:
    """The error shows the text."""
    with pytest.raises(ContractError, match="which is no number"):
        recovered(recall, 50)


@pytest.mark.parametrize("recall", ["97.5", "-0.1", "1e300"])
def test_a_recall_outside_zero_and_one_is_refused(recall: str) -> None:
    """97.5 is perhaps a percentage; that has to be said."""
    with pytest.raises(ContractError, match="between 0 and 1"):
        recovered(recall, 50)


def test_lost_zeros_do_not_make_a_recall_look_coarse() -> None:
    """A file that prints 0.9 and 0.95 prints two decimals: 0.9 is 0.90."""
    assert decimals_of(["0.9", "0.95", "1"]) == 2
    with pytest.raises(ContractError, match="from 34 to 38"):
        recovered("0.9", 40)
    assert recovered("0.9", 40, decimals=2) == 36


def test_predictions_come_from_unrounded_precisions_alone() -> None:
    """3 right of 7 predicted is 0.428571...; 0.43 would also fit, but says less than a float."""
    counts = np.array([3])
    predicted = recovered_predictions(counts, ["0.42857142857142855"])
    assert predicted is not None
    assert predicted.tolist() == [7]
    assert recovered_predictions(counts, ["0.43"]) is None


def test_no_right_answer_says_nothing_of_predictions() -> None:
    """0 right of 5 predicted has precision 0, as has 0 right of none."""
    counts = np.array([0, 3])
    assert recovered_predictions(counts, ["0.0", "0.42857142857142855"]) is None


def test_an_accuracy_agrees_at_its_own_decimals() -> None:
    """768 of 898 is 0.85523: 0.86 at two decimals, 0.855 at three, not 0.85."""
    assert agrees(768, 898, "0.86")
    assert agrees(768, 898, "0.855")
    assert not agrees(768, 898, "0.85")
