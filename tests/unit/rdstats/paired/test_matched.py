"""One class in one pair of models: exact, score and Newcombe intervals against R and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from rdstats.paired.excess import excess_bounds, excess_variance
from rdstats.paired.matched import (
    Bounds,
    binomial_chances,
    drop_tail,
    mcnemar_p,
    p_of_drop_at_least,
    p_of_drop_at_most,
    score_bounds,
    score_z,
    upper_bound,
)
from rdstats.paired.newcombe import newcombe_bounds, newcombe_p
from rdstats.paired.verdicts import judge_excess, judge_matched
from rdstats.statistics.arrays import FloatArray, IntArray
from rdstats.statistics.balance import excess_drops
from references import AS_R, cases

CASES = cases("paired")


def counts(case: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return lost, gained and n of a case."""
    lost, gained, n_samples = (np.array(case[name]) for name in ("lost", "gained", "n"))
    return lost, gained, n_samples


def same(found: FloatArray, case: dict[str, Any], name: str) -> bool:
    """Say whether numbers are R's; differences that are zero on paper are zero to 1e-12."""
    return bool(found == pytest.approx(np.array(case[name]), rel=AS_R, abs=1e-12))


@pytest.mark.parametrize("case", CASES)
def test_one_class_equals_r(case: dict[str, Any]) -> None:
    """binom.test; uniroot over the score; sums of dbinom and pbinom; p.adjust."""
    lost, gained, n_samples = counts(case)
    margin = case["margin"]
    assert same(mcnemar_p(lost, gained), case, "mcnemar")
    assert same(score_z(lost, gained, n_samples, margin), case, "z")
    low, high = score_bounds(lost, gained, n_samples, 0.05 / len(lost))
    assert same(low, case, "low")
    assert same(high, case, "high")
    assert same(p_of_drop_at_most(lost, gained, n_samples, margin), case, "p")
    assert same(p_of_drop_at_least(lost, gained, n_samples, margin), case, "p_clear")
    assert same(upper_bound(lost, gained, n_samples, 0.05), case, "upper")
    if (margin * n_samples >= 1).all():
        assert same(judge_matched(lost, gained, n_samples, margin).p_adjusted, case, "p_adjusted")


@pytest.mark.parametrize("case", CASES)
def test_unmatched_and_excess_drops_equal_the_formulas_in_r(case: dict[str, Any]) -> None:
    """Bounds of proportions by binom.test, put together by method 10; psi by shares."""
    lost, gained, n_samples = counts(case)
    both = np.array(case["both"])
    before, after, total = both + lost, both + gained, n_samples.sum()
    low, high = newcombe_bounds(before, after, n_samples, 0.05 / len(lost))
    assert same(low, case, "newcombe_low")
    assert same(high, case, "newcombe_high")
    excess = excess_drops(
        before / n_samples, after / n_samples, before.sum() / total, after.sum() / total
    )
    assert same(excess, case, "excess")
    drop = (lost - gained) / n_samples
    each = ((lost + gained) / n_samples - drop**2) / n_samples
    assert same(excess_variance(each, each, n_samples), case, "excess_variance")


@pytest.mark.parametrize("n_samples", [1, 50, 3000, 100_000])
@pytest.mark.parametrize("share", [0.0, 1e-5, 0.02, 0.5, 0.999, 1.0])
def test_binomial_chances_are_those_of_scipy(n_samples: int, share: float) -> None:
    """To 1e-12, by the ratios of neighbours."""
    mean, reach = n_samples * share, 10 * np.sqrt(n_samples * share * (1 - share)) + 40
    first = np.array([max(0, int(mean - reach))])
    found = binomial_chances(first, int(2 * reach), np.array([n_samples]), np.array([share]))
    expected = stats.binom.pmf(found[0], n_samples, share)
    assert found[1] == pytest.approx(expected, rel=1e-12, abs=1e-250)


def test_against_no_drop_the_score_is_mcnemars() -> None:
    """(12 - 2) / sqrt(12 + 2), and 0 where nothing changed."""
    lost, gained, n_samples = np.array([12, 0]), np.array([2, 0]), np.array([100, 100])
    assert score_z(lost, gained, n_samples, 0.0) == pytest.approx([10 / np.sqrt(14), 0.0])


def test_the_tail_is_the_sum_over_all_outcomes() -> None:
    """Six images, every split into lost, gained and unchanged."""
    n_samples, loss, gain = 6, 0.3, 0.2
    expected = sum(
        stats.multinomial.pmf([lost, gained, n_samples - lost - gained], n_samples, [0.3, 0.2, 0.5])
        for lost in range(7)
        for gained in range(7 - lost)
        if lost - gained >= 2
    )
    found = drop_tail(np.array([2]), np.array([n_samples]), np.array([loss]), np.array([gain]))
    assert found[0] == pytest.approx(expected, rel=1e-12)


def test_without_any_change_the_bounds_are_still_an_interval() -> None:
    """No image of 100 changed: (0.95)^100 = 0.6 % speaks against a drop of 5 points."""
    nothing, n_samples = np.array([0]), np.array([100])
    assert p_of_drop_at_least(nothing, nothing, n_samples, 0.05)[0] == pytest.approx(0.95**100)
    assert upper_bound(nothing, nothing, n_samples, 0.05)[0] == pytest.approx(1 - 0.05**0.01)
    low, high = score_bounds(nothing, nothing, n_samples, 0.05)
    z_squared = stats.norm.isf(0.05) ** 2
    assert high[0] == pytest.approx(z_squared / (100 + z_squared))
    assert low[0] == pytest.approx(-high[0])
    assert mcnemar_p(nothing, nothing)[0] == 1.0


def test_one_image_that_was_lost_is_the_largest_drop_there_is() -> None:
    """All images lost: bounds end at 1; a drop of 0.05 may be 0.525 lost and 0.475 gained."""
    one, none = np.array([1]), np.array([0])
    assert p_of_drop_at_most(one, none, one, 0.05)[0] == pytest.approx(0.525)
    low, high = score_bounds(one, none, one, 0.05)
    assert low[0] < 1.0
    assert high[0] == 1.0
    assert upper_bound(one, none, one, 0.05)[0] == pytest.approx(1.0)
    everything = np.array([500])
    assert score_bounds(everything, none, everything, 0.05).high[0] == 1.0
    assert score_bounds(none, everything, everything, 0.05).low[0] == -1.0


def test_newcombes_p_is_where_a_bound_meets_the_margin() -> None:
    """On both sides of the margin."""
    before, after, n_samples = np.array([90, 90]), np.array([70, 88]), np.array([100, 100])
    p = newcombe_p(before, after, n_samples, 0.05)
    assert newcombe_bounds(before, after, n_samples, p[0]).low[0] == pytest.approx(0.05)
    assert newcombe_bounds(before, after, n_samples, 1 - p[1]).high[1] == pytest.approx(0.05)


def test_the_excess_bounds_put_the_bounds_of_the_drops_together() -> None:
    """Two equal classes: half the own class's distance and half the other's, by Pythagoras."""
    drop, n_samples = np.array([0.2, 0.0]), np.array([50, 50])
    of_drop = Bounds(np.array([0.08, -0.06]), np.array([0.3, 0.06]))
    low, high = excess_bounds(np.array([0.1, -0.1]), drop, of_drop, n_samples)
    assert low[0] == pytest.approx(0.1 - np.hypot(0.12, 0.06) / 2)
    assert high[0] == pytest.approx(0.1 + np.hypot(0.1, 0.06) / 2)
    assert low[1] == pytest.approx(-0.1 - np.hypot(0.06, 0.1) / 2)


def test_the_excess_interval_has_a_width_where_nothing_changed() -> None:
    """And p is below 0.05 over the classes exactly where the lower bound is above the margin."""
    lost, gained, n_samples = np.array([0, 30]), np.array([0, 0]), np.array([100, 100])
    drop = (lost - gained) / n_samples
    excess = drop - drop.mean()
    found = judge_excess(
        excess, drop, lambda error: score_bounds(lost, gained, n_samples, error), n_samples, 0.05
    )
    assert (found.low < excess).all()
    assert (excess < found.high).all()
    assert ((found.p < 0.025) == (found.low > 0.05)).all()
    assert found.verdict.tolist() == ["unharmed", "harmed"]


def test_the_only_class_has_no_excess() -> None:
    """Accuracy is its recall, so the excess drop could never show anything: not testable."""
    one, n_samples = np.array([9]), np.array([100])
    found = judge_excess(
        np.zeros(1), one / 100, lambda e: score_bounds(one, one * 0, n_samples, e), n_samples, 0.05
    )
    assert found.verdict.tolist() == ["not testable"]
    assert np.isnan(found.p).all()


@pytest.mark.parametrize("n_samples", [30, 60, 100])
@pytest.mark.parametrize("margin", [0.02, 0.05, 0.1, 0.2, 0.3])
def test_the_exact_tails_hold_their_level_whatever_the_churn(n_samples: int, margin: float) -> None:
    """Every outcome of a class just at the margin, gains from 0 to 40 %: errors by enumeration.

    The normal tail of the score statistic errs in more than 5 % and 0.5 % of some.
    """
    outcomes = all_outcomes(n_samples)
    lost, gained, images = outcomes
    harm = p_of_drop_at_most(*outcomes, margin)
    clear = p_of_drop_at_least(*outcomes, margin)
    by_score = stats.norm.sf(score_z(lost, gained, images, margin))
    worst_of_score = []
    for gain in (0.0, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.2, 0.4):
        if 2.0 * gain + margin > 1.0:
            continue
        chance = chances(outcomes, gain, margin)
        for level in (0.05, 0.005):
            assert chance[harm < level].sum() < level
            assert chance[clear < level].sum() < level
        worst_of_score.append(chance[by_score < 0.05].sum())
    if n_samples == 100 and margin <= 0.1:
        assert max(worst_of_score) > 0.055


@pytest.mark.parametrize(("margin", "gain", "size"), [(0.4, 0.026, 0.0506), (0.5, 0.03, 0.0528)])
def test_with_thirty_images_a_margin_of_40_points_is_beyond_the_guarantee(
    margin: float, gain: float, size: float
) -> None:
    """What docs/check.md says of larger margins: the test of harm errs in up to 5.3 %."""
    outcomes = all_outcomes(30)
    harm = p_of_drop_at_most(*outcomes, margin)
    found = chances(outcomes, gain, margin)[harm < 0.05].sum()
    assert found == pytest.approx(size, abs=1e-4)


def all_outcomes(n_samples: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return every possible lost and gained of a class, and its images as often."""
    lost, gained = np.divmod(np.arange((n_samples + 1) ** 2), n_samples + 1)
    possible = lost + gained <= n_samples
    return lost[possible], gained[possible], np.full(int(possible.sum()), n_samples)


def chances(outcomes: tuple[IntArray, IntArray, IntArray], gain: float, drop: float) -> FloatArray:
    """Return how likely each outcome is."""
    lost, gained, images = outcomes
    counts = np.stack([lost, gained, images - lost - gained], axis=-1)
    shares = [gain + drop, gain, max(1.0 - 2.0 * gain - drop, 0.0)]
    return np.asarray(stats.multinomial.pmf(counts, images[0], shares))
