"""A margin that is a share of the recall before: against R, by hand, and every outcome counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from rdstats.paired.matched import p_of_drop_at_least, p_of_drop_at_most, upper_bound
from rdstats.paired.relative import (
    p_of_relative_drop_at_least,
    p_of_relative_drop_at_most,
    relative_score_bounds,
    relative_score_z,
    relative_upper_bound,
    unmatched_relative_bounds,
)
from rdstats.paired.verdicts import (
    PairVerdicts,
    judge_matched,
    judge_relative,
    judge_unmatched,
    right_in_both_by_chance,
)
from rdstats.statistics.arrays import FloatArray, IntArray
from references import AS_R, cases

MARGINS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)


@pytest.mark.parametrize("case", cases("relative"))
def test_the_relative_tests_equal_the_formulas_in_r(case: dict[str, Any]) -> None:
    """Uniroot over the score of Nam and Blackwelder; sums of dbinom and pbinom; binom.test."""
    lost, gained, both, n = (np.array(case[name]) for name in ("lost", "gained", "both", "n"))
    counts, margin, level = (lost, gained, both + lost + gained), case["margin"], 0.05 / len(n)
    unmatched = (both + lost, both + gained, n)
    found: dict[str, FloatArray] = {
        "z": relative_score_z(*counts, margin),
        "p": p_of_relative_drop_at_most(*counts, margin),
        "p_clear": p_of_relative_drop_at_least(*counts, margin),
    }
    found["low"], found["high"] = relative_score_bounds(*counts, level)
    found["unmatched_low"], found["unmatched_high"] = unmatched_relative_bounds(*unmatched, level)
    for name, values in found.items():
        assert values == pytest.approx(np.array(case[name]), rel=AS_R, abs=1e-11), name


def test_seven_of_eight_right_answers_lost_are_harm_and_few_points() -> None:
    """8 % falls to 1 % of 1,000: 7 points pass a margin of 10 points, and no share of recall."""
    before, after, both, n = (np.array([k]) for k in (80, 10, 10, 1000))
    assert judge_matched(before - both, after - both, n, 0.1).verdict[0] == "unharmed"
    assert judge_relative(before, after, both, n, 0.1).verdict[0] == "harmed"
    assert judge_relative(before, after, None, n, 0.1).verdict[0] == "harmed"
    # Never recognised: no share of nothing can be judged.
    assert judge_relative(np.array([0]), after, np.array([0]), n, 0.1).verdict[0] == "not testable"
    # Nothing changed: 0.95^59 of the right answers is the first below 0.05, whatever the samples.
    right = np.array([58, 59])
    same = judge_relative(right, right, right, np.array([100, 100]), 0.05)
    assert same.verdict.tolist() == ["inconclusive", "unharmed"]


def test_unmatched_counts_that_are_all_right_clear_no_more_than_matched_ones() -> None:
    """0.95^52 is 6.9 %: 52 of 52 is not cleared at 5 points, 59 of 59 is, as with matching."""
    right = np.array([52, 58, 59])
    found = judge_unmatched(right, right, right, 0.05)
    assert found.verdict.tolist() == ["inconclusive", "inconclusive", "unharmed"]
    assert found.upper == pytest.approx(1 - 0.05 ** (1 / right))


def outcomes(total: int) -> tuple[IntArray, IntArray]:
    """Return every count of lost and gained samples of so many."""
    lost, gained = np.indices((total + 1, total + 1)).reshape(2, -1)
    possible = lost + gained <= total
    return lost[possible], gained[possible]


def chances(lost: IntArray, gained: IntArray, total: int, loss: float, gain: float) -> FloatArray:
    """Return the trinomial chance of every outcome."""
    rest = total - lost - gained
    logs = special.xlogy(lost, loss) + special.xlogy(gained, gain)
    logs += special.xlogy(rest, max(1.0 - loss - gain, 0.0)) + special.gammaln(total + 1)
    logs -= special.gammaln(np.stack([lost, gained, rest]) + 1).sum(axis=0)
    return np.asarray(np.exp(logs))


def matched_errors(total: int, margin: float, *, relative: bool) -> FloatArray:
    """Return the largest errors of harm and of clearing at the margin, over the shares gained."""
    lost, gained = outcomes(total)
    tests = (
        (p_of_relative_drop_at_most, p_of_relative_drop_at_least)
        if relative
        else (p_of_drop_at_most, p_of_drop_at_least)
    )
    judged = margin * (total - gained if relative else total) >= 1 - 1e-12
    n = np.full(lost.shape, total)
    wrong = [(test(lost, gained, n, margin) < 0.05) & judged for test in tests]
    found = []
    for gain in (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35):
        loss = margin + (1 - margin) * gain if relative else margin + gain
        if loss + gain <= 1.0:
            likely = chances(lost, gained, total, loss, gain)
            found.append([likely[each].sum() for each in wrong])
    return np.max(found, axis=0)  # type: ignore[no-any-return]


@pytest.mark.parametrize("relative", [False, True])
def test_at_the_margin_matched_verdicts_err_in_five_per_cent_at_most(relative: bool) -> None:
    """Every outcome of 20 and 50 samples; of a relative margin, of those right in either."""
    for total in (20, 50):
        for margin in (0.05, 0.3):
            assert matched_errors(total, margin, relative=relative).max() <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("relative", [False, True])
def test_matched_verdicts_err_so_at_every_size_and_margin(relative: bool) -> None:
    """All of 20 to 100 samples, nine margins, gains of 0 to 35 %.

    Harm by the drop errs in a little more at seven of these 729; docs/check.md says so.
    """
    sizes = [(total, margin) for total in range(20, 101) for margin in (*MARGINS, 0.03)]
    found = np.array([matched_errors(*each, relative=relative) for each in sizes])
    assert found[:, 1].max() <= 0.05
    assert (found[:, 0] > 0.05).sum() == (0 if relative else 7)
    assert found[:, 0].max() <= 0.052


def unmatched(n_samples: int, *, relative: bool) -> tuple[IntArray, IntArray, PairVerdicts]:
    """Return every pair of counts, from one right before, and its bounds as an only class."""
    before, after = np.indices((n_samples + 1, n_samples + 1)).reshape(2, -1)
    before, after = before[before > 0], after[before > 0]
    counts = [each[:, np.newaxis] for each in (before, after, np.full(before.shape, n_samples))]
    if relative:
        return before, after, judge_relative(counts[0], counts[1], None, counts[2], 0.3)
    return before, after, judge_unmatched(counts[0], counts[1], counts[2], 0.3)


def hold_unmatched(n_samples: int, *, relative: bool) -> None:
    """Hold the errors of unmatched verdicts, and that they clear no more than matched ones."""
    before, after, found = unmatched(n_samples, relative=relative)
    low, upper = found.low[:, 0], found.upper[:, 0]
    for margin in MARGINS:
        for recall in (0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1.0):
            left = (1 - margin) * recall if relative else recall - margin
            likely = np.multiply(
                *(
                    stats.binom.pmf(count, n_samples, share)
                    for count, share in ((before, recall), (after, left))
                )
            )
            judged = margin * (before if relative else n_samples) >= 1 - 1e-12
            assert likely[judged & (low > margin)].sum() <= 0.05
            assert likely[judged & (upper < margin)].sum() <= 0.05
    near = upper < 0.3
    before, after, upper = before[near], after[near], upper[near]
    # The sums of a relative margin are coarse: with more overlap its matched bound may be a point
    # higher (13 and 18 right of 59), so only chance itself is held.
    for more in (0,) if relative else (0, 1, 2, n_samples // 4):
        both = np.minimum(
            right_in_both_by_chance(before, after, np.full(before.shape, n_samples)) + more,
            np.minimum(before, after),
        )
        lost, gained = before - both, after - both
        if relative:
            matched = relative_upper_bound(lost, gained, before + after - both, 0.05)
        else:
            matched = upper_bound(lost, gained, np.full(before.shape, n_samples), 0.05)
        # Below zero no margin tells them apart.
        assert (np.maximum(upper, 0) >= matched - 1e-7).all()


@pytest.mark.parametrize("relative", [False, True])
def test_unmatched_verdicts_err_no_more_and_clear_no_more_than_matched_ones(relative: bool) -> None:
    """Every pair of counts of 20 samples whose models overlap at least as much as by chance."""
    hold_unmatched(20, relative=relative)


@pytest.mark.slow
@pytest.mark.parametrize("n_samples", [35, 59, 75, 100])
def test_unmatched_verdicts_do_so_at_every_size(n_samples: int) -> None:
    """The same of 35 to 100 samples, of drops and of relative drops."""
    for relative in (False, True):
        hold_unmatched(n_samples, relative=relative)
