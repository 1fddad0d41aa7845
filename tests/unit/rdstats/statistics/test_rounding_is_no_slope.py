"""What is zero on paper has no slope, whatever floating point leaves of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdstats.statistics.balance import accuracy, macro_accuracy, normalized_recall_balance, recall
from rdstats.statistics.class_mean import class_mean_pseudo_values, class_mean_slopes
from rdstats.statistics.slopes import slopes_through_origin


@given(
    sizes=st.lists(st.integers(1, 500), min_size=2, max_size=120),
    tenths=st.integers(1, 10),
    macro=st.booleans(),
)
def test_a_flat_baseline_has_no_slope(sizes: list[int], tenths: int, macro: bool) -> None:
    """Any number of classes of any size, either average: 0.7 less the mean of 0.7 is nothing."""
    n_samples = np.array(sizes) * 10
    n_correct = np.array(sizes) * tenths
    recalls = recall(n_correct, n_samples)
    whole = macro_accuracy(recalls) if macro else accuracy(n_correct, n_samples)
    balance = normalized_recall_balance(recalls, whole)
    assert (balance == 0).all()
    assert np.isnan(slopes_through_origin(balance, np.arange(len(sizes), dtype=float)))


@pytest.mark.parametrize("shift", [3, 1, 7])
def test_seeds_that_mirror_each_other_have_no_class_mean_slope(shift: int) -> None:
    """Their means are equal over classes, though no seed is flat."""
    counts = np.array([[73 + s * shift, 73 - s * shift, 73] for s in (1, -1, 1, -1)])
    n_samples = np.full_like(counts, 110)
    before = normalized_recall_balance(recall(counts, n_samples), accuracy(counts, n_samples))
    after = before + np.array([0.1, -0.2, 0.1])
    assert np.isnan(class_mean_slopes(before, after))
    assert np.isnan(class_mean_pseudo_values(before, after)).all()
