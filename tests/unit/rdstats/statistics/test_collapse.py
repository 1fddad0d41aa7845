"""Classes and models that were given up."""

from __future__ import annotations

import numpy as np

from rdstats.statistics.balance import collapsed_classes, collapsed_models


def test_recall_at_guessing_is_not_below_it() -> None:
    """Four classes: 0.25 stays, 0.24 has collapsed; two of four make the model collapsed."""
    recalls = np.array([[0.25, 0.9, 0.9, 0.9], [0.24, 0.9, 0.9, 0.9], [0.0, 0.1, 0.9, 0.9]])
    assert collapsed_classes(recalls).sum(axis=-1).tolist() == [0, 1, 2]
    assert collapsed_models(recalls).tolist() == [False, False, True]


def test_one_class_cannot_collapse() -> None:
    """There is nothing else to answer, and 1 / C is 1."""
    assert not collapsed_classes(np.array([[0.5]])).any()
    assert not collapsed_models(np.array([[0.5]])).any()
