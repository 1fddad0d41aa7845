"""Adjusting p-values for the number of tests in a family, as designed."""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import FloatArray, IntArray


def bonferroni(p: FloatArray, family_size: IntArray | int) -> FloatArray:
    """Return p times the size of the family, at most 1.

    The size is that of the family as designed, not the number of finite p: a test that could not
    be done does not make the others cheaper.

    Args:
        p: Raw p-values, any shape; NaN where a test could not be done.
        family_size: Tests in the family, or in the family of each p.

    Checked against R: p.adjust(p, "bonferroni", n = family_size).
    """
    return np.minimum(p * family_size, 1.0)


def holm(p: FloatArray, family_size: int) -> FloatArray:
    """Return Holm's step-down p-values (Holm 1979), never above Bonferroni's.

    The i-th smallest p is multiplied by family_size - i + 1, made non-decreasing, at most 1. A
    test that could not be done counts as the largest p of its family and stays NaN.

    Args:
        p: Raw p-values of one family, shape (tests,); NaN where a test could not be done.
        family_size: Tests in the family, at least as many as `p`.

    Checked against R: p.adjust(p, "holm", n = family_size).
    """
    adjusted = np.full(p.shape, np.nan)
    done = np.flatnonzero(~np.isnan(p))
    ascending = done[np.argsort(p[done], kind="stable")]
    factors = family_size - np.arange(ascending.size)
    adjusted[ascending] = np.minimum(np.maximum.accumulate(factors * p[ascending]), 1.0)
    return adjusted
