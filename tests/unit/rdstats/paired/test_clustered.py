"""Samples that belong together: against R, by hand, and errors on clusters of unequal sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.paired.clustered import (
    Cells,
    clustered_bounds,
    clustered_mcnemar_p,
    clusters_to_clear,
    judge_clustered,
)
from rdstats.statistics.arrays import FloatArray, IntArray
from references import AS_R, cases


@pytest.mark.parametrize("case", cases("clustered"))
def test_the_clustered_tests_equal_the_formulas_in_r(case: dict[str, Any]) -> None:
    """A jackknife written out; qt, pt; pchisq of Durkalski's statistic."""
    n, lost, gained = (np.array(case[name]) for name in ("n", "lost", "gained"))
    cells = Cells(np.zeros_like(n), n, lost, gained, n)
    bounds = clustered_bounds(cells, 1, case["error"])
    assert bounds.low[0] == pytest.approx(case["low"], rel=AS_R)
    assert bounds.high[0] == pytest.approx(case["high"], rel=AS_R)
    p = judge_clustered(cells, np.array([0.05]), relative=False).verdicts.p
    assert p[0] == pytest.approx(case["p"], rel=AS_R)
    assert clustered_mcnemar_p(cells)[0] == pytest.approx(case["no_drop"], rel=AS_R)


def test_equal_clusters_without_any_change_clear_from_the_number_that_is_named() -> None:
    """66 clusters at 5 points; alone, samples would need 59. One cluster is no test."""
    needed = clusters_to_clear(0.05)
    assert needed == 66
    for clusters, word in ((65, "inconclusive"), (66, "unharmed"), (1, "not testable")):
        ten, none = np.full(clusters, 10), np.zeros(clusters, dtype=np.int64)
        found = judge_clustered(Cells(none, ten, none, none, ten), np.array([0.05]), relative=False)
        assert found.verdicts.verdict[0] == word
        assert (found.clearing[0] == needed) == (word == "inconclusive")


def test_a_class_that_loses_half_in_every_cluster_is_harmed() -> None:
    """Thirty clusters of four; relative to what was right before, too."""
    four, none = np.full(30, 4), np.zeros(30, dtype=np.int64)
    cells = Cells(none, four, four // 2, none, four)
    for relative in (False, True):
        found = judge_clustered(cells, np.array([0.05]), relative=relative)
        assert found.verdicts.verdict[0] == "harmed"


def drawn(
    truth: str, sizes: IntArray, drop: float, generator: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Draw lost and gained samples of clusters, shape (experiments, clusters) as their sizes."""
    uniform = generator.random(sizes.shape)
    gain: Any = 0.03
    if truth == "every sample alone":
        loss: Any = np.full(sizes.shape, drop + 0.03)
    elif truth == "shares differ":
        loss = generator.beta(0.3, 0.3 * (1 - drop - 0.03) / (drop + 0.03), sizes.shape)
        gain = np.minimum(0.03, 1 - loss)
    elif truth == "whole clusters lost":
        loss, gain = (uniform < drop).astype(float), 0.0
    elif truth == "half of a cluster lost":
        loss, gain = (uniform < 2 * drop) * 0.5, 0.0
    else:  # a tenth of the clusters gains 30 points, the others lose more
        loss = np.where(uniform < 0.1, 0.0, (drop + 0.03) / 0.9)
        gain = np.where(uniform < 0.1, 0.3, 0.0)
    lost = generator.binomial(sizes, loss)
    return lost, generator.binomial(sizes - lost, np.minimum(gain / np.maximum(1 - loss, 1e-9), 1))


def errors(clusters: int, truth: str, drop: float, experiments: int, seed: int) -> FloatArray:
    """Return the shares of wrong harm and wrong clearing at a margin that is the drop.

    For clusters of equal, of log-normal sizes, and where one holds a third of the samples.
    """
    generator = np.random.default_rng(seed)
    shape = (experiments, clusters)
    uneven = np.maximum(1, np.rint(np.exp(generator.normal(3.0, 1.0, shape)))).astype(np.int64)
    giant = np.full(shape, 10)
    giant[:, 0] = 5 * clusters
    found = []
    for sizes in (np.full(shape, 20), uneven, giant):
        lost, gained = drawn(truth, sizes, drop, generator)
        of = np.repeat(np.arange(experiments), clusters)
        cells = Cells(of, sizes.ravel(), lost.ravel(), gained.ravel(), sizes.ravel())
        bounds = clustered_bounds(cells, experiments, 0.05)
        found.append([(bounds.low > drop).mean(), (bounds.high < drop).mean()])
    return np.array(found)


TRUTHS = (
    *("every sample alone", "shares differ", "whole clusters lost"),
    *("half of a cluster lost", "a few clusters gain"),
)


def test_clustered_verdicts_err_in_five_per_cent_at_most() -> None:
    """30 clusters at the margin of 10 points; 0.05 and three simulation errors."""
    for seed, truth in enumerate(TRUTHS):
        assert errors(30, truth, 0.1, 1000, seed).max() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1000)


@pytest.mark.slow
@pytest.mark.parametrize("clusters", [10, 30, 100])
def test_they_do_so_for_few_and_many_clusters(clusters: int) -> None:
    """Margins of 5, 10 and 30 points, 20,000 experiments each."""
    for seed, truth in enumerate(TRUTHS):
        for drop in (0.05, 0.1, 0.3):
            found = errors(clusters, truth, drop, 20_000, seed)
            assert found.max() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 20_000), (truth, drop)
