"""Slopes: the paper's example, statsmodels, R, and what has no slope."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from rdstats.errors import SlopeUndefined
from rdstats.statistics.slopes import (
    intensification_ratio,
    pooled,
    slope_through_origin,
    slopes_through_origin,
    uncentred_r_squared,
)


def test_the_worked_example_of_section_5() -> None:
    """From 1/8 to 1/6 both classes have I = 4/3, and so has the model."""
    before, after = np.array([1 / 8, -1 / 8]), np.array([1 / 6, -1 / 6])
    assert intensification_ratio(before, after) == pytest.approx([4 / 3, 4 / 3])
    assert slope_through_origin(before, after) == pytest.approx(4 / 3)


def test_the_slope_weights_ratios_by_the_squared_balance() -> None:
    """Ratios 2 and 1 with balances 3 and 1: (9 * 2 + 1 * 1) / 10."""
    assert slope_through_origin(np.array([3.0, 1.0]), np.array([6.0, 1.0])) == pytest.approx(1.9)


def test_slopes_and_r_squared_equal_statsmodels_without_intercept() -> None:
    """OLS of after on before alone, whose r squared is uncentred."""
    generator = np.random.default_rng(3)
    before = generator.normal(0.02, 0.1, (8, 10))
    after = 1.2 * before + generator.normal(0.0, 0.03, (8, 10))
    fits = [sm.OLS(y, x).fit() for x, y in zip(before, after, strict=True)]
    assert slopes_through_origin(before, after) == pytest.approx(
        [fit.params[0] for fit in fits], rel=1e-12, abs=0
    )
    assert uncentred_r_squared(before, after) == pytest.approx(
        [fit.rsquared for fit in fits], rel=1e-12, abs=0
    )
    whole = sm.OLS(after.ravel(), before.ravel()).fit()
    points = pooled(before), pooled(after)
    assert slopes_through_origin(*points) == pytest.approx(whole.params[0], rel=1e-12, abs=0)
    assert uncentred_r_squared(*points) == pytest.approx(whole.rsquared, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ([0.0, 0.0], [0.1, -0.1], "every class has the same recall before pruning"),
        ([0.1, -0.1], [np.nan, np.nan], "the accuracy is 0"),
        ([np.nan, np.nan], [0.1, -0.1], "the accuracy is 0"),
    ],
)
def test_a_slope_that_does_not_exist_says_why(
    before: list[float], after: list[float], why: str
) -> None:
    """Alone it raises; among many it is NaN, where statsmodels would say 0 for a flat baseline."""
    x, y = np.array(before), np.array(after)
    with pytest.raises(SlopeUndefined, match=why):
        slope_through_origin(x, y)
    many = slopes_through_origin(np.stack([x, [1.0, -1.0]]), np.stack([y, [2.0, -2.0]]))
    assert many == pytest.approx([np.nan, 2.0], nan_ok=True)


def test_flat_after_pruning_is_a_slope_of_zero_without_r_squared() -> None:
    """All gaps closed: alpha is truly 0, but there is nothing for r squared to explain."""
    before, after = np.array([0.1, -0.1]), np.array([0.0, 0.0])
    assert slope_through_origin(before, after) == 0.0
    assert np.isnan(uncentred_r_squared(before, after))


def test_a_class_at_the_accuracy_has_no_ratio() -> None:
    """I divides by the balance before; a balance of 0 has none, whatever comes after."""
    ratios = intensification_ratio(np.array([0.0, 0.1]), np.array([0.3, 0.3]))
    assert ratios == pytest.approx([np.nan, 3.0], nan_ok=True)
