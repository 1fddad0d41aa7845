"""Models and samples as crossed random effects: mean squares, bounds, and their limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.crossed import crossed, like_these, mean_error
from references import AS_R, cases


@pytest.mark.parametrize("case", cases("crossed"))
def test_mean_squares_and_bounds_equal_r(case: dict[str, Any]) -> None:
    """anova(lm(d ~ sample + model)), and qt and pt with its degrees of freedom."""
    differences = np.array(case["differences"], dtype=float)
    found = crossed(differences)
    error, freedom = found.mean_error
    told = {"standard_error": error, "degrees_of_freedom": freedom}
    for name, expected in case["plain"].items():
        ours = told[name] if name in told else getattr(found, name)
        assert float(np.squeeze(ours)) == pytest.approx(expected, rel=AS_R)
    judged = like_these(differences, np.zeros(len(differences), int), case["margin"], 0.05)
    assert judged.upper == pytest.approx([case["upper"]], rel=AS_R)
    assert judged.p == pytest.approx([case["p"]], rel=AS_R)


def test_classes_are_judged_each_by_its_own_samples() -> None:
    """All at once gives what each gives alone, in whatever order samples come."""
    generator = np.random.default_rng(3)
    differences = generator.integers(-1, 2, (60, 4)).astype(float)
    classes = generator.permutation(np.repeat([0, 1, 2], [10, 20, 30]))
    together = like_these(differences, classes, 0.05, 0.05)
    weighted = like_these(differences, classes, 0.05, 0.05, np.eye(3))
    for each in range(3):
        own = differences[classes == each]
        alone = like_these(own, np.zeros(len(own), dtype=np.int64), 0.05, 0.05)
        assert together.upper[each] == pytest.approx(alone.upper[0], rel=1e-12)
        assert together.p[each] == pytest.approx(alone.p[0], rel=1e-12)
    for mine, others in zip(together, weighted, strict=True):
        np.testing.assert_allclose(mine, others, rtol=1e-12)


def test_components_are_those_of_a_known_table() -> None:
    """Two samples, two models, by hand: samples differ by 1, models and the rest by nothing."""
    found = crossed(np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert (found.mean[0], found.ms_samples[0]) == (0.5, 1.0)
    models, samples, rest = found.components
    assert (models[0], samples[0], rest[0]) == (0.0, 0.5, 0.0)


def test_twenty_samples_without_a_loss_clear_no_margin_of_five_points() -> None:
    """However many models answer them: one pseudo-sample stands for those not seen."""
    nothing = np.zeros((20, 30))
    classes = np.zeros(20, dtype=np.int64)
    found = like_these(nothing, classes, 0.05, 0.05)
    assert found.upper[0] > 0.05
    assert found.p[0] > 0.5


def test_the_error_of_a_weighted_mean_is_that_of_the_mean_of_weighted_samples() -> None:
    """The excess of one class of two equal ones is half the difference of their means."""
    generator = np.random.default_rng(4)
    differences = generator.integers(-1, 2, (80, 5)).astype(float)
    classes = np.repeat([0, 1], 40)
    halves = np.array([[0.5, -0.5], [-0.5, 0.5]])
    found = like_these(differences, classes, 0.0, 0.05, halves)
    plain = crossed(differences, classes)
    of_models = np.asarray((halves @ plain.of_models).var(axis=-1, ddof=1) / 5)
    by_samples, by_both = (np.tile(0.25 * part, (2, 1)) for part in plain.parts)
    by_hand = mean_error(of_models, by_samples, by_both, plain.samples, 5)
    np.testing.assert_allclose(found.error, by_hand.error, rtol=1e-12)
    assert found.error[0] == pytest.approx(found.error[1], rel=1e-12)
