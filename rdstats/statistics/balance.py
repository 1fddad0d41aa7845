"""From counts to recall, accuracy and (normalized) recall balance (Section 4)."""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import FloatArray, IntArray, divide, settled


def recall(n_correct: IntArray, n_samples: IntArray) -> FloatArray:
    """Return the recall R of each class: right predictions over samples of the class.

    Args:
        n_correct: Samples of the class that were predicted right, shape (..., classes).
        n_samples: Samples of the class, same shape, above zero.
    """
    return divide(n_correct, n_samples)


def precision(n_correct: IntArray, n_predicted: IntArray) -> FloatArray:
    """Return the precision P of each class: right predictions over predictions of the class.

    Args:
        n_correct: Samples of the class that were predicted right, shape (..., classes).
        n_predicted: Samples of any class predicted as this one, same shape.

    Returns:
        Shape (..., classes); NaN for a class that is never predicted, whose precision is 0 / 0.
    """
    return divide(n_correct, n_predicted)


def f_score(n_correct: IntArray, n_samples: IntArray, n_predicted: IntArray) -> FloatArray:
    """Return the F-score of each class, the harmonic mean 2 R P / (R + P).

    In counts it is 2 n_correct / (n_samples + n_predicted), which is also defined (zero) for a
    class that is never predicted.

    Args:
        n_correct: Samples of the class that were predicted right, shape (..., classes).
        n_samples: Samples of the class, same shape, above zero.
        n_predicted: Samples of any class predicted as this one, same shape.
    """
    return divide(2 * n_correct, n_samples + n_predicted)


def accuracy(n_correct: IntArray, n_samples: IntArray) -> FloatArray:
    """Return the accuracy A over all samples (micro), shape (...) for counts (..., classes).

    Args:
        n_correct: Samples of the class that were predicted right, shape (..., classes).
        n_samples: Samples of the class, same shape.
    """
    return divide(n_correct.sum(axis=-1), n_samples.sum(axis=-1))


def macro_accuracy(recalls: FloatArray) -> FloatArray:
    """Return the mean recall over classes (macro), shape (...) for recalls (..., classes).

    On equal class sizes it is the accuracy. On others every class counts the same, and balances
    sum to zero again (Proposition 4.1).

    Checked against R: rowMeans(recall).
    """
    return np.asarray(recalls.mean(axis=-1))


def recall_balance(recalls: FloatArray, accuracies: FloatArray) -> FloatArray:
    """Return the recall balance B = R - A; on equal class sizes it sums to 0 (Proposition 4.1).

    Args:
        recalls: Recall (or precision, or F-score), shape (..., classes).
        accuracies: Accuracy of the same evaluations, shape (...).
    """
    # Recalls and accuracies are shares: their size is 1.
    return settled(recalls - accuracies[..., np.newaxis], 1.0)


def normalized_recall_balance(recalls: FloatArray, accuracies: FloatArray) -> FloatArray:
    """Return the normalized recall balance B / A = (R - A) / A.

    Args:
        recalls: Recall (or precision, or F-score), shape (..., classes).
        accuracies: Accuracy of the same evaluations, shape (...).

    Returns:
        Shape (..., classes); NaN for an evaluation whose accuracy is zero.
    """
    return divide(recall_balance(recalls, accuracies), accuracies[..., np.newaxis])


def recall_variance(recalls: FloatArray) -> FloatArray:
    """Return the variance of recall across classes, with classes - 1 below (Table 11).

    Args:
        recalls: Recall, shape (..., classes).

    Returns:
        Shape (...); NaN where there is one class only.

    Checked against R: var(recall).
    """
    if recalls.shape[-1] < 2:
        return np.full(recalls.shape[:-1], np.nan)
    variance: FloatArray = recalls.var(axis=-1, ddof=1)
    return variance
