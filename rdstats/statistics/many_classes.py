"""Empirical Bayes over the classes: which of a hundred or more lost more than the margin.

With fifty samples a class and a thousand classes no correction for many tests leaves anything,
but the classes together know what a class is like. Their true drops come from one unknown
distribution G, found by its nonparametric maximum likelihood (Kiefer and Wolfowitz 1956; Jiang
and Zhang 2009; Koenker and Mizera 2014) on a grid, by EM. A class's posterior, G given its counts,
has the chance that it lost more than the margin, and a drop drawn towards those of its likes.

One G is overconfident where true drops lie smoothly around the margin. So posteriors are means
over G fitted again to classes weighted at random (Rubin 1981), what lies within three quarters of
a class's noise beyond the margin counts as no harm where suspects are chosen, because nothing
tells the two apart, and no class is suspect as long as none may be beyond its margin: their p
must be smaller than chance makes them. The simulation of many classes has the error rates
(docs/simulation.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from scipy import special

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.statistics.verdicts import ERROR

FEWEST_CLASSES: Final = 100
"""Fewer classes say too little of what a class is like; error rates are measured from here on."""

LEVEL: Final = 0.95  # of the intervals of a drop and of the share of classes
_ROOM: Final = 0.75  # of a class's noise, beyond the margin: no harm where suspects are chosen
_REFITS: Final = 25
_SEED: Final = 0
_ITERATIONS: Final = 50
_SETTLED: Final = 1e-4  # gain of log-likelihood over all classes at which a fit ends
_DROPS, _GAINS = 100, 20  # points of the grid at most
_DROPS_ALONE: Final = 400  # where gains are not looked at
_KINDS: Final = 2_000  # classes of unequal counts that G is fitted to, at most
_BLOCK: Final = 4_000  # classes whose posteriors are in memory together
_NEGLIGIBLE: Final = 1e-7  # beside the likeliest point of the grid
_ROUNDING: Final = 1e-12
_LEAST: Final = 1e-100  # of a weight: no point that a class needs is ruled out


class ManyClasses(NamedTuple):
    """What the classes together say of each; arrays have shape (classes,)."""

    p_harm: FloatArray  # chance of a drop beyond the margin
    drop: FloatArray  # posterior mean
    low: FloatArray  # 95 % of the posterior, and half of the class's noise on either side
    high: FloatArray
    suspect: BoolArray  # at most 5 % of the suspects are expected not to be harmed
    share: float  # of the classes beyond their margin
    share_low: float  # beyond it by half a class's noise, 2.5 % of refits; 0 if none may be
    share_high: float  # at most half a class's noise below it, 97.5 %


OF_CLASSES: Final = ("p_harm", "drop_shrunk", "drop_shrunk_low", "drop_shrunk_high", "suspect")
OF_ALL: Final = ("share_harmed", "share_harmed_low", "share_harmed_high")
"""What tables call the fields of `ManyClasses`, in their order."""


@dataclass(frozen=True)
class _Grid:
    """True drops to choose from, and how likely each makes what was seen."""

    drop: FloatArray  # shape (points,)
    logs: Callable[[IntArray], FloatArray]  # log-likelihood of some kinds, shape (kinds, points)

    def likelihood(self, kinds: IntArray) -> FloatArray:
        """Return the likelihood beside that of the likeliest point, shape (kinds, points)."""
        logs = self.logs(kinds)
        return np.asarray(np.exp(logs - logs.max(axis=1, keepdims=True)))


def of_counts(
    lost: IntArray, gained: IntArray, n_samples: IntArray, margin: FloatArray, p: FloatArray
) -> ManyClasses:
    """Return what the classes of one pair say of each, from matched samples.

    A class's lost and gained samples are multinomial; G is over the triangle of true shares lost
    and gained.

    Args:
        lost: Samples right before and wrong after, shape (classes,).
        gained: Samples wrong before and right after.
        n_samples: Samples of each class.
        margin: The largest drop that does not matter, a share.
        p: Of each class, that it lost no more than the margin.

    Checked against R: optim() over the weights of a small grid.
    """
    rows, kind = np.unique(np.stack([lost, gained, n_samples]), axis=1, return_inverse=True)
    noise = np.sqrt(lost + gained + 1.0) / n_samples
    step = float(np.median(noise))
    observed = (lost - gained) / n_samples
    most = np.sqrt((gained / n_samples).max() + step)
    gains = np.linspace(0.0, most, _GAINS) ** 2  # the noise of a small share grows with its root
    drop, gain = (each.ravel() for each in np.meshgrid(_spaced(observed, step, _DROPS), gains))
    loss = drop + gain
    inside = (loss >= 0.0) & (loss + gain <= 1.0)
    tiny = 1e-4 / n_samples.max()  # for a share of 0 or 1, which counts can rule out by rounding
    shares = np.stack([loss, gain, 1.0 - loss - gain])[:, inside]
    logs = np.log(np.maximum(shares, tiny))
    order = np.argsort(drop[inside], kind="stable")
    counts = np.stack([rows[0], rows[1], rows[2] - rows[0] - rows[1]], axis=1)
    grid = _Grid(drop[inside][order], lambda kinds: np.asarray(counts[kinds] @ logs[:, order]))
    return _posterior(grid, kind.reshape(-1), noise, margin, p)


def of_errors(
    drop: FloatArray, error: FloatArray, degrees_of_freedom: FloatArray, margin: float
) -> ManyClasses:
    """Return what the classes of a condition say of each, from drops over models.

    A drop less its true value, over its standard error, has a t distribution (Stephens 2016).

    Args:
        drop: Mean drop over models, shape (classes,).
        error: Its standard error, above 0.
        degrees_of_freedom: Of the error.
        margin: The largest drop that does not matter, a share.
    """
    drops = _spaced(drop, float(np.median(error)), _DROPS_ALONE)

    def logs(kinds: IntArray) -> FloatArray:
        df = degrees_of_freedom[kinds, np.newaxis]
        t = (drop[kinds, np.newaxis] - drops) / error[kinds, np.newaxis]
        return np.asarray(-(df + 1.0) / 2.0 * np.log1p(t**2 / df))

    # An error that is small by chance must not make a class sure of itself.
    noise = np.maximum(error, np.median(error))
    p = special.stdtr(degrees_of_freedom, (margin - drop) / error)
    margins = np.full(drop.shape, margin)
    return _posterior(_Grid(drops, logs), np.arange(drop.size), noise, margins, np.asarray(p))


def _spaced(observed: FloatArray, noise: float, most: int) -> FloatArray:
    """Return the drops of the grid, half a class's noise apart, so many at most."""
    low, high = float(observed.min()), float(observed.max())
    return np.linspace(low, high, int(np.clip(np.ceil(2.0 * (high - low) / noise) + 1, 10, most)))


def _posterior(
    grid: _Grid, kind: IntArray, noise: FloatArray, margin: FloatArray, p: FloatArray
) -> ManyClasses:
    """Return the posterior of classes of some kinds, with standard errors, shape (classes,)."""
    generator = np.random.default_rng(_SEED)
    counts = np.bincount(kind)
    fitted = np.arange(counts.size)
    if fitted.size > _KINDS:
        fitted = np.sort(generator.choice(fitted, _KINDS, replace=False))
    counts = counts[fitted]
    # The Bayesian bootstrap: drawn with replacement, a lone class would be missing in every third.
    drawn = generator.standard_gamma(counts, size=(_REFITS, counts.size))
    drawn *= counts.sum() / drawn.sum(axis=1, keepdims=True)
    likelihood = grid.likelihood(fitted)
    weights = np.full((1 + _REFITS, grid.drop.size), _LEAST)
    used = (likelihood > _NEGLIGIBLE).any(axis=0)
    weights[:, used] = npmle(likelihood[:, used], np.vstack([counts, drawn]).astype(np.float64))
    half, found = noise / 2.0, np.empty((5, kind.size))
    order = np.argsort(kind, kind="stable")
    for first in range(0, kind.size, _BLOCK):
        mine = order[first : first + _BLOCK]
        kinds, place = np.unique(kind[mine], return_inverse=True)
        limits = margin[mine], margin[mine] + _ROOM * noise[mine]
        found[:, mine] = _block(grid, kinds, weights[1:], place, limits)
    p_harm, cautious, drop, low, high = found
    fixed, many = np.unique(margin, return_counts=True)

    def share(beyond: float) -> FloatArray:
        harmed = grid.drop > fixed[:, np.newaxis] + beyond + _ROUNDING
        return np.asarray(many / margin.size @ (harmed @ weights.T))

    tail, step = (1.0 - LEVEL) / 2.0, float(np.median(half))
    harmed = some_harmed(p)
    return ManyClasses(
        p_harm,
        drop,
        low - half,
        high + half,
        suspects(cautious) & harmed,
        float(share(0.0)[0]),
        float(np.quantile(share(step)[1:], tail)) if harmed else 0.0,
        float(np.quantile(share(-step)[1:], 1.0 - tail)),
    )


def _block(
    grid: _Grid,
    kinds: IntArray,
    weights: FloatArray,
    place: IntArray,
    limits: Sequence[FloatArray],
) -> FloatArray:
    """Return the chance of a drop beyond each of two limits, mean and bounds, shape (5, classes).

    A posterior is the mean over refits of likelihood x weights / their sum.
    """
    drops, likelihood = grid.drop, grid.likelihood(kinds)
    mixed = likelihood @ weights.T
    posterior = likelihood * ((1.0 / mixed) @ weights) / len(weights)
    below = np.cumsum(posterior, axis=1)
    tail = (1.0 - LEVEL) / 2.0
    bounds = (drops[(below < at).sum(axis=1)] for at in (tail, 1.0 - tail - _ROUNDING))
    chances = []
    for limit in limits:
        within = np.searchsorted(drops, limit + _ROUNDING, side="right")  # points without harm
        no_harm = np.where(within > 0, below[place, np.maximum(within - 1, 0)], 0.0)
        chances.append(np.clip(1.0 - no_harm, 0.0, 1.0))
    return np.stack([*chances, *(each[place] for each in (posterior @ drops, *bounds))])


def npmle(
    likelihood: FloatArray,
    counts: FloatArray,
    iterations: int = _ITERATIONS,
    settled: float = _SETTLED,
) -> FloatArray:
    """Return the weights of a grid that make counts likeliest, by EM from equal weights.

    Args:
        likelihood: Of each kind of class at each point, shape (kinds, points).
        counts: Classes of each kind, shape (fits, kinds): a fit per row.
        iterations: At most. Few, as usual, leave G smoother than the likeliest one.
        settled: Gain of log-likelihood below which fits end, all together.

    Returns:
        Weights, shape (fits, points).

    Checked against R: optim() over the softmax of the weights.
    """
    total = counts.sum(axis=1, keepdims=True)
    weights = np.full((len(counts), likelihood.shape[1]), 1.0 / likelihood.shape[1])
    before = np.full(len(counts), -np.inf)
    for _ in range(iterations):
        mixed = np.maximum(weights @ likelihood.T, _LEAST)  # 0 for a kind that is not drawn
        reached = (counts * np.log(mixed)).sum(axis=1)
        weights *= (counts / mixed) @ likelihood / total
        if (reached - before < settled).all():
            break
        before = reached
    return np.asarray(np.maximum(weights, _LEAST))


def suspects(p_harm: FloatArray) -> BoolArray:
    """Return the largest set of classes whose mean chance of no harm is at most 5 %.

    The Bayes false discovery rate (Efron 2010; Sun and Cai 2007). Classes of one chance are in
    together or not at all.
    """
    ascending, counts = np.unique(1.0 - p_harm, return_counts=True)
    rate = np.cumsum(ascending * counts) / np.cumsum(counts)
    within = int((rate <= ERROR).sum())  # the rate never falls
    return np.asarray(1.0 - p_harm <= ascending[within - 1]) if within else p_harm > 1.0


def some_harmed(p: FloatArray) -> bool:
    """Return whether p of classes are smaller than chance makes them if none is harmed (5 %).

    The 1st, 2nd, 4th, ... smallest of as many uniform p have beta distributions, and one of them
    must be improbably small, by Bonferroni. It sees many classes none of which stands out, as well
    as one that does (Berk and Jones 1979).
    """
    rank = 2 ** np.arange(int(np.log2(p.size)))
    smallest = special.betainc(rank, p.size + 1 - rank, np.sort(p)[rank - 1])
    return bool(smallest.min() * rank.size <= ERROR)
