"""What one pair could have shown: every outcome counted, and simulation."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import stats

from rdstats.paired.matched import p_of_drop_at_least, p_of_drop_at_most, score_bounds
from rdstats.paired.power import (
    gains_kept,
    samples_that_settle,
    samples_that_settle_excess,
    smallest_visible_drop,
    visible_drop_unmatched,
    visible_excess,
)
from rdstats.paired.verdicts import judge_excess, judge_unmatched
from rdstats.statistics.power import images_needed


@pytest.mark.parametrize(
    ("gained", "n_samples", "margin", "stated"),
    [(0, 90, 0.1, 0.244), (4, 90, 0.1, 0.311), (4, 100, 0.05, 0.233), (10, 100, 0.05, 0.283)],
)
def test_the_visible_drop_is_called_harm_four_times_in_five(
    gained: int, n_samples: int, margin: float, stated: float
) -> None:
    """Ten classes; every number of lost and gained images counted at that drop, gains kept."""
    drop = smallest_visible_drop(np.full(10, gained), np.full(10, n_samples), margin)[0]
    assert drop == pytest.approx(stated, abs=5e-4)
    lost, gains = np.divmod(np.arange((n_samples + 1) ** 2), n_samples + 1)
    lost, gains = lost[lost + gains <= n_samples], gains[lost + gains <= n_samples]
    gain = gained / n_samples
    chance = stats.multinomial.pmf(
        np.stack([lost, gains, n_samples - lost - gains], axis=-1),
        n_samples,
        [drop + gain, gain, 1.0 - drop - 2.0 * gain],
    )
    likely = chance > 1e-9
    p = p_of_drop_at_most(lost[likely], gains[likely], np.full(likely.sum(), n_samples), margin)
    # Between the gains that are computed the decision is a line, rounded to whole images.
    assert chance[likely][p < 0.005].sum() == pytest.approx(0.8, abs=0.02)


def test_of_many_images_the_visible_drop_is_that_of_rdstats_power() -> None:
    """10,000 images of which 500 are gained: `rdstats power --drop D --churn D+0.1`, to 3 %.

    With 19 of 20 gained, what is left to lose is less than the margin.
    """
    assert np.isnan(smallest_visible_drop(np.array([19]), np.array([20]), 0.3)).all()
    drop = float(smallest_visible_drop(np.full(10, 500), np.full(10, 10_000), 0.05)[0])
    assert images_needed(drop, drop + 0.1, margin=0.05, level=0.005) == pytest.approx(
        10_000, rel=0.03
    )


def test_what_settles_is_always_more_than_there_is() -> None:
    """Also where the present number would have been likely to settle; the margin never is."""
    lost, gained, images = np.array([1, 5, 0]), np.array([1, 0, 0]), np.array([100, 100, 200])
    found = samples_that_settle(lost, gained, images, 0.05, 3)
    assert found[0] > 100
    assert np.isinf(found[1])
    assert found[2] == 201
    nothing = np.zeros(3, dtype=np.int64)  # 0.95^58 is 0.051 and 0.95^59 is 0.0485
    present = np.array([50, 55, 58])
    assert samples_that_settle(nothing, nothing, present, 0.05, 3).tolist() == [59.0] * 3


@pytest.mark.parametrize(("lost", "gained"), [(2, 0), (3, 3), (10, 0), (12, 2)])
def test_the_samples_that_settle_do_four_times_in_five(lost: int, gained: int) -> None:
    """Of 100; 4,000 draws at the measured shares, ten classes: between 0.78 and 0.86, for teeth."""
    once = np.array([lost] * 10), np.array([gained] * 10), np.full(10, 100)
    images = int(samples_that_settle(*once, 0.05, 10)[0])
    shares = [lost / 100, gained / 100, 1 - (lost + gained) / 100]
    draws = np.random.default_rng(7).multinomial(images, shares, size=4000)[:, :2]
    counts, often = np.unique(draws, axis=0, return_counts=True)
    drawn = (counts[:, 0], counts[:, 1], np.full(len(counts), images))
    if lost - gained > 5:
        settled = p_of_drop_at_most(*drawn, 0.05) < 0.005
    else:
        settled = p_of_drop_at_least(*drawn, 0.05) < 0.05
    assert 0.78 < often[settled].sum() / 4000 < 0.86


@pytest.mark.parametrize("n_samples", [100, 1000])
def test_unmatched_the_visible_drop_is_found_nearly_four_times_in_five(n_samples: int) -> None:
    """Newcombe's test of ten classes at a recall of 0.9, by simulation."""
    before = np.full(10, round(0.9 * n_samples))
    drop = visible_drop_unmatched(before, np.full(10, n_samples), 0.05)[0]
    generator = np.random.default_rng(8)
    first = generator.binomial(n_samples, 0.9, (1000, 10))
    second = generator.binomial(n_samples, 0.9 - drop, (1000, 10))
    found = judge_unmatched(first, second, np.full((1000, 10), n_samples), 0.05)
    assert np.mean(found.p < 0.005) == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("n_samples", [200, 1000])
def test_the_visible_excess_is_found_nearly_four_times_in_five(n_samples: int) -> None:
    """Ten classes that gain and lose 3 %; the first drops until its excess is the visible one."""
    gain = np.full(10, 0.03)
    images, nothing = np.full(10, n_samples), np.zeros(10)
    variance = np.full(10, 0.9 * 0.06 / n_samples)
    psi = visible_excess(nothing, nothing, variance, images, gains_kept(gain), 0.05)[0]
    loss = gain.copy()
    loss[0] += psi / 0.9
    generator = np.random.default_rng(9)
    lost = generator.binomial(n_samples, loss, (400, 10))
    gained = generator.binomial(n_samples - lost, gain / (1 - loss))
    drop = (lost - gained) / n_samples
    excess = drop - drop.mean(axis=-1, keepdims=True)
    everyone = np.full(drop.shape, n_samples)
    bounds = partial(score_bounds, lost, gained, everyone)
    found = judge_excess(excess, drop, bounds, everyone, 0.05)
    assert np.mean(found.p[:, 0] < 0.005) == pytest.approx(0.8, abs=0.1)


def test_the_images_of_an_excess_drop_grow_with_its_variance() -> None:
    """By hand: (2.576 + 0.842)^2 * 0.0004 * 100 / 0.05^2 is 186.9; of one below, 1.645."""
    found = samples_that_settle_excess(
        np.array([0.1, 0.0] + [0.05] * 8), np.full(10, 0.0004), np.full(10, 100), 0.05
    )
    assert found[:2].tolist() == [187.0, 101.0]
    assert np.isinf(found[2:]).all()
