"""Effect sizes by hand; their agreement with R is shown with the t tests."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rdstats.statistics.effects import hedges_g, paired_d_z


def test_d_z_is_the_mean_difference_in_its_own_deviations() -> None:
    """Differences 1, 2, 3: mean 2, deviation 1."""
    assert paired_d_z(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(2.0)


def test_hedges_g_shrinks_cohens_d_by_the_exact_factor() -> None:
    """Two arms of two, d = -2 sqrt(2): J(2) = gamma(1) / (sqrt(1) gamma(1/2)) = 1 / sqrt(pi)."""
    first, second = np.array([0.0, 1.0]), np.array([2.0, 3.0])
    assert hedges_g(first, second) == pytest.approx(-2 * math.sqrt(2) / math.sqrt(math.pi))
