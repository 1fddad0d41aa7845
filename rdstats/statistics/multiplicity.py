"""Adjusting p-values for the number of tests in a family, as designed.

A test that could not be done (NaN) does not make the others cheaper: it stays NaN and counts as
the largest p of its family. pingouin's corrections know no family size, and its Bonferroni leaves
NaN out of the family: families are filled up with p = 1 before the call.
"""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import FloatArray, IntArray

BONFERRONI, HOLM = "bonferroni", "holm"


def corrected(p: FloatArray, family_size: int, method: str) -> FloatArray:
    """Return the adjusted p-values of one family, by `pingouin.multicomp`.

    The method is `bonferroni`, or `holm` for the step-down p (Holm 1979), never above it; the
    family, as designed, has at least as many tests as there are p-values.

    Checked against R: p.adjust(p, method, n = family_size).
    """
    import pingouin  # two seconds, so only where it is called

    adjusted = np.full(p.shape, np.nan)
    done = ~np.isnan(p)
    family = np.append(p[done], np.ones(family_size - done.sum()))
    adjusted[done] = pingouin.multicomp(family, method=method)[1][: done.sum()]
    return adjusted


def bonferroni(p: FloatArray, family_size: IntArray | int) -> FloatArray:
    """Return p times the size of its family, at most 1, for families of any sizes at once."""
    return np.minimum(p * family_size, 1.0)


def holm(p: FloatArray) -> FloatArray:
    """Return Holm's step-down p-values of thousands of families at once, as `corrected` of each.

    Each family along the last axis: the i-th smallest p of n is multiplied by n - i + 1, made
    non-decreasing, at most 1.

    Checked against R: p.adjust(p, "holm", n = tests).
    """
    tests = p.shape[-1]
    order = np.argsort(p, axis=-1, kind="stable")  # NaN last
    ascending = np.take_along_axis(p, order, axis=-1) * (tests - np.arange(tests))
    stepped = np.minimum(np.maximum.accumulate(ascending, axis=-1), 1.0)
    adjusted = np.empty_like(stepped)
    np.put_along_axis(adjusted, order, stepped, axis=-1)
    return adjusted


def false_discovery_rates(p: FloatArray) -> FloatArray:
    """Return q, the smallest false discovery rate at which each test would be a discovery.

    One family, by Benjamini and Hochberg (1995), for independent or positively dependent tests.
    NaN stays NaN and counts as p = 1. q speaks of what is found on average, not of any one class:
    it is for looking further, never for a gate.

    Checked against R: p.adjust(p, "BH", n = tests).
    """
    # scipy.stats has it, but `check` starts without loading that (tests/packaging/test_imports.py).
    order = np.argsort(-np.nan_to_num(p, nan=1.0), kind="stable")  # the largest first
    stepped = np.nan_to_num(p, nan=1.0)[order] * p.size / np.arange(p.size, 0, -1)
    q = np.empty_like(p)
    q[order] = np.minimum.accumulate(stepped)
    return np.where(np.isnan(p), np.nan, q)
