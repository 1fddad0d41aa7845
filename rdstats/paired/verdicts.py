"""Did this class pay? A verdict per class of one pair of models, and the gate over all classes.

The words are those of `class_verdicts`, where the noise is that of models; here it is that of the
test samples alone, so a verdict speaks of these two checkpoints and not of the method.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from scipy import special

from rdstats.paired.excess import excess_bounds
from rdstats.paired.matched import (
    Bounds,
    each_once,
    p_of_drop_at_most,
    score_bounds,
    upper_bound,
)
from rdstats.paired.newcombe import newcombe_bounds, newcombe_p
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
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray, divide
from rdstats.statistics.balance import accuracy, excess_drops
from rdstats.statistics.multiplicity import holm
from rdstats.statistics.verdicts import ERROR, HARMED, INCONCLUSIVE, NOT_TESTABLE, UNHARMED

# Outcomes of the gate: each class shown to have lost less than the margin (of the excess drop:
# beyond what accuracy lost); some class shown to have lost more; or INCONCLUSIVE.
PASS: Final = "pass"  # noqa: S105 -- no password
FAIL: Final = "fail"


class PairVerdicts(NamedTuple):
    """What is known of each class; every array has shape (..., classes)."""

    low: FloatArray  # bounds of what is judged, each one-sided at 1 - 0.05 / classes
    high: FloatArray
    upper: FloatArray  # the class's own one-sided 95 % upper bound; unharmed is upper < margin
    p: FloatArray  # one-sided, of H_0: it is at most the margin; NaN where not testable
    p_adjusted: FloatArray  # Holm's, in the family of all classes
    verdict: WordArray


Judged: TypeAlias = tuple[PairVerdicts, FloatArray, FloatArray]
"""Verdicts, the smallest visible drops, and the samples that would settle a class that is open."""


def judge_drop(
    correct_before: IntArray,
    correct_after: IntArray,
    both_correct: IntArray | None,
    n_samples: IntArray,
    margin: float,
) -> Judged:
    """Judge the drop of every class, and say what could have been seen.

    Counts of right predictions before, after and in both (None where samples are not matched)
    and of samples, above zero, have shape (classes,).
    """
    classes = len(n_samples)
    if both_correct is None:
        before = correct_before / n_samples
        drop = before - correct_after / n_samples
        found = judge_unmatched(correct_before, correct_after, n_samples, margin)
        variance = unmatched_variance(before)(drop)
        settling = samples_by_formula(drop, variance, margin, ERROR / classes)
        visible = visible_drop_unmatched(correct_before, n_samples, margin)
        return found, visible, np.maximum(settling, n_samples + 1.0)
    lost, gained = correct_before - both_correct, correct_after - both_correct
    found = judge_matched(lost, gained, n_samples, margin)
    settling = np.full(classes, np.nan)
    if (is_open := found.verdict == INCONCLUSIVE).any():
        settling[is_open] = samples_that_settle(
            lost[is_open], gained[is_open], n_samples[is_open], margin, classes
        )
    return found, smallest_visible_drop(gained, n_samples, margin), settling


def judge_excess_drop(
    correct_before: IntArray,
    correct_after: IntArray,
    both_correct: IntArray | None,
    n_samples: IntArray,
    margin: float,
) -> Judged:
    """Judge what every class lost beyond the drop of accuracy; arguments as of `judge_drop`."""
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
    found = judge_excess(excess, drop, bounds, n_samples, margin)
    # From the bound and not from the counts: where nothing changed it is above zero.
    variance = ((found.high - excess) / -special.ndtri(ERROR / len(n_samples))) ** 2
    visible = visible_excess(drop, excess, variance, n_samples, of_sample, margin)
    return found, visible, samples_that_settle_excess(excess, variance, n_samples, margin)


def judge_matched(
    lost: IntArray, gained: IntArray, n_samples: IntArray, margin: float
) -> PairVerdicts:
    """Judge the drop of classes, shape (..., classes), where both models saw the same samples.

    Bounds are Tango's score bounds. p and `upper` are exact tails at the same restricted estimate:
    the score statistic is too often extreme where samples are few (docs/check.md).
    """
    (first, second, samples), places = each_once(lost, gained, n_samples)
    low, high = score_bounds(first, second, samples, ERROR / lost.shape[-1])
    upper = upper_bound(first, second, samples, ERROR)[places]
    p = p_of_drop_at_most(first, second, samples, margin)[places]
    words = words_of_tests(p, upper < margin, too_few(n_samples, margin))
    return PairVerdicts(low[places], high[places], upper, *words)


def judge_unmatched(
    correct_before: IntArray, correct_after: IntArray, n_samples: IntArray, margin: float
) -> PairVerdicts:
    """Judge the drop of classes, shape (..., classes), by Newcombe's interval: conservative."""
    counts = (correct_before, correct_after, n_samples)
    bounds = newcombe_bounds(*counts, ERROR / n_samples.shape[-1])
    upper = newcombe_bounds(*counts, ERROR).high
    p = newcombe_p(*counts, margin)
    words = words_of_tests(p, upper < margin, too_few(n_samples, margin))
    return PairVerdicts(bounds.low, bounds.high, upper, *words)


def judge_excess(
    excess: FloatArray,
    drop: FloatArray,
    bounds_of_drop: Callable[[float], Bounds],
    n_samples: IntArray,
    margin: float,
) -> PairVerdicts:
    """Judge the excess drop of classes.

    It is blind to what all classes lost together: a model that lost half of every class has no
    excess drop. Approximate, unlike the test of the drop: docs/check.md counts its errors. p is
    the normal tail, at the standard error that the lower bound implies: it is below
    0.05 / classes exactly where `low` is above the margin. A class that holds all the samples is
    not testable: its recall is the accuracy.

    `excess` is psi_c, `drop` R - R_t with its bounds at an error, Tango's or Newcombe's; shape
    (..., classes), as `n_samples`, above zero.
    """
    error = ERROR / excess.shape[-1]
    bounds = excess_bounds(excess, drop, bounds_of_drop(error), n_samples)
    upper = excess_bounds(excess, drop, bounds_of_drop(ERROR), n_samples).high
    width = (excess - bounds.low) / -special.ndtri(error)
    p = special.ndtr(-divide(excess - margin, width))
    is_everything = n_samples == n_samples.sum(axis=-1, keepdims=True)
    words = words_of_tests(p, upper < margin, too_few(n_samples, margin) | is_everything)
    return PairVerdicts(bounds.low, bounds.high, upper, *words)


def too_few(n_samples: IntArray, margin: float) -> BoolArray:
    """Say of which classes a single sample is more than the margin, 1 / n > margin."""
    return np.asarray(margin * n_samples < 1.0 - 1e-12)  # 0.05 * 20 is 1, whatever its last digit


def words_of_tests(
    p: FloatArray, is_unharmed: BoolArray, is_untested: BoolArray
) -> tuple[FloatArray, FloatArray, WordArray]:
    """Return p, Holm's p and the verdicts; harmed and unharmed exclude each other.

    Unharmed is a class whose own upper bound is below the margin, untested one that cannot be
    judged, as with too few samples; shape (..., classes) of all three.
    """
    p = np.where(is_untested, np.nan, p)
    p_adjusted = holm(p)
    words = np.full(p.shape, INCONCLUSIVE, dtype=object)
    words[p_adjusted < ERROR] = HARMED
    words[is_unharmed] = UNHARMED
    words[is_untested] = NOT_TESTABLE
    return p, p_adjusted, words


def gate_outcomes(verdicts: WordArray) -> WordArray:
    """Return what the gate says of pairs, shape (...) for verdicts (..., classes).

    It fails if any class is harmed (Holm keeps the chance of a false one at 5 %), and passes if
    every class is unharmed: an intersection-union test, whose error is that of one class without
    any correction (Berger 1982). Else it is inconclusive.
    """
    outcomes = np.full(verdicts.shape[:-1], INCONCLUSIVE, dtype=object)
    outcomes[(verdicts == UNHARMED).all(axis=-1)] = PASS
    outcomes[(verdicts == HARMED).any(axis=-1)] = FAIL
    return outcomes
