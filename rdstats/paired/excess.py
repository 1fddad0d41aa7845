"""The excess drop of one pair of models: what a class lost beyond the loss of accuracy."""

from __future__ import annotations

import numpy as np

from rdstats.paired.matched import Bounds
from rdstats.statistics.arrays import FloatArray, IntArray


def excess_variance(own: FloatArray, others: FloatArray, n_samples: IntArray) -> FloatArray:
    """Return the variance of psi_c = (R - R_t) - (A - A_t) of every class, in one pair.

    Var psi_c = (1 - w_c)^2 s^2_c / n_c + sum over k != c of w_k^2 s^2_k / n_k, w the shares of
    the classes among the samples: psi_c is 1 - w_c of the own class's drop less w_k of every
    other's, and classes have no sample in common.

    `own` is the variance s^2 / n of the drop of each class where it is the class judged, `others`
    the same where it is one of the others; shape (..., classes), as `n_samples`, above zero.

    Checked against the formula written in R, tests/golden/paired.R.
    """
    shares = n_samples / n_samples.sum(axis=-1, keepdims=True)
    weighted = shares**2 * others
    rest = weighted.sum(axis=-1, keepdims=True) - weighted
    return np.asarray((1.0 - shares) ** 2 * own + rest)


def excess_bounds(
    excess: FloatArray, drop: FloatArray, of_drop: Bounds, n_samples: IntArray
) -> Bounds:
    """Return bounds of the excess drop at the level of the bounds of every class's drop.

    psi_c -+ the root of the variance above, in which every s^2 / n is recovered from that class's
    own bound on the side that counts: (bound - drop)^2 (Zou and Donner 2008). With s^2 as it is,
    a class in which nothing changed would have an interval without width.

    `excess` is psi_c, `drop` R - R_t with its bounds, Tango's or Newcombe's; shape (..., classes).
    """
    down, up = (drop - of_drop.low) ** 2, (of_drop.high - drop) ** 2
    return Bounds(
        excess - np.sqrt(excess_variance(down, up, n_samples)),
        excess + np.sqrt(excess_variance(up, down, n_samples)),
    )
