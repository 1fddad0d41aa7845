"""Laws of intervals, marks and equivalence."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.intervals import are_constant, equivalences, marks, mean_interval

slopes = st.lists(st.floats(-5.0, 5.0), min_size=2, max_size=40).map(np.array)
levels = st.floats(0.5, 0.999)


@given(slopes, levels)
def test_the_interval_is_around_the_mean(values: FloatArray, level: float) -> None:
    """Symmetric about it, and a higher level is wider."""
    assume(not are_constant(values))
    interval = mean_interval(values, level)
    assert interval.low < interval.estimate < interval.high
    half = interval.high - interval.estimate
    assert interval.estimate - interval.low == pytest.approx(half, rel=1e-6)
    wider = mean_interval(values, (1.0 + level) / 2.0)
    assert wider.low < interval.low
    assert wider.high > interval.high


@given(slopes, st.randoms(use_true_random=False))
def test_the_order_of_models_changes_no_interval(values: FloatArray, random: Random) -> None:
    """Seeds have no order."""
    assume(not are_constant(values))
    moved = values[random.sample(range(values.size), values.size)]
    for there, here in zip(mean_interval(moved, 0.99), mean_interval(values, 0.99), strict=True):
        assert there == pytest.approx(here)


@given(slopes, levels, st.floats(0.001, 0.999))
def test_the_mark_the_interval_and_equivalence_never_contradict_each_other(
    values: FloatArray, level: float, margin: float
) -> None:
    """`?` is equivalent or inconclusive; different is always `<` or `>`, on its side."""
    assume(not are_constant(values))
    interval = mean_interval(values, level)
    mark = marks(interval.low, interval.high).item()
    word = equivalences(interval.low, interval.high, margin=margin).item()
    assert (mark == "?") == bool(interval.low <= 1.0 <= interval.high)
    if mark == "?":
        assert word in ("equivalent", "inconclusive")
    if word == "different":
        assert mark == ("<" if interval.estimate < 1.0 else ">")
    if word == "equivalent":
        assert abs(interval.estimate - 1.0) < margin


@given(slopes, levels, st.floats(0.001, 0.4))
def test_a_wider_margin_never_takes_equivalence_back(
    values: FloatArray, level: float, margin: float
) -> None:
    """Equivalent within 5 % is equivalent within 10 %; different by 10 % is different by 5 %."""
    assume(not are_constant(values))
    interval = mean_interval(values, level)
    narrow = equivalences(interval.low, interval.high, margin=margin)
    wide = equivalences(interval.low, interval.high, margin=2.0 * margin)
    assert not (narrow == "equivalent" and wide != "equivalent")
    assert not (wide == "different" and narrow != "different")
