"""The excess drop of one pair of models: what a class lost beyond the loss of accuracy."""

from __future__ import annotations

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import FloatArray, IntArray
from rdstats.statistics.paired_score import Bounds


def excess_variance(variances: FloatArray, n_samples: IntArray) -> FloatArray:
    """Return the variance of psi_c = (R - R_t) - (A - A_t) of every class, in one pair.

    Var psi_c = (1 - w_c)^2 s^2_c / n_c + sum over k != c of w_k^2 s^2_k / n_k, w the shares of
    the classes among the images: psi_c is 1 - w_c of the own class's drop less w_k of every
    other's, and classes have no image in common.

    Args:
        variances: Variance s^2 of one image's drop in each class, shape (..., classes).
        n_samples: Images of each class, above zero, same shape.

    Checked against the formula written in R, tests/golden/paired.R.
    """
    shares = n_samples / n_samples.sum(axis=-1, keepdims=True)
    each = variances / n_samples
    weighted = shares**2 * each
    others = weighted.sum(axis=-1, keepdims=True) - weighted
    return np.asarray((1.0 - shares) ** 2 * each + others)


def image_variances(lost: FloatArray, gained: FloatArray, n_samples: FloatArray) -> FloatArray:
    """Return the variance of an image's drop, which is 1 (lost), -1 (gained) or 0.

    Args:
        lost: Images right before and wrong after, shape (..., classes); likewise the others.
        gained: Images wrong before and right after.
        n_samples: Images, above zero.
    """
    drop = (lost - gained) / n_samples
    return np.asarray((lost + gained) / n_samples - drop**2)


def steadied_variances(lost: IntArray, gained: IntArray, n_samples: IntArray) -> FloatArray:
    """Return the same with one lost and one gained image added (Bonett and Price 2012).

    A class in which nothing changed has a variance of 0, and its interval would be a point: two
    images more keep the interval honest, and vanish among many.

    Returns:
        Shape (..., classes); to be divided by n, so it is scaled by n / (n + 2).
    """
    variances = image_variances(lost + 1.0, gained + 1.0, n_samples + 2.0)
    return np.asarray(variances * n_samples / (n_samples + 2.0))


def unmatched_variances(
    correct_before: IntArray, correct_after: IntArray, n_samples: IntArray
) -> FloatArray:
    """Return R (1 - R) + R_t (1 - R_t) with one right and one wrong added (Agresti and Caffo 2000).

    For a pair whose images are not matched; conservative, as models agree more than strangers.

    Returns:
        Shape (..., classes); to be divided by n, so it is scaled by n / (n + 2).
    """
    before = (correct_before + 1.0) / (n_samples + 2.0)
    after = (correct_after + 1.0) / (n_samples + 2.0)
    variances = before * (1.0 - before) + after * (1.0 - after)
    return np.asarray(variances * n_samples / (n_samples + 2.0))


def normal_bounds(estimate: FloatArray, variance: FloatArray, error: float) -> Bounds:
    """Return estimate -+ z sqrt(variance), each bound one-sided at 1 - error."""
    half = stats.norm.isf(error) * np.sqrt(variance)
    return Bounds(estimate - half, estimate + half)


def normal_p(estimate: FloatArray, variance: FloatArray, margin: float) -> FloatArray:
    """Return the one-sided p of H_0: it is at most the margin; the normal tail."""
    return np.asarray(stats.norm.sf((estimate - margin) / np.sqrt(variance)))
