"""Models and samples as crossed random effects: mean squares, bounds, and their limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.crossed import crossed, p_of_drop_at_most, upper_bounds
from references import AS_R, cases


@pytest.mark.parametrize("case", cases("crossed"))
def test_mean_squares_and_bounds_equal_r(case: dict[str, Any]) -> None:
    """anova(lm(d ~ sample + model)), and qt and pt with its degrees of freedom."""
    differences = np.array(case["differences"], dtype=float)
    found = crossed(differences)
    for name, expected in case["plain"].items():
        assert float(np.squeeze(getattr(found, name))) == pytest.approx(expected, rel=AS_R)
    classes = np.zeros(len(differences), dtype=np.int64)
    assert upper_bounds(differences, classes, 0.95) == pytest.approx([case["upper"]], rel=AS_R)
    p = p_of_drop_at_most(differences, classes, case["margin"])
    assert p == pytest.approx([case["p"]], rel=AS_R)


def test_classes_are_judged_each_by_its_own_samples() -> None:
    """All at once gives what each gives alone, in whatever order samples come."""
    generator = np.random.default_rng(3)
    differences = generator.integers(-1, 2, (60, 4)).astype(float)
    classes = generator.permutation(np.repeat([0, 1, 2], [10, 20, 30]))
    together = upper_bounds(differences, classes, 0.95)
    for each in range(3):
        own = differences[classes == each]
        alone = upper_bounds(own, np.zeros(len(own), dtype=np.int64), 0.95)
        assert together[each] == pytest.approx(alone[0], rel=1e-12)


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
    assert upper_bounds(nothing, classes, 0.95)[0] > 0.05
    assert p_of_drop_at_most(nothing, classes, 0.05)[0] > 0.5
