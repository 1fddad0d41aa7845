"""Laws of the verdicts per class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.balance import excess_drops
from rdstats.statistics.class_verdicts import class_verdicts
from rdstats.statistics.multiplicity import corrected, holm


@st.composite
def some_drops(draw: Any) -> FloatArray:
    """Return drops of some models and classes, some of them the same for every model."""
    models, classes = draw(st.integers(2, 8)), draw(st.integers(1, 12))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    drops: FloatArray = generator.normal(0.06, 0.05, classes) + generator.normal(
        0, 0.02, (models, classes)
    )
    constant = generator.random(classes) < 0.2
    drops[:, constant] = drops[0, constant]
    return drops


@given(some_drops(), st.integers(0, 100).map(lambda points: points / 1000))
def test_verdict_bounds_and_p_never_contradict_each_other(drops: FloatArray, margin: float) -> None:
    """Harmed is Holm's p; a lower bound above the margin implies it; unharmed is upper < margin."""
    found = class_verdicts(drops, margin)
    harmed, unharmed = found.verdict == "harmed", found.verdict == "unharmed"
    assert (harmed == (found.p_adjusted < 0.05)).all()
    assert harmed[found.low > margin].all()
    assert (found.drop[harmed] > margin).all()
    assert (found.drop[unharmed] < margin).all()
    assert (unharmed == (found.upper < margin)).all()
    assert (np.isnan(found.p) == (found.verdict == "not testable")).all()


@given(some_drops(), st.randoms(use_true_random=False))
def test_the_order_of_classes_and_models_changes_nothing(drops: FloatArray, random: Any) -> None:
    """Classes and models have no order."""
    models = random.sample(range(drops.shape[0]), drops.shape[0])
    classes = random.sample(range(drops.shape[1]), drops.shape[1])
    moved, found = class_verdicts(drops[models][:, classes]), class_verdicts(drops)
    assert moved.p_adjusted == pytest.approx(found.p_adjusted[classes], nan_ok=True)
    assert moved.smallest_visible_drop == pytest.approx(
        found.smallest_visible_drop[classes], nan_ok=True
    )


@given(some_drops())
def test_a_wider_margin_never_harms_more(drops: FloatArray) -> None:
    """The larger the drop that may be, the weaker the evidence against it."""
    narrow, wide = class_verdicts(drops, 0.02), class_verdicts(drops, 0.08)
    tested = ~narrow.constant
    assert (narrow.p[tested] <= wide.p[tested]).all()
    assert (narrow.p_adjusted[tested] <= wide.p_adjusted[tested]).all()


@given(st.lists(st.lists(st.floats(0, 1) | st.just(np.nan), min_size=3, max_size=3), min_size=1))
def test_many_families_at_once_are_each_family_alone(families: list[list[float]]) -> None:
    """Holm along the last axis is Holm of each, with the size as designed."""
    p = np.array(families)
    together = holm(p)
    for row, alone in zip(together, p, strict=True):
        assert row == pytest.approx(corrected(alone, 3, "holm"), nan_ok=True)
    assert (together[~np.isnan(p)] >= p[~np.isnan(p)]).all()


@given(st.integers(0, 2**32 - 1))
def test_excess_drops_sum_to_zero_on_equal_class_sizes(seed: int) -> None:
    """What some classes lose beyond accuracy, others lose less."""
    before, after = np.random.default_rng(seed).uniform(0, 1, (2, 4, 6))
    excess = excess_drops(before, after, before.mean(axis=-1), after.mean(axis=-1))
    assert excess.sum(axis=-1) == pytest.approx(0.0, abs=1e-12)


def test_unharmed_and_harmed_hold_their_error_at_the_margin() -> None:
    """Every class exactly at the margin, in 2,000 experiments of ten classes.

    Harm is called in at most 5 % of experiments (three deviations are 1.5 points), unharmed of
    5 % of the classes (0.6 points).
    """
    drops = np.random.default_rng(5).normal(0.05, 0.02, (2000, 6, 10))
    verdict = class_verdicts(drops, 0.05).verdict
    assert np.mean((verdict == "harmed").any(axis=-1)) < 0.065
    assert np.mean(verdict == "unharmed") == pytest.approx(0.05, abs=0.006)
