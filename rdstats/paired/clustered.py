"""Samples that belong together: the cluster is the unit, frames of a video or slides of a patient.

The drop of a class is a ratio of sums over its clusters, sum d_j / sum w_j: d_j samples lost less
gained, w_j samples (of a relative drop: those right before). Its variance is the
delete-one-cluster jackknife of that ratio, (K - 1) / K sum (e_j / (W - w_j))^2 with residuals
e_j = d_j - drop w_j: the sums of squares of Durkalski et al. (2003) and Miller (2024), corrected
for few and unequal clusters. t has the degrees of freedom of W^2 / sum w_j^2 equal clusters,
less one.

Few clusters that lost nothing say little of one that would lose all. So one more cluster speaks
against the verdict: to clear a class it lost everything, to harm one it gained a half. It is a
quarter larger than the cluster that an average sample is in. Found by simulation of whole clusters
that are lost, of sizes up to half of all samples (test_clustered.py).

Cells are the clusters of each class, arrays of shape (cells,), and a class has one at least.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy import special

from rdstats.paired.judgements import Judged
from rdstats.paired.matched import Bounds
from rdstats.paired.verdicts import PairVerdicts, too_few, words_of_tests
from rdstats.statistics.arrays import FloatArray, IntArray
from rdstats.statistics.verdicts import ERROR, INCONCLUSIVE, POWER

_SIZE: Final = 1.25  # of the added cluster, in sizes of the cluster of an average sample
_LOST: Final = 1.0  # its drop where a class may be cleared
_GAINED: Final = -0.5  # and where it may be called harmed
_MOST: Final = 100_000  # clusters looked at for the number that could clear a class


class Cells(NamedTuple):
    """The clusters of every class; shape (cells,)."""

    class_of: IntArray  # position of the class
    n_samples: IntArray
    lost: IntArray
    gained: IntArray
    right: IntArray  # right before


class _Ratio(NamedTuple):
    """A drop with its deviation and degrees of freedom, shape (classes,)."""

    drop: FloatArray
    deviation: FloatArray
    freedom: FloatArray


def judge_clustered(cells: Cells, margin: FloatArray, *, relative: bool) -> Judged:
    """Judge the drop, or the relative drop, of classes whose samples come in clusters.

    A class of one cluster, or never recognised before, is not testable. `margin` has shape
    (classes,).
    """
    classes = len(margin)
    against, spared = (_ratio(cells, extra, relative, classes) for extra in (_LOST, _GAINED))
    quantile = (
        -special.stdtrit(spared.freedom, ERROR / classes),
        -special.stdtrit(against.freedom, ERROR),
    )
    low = spared.drop - quantile[0] * spared.deviation
    high = against.drop - special.stdtrit(against.freedom, ERROR / classes) * against.deviation
    upper = against.drop + quantile[1] * against.deviation
    p = special.stdtr(spared.freedom, -(spared.drop - margin) / spared.deviation)
    count = np.bincount(cells.class_of, minlength=classes)
    n_samples, right = (
        np.bincount(cells.class_of, each, classes) for each in (cells.n_samples, cells.right)
    )
    untested = (count < 2) | (right == 0) | too_few(right if relative else n_samples, margin)
    found = PairVerdicts(low, high, upper, *words_of_tests(p, upper < margin, untested))
    seen = margin + (quantile[0] + special.ndtri(POWER)) * spared.deviation
    clearing = np.array([clusters_to_clear(float(each)) for each in np.unique(margin)])
    needed = clearing[np.unique(margin, return_inverse=True)[1]]
    is_open = (found.verdict == INCONCLUSIVE) & (needed > count)
    unknown = np.full(classes, np.nan)
    return Judged(
        found, np.where(seen <= 1.0, seen, np.nan), unknown, np.where(is_open, needed, np.nan)
    )


def clusters_to_clear(margin: float) -> float:
    """Return the equal clusters below which not even two identical files clear a class."""
    clusters = np.arange(2.0, _MOST)
    drop = _SIZE / (clusters + _SIZE)
    squares = (
        clusters * (drop / (clusters + _SIZE - 1.0)) ** 2
        + (1.0 - drop) ** 2 * (_SIZE / clusters) ** 2
    )
    deviation = np.sqrt(clusters / (clusters + 1.0) * squares)
    freedom = (clusters + _SIZE) ** 2 / (clusters + _SIZE**2) - 1.0
    enough = drop - special.stdtrit(freedom, ERROR) * deviation < margin
    return float(clusters[np.argmax(enough)]) if enough.any() else np.inf


def clustered_mcnemar_p(cells: Cells) -> FloatArray:
    """Return the two-sided p of no drop at all (Durkalski et al. 2003), shape (classes,).

    (sum d_j)^2 / sum d_j^2 is chi-squared with one degree of freedom; p is 1 where no cluster
    changed.

    Checked against the formula written in R, tests/golden/clustered.R.
    """
    change = (cells.lost - cells.gained).astype(np.float64)
    total, squares = (np.bincount(cells.class_of, each) for each in (change, change**2))
    ratio = np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)
    return np.asarray(special.chdtrc(1.0, ratio))


def clustered_bounds(cells: Cells, classes: int, error: float, *, relative: bool = False) -> Bounds:
    """Return bounds of the drop of each class, each one-sided at 1 - error.

    Checked against the formula written in R, tests/golden/clustered.R.
    """
    against, spared = (_ratio(cells, extra, relative, classes) for extra in (_LOST, _GAINED))
    return Bounds(
        spared.drop + special.stdtrit(spared.freedom, error) * spared.deviation,
        against.drop - special.stdtrit(against.freedom, error) * against.deviation,
    )


def _ratio(cells: Cells, extra: float, relative: bool, classes: int) -> _Ratio:
    """Return the drop of each class with one more cluster, of this drop."""
    of, size = cells.class_of, (cells.right if relative else cells.n_samples).astype(np.float64)
    change = (cells.lost - cells.gained).astype(np.float64)

    def total(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(of, values, classes), dtype=np.float64)

    count = np.bincount(of, minlength=classes)
    whole = np.maximum(total(size), 1e-300)
    added = _SIZE * np.maximum(total(size**2) / whole, 1e-300)
    weight = whole + added
    drop = (total(change) + extra * added) / weight
    # Each cluster's part of the jackknife, and the added one's.
    rest = np.maximum(weight[of] - size, 1e-300)
    squares = total(((change - drop[of] * size) / rest) ** 2)
    squares += ((extra - drop) * added / whole) ** 2
    deviation = np.sqrt(count / (count + 1.0) * squares)
    equal = weight**2 / (total(size**2) + added**2)
    return _Ratio(drop, np.maximum(deviation, 1e-300), np.maximum(equal - 1.0, 1.0))
