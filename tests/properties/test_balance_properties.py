"""Laws of the recall balance, whatever the counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rdstats.statistics.arrays import IntArray
from rdstats.statistics.balance import accuracy, normalized_recall_balance, recall, recall_balance
from rdstats.statistics.slopes import slopes_through_origin


@st.composite
def balanced_counts(draw: Any) -> tuple[IntArray, IntArray]:
    """Return right predictions of several models, and equally many samples of every class."""
    models, classes = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    samples = draw(st.integers(1, 5_000))
    one = st.lists(st.integers(0, samples), min_size=classes, max_size=classes)
    correct = draw(st.lists(one, min_size=models, max_size=models))
    return np.array(correct), np.full((models, classes), samples)


@given(balanced_counts())
def test_proposition_4_1_balances_of_equal_classes_sum_to_zero(
    counts: tuple[IntArray, IntArray],
) -> None:
    """Proposition 4.1: sum_c B = 0 for every model of a balanced data set."""
    correct, samples = counts
    balances = recall_balance(recall(correct, samples), accuracy(correct, samples))
    assert np.abs(balances.sum(axis=-1)).max() < 1e-12


@given(balanced_counts())
def test_corollary_4_1_1_normalized_balances_of_equal_classes_sum_to_zero(
    counts: tuple[IntArray, IntArray],
) -> None:
    """Corollary 4.1.1: sum_c B / A = 0, wherever A is not zero."""
    correct, samples = counts
    accuracies = accuracy(correct, samples)
    balances = normalized_recall_balance(recall(correct, samples), accuracies)
    # Relative to the largest balance: one right answer in 60,000 makes balances of thousands.
    scale = np.maximum(np.abs(balances).max(axis=-1), 1.0)
    sums = np.abs(balances.sum(axis=-1)) / scale
    assert (np.isnan(sums) == (accuracies == 0)).all()
    assert (sums[accuracies > 0] < 1e-10).all()


@given(balanced_counts(), st.integers(2, 50))
def test_more_samples_of_the_same_recall_change_no_balance(
    counts: tuple[IntArray, IntArray], times: int
) -> None:
    """Balances depend on fractions, not on counts."""
    correct, samples = counts
    first = recall_balance(recall(correct, samples), accuracy(correct, samples))
    second = recall_balance(
        recall(times * correct, times * samples), accuracy(times * correct, times * samples)
    )
    assert (first == second).all()


@given(
    sizes=st.lists(st.integers(1, 500), min_size=2, max_size=120),
    tenths=st.integers(1, 10),
    macro=st.booleans(),
)
def test_a_flat_baseline_has_no_slope(sizes: list[int], tenths: int, macro: bool) -> None:
    """Any number of classes of any size, either average: 0.7 less the mean of 0.7 is nothing."""
    n_samples = np.array(sizes) * 10
    recalls = recall(np.array(sizes) * tenths, n_samples)
    whole = recalls.mean() if macro else accuracy(np.array(sizes) * tenths, n_samples)
    balance = normalized_recall_balance(recalls, whole)
    assert (balance == 0).all()
    assert np.isnan(slopes_through_origin(balance, np.arange(len(sizes), dtype=float)))
