"""Did this class pay? A verdict per class over models, against a margin, with its family."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import BoolArray, FloatArray, WordArray
from rdstats.statistics.intervals import are_constant
from rdstats.statistics.multiplicity import holm
from rdstats.statistics.power import smallest_effect
from rdstats.statistics.verdicts import (
    ERROR,
    HARMED,
    INCONCLUSIVE,
    MARGIN,
    NOT_TESTABLE,
    POWER,
    UNHARMED,
)


class ClassVerdicts(NamedTuple):
    """What is known of each class; every array has shape (..., classes)."""

    drop: FloatArray  # mean over models
    low: FloatArray  # bounds, each one-sided at 1 - 0.05 / classes (Bonferroni)
    high: FloatArray
    upper: FloatArray  # the class's own one-sided 95 % bound, on which unharmed rests
    p: FloatArray  # one-sided, of H_0 drop <= margin, not adjusted
    p_adjusted: FloatArray  # Holm's, in the family of all classes
    smallest_visible_drop: FloatArray  # true drop that would probably have been called harmed
    verdict: WordArray
    constant: BoolArray  # the same drop in every model: no test, whatever its size


def class_verdicts(drops: FloatArray, margin: float = MARGIN) -> ClassVerdicts:
    """Judge every class by a paired t test over models against a margin.

    *Harmed*: Holm's p of H_0 drop <= margin is below 0.05; the family is all classes, also those
    that cannot be tested. *Unharmed*: the one-sided 95 % upper bound is below the margin, an
    assurance about this class alone. A class cannot be both. `low` above the margin implies
    harmed (Bonferroni's p is never below Holm's).

    The smallest visible drop is the true mean drop that would have been called harmed, as first
    of the family, four times in five: margin + ncp s / sqrt(models), ncp the noncentrality at
    which T exceeds t(1 - 0.05 / classes; models - 1) with that chance. `check` means the same of
    one pair of models.

    Args:
        drops: R - R_t or the excess drop, less the control's where there is one, in shares of 1,
            shape (..., models, classes).
        margin: The largest drop that does not matter.

    Returns:
        Arrays of shape (..., classes); without a test (one model, constant drops) the verdict is
        not testable and all numbers but the drop are NaN.

    Checked against R: t.test(drop, mu = margin, alternative = "greater"),
    p.adjust(p, "holm", n = classes) and power.t.test(sd = sd(drop), sig.level = 0.05 / classes,
    power = 0.8).
    """
    models, classes = drops.shape[-2:]
    mean = np.asarray(drops.mean(axis=-2))
    verdict = np.full(mean.shape, INCONCLUSIVE, dtype=object)
    if models < 2:
        verdict[...] = NOT_TESTABLE
        nothing = np.full(mean.shape, np.nan)
        return ClassVerdicts._make([mean, *[nothing] * 6, verdict, nothing > 0])
    # Shares lie between -2 and 2 whatever the mean drop is, and so does their rounding.
    constant = are_constant(np.moveaxis(drops, -2, -1), scale=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the constant ones; NaN in their place takes ages
        test = stats.ttest_1samp(drops, margin, axis=-2, alternative="greater")
    p = np.where(constant, np.nan, test.pvalue)
    p_adjusted = holm(p)
    error = np.where(constant, np.nan, drops.std(axis=-2, ddof=1)) / np.sqrt(models)
    reach = stats.t.isf(ERROR / classes, models - 1) * error
    # Two-sided at twice the error: the wrong side adds about a millionth to a power of 0.8.
    effect = smallest_effect(models, 1.0, 2.0 * ERROR / classes, POWER)
    visible = margin + effect * np.sqrt(models) * error
    upper = mean + stats.t.isf(ERROR, models - 1) * error
    verdict[p_adjusted < ERROR] = HARMED
    verdict[upper < margin] = UNHARMED
    verdict[constant] = NOT_TESTABLE
    low, high = mean - reach, mean + reach
    return ClassVerdicts(mean, low, high, upper, p, p_adjusted, visible, verdict, constant)


def next_model_bound(drops: FloatArray) -> FloatArray:
    """Return a one-sided 95 % bound of the drop of the next model, shape (..., classes).

    mean + t(0.95; M - 1) s sqrt(1 + 1 / M), a prediction bound (Hahn and Meeker 1991); NaN for
    one model. Drops have shape (..., models, classes).

    Checked against R: predict(lm(drop ~ 1), interval = "prediction", level = 0.9)[, "upr"].
    """
    models = drops.shape[-2]
    if models < 2:
        return np.full((*drops.shape[:-2], drops.shape[-1]), np.nan)
    reach = stats.t.isf(ERROR, models - 1) * np.sqrt(1.0 + 1.0 / models)
    return np.asarray(drops.mean(axis=-2) + reach * drops.std(axis=-2, ddof=1))
