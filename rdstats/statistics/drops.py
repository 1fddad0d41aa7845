"""By how much recall fell: per class, and per class beyond the fall of accuracy."""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import FloatArray


def drops(recalls_before: FloatArray, recalls_after: FloatArray) -> FloatArray:
    """Return the drop R - R_t of each class, above zero where recall fell.

    Args:
        recalls_before: Recall before compression, shape (..., classes).
        recalls_after: The same after, same shape.
    """
    return recalls_before - recalls_after


def excess_drops(
    recalls_before: FloatArray,
    recalls_after: FloatArray,
    accuracies_before: FloatArray,
    accuracies_after: FloatArray,
) -> FloatArray:
    """Return the excess drop psi_c = (R - R_t) - (A - A_t) of each class.

    What a class lost beyond what the model lost as a whole. On equal class sizes it sums to zero
    over classes.

    Args:
        recalls_before: Recall before compression, shape (..., classes).
        recalls_after: The same after, same shape.
        accuracies_before: Accuracy before compression, shape (...).
        accuracies_after: The same after.

    Checked against the formula written in R, tests/golden/beside.R.
    """
    lost = np.asarray(accuracies_before - accuracies_after)
    return drops(recalls_before, recalls_after) - lost[..., np.newaxis]
