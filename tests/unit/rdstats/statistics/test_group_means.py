"""Means and standard errors of several groups at once."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rdstats.statistics.intervals import group_means

NAN = math.nan


def test_groups_are_those_of_hand_in_any_order() -> None:
    """1, 2, 3: s = 1, error 1 / sqrt(3); 4, 8: s = sqrt(8), error 2.

    R: c(mean(c(1, 2, 3)), sd(c(1, 2, 3)) / sqrt(3))  # 2.0000000 0.5773503
    R: c(mean(c(4, 8)), sd(c(4, 8)) / sqrt(2))        # 6 2
    """
    values, group = np.array([8.0, 1.0, 3.0, 4.0, 2.0]), np.array([1, 0, 0, 1, 0])
    found = group_means(values, group, 2)
    assert found.size.tolist() == [3, 2]
    assert found.mean == pytest.approx([2.0, 6.0])
    assert found.error == pytest.approx([0.5773503, 2.0], rel=1e-6)


def test_a_value_that_is_missing_is_no_value() -> None:
    """Neither a zero in the mean nor a model in the count."""
    found = group_means(np.array([1.0, NAN, 3.0]), np.zeros(3, dtype=int), 1)
    assert (found.size[0], found.mean[0], found.error[0]) == (2, 2.0, pytest.approx(1.0))


def test_too_few_values_have_no_error_and_none_have_no_mean() -> None:
    """One value: a mean without error. None: neither, for a group that is empty or all NaN."""
    found = group_means(np.array([5.0, NAN]), np.array([0, 1]), 3)
    assert found.size.tolist() == [1, 0, 0]
    assert found.mean[0] == 5.0
    assert np.isnan(found.mean[1:]).all()
    assert np.isnan(found.error).all()


def test_equal_values_have_no_spread() -> None:
    """The mean of thirty times 0.1 is not 0.1 in floating point; the error is 0 all the same."""
    found = group_means(np.full(30, 0.1), np.zeros(30, dtype=int), 1)
    assert found.mean[0] != 0.1
    assert found.error[0] == 0.0
