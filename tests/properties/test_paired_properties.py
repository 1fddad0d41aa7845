"""Laws of the verdicts on one pair of models."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rdstats.paired.excess import excess_variance
from rdstats.paired.matched import (
    mcnemar_p,
    p_of_drop_at_least,
    p_of_drop_at_most,
    score_bounds,
    score_z,
)
from rdstats.paired.newcombe import newcombe_bounds
from rdstats.paired.verdicts import gate_outcomes, judge_matched, judge_unmatched
from rdstats.statistics.arrays import IntArray


class Pair(NamedTuple):
    """Counts of some classes, shape (classes,) each."""

    lost: IntArray
    gained: IntArray
    both: IntArray
    n_samples: IntArray


@st.composite
def pairs(draw: Any) -> Pair:
    """Return counts of 1 to 12 classes: from one image to thousands, from no change to all."""
    classes = draw(st.integers(1, 12))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_samples = generator.choice([1, 2, 19, 20, 100, 777, 3000], classes)
    lost = generator.binomial(n_samples, generator.choice([0.0, 0.03, 0.1, 0.6, 1.0], classes))
    rest = n_samples - lost
    gained = generator.binomial(rest, generator.choice([0.0, 0.02, 0.5, 1.0], classes))
    both = generator.binomial(rest - gained, 0.8)
    return Pair(lost, gained, both, n_samples)


margins = st.integers(1, 300).map(lambda points: points / 1000)


@given(pairs(), margins)
def test_verdicts_never_contradict_bounds_and_p(pair: Pair, margin: float) -> None:
    """Matched and unmatched; too few images are never judged."""
    lost, gained, both, n_samples = pair
    drop = (lost - gained) / n_samples
    for found in (
        judge_matched(lost, gained, n_samples, margin),
        judge_unmatched(both + lost, both + gained, n_samples, margin),
    ):
        harmed, unharmed = found.verdict == "harmed", found.verdict == "unharmed"
        untested = found.verdict == "not testable"
        assert (untested == (1 / n_samples > margin + 1e-12)).all()
        assert (harmed == (found.p_adjusted < 0.05)).all()
        assert (unharmed == ((found.upper < margin) & ~untested)).all()
        assert (drop[harmed] > margin).all()
        assert (found.high[harmed] > margin).all()
        assert (found.upper[harmed] > margin).all()
        assert (found.low[unharmed] < margin).all()
        assert (drop[unharmed] < margin).all()
        assert ((found.low <= drop + 1e-12) & (drop - 1e-12 <= found.high)).all()
        assert (found.upper >= drop - 1e-12).all()


@settings(max_examples=25)
@given(pairs(), margins)
def test_bound_and_test_of_a_class_say_the_same(pair: Pair, margin: float) -> None:
    """The exact upper bound is below the margin where the exact test clears the class."""
    lost, gained, _, n_samples = pair
    found = judge_matched(lost, gained, n_samples, margin)
    cleared = p_of_drop_at_least(lost, gained, n_samples, margin)
    clear_cut = np.abs(cleared - 0.05) > 1e-9
    assert ((found.upper < margin) == (cleared < 0.05))[clear_cut].all()


@given(pairs())
def test_swapping_the_models_turns_every_sign(pair: Pair) -> None:
    """What one lost the other gained."""
    lost, gained, both, n_samples = pair
    forth, back = (
        score_bounds(lost, gained, n_samples, 0.025),
        score_bounds(gained, lost, n_samples, 0.025),
    )
    assert forth.low == pytest.approx(-back.high, abs=1e-9)
    there = newcombe_bounds(both + lost, both + gained, n_samples, 0.025)
    again = newcombe_bounds(both + gained, both + lost, n_samples, 0.025)
    assert there.low == pytest.approx(-again.high, abs=1e-9)
    assert mcnemar_p(lost, gained) == pytest.approx(mcnemar_p(gained, lost))
    p, swapped = (
        p_of_drop_at_most(lost, gained, n_samples, 0.1),
        p_of_drop_at_least(gained, lost, n_samples, -0.1),
    )
    assert p == pytest.approx(swapped, rel=1e-6, abs=1e-12)


@settings(max_examples=15)  # two exact upper bounds each
@given(pairs(), margins, st.randoms(use_true_random=False))
def test_the_order_of_classes_changes_nothing(pair: Pair, margin: float, random: Any) -> None:
    """Verdicts move with their classes, and the gate stays."""
    lost, gained, _, n_samples = pair
    order = random.sample(range(len(lost)), len(lost))
    found = judge_matched(lost, gained, n_samples, margin)
    moved = judge_matched(lost[order], gained[order], n_samples[order], margin)
    assert (moved.verdict == found.verdict[order]).all()
    assert moved.p_adjusted == pytest.approx(found.p_adjusted[order], nan_ok=True)
    assert gate_outcomes(moved.verdict) == gate_outcomes(found.verdict)


@given(pairs(), margins, margins)
def test_a_wider_margin_never_harms_more(pair: Pair, first: float, second: float) -> None:
    """The larger the drop that may be, the weaker the evidence against it."""
    lost, gained, _, n_samples = pair
    narrow, wide = sorted((first, second))
    assert (
        p_of_drop_at_most(lost, gained, n_samples, narrow)
        <= p_of_drop_at_most(lost, gained, n_samples, wide) + 1e-9
    ).all()
    assert (
        score_z(lost, gained, n_samples, narrow) >= score_z(lost, gained, n_samples, wide) - 1e-9
    ).all()


@given(pairs())
def test_the_excess_drop_is_a_weighted_sum_of_independent_drops(pair: Pair) -> None:
    """The variance is that of psi_c written as a weighted sum of independent drops."""
    lost, gained, _, n_samples = pair
    drop = (lost - gained) / n_samples
    each = ((lost + gained) / n_samples - drop**2) / n_samples
    found = excess_variance(each, each, n_samples)
    weights = np.eye(len(lost)) - n_samples / n_samples.sum()
    assert found == pytest.approx(weights**2 @ each, abs=1e-12)


def test_the_gate_has_three_outcomes() -> None:
    """One harmed fails; all unharmed pass; a class that is neither, or not testable, is open."""
    words = np.array(
        [
            ["unharmed", "unharmed"],
            ["harmed", "unharmed"],
            ["harmed", "not testable"],
            ["unharmed", "not testable"],
            ["unharmed", "inconclusive"],
        ],
        dtype=object,
    )
    outcomes = ["pass", "fail", "fail", "inconclusive", "inconclusive"]
    assert gate_outcomes(words).tolist() == outcomes
