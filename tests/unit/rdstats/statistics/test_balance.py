"""Recall, accuracy and balances, by numbers that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rdstats.statistics.balance import (
    accuracy,
    collapsed_classes,
    collapsed_models,
    f_score,
    normalized_recall_balance,
    precision,
    recall,
    recall_balance,
    recall_variance,
)

# Section 4's example, on 100 samples a class: A = 80 %, R = 90 % and 70 %; after pruning 60 %,
# 70 % and 50 %.
SAMPLES = np.array([100, 100])
BEFORE, AFTER = np.array([90, 70]), np.array([70, 50])


def test_the_worked_example_of_section_4() -> None:
    """The balance stays 10 % while the normalized balance grows from 1/8 to 1/6."""
    for correct, whole, normalized in ((BEFORE, 0.8, 1 / 8), (AFTER, 0.6, 1 / 6)):
        recalls, accuracies = recall(correct, SAMPLES), accuracy(correct, SAMPLES)
        assert accuracies == pytest.approx(whole)
        assert recall_balance(recalls, accuracies) == pytest.approx([0.1, -0.1])
        assert normalized_recall_balance(recalls, accuracies) == pytest.approx(
            [normalized, -normalized]
        )


def test_accuracy_counts_samples_and_not_classes_which_are_the_last_axis() -> None:
    """A class of 300 samples weighs three times one of 100; of two models each has its own."""
    correct, samples = np.array([[300, 0], [150, 50]]), np.array([[300, 100], [300, 100]])
    recalls, accuracies = recall(correct, samples), accuracy(correct, samples)
    assert accuracies == pytest.approx([0.75, 0.5])
    assert recall_balance(recalls, accuracies).tolist() == [[0.25, -0.75], [0.0, 0.0]]


def test_an_accuracy_of_zero_has_no_normalized_balance() -> None:
    """Nothing is divided by zero: NaN, without a warning."""
    nothing = np.array([0, 0])
    balances = normalized_recall_balance(recall(nothing, SAMPLES), accuracy(nothing, SAMPLES))
    assert np.isnan(balances).all()


def test_precision_divides_by_what_was_predicted() -> None:
    """90 right of 120 predicted is 3/4; a class that is never predicted has none."""
    assert precision(np.array([90, 0]), np.array([120, 0])) == pytest.approx(
        [0.75, np.nan], nan_ok=True
    )


def test_f_score_is_the_harmonic_mean_of_recall_and_precision() -> None:
    """R = 0.9 and P = 0.75 give 2 * 0.675 / 1.65 = 9/11; never predicted gives 0."""
    scores = f_score(np.array([90, 0]), SAMPLES, np.array([120, 0]))
    assert scores == pytest.approx([9 / 11, 0.0])


def test_recall_variance_has_classes_minus_one_below() -> None:
    """var(c(0.9, 0.7)) is 0.02 in R; one class has no variance."""
    assert recall_variance(np.array([0.9, 0.7])) == pytest.approx(0.02)
    assert np.isnan(recall_variance(np.array([[0.9]]))).all()


def test_recall_at_guessing_is_not_below_it() -> None:
    """Four classes: 0.25 stays, 0.24 has collapsed; two of four make the model collapsed."""
    recalls = np.array([[0.25, 0.9, 0.9, 0.9], [0.24, 0.9, 0.9, 0.9], [0.0, 0.1, 0.9, 0.9]])
    assert collapsed_classes(recalls).sum(axis=-1).tolist() == [0, 1, 2]
    assert collapsed_models(recalls).tolist() == [False, False, True]
    # One class cannot collapse: there is nothing else to answer, and 1 / C is 1.
    assert not collapsed_classes(np.array([[0.5]])).any()
    assert not collapsed_models(np.array([[0.5]])).any()
