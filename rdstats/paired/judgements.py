"""Every class of one pair of models: its verdict, and what the samples could have said.

Counts of right predictions before, after and in both (None where samples are not matched) and of
samples, above zero, have shape (classes,), as the margins have.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from scipy import special

from rdstats.paired.matched import Bounds, bisected, score_bounds
from rdstats.paired.newcombe import newcombe_bounds
from rdstats.paired.power import (
    gains_kept,
    samples_by_formula,
    samples_that_settle,
    samples_that_settle_excess,
    smallest_visible_drop,
    unmatched_variance,
    visible_drop_unmatched,
    visible_excess,
)
from rdstats.paired.relative import (
    samples_that_settle_relative,
    unmatched_relative_bounds,
    visible_relative_drop,
)
from rdstats.paired.verdicts import (
    PairVerdicts,
    judge_excess,
    judge_matched,
    judge_relative,
    judge_unmatched,
)
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.statistics.balance import accuracy, excess_drops
from rdstats.statistics.verdicts import ERROR, INCONCLUSIVE

_MOST: Final = 1e8  # samples; a class that needs more is told that it cannot be cleared at all

BoundsOfCounts = Callable[[Any, Any, Any, float], Bounds]  # of counts that need not be whole


class Judged(NamedTuple):
    """Verdicts, and what samples could say; every array has shape (classes,)."""

    verdicts: PairVerdicts
    visible: FloatArray  # smallest visible drops
    settling: FloatArray  # samples that would settle a class that is open
    clearing: FloatArray  # samples below which even two identical files clear nothing; or NaN


def judge_drop(
    correct_before: IntArray,
    correct_after: IntArray,
    both_correct: IntArray | None,
    n_samples: IntArray,
    margin: FloatArray,
) -> Judged:
    """Judge the drop of every class, and say what could have been seen.

    A class never recognised before has nothing to lose, and is not testable.
    """
    classes, never = len(n_samples), correct_before == 0
    clearing = clearing_samples(
        correct_before, n_samples, margin, matched=both_correct is not None, relative=False
    )
    if both_correct is None:
        before = correct_before / n_samples
        drop = before - correct_after / n_samples
        found = judge_unmatched(correct_before, correct_after, n_samples, margin, never)
        variance = unmatched_variance(before)(drop)
        settling = samples_by_formula(drop, variance, margin, ERROR / classes)
        visible = visible_drop_unmatched(correct_before, n_samples, margin)
        return Judged(found, visible, np.maximum(settling, n_samples + 1.0), clearing)
    lost, gained = correct_before - both_correct, correct_after - both_correct
    found = judge_matched(lost, gained, n_samples, margin, never)
    settling = np.full(classes, np.nan)
    if (is_open := found.verdict == INCONCLUSIVE).any():
        settling[is_open] = samples_that_settle(
            lost[is_open], gained[is_open], n_samples[is_open], margin[is_open], classes
        )
    return Judged(found, smallest_visible_drop(gained, n_samples, margin), settling, clearing)


def judge_relative_drop(
    correct_before: IntArray,
    correct_after: IntArray,
    both_correct: IntArray | None,
    n_samples: IntArray,
    margin: FloatArray,
) -> Judged:
    """Judge the relative drop of every class."""
    counts = (correct_before, correct_after, both_correct, n_samples)
    gained = None if both_correct is None else correct_after - both_correct
    return Judged(
        judge_relative(*counts, margin),
        visible_relative_drop(correct_before, gained, n_samples, margin),
        samples_that_settle_relative(*counts, margin),
        clearing_samples(
            correct_before, n_samples, margin, matched=gained is not None, relative=True
        ),
    )


def judge_excess_drop(
    correct_before: IntArray,
    correct_after: IntArray,
    both_correct: IntArray | None,
    n_samples: IntArray,
    margin: FloatArray,
) -> Judged:
    """Judge what every class lost beyond the drop of accuracy."""
    before, after = correct_before / n_samples, correct_after / n_samples
    drop = before - after
    totals = (accuracy(each, n_samples) for each in (correct_before, correct_after))
    excess = excess_drops(before, after, *totals)
    bounds: Callable[[float], Bounds]
    if both_correct is None:
        bounds = partial(newcombe_bounds, correct_before, correct_after, n_samples)
        of_sample = unmatched_variance(before)
    else:
        lost, gained = correct_before - both_correct, correct_after - both_correct
        bounds = partial(score_bounds, lost, gained, n_samples)
        of_sample = gains_kept(gained / n_samples)
    found = judge_excess(excess, drop, bounds, n_samples, margin, correct_before == 0)
    # From the bound and not from the counts: where nothing changed it is above zero.
    variance = ((found.high - excess) / -special.ndtri(ERROR / len(n_samples))) ** 2
    visible = visible_excess(drop, excess, variance, n_samples, of_sample, margin)
    settling = samples_that_settle_excess(excess, variance, n_samples, margin)
    return Judged(found, visible, settling, np.full(len(drop), np.nan))


def clearing_samples(
    correct_before: IntArray,
    n_samples: IntArray,
    margin: FloatArray,
    *,
    matched: bool,
    relative: bool,
) -> FloatArray:
    """Return the samples that a class needs to be cleared by two identical files; NaN where it can.

    Nothing lost and nothing gained in n samples still has a chance of (1 - margin)^n at the margin.
    Matched: the least n with (1 - margin)^n < 0.05, 59 at five points; of a relative margin so
    many must be right before. Not matched: by the bound of two equal counts at the class's recall.
    """
    least = np.floor(np.log(ERROR) / np.log1p(-margin)) + 1.0
    share = correct_before / n_samples
    with np.errstate(divide="ignore"):
        needed = np.ceil(least / share - 1e-9) if relative else least
        if not matched:
            bounds = unmatched_relative_bounds if relative else newcombe_bounds
            needed = np.maximum(needed, _unmatched(share, n_samples, margin, bounds))
    return np.where((needed > n_samples) & (correct_before > 0), needed, np.nan)


def _unmatched(
    share: FloatArray, n_samples: IntArray, margin: FloatArray, bounds: BoundsOfCounts
) -> FloatArray:
    """Return the samples from which the upper bound of two equal recalls is below the margin."""

    def is_open(logs: FloatArray) -> BoolArray:
        samples = np.exp(logs)
        high = bounds(share * samples, share * samples, samples, ERROR).high
        return np.asarray(high >= margin)

    first = np.log(n_samples.astype(np.float64))
    found = np.ceil(np.exp(bisected(is_open, first, np.full(first.shape, np.log(_MOST)))))
    return np.where(is_open(first), found, 0.0)
