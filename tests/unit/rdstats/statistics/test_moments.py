"""Slopes from moments: the fast jackknife is the slow one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.estimators import deming_pseudo_values, instrument_pseudo_values

Slope = Callable[[FloatArray, FloatArray], float]


def instrument(x: FloatArray, y: FloatArray) -> float:
    """Sum z y / sum z x, z the mean x of the other models."""
    z = np.stack([np.delete(x, model, axis=0).mean(axis=0) for model in range(len(x))])
    return float((z * y).sum() / (z * x).sum())


def moment_corrected(x: FloatArray, y: FloatArray) -> float:
    """(S_xy - s_xy) / (S_xx - s_xx), moments over models less those within classes."""
    xy, xx = (
        (x * arm).sum() / len(x) - sum(np.cov(x[:, c], arm[:, c])[0, 1] for c in range(x.shape[1]))
        for arm in (y, x)
    )
    return float(xy / xx)


def deming(x: FloatArray, y: FloatArray) -> float:
    """Deming's formula on class means, the error ratio from variances over models."""
    ratio = y.var(axis=0, ddof=1).sum() / x.var(axis=0, ddof=1).sum()
    a, b = x.mean(axis=0), y.mean(axis=0)
    lead = (b**2).sum() - ratio * (a**2).sum()
    both = (a * b).sum()
    return float((lead + np.sqrt(lead**2 + 4 * ratio * both**2)) / (2 * both))


@pytest.mark.parametrize(
    ("fast", "slope"),
    [
        (instrument_pseudo_values, instrument),
        (instrument_pseudo_values, moment_corrected),
        (deming_pseudo_values, deming),
    ],
)
@pytest.mark.parametrize("shape", [(3, 2), (5, 10), (8, 3)])
def test_pseudo_values_are_those_of_a_loop(
    fast: Callable[[FloatArray, FloatArray], FloatArray], slope: Slope, shape: tuple[int, int]
) -> None:
    """M theta - (M - 1) theta without each model; several studies side by side."""
    generator = np.random.default_rng(11)
    mu = np.linspace(-0.1, 0.12, shape[1])
    before = mu + generator.normal(0.0, 0.02, (2, *shape))
    after = 1.3 * mu + generator.normal(0.0, 0.02, (2, *shape))
    found = fast(before, after)
    models = shape[0]
    for study in range(2):
        x, y = before[study], after[study]
        for model in range(models):
            rest = [np.delete(arm, model, axis=0) for arm in (x, y)]
            expected = models * slope(x, y) - (models - 1) * slope(*rest)
            assert found[study, model] == pytest.approx(expected, rel=1e-9)


def test_two_models_are_too_few() -> None:
    """Without one of them nothing is known of luck."""
    two = np.array([[0.1, -0.1], [0.2, -0.1]])
    assert np.isnan(instrument_pseudo_values(two, two)).all()
    assert np.isnan(deming_pseudo_values(two, two)).all()


def test_flat_class_means_have_no_slope() -> None:
    """A zero denominator is NaN for all models, never a number."""
    flat = np.zeros((4, 3))
    assert np.isnan(instrument_pseudo_values(flat, flat)).all()
    assert np.isnan(deming_pseudo_values(flat, flat)).all()
