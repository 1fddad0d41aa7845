"""Laws of the slopes: sign, scale, order, and what they are means of."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.class_mean import class_mean_pseudo_values, class_means
from rdstats.statistics.slopes import (
    intensification_ratio,
    pooled,
    retrain_reference,
    slopes_through_origin,
    uncentred_r_squared,
)

Balances = tuple[FloatArray, FloatArray]


def class_mean_slopes(before: FloatArray, after: FloatArray) -> FloatArray:
    """The slope that the pseudo-values are of."""
    return slopes_through_origin(class_means(before), class_means(after))


def pooled_slopes(before: FloatArray, after: FloatArray) -> FloatArray:
    """The slope over all points."""
    return slopes_through_origin(pooled(before), pooled(after))


def same(value: FloatArray | float) -> Any:
    """Equal up to rounding."""
    return pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True)


def thousandths(least: int, most: int) -> st.SearchStrategy[float]:
    """Return numbers of the size of real balances, never so small that squares underflow."""
    return st.integers(least, most).map(lambda number: number / 1000)


@st.composite
def balances(draw: Any) -> Balances:
    """Return normalized balances of some models before and after, none of them flat before."""
    models, classes = draw(st.integers(3, 6)), draw(st.integers(2, 8))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mu = 0.1 * generator.choice([-1.0, 1.0], classes) * generator.uniform(0.5, 1.5, classes)
    before = mu + draw(thousandths(0, 30)) * generator.standard_normal((models, classes))
    slope = draw(thousandths(-2000, 3000))
    noise = draw(thousandths(0, 50)) * generator.standard_normal((models, classes))
    return before, slope * before + noise


factors = st.floats(0.01, 100.0) | st.floats(-100.0, -0.01)


@given(balances(), factors)
def test_scaling_the_balances_after_scales_every_slope(arms: Balances, factor: float) -> None:
    """Slope of k y on x is k times that of y; the sign of k is the sign."""
    x, y = arms
    for slope in (slopes_through_origin, pooled_slopes, class_mean_slopes):
        assert slope(x, factor * y) == pytest.approx(factor * slope(x, y))
    assert class_mean_pseudo_values(x, factor * y) == same(factor * class_mean_pseudo_values(x, y))


@given(balances(), factors)
def test_scaling_the_balances_before_divides_every_slope(arms: Balances, factor: float) -> None:
    """Slope of y on k x is that of y on x over k, and r squared does not see the scale."""
    x, y = arms
    for slope in (slopes_through_origin, pooled_slopes, class_mean_slopes):
        assert slope(factor * x, y) * factor == same(slope(x, y))
    assert uncentred_r_squared(factor * x, y) == same(uncentred_r_squared(x, y))
    assert retrain_reference(factor * x) == same(retrain_reference(x))


@given(balances(), st.randoms(use_true_random=False))
def test_the_order_of_classes_and_models_changes_nothing(arms: Balances, random: Random) -> None:
    """Classes have no order; pseudo-values follow their models."""
    x, y = arms
    classes = random.sample(range(x.shape[1]), x.shape[1])
    models = random.sample(range(x.shape[0]), x.shape[0])
    moved = x[models][:, classes], y[models][:, classes]
    assert slopes_through_origin(*moved) == same(slopes_through_origin(x, y)[models])
    assert class_mean_pseudo_values(*moved) == same(class_mean_pseudo_values(x, y)[models])
    assert pooled_slopes(*moved) == same(pooled_slopes(x, y))
    assert retrain_reference(moved[0]) == same(retrain_reference(x))


@given(balances())
def test_a_slope_is_the_weighted_mean_of_the_intensification_ratios(arms: Balances) -> None:
    """Section 5: weights are the squared balances before, so it lies between the ratios."""
    x, y = arms
    ratios = intensification_ratio(x, y)
    slopes = slopes_through_origin(x, y)
    assert slopes == same((x**2 * ratios).sum(axis=-1) / (x**2).sum(axis=-1))
    assert (slopes <= ratios.max(axis=-1) + 1e-9).all()
    assert (slopes >= ratios.min(axis=-1) - 1e-9).all()


@given(balances())
def test_the_pooled_slope_lies_between_the_slopes_of_the_models(arms: Balances) -> None:
    """It weighs them by their squared balances."""
    slopes, whole = slopes_through_origin(*arms), pooled_slopes(*arms)
    assert slopes.min() - 1e-9 <= whole <= slopes.max() + 1e-9


@given(balances())
def test_r_squared_is_a_share(arms: Balances) -> None:
    """Between 0 and 1 (Cauchy and Schwarz); 1 where all points are on the line."""
    x, y = arms
    r_squared = uncentred_r_squared(x, y)
    r_squared = r_squared[~np.isnan(r_squared)]
    assert ((r_squared >= 0.0) & (r_squared <= 1.0 + 1e-12)).all()
    assert uncentred_r_squared(x, 2.0 * x) == same(1.0)


@given(balances())
def test_models_that_are_all_the_same_have_the_class_mean_slope_of_one(arms: Balances) -> None:
    """Without luck there is nothing to correct: every pseudo-value is the slope itself."""
    x, y = (np.repeat(balance[:1], 4, axis=0) for balance in arms)
    slope = slopes_through_origin(x[0], y[0])
    assert class_mean_slopes(x, y) == pytest.approx(slope)
    assert class_mean_pseudo_values(x, y) == same(np.full(4, slope))
    assert retrain_reference(x) == same(1.0)


@given(balances())
def test_nothing_happening_is_a_slope_of_exactly_one(arms: Balances) -> None:
    """Compression that changes no prediction has alpha 1 for every model and over all."""
    x, _ = arms
    for slope in (slopes_through_origin, pooled_slopes, class_mean_slopes):
        assert slope(x, x) == pytest.approx(1.0, rel=1e-12)


@given(balances())
def test_pseudo_values_of_two_arms_differ_by_the_joint_jackknife(arms: Balances) -> None:
    """The jackknife of a difference of class-mean slopes is the difference of the jackknives."""
    x, y = arms
    z = y**2 + x
    joint = class_mean_pseudo_values(x, y - z)
    apart = class_mean_pseudo_values(x, y) - class_mean_pseudo_values(x, z)
    assert joint == pytest.approx(apart)
