"""Axis ranges that hold every value and can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdstats.charts.scales import (
    READABLE,
    Panel,
    is_exploded,
    scale_note,
    shared_ranges,
    slope_axis,
    slope_ranges,
    slope_scale,
    span_of,
)

finite = st.floats(-1e6, 1e6)


@given(st.lists(finite, min_size=1))
def test_a_span_holds_every_value_and_has_a_length(values: list[float]) -> None:
    """Also where all values are the same."""
    low, high = span_of(values)
    assert low < min(values)
    assert high > max(values)


@given(
    st.dictionaries(
        st.builds(Panel, st.sampled_from("123"), st.sampled_from("abc")),
        st.lists(finite, min_size=1, max_size=3).map(span_of),
        min_size=1,
    )
)
def test_nothing_is_clipped_and_nothing_is_squeezed(own: dict[Panel, tuple[float, float]]) -> None:
    """A panel is drawn on a range that holds its own, and is at most so many times as long."""
    drawn = shared_ranges(own).ranges
    assert drawn.keys() == own.keys()
    for panel, (low, high) in own.items():
        assert drawn[panel][0] <= low
        assert drawn[panel][1] >= high
        assert drawn[panel][1] - drawn[panel][0] <= READABLE * (high - low) * (1 + 1e-9)


def test_alike_columns_share_and_the_outlier_has_its_own_axis() -> None:
    """Random pruning does not flatten the other methods, and the caption says so."""
    shared = shared_ranges(
        {Panel("", "MP"): (0.5, 1.5), Panel("", "UP"): (0.6, 1.4), Panel("", "RP"): (-90.0, 90.0)}
    )
    assert shared.ranges[Panel("", "MP")] == shared.ranges[Panel("", "UP")] == (0.5, 1.5)
    assert shared.ranges[Panel("", "RP")] == (-90.0, 90.0)
    assert scale_note(shared).startswith("On a vertical axis of its own: RP.")
    # A method that explodes with the ratio has an axis for each panel.
    shared = shared_ranges({Panel("2", "RP"): (-1.0, 1.0), Panel("50", "RP"): (-1.0, 90.0)})
    assert shared.ranges[Panel("2", "RP")] == (-1.0, 1.0)
    assert "A vertical axis for every panel: RP." in scale_note(shared)


def test_the_largest_group_that_can_share_does() -> None:
    """One narrow column does not keep three wide ones apart; one alone shares with nobody."""
    wide = {Panel("", name): (0.0, 10.0 + place) for place, name in enumerate(["MP", "GP", "UP"])}
    shared = shared_ranges({Panel("", "RP"): (0.0, 1.0), **wide})
    assert {shared.ranges[panel] for panel in wide} == {(0.0, 12.0)}
    assert shared.own_column == ["RP"]
    alone = shared_ranges({Panel("", "RP"): (0.0, 1.0), Panel("", "MP"): (0.0, 9.0)})
    assert scale_note(alone).startswith("No two panels share a vertical axis.")


def test_a_panel_without_values_is_drawn_like_most_others() -> None:
    """It keeps its place and its axis; without any values there is a default."""
    ranges, _ = slope_ranges({"MP": [0.5], "UP": [1.5], "RP": [-90.0, 90.0], "GP": []})
    assert ranges["GP"] == ranges["MP"] == ranges["UP"] == pytest.approx((0.475, 1.525))
    assert ranges["RP"] == span_of([-90.0, 90.0])
    assert slope_ranges({"GP": []})[0] == {"GP": (0.5, 1.5)}


@pytest.mark.parametrize(
    ("range_", "exploded"), [((0.5, 1.5), False), ((-3.0, 5.0), False), ((-3.1, 1.2), True)]
)
def test_slopes_far_from_one_are_drawn_on_a_symmetric_log_axis(
    range_: tuple[float, float], exploded: bool
) -> None:
    """Linear as long as that can be read; drawn as the distance from 1 in both cases."""
    assert is_exploded(range_) is exploded
    scale = slope_scale(range_)
    assert (scale.get("type") == "symlog") is exploded
    assert scale["domain"] == [range_[0] - 1, range_[1] - 1]


@pytest.mark.parametrize("range_", [(-50.0, 120.0), (-4e9, 3.0), (0.0, 6.0)])
def test_symmetric_log_ticks_lie_close_around_one_and_inside_the_range(
    range_: tuple[float, float],
) -> None:
    """No change is always marked, and there are few enough ticks to be read."""
    axis = slope_axis(range_)
    slopes = [tick + 1 for tick in axis["values"]]
    assert {0.5, 1.0, 1.5} <= set(slopes)
    assert 5 <= len(slopes) <= 20
    assert all(range_[0] <= slope <= range_[1] for slope in slopes)
