"""From counts to recall, accuracy and (normalized) recall balance (Section 4).

Counts and what is computed per class have shape (..., classes): `n_correct` samples of the class
that were predicted right, `n_samples` samples of the class, above zero, `n_predicted` samples of
any class that were predicted as this one. What is computed per evaluation has shape (...).
"""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, divide, settled


def recall(n_correct: IntArray, n_samples: IntArray) -> FloatArray:
    """Return the recall R of each class: right predictions over samples of the class."""
    return divide(n_correct, n_samples)


def precision(n_correct: IntArray, n_predicted: IntArray) -> FloatArray:
    """Return the precision P of each class: right predictions over predictions of the class.

    NaN for a class that is never predicted.
    """
    return divide(n_correct, n_predicted)


def f_score(n_correct: IntArray, n_samples: IntArray, n_predicted: IntArray) -> FloatArray:
    """Return the F-score of each class, the harmonic mean 2 R P / (R + P).

    In counts it is 2 n_correct / (n_samples + n_predicted), which is also defined (zero) for a
    class that is never predicted.
    """
    return divide(2 * n_correct, n_samples + n_predicted)


def accuracy(n_correct: IntArray, n_samples: IntArray) -> FloatArray:
    """Return the accuracy A over all samples (micro)."""
    return divide(n_correct.sum(axis=-1), n_samples.sum(axis=-1))


def recall_balance(recalls: FloatArray, accuracies: FloatArray) -> FloatArray:
    """Return the recall balance B = R - A; on equal class sizes it sums to 0 (Proposition 4.1).

    Of recalls, or of precisions or F-scores, and the accuracy of the same evaluations.
    """
    # Recalls and accuracies are shares: their size is 1.
    return settled(recalls - accuracies[..., np.newaxis], 1.0)


def normalized_recall_balance(recalls: FloatArray, accuracies: FloatArray) -> FloatArray:
    """Return the normalized recall balance B / A = (R - A) / A, NaN where the accuracy is zero."""
    return divide(recall_balance(recalls, accuracies), accuracies[..., np.newaxis])


def recall_variance(recalls: FloatArray) -> FloatArray:
    """Return the variance of recall across classes, with classes - 1 below (Table 11).

    NaN where there is one class only. Checked against R: var(recall).
    """
    if recalls.shape[-1] < 2:
        return np.full(recalls.shape[:-1], np.nan)
    return np.asarray(recalls.var(axis=-1, ddof=1))


def excess_drops(
    recalls_before: FloatArray,
    recalls_after: FloatArray,
    accuracies_before: FloatArray,
    accuracies_after: FloatArray,
) -> FloatArray:
    """Return the excess drop psi_c = (R - R_t) - (A - A_t) of each class.

    What a class lost beyond what the model lost; on equal class sizes it sums to zero over them.

    Checked against the formula written in R, tests/golden/beside.R.
    """
    lost = np.asarray(accuracies_before - accuracies_after)
    return recalls_before - recalls_after - lost[..., np.newaxis]


def collapsed_classes(recalls: FloatArray) -> BoolArray:
    """Say of each class whether it is recalled less often than by guessing, R < 1 / C.

    Nowhere true where there is one class only, which cannot be missed for another.
    """
    classes = recalls.shape[-1]
    if classes < 2:
        return np.zeros(recalls.shape, dtype=bool)
    return np.asarray(recalls < 1.0 / classes)


def collapsed_models(recalls: FloatArray) -> BoolArray:
    """Say of each model whether half of its classes or more have collapsed.

    A model that always answers the same has all classes but one collapsed, whatever its accuracy
    is on an unbalanced test set; one that answers at random has about half. Their balances are
    the answer that was picked, not a distortion of the classes.
    """
    collapsed = collapsed_classes(recalls)
    return np.asarray(2 * collapsed.sum(axis=-1) >= max(recalls.shape[-1], 2))


def relative_drop(correct_before: IntArray, correct_after: IntArray) -> FloatArray:
    """Return 1 - R_t / R; NaN where nothing was right before."""
    return np.where(correct_before > 0, 1.0 - correct_after / np.maximum(correct_before, 1), np.nan)
