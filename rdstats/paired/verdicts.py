"""Did this class pay? A verdict per class of one pair of models, and the gate over all classes.

The words are those of `class_verdicts`, where the noise is that of models; here it is that of the
test samples alone, so a verdict speaks of these two checkpoints and not of the method.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

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
from rdstats.paired.relative import (
    p_of_relative_drop_at_most,
    relative_score_bounds,
    relative_upper_bound,
    unmatched_relative_bounds,
    unmatched_relative_p,
)
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray, divide
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


def judge_matched(
    lost: IntArray,
    gained: IntArray,
    n_samples: IntArray,
    margin: FloatArray | float,
    untested: BoolArray | bool = False,
) -> PairVerdicts:
    """Judge the drop of classes, shape (..., classes), where both models saw the same samples.

    Bounds are Tango's score bounds. p and `upper` are exact tails at the same restricted estimate:
    the score statistic is too often extreme where samples are few (docs/check.md). `untested`
    classes are not testable, whatever their counts.
    """
    margins, of_class = _margins(margin, n_samples)
    (first, second, samples, which), places = each_once(lost, gained, n_samples, of_class)
    low, high = score_bounds(first, second, samples, ERROR / lost.shape[-1])
    upper = upper_bound(first, second, samples, ERROR)[places]
    p = p_of_drop_at_most(first, second, samples, margins[which])[places]
    words = words_of_tests(p, upper < margin, too_few(n_samples, margin) | untested)
    return PairVerdicts(low[places], high[places], upper, *words)


def judge_unmatched(
    correct_before: IntArray,
    correct_after: IntArray,
    n_samples: IntArray,
    margin: FloatArray | float,
    untested: BoolArray | bool = False,
) -> PairVerdicts:
    """Judge the drop of classes, shape (..., classes), where samples are not matched.

    By Newcombe's square-and-add. `upper` is at least what matched samples would give if the two
    models were right together no more often than by chance: who does not say which samples are
    which never clears more than who does.
    """
    margins, of_class = _margins(margin, n_samples)
    counts = (correct_before, correct_after, n_samples, of_class)
    (before, after, samples, which), places = each_once(*counts)
    bounds = newcombe_bounds(before, after, samples, ERROR / n_samples.shape[-1])
    both = right_in_both_by_chance(before, after, samples)
    matched = upper_bound(before - both, after - both, samples, ERROR)
    upper = np.maximum(newcombe_bounds(before, after, samples, ERROR).high, matched)[places]
    p = newcombe_p(before, after, samples, margins[which])[places]
    words = words_of_tests(p, upper < margin, too_few(n_samples, margin) | untested)
    return PairVerdicts(bounds.low[places], bounds.high[places], upper, *words)


def judge_relative(
    correct_before: IntArray,
    correct_after: IntArray,
    both_correct: IntArray | None,
    n_samples: IntArray,
    margin: FloatArray | float,
) -> PairVerdicts:
    """Judge the relative drop 1 - R_t / R of classes, shape (..., classes).

    A class never recognised before is not testable: there is no share of nothing.
    """
    margins, of_class = _margins(margin, n_samples)
    family = ERROR / n_samples.shape[-1]
    never = correct_before == 0
    before = np.where(never, 1, correct_before)  # looked at by no one: the class is not testable
    is_matched = both_correct is not None
    both = right_in_both_by_chance(before, correct_after, n_samples)
    if both_correct is not None:
        both = np.where(never, np.minimum(correct_after, 1), both_correct)
    counts = (before, correct_after, both, n_samples, of_class)
    (first, second, overlap, samples, which), places = each_once(*counts)
    matched = (first - overlap, second - overlap, first + second - overlap)
    upper = relative_upper_bound(*matched, ERROR)
    if is_matched:
        bounds = relative_score_bounds(*matched, family)
        p = p_of_relative_drop_at_most(*matched, margins[which])
    else:
        bounds = unmatched_relative_bounds(first, second, samples, family)
        upper = np.maximum(upper, unmatched_relative_bounds(first, second, samples, ERROR).high)
        p = unmatched_relative_p(first, second, samples, margins[which])
    untested = never | too_few(correct_before, margin)
    words = words_of_tests(p[places], upper[places] < margin, untested)
    low, high, own = (np.where(never, np.nan, each[places]) for each in (*bounds, upper))
    return PairVerdicts(low, high, own, *words)


def right_in_both_by_chance(
    correct_before: IntArray, correct_after: IntArray, n_samples: IntArray
) -> IntArray:
    """Return how many samples two models that know nothing of each other are both right on."""
    return np.ceil(correct_before * correct_after / n_samples - 1e-9).astype(np.int64)


def _margins(margin: FloatArray | float, n_samples: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the different margins, and which of them each class has."""
    of_class = np.broadcast_to(np.asarray(margin, dtype=np.float64), n_samples.shape)
    margins, which = np.unique(of_class, return_inverse=True)
    return margins, which.reshape(n_samples.shape)


def judge_excess(
    excess: FloatArray,
    drop: FloatArray,
    bounds_of_drop: Callable[[float], Bounds],
    n_samples: IntArray,
    margin: FloatArray | float,
    untested: BoolArray | bool = False,
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
    words = words_of_tests(p, upper < margin, too_few(n_samples, margin) | is_everything | untested)
    return PairVerdicts(bounds.low, bounds.high, upper, *words)


def too_few(n_samples: IntArray, margin: FloatArray | float) -> BoolArray:
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
