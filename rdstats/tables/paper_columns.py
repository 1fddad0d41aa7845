"""Columns of the conditions that the paper prints beside alpha, and a test without a distribution.

Figure 13 has standard errors, Appendix G the mean of the intensification ratios.
"""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import FloatArray, IntArray
from rdstats.statistics.group_means import GroupMeans, group_means
from rdstats.statistics.intensification import mean_ratios
from rdstats.statistics.multiplicity import bonferroni
from rdstats.statistics.permutation import sign_flip_p
from rdstats.statistics.ttests import TWO_SIDED
from rdstats.tables.measures import Measures
from rdstats.tables.pairing import Pairing


def paper_columns(measures: Measures) -> dict[str, FloatArray | IntArray]:
    """Return the mean of I and standard errors, a value per condition.

    The mean over models of each model's mean over classes (`mean_ratios`: classes without an I
    are left out and counted, as in Appendix G of `rdstats paper`).

    Checked against R: mean(rowMeans(after / before)), sd(accuracy) / sqrt(models).
    """
    pairing = measures.pairing
    ratios = mean_ratios(measures.balance_before, measures.balance_after)

    def over_models(values: FloatArray) -> GroupMeans:
        return group_means(values, pairing.condition, len(pairing.conditions))

    undefined = np.bincount(pairing.condition, ratios.undefined, len(pairing.conditions))
    return {
        "intensification_mean": over_models(ratios.mean).mean,
        "intensification_undefined": np.rint(undefined).astype(int),
        "accuracy_before_se": over_models(measures.accuracy_before).error,
        "accuracy_after_se": over_models(measures.accuracy_after).error,
        "alpha_se": over_models(measures.alpha).error,
    }


def permutation_columns(
    pairing: Pairing, pseudo: FloatArray, seed: int | None
) -> dict[str, FloatArray]:
    """Return p of a class-mean slope of 1 by sign flips, NaN without a seed.

    Args:
        pairing: The conditions.
        pseudo: Class-mean pseudo-value of each pair, NaN where it has none.
        seed: Seed of the draws of each condition; None for no test.
    """
    p = np.full(len(pairing.conditions), np.nan)
    for conditions, pairs in pairing.stacks(~np.isnan(pseudo)) if seed is not None else ():
        for condition, values in zip(conditions, pseudo[pairs], strict=True):
            # One generator per test: its draws do not depend on the other conditions.
            p[condition] = sign_flip_p(values - 1.0, TWO_SIDED, np.random.default_rng(seed))
    ratios = np.array([one.ratios_in_family for one in pairing.conditions])
    return {"p_permutation": p, "p_permutation_adjusted": bonferroni(p, ratios)}
