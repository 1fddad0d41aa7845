"""Classes that a compressed model has given up, and models that have given up most."""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import BoolArray, FloatArray


def collapsed_classes(recalls: FloatArray) -> BoolArray:
    """Say of each class whether it is recalled less often than by guessing, R < 1 / C.

    Args:
        recalls: Recall after compression, shape (..., classes).

    Returns:
        Same shape; nowhere true where there is one class only, which cannot be missed for another.
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

    Args:
        recalls: Recall after compression, shape (..., models, classes).

    Returns:
        Shape (..., models).
    """
    collapsed = collapsed_classes(recalls)
    return np.asarray(2 * collapsed.sum(axis=-1) >= max(recalls.shape[-1], 2))
