"""Bootstrap and permutation over models: whole models, because classes of one go together.

`before` and `after` are normalized recall balances before and after compression, shape (models,
classes), in the same order of both; a `generator` is where draws come from. The p-values are ours
and not scipy's: its two-sided p doubles the smaller tail, which differs where splits are uneven.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.class_mean import with_and_without_each
from rdstats.statistics.slopes import slopes_through_origin
from rdstats.statistics.ttests import LESS, TWO_SIDED

RESAMPLES = 10_000  # 50 of them beyond each bound of a 99 % interval
EXACT = 2**14  # arrangements up to which all are seen
DRAWS = 10_000  # arrangements drawn where there are more
_ROUNDING = 1e-12  # of the largest statistic: nearer to the observed one counts as equal


def class_mean_bootstrap(
    before: FloatArray, after: FloatArray, levels: Sequence[float], generator: np.random.Generator
) -> tuple[float, list[tuple[float, float]]]:
    """Return the class-mean slope and its BCa interval at each level."""
    (x, x_without), (y, y_without) = with_and_without_each(before), with_and_without_each(after)
    estimate = float(slopes_through_origin(x, y))
    without = slopes_through_origin(x_without, y_without)
    replicates = class_mean_replicates(before, after, generator)
    return estimate, [bca_interval(estimate, replicates, without, level) for level in levels]


def class_mean_replicates(
    before: FloatArray,
    after: FloatArray,
    generator: np.random.Generator,
    resamples: int = RESAMPLES,
) -> FloatArray:
    """Return the class-mean slope of models drawn with replacement, shape (resamples,)."""
    models = before.shape[0]
    times = generator.multinomial(models, np.full(models, 1.0 / models), size=resamples)
    return slopes_through_origin(times @ before / models, times @ after / models)


def bca_interval(
    estimate: float, replicates: FloatArray, without: FloatArray, level: float
) -> tuple[float, float]:
    """Return the bias-corrected and accelerated interval (Efron 1987).

    Quantiles of the replicates at Phi(z0 + (z0 + z) / (1 - a (z0 + z))): z0 from the share of
    replicates below the estimate, a from the skewness of the jackknife.

    NaN where the statistic is undefined of all models, of a resample or `without` a model, or
    where all replicates lie on one side of the estimate.

    Checked against the formula written in R, tests/golden/bootstrap.R.
    """
    nothing = (float("nan"), float("nan"))
    if not (np.isfinite(replicates).all() and np.isfinite(without).all()):
        return nothing
    share = float(np.mean(replicates < estimate))
    influence = without.mean() - without
    squares = float((influence**2).sum())
    if share in (0.0, 1.0) or squares == 0.0:
        return nothing
    bias = float(stats.norm.ppf(share))
    acceleration = float((influence**3).sum()) / (6.0 * squares**1.5)
    z = bias + stats.norm.ppf([(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    places = stats.norm.cdf(bias + z / (1.0 - acceleration * z))
    low, high = np.quantile(replicates, places)
    return float(low), float(high)


def sign_flip_p(differences: FloatArray, alternative: str, generator: np.random.Generator) -> float:
    """Return the p-value of a mean difference of 0 by flipping signs of paired differences.

    Under H_0 a difference is as likely as its negative. All 2**models arrangements are seen
    where that is at most 16,384, else as many are drawn as `DRAWS` says, and the observed one
    counts as one of them. The alternative is about the first arm minus the second.

    Checked against R: all sign patterns by expand.grid().
    """
    models = differences.size
    drawn = 2**models > EXACT
    if drawn:
        flipped = generator.integers(0, 2, size=(DRAWS, models))
    else:
        flipped = np.arange(2**models)[:, np.newaxis] >> np.arange(models) & 1
    means = (1.0 - 2.0 * flipped) @ differences / models
    return _p(means, float(differences.mean()), alternative, drawn=drawn)


def label_p(
    first: FloatArray, second: FloatArray, alternative: str, generator: np.random.Generator
) -> float:
    """Return the p-value of equal means by dealing the models out to the two arms anew.

    The statistic is Welch's t, not the difference: so the test keeps its level for many models
    also where the arms spread differently (Janssen 1997). Each arm has at least two models; `less`
    is first below second; arrangements are seen or drawn as by `sign_flip_p`.

    Checked against R: all splits by combn().
    """
    both = np.concatenate([first, second])
    centred, size, places = both - both.mean(), first.size, np.arange(both.size)
    drawn = comb(both.size, size) > EXACT
    if drawn:
        dealt = generator.permuted(np.tile(places, (DRAWS, 1)), axis=1)
    else:
        arms = (np.array(list(combinations(places, n))) for n in (size, both.size - size))
        first_arm, second_arm = arms
        dealt = np.hstack([first_arm, second_arm[::-1]])  # the complements, in reverse order
    (observed,) = _welch(centred[np.newaxis], size)
    return _p(_welch(centred[dealt], size), float(observed), alternative, drawn=drawn)


def _welch(dealt: FloatArray, size: int) -> FloatArray:
    """Return Welch's t of the first so many values of each row against the others.

    Infinite, with its sign, where neither arm spreads.
    """
    first, second = dealt[:, :size], dealt[:, size:]
    difference = first.mean(axis=1) - second.mean(axis=1)
    variances = first.var(axis=1, ddof=1) / size, second.var(axis=1, ddof=1) / second.shape[1]
    error = np.sqrt(sum(variances))
    t = np.where(difference == 0.0, 0.0, np.copysign(np.inf, difference))
    np.divide(difference, error, out=t, where=error > 0.0)
    return t


def _p(statistics: FloatArray, observed: float, alternative: str, *, drawn: bool) -> float:
    """Return the share of arrangements at least as far out as the observed one."""
    if alternative == TWO_SIDED:
        statistics, observed = np.abs(statistics), abs(observed)
    elif alternative == LESS:
        statistics, observed = -statistics, -observed
    slack = _ROUNDING * float(np.abs(statistics[np.isfinite(statistics)]).max(initial=0.0))
    beyond = int((statistics >= observed - slack).sum())
    return (beyond + drawn) / (statistics.size + drawn)
