"""Bootstrap over models: whole models are drawn, because classes of one model go together."""

from __future__ import annotations

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.slopes import slopes_through_origin

RESAMPLES = 10_000  # 50 of them beyond each bound of a 99 % interval


def class_mean_replicates(
    before: FloatArray,
    after: FloatArray,
    generator: np.random.Generator,
    resamples: int = RESAMPLES,
) -> FloatArray:
    """Return the class-mean slope of models drawn with replacement, shape (resamples,).

    Args:
        before: Normalized recall balance of the unpruned models, shape (models, classes).
        after: The same after pruning, same shape and order.
        generator: Where the draws come from.
        resamples: How many.
    """
    models = before.shape[0]
    times = generator.multinomial(models, np.full(models, 1.0 / models), size=resamples)
    return slopes_through_origin(times @ before / models, times @ after / models)


def bca_interval(
    estimate: float, replicates: FloatArray, without: FloatArray, level: float
) -> tuple[float, float]:
    """Return the bias-corrected and accelerated interval (Efron 1987).

    Quantiles of the replicates at Phi(z0 + (z0 + z) / (1 - a (z0 + z))): z0 from the share of
    replicates below the estimate, a from the skewness of the jackknife.

    Args:
        estimate: The statistic of all models.
        replicates: The statistic of each resample.
        without: The statistic without each model.
        level: Level of the interval.

    Returns:
        The bounds; NaN where a statistic is undefined, or where all replicates lie on one side of
        the estimate.

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
