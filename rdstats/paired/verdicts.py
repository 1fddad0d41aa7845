"""Did this class pay? A verdict per class of one pair of models, and the gate over all classes.

The words are those of `class_verdicts`, where the noise is that of models; here it is that of the
test samples alone, so a verdict speaks of these two checkpoints and not of the method.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from rdstats.paired.excess import excess_bounds
from rdstats.paired.matched import (
    Bounds,
    each_once,
    p_of_drop_at_most,
    score_bounds,
    upper_bound,
)
from rdstats.paired.newcombe import newcombe_bounds, newcombe_p
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray, divide
from rdstats.statistics.class_verdicts import (
    ERROR,
    HARMED,
    INCONCLUSIVE,
    NOT_TESTABLE,
    UNHARMED,
)
from rdstats.statistics.multiplicity import holm

# Outcomes of the gate: each class shown to have lost less than the margin (of the excess drop:
# beyond what accuracy lost); some class shown to have lost more; or INCONCLUSIVE.
PASS: Final = "pass"  # noqa: S105 -- no password
FAIL: Final = "fail"


class PairVerdicts(NamedTuple):
    """What is known of each class; every array has shape (..., classes).

    Attributes:
        low: Lower bound of what is judged, one-sided at 1 - 0.05 / classes; likewise high.
        high: Upper bound.
        upper: The class's own one-sided 95 % upper bound; unharmed is upper < margin.
        p: One-sided p of H_0: it is at most the margin.
        p_adjusted: Holm's, in the family of all classes.
        verdict: One of the four words.
    """

    low: FloatArray
    high: FloatArray
    upper: FloatArray
    p: FloatArray
    p_adjusted: FloatArray
    verdict: WordArray


def judge_matched(
    lost: IntArray, gained: IntArray, n_samples: IntArray, margin: float
) -> PairVerdicts:
    """Judge the drop of every class where both models saw the same samples.

    Bounds are Tango's score bounds. p and `upper` are exact tails at the same restricted estimate:
    the score statistic is too often extreme where samples are few (docs/check.md).

    Args:
        lost: Samples right before and wrong after, shape (..., classes); likewise the others.
        gained: Samples wrong before and right after.
        n_samples: Samples of the class, above zero.
        margin: The largest drop that does not matter.
    """
    (first, second, samples), places = each_once(lost, gained, n_samples)
    low, high = score_bounds(first, second, samples, ERROR / lost.shape[-1])
    upper = upper_bound(first, second, samples, ERROR)
    p = p_of_drop_at_most(first, second, samples, margin)
    untested = too_few(n_samples, margin)
    return _judged(low[places], high[places], upper[places], p[places], untested, margin)


def judge_unmatched(
    correct_before: IntArray, correct_after: IntArray, n_samples: IntArray, margin: float
) -> PairVerdicts:
    """Judge the drop of every class from its recalls alone, by Newcombe's interval: conservative.

    Args:
        correct_before: Right predictions before, shape (..., classes); likewise the others.
        correct_after: Right predictions after.
        n_samples: Samples of the class, above zero.
        margin: The largest drop that does not matter.
    """
    counts = (correct_before, correct_after, n_samples)
    bounds = newcombe_bounds(*counts, ERROR / n_samples.shape[-1])
    upper = newcombe_bounds(*counts, ERROR).high
    p = newcombe_p(*counts, margin)
    return _judged(*bounds, upper, p, too_few(n_samples, margin), margin)


def judge_excess(
    excess: FloatArray,
    drop: FloatArray,
    bounds_of_drop: Callable[[float], Bounds],
    n_samples: IntArray,
    margin: float,
) -> PairVerdicts:
    """Judge the excess drop of every class.

    It is blind to what all classes lost together: a model that lost half of every class has no
    excess drop. Approximate, unlike the test of the drop: docs/check.md counts its errors.

    p is the normal tail, at the standard error that the lower bound implies: it is below
    0.05 / classes exactly where `low` is above the margin.

    Args:
        excess: psi_c, shape (..., classes); likewise the others.
        drop: R - R_t.
        bounds_of_drop: Bounds of it at an error, Tango's or Newcombe's.
        n_samples: Samples of the class, above zero.
        margin: The largest excess drop that does not matter.

    Returns:
        A class that holds all the samples is not testable: its recall is the accuracy, so it has
        no excess drop, whatever it lost.
    """
    error = ERROR / excess.shape[-1]
    bounds = excess_bounds(excess, drop, bounds_of_drop(error), n_samples)
    upper = excess_bounds(excess, drop, bounds_of_drop(ERROR), n_samples).high
    width = (excess - bounds.low) / stats.norm.isf(error)
    p = stats.norm.sf(divide(excess - margin, width))
    is_everything = n_samples == n_samples.sum(axis=-1, keepdims=True)
    return _judged(*bounds, upper, p, too_few(n_samples, margin) | is_everything, margin)


def _judged(
    low: FloatArray,
    high: FloatArray,
    upper: FloatArray,
    p: FloatArray,
    untested: BoolArray,
    margin: float,
) -> PairVerdicts:
    p = np.where(untested, np.nan, p)
    p_adjusted = holm(p)
    words = verdict_words(p_adjusted, upper < margin, untested)
    return PairVerdicts(low, high, upper, p, p_adjusted, words)


def too_few(n_samples: IntArray, margin: float) -> BoolArray:
    """Say of which classes a single sample is more than the margin, 1 / n > margin."""
    return np.asarray(margin * n_samples < 1.0 - 1e-12)  # 0.05 * 20 is 1, whatever its last digit


def verdict_words(
    p_adjusted: FloatArray, is_unharmed: BoolArray, is_untested: BoolArray
) -> WordArray:
    """Return the four words; harmed and unharmed exclude each other.

    Args:
        p_adjusted: Holm's p of H_0 drop <= margin, shape (..., classes); likewise the others.
        is_unharmed: Whether the class's own upper bound is below the margin.
        is_untested: Whether it cannot be judged, as with too few samples.
    """
    words = np.full(np.shape(p_adjusted), INCONCLUSIVE, dtype=object)
    words[np.asarray(p_adjusted < ERROR)] = HARMED
    words[is_unharmed] = UNHARMED
    words[is_untested] = NOT_TESTABLE
    return words


def gate_outcomes(verdicts: WordArray) -> WordArray:
    """Return what the gate says of pairs: fail, pass or inconclusive.

    It fails if any class is harmed (Holm keeps the chance of a false one at 5 %), and passes if
    every class is unharmed: an intersection-union test, whose error is that of one class without
    any correction (Berger 1982).

    Args:
        verdicts: The words, shape (..., classes).

    Returns:
        Shape (...).
    """
    outcomes = np.full(verdicts.shape[:-1], INCONCLUSIVE, dtype=object)
    outcomes[(verdicts == UNHARMED).all(axis=-1)] = PASS
    outcomes[(verdicts == HARMED).any(axis=-1)] = FAIL
    return outcomes
