"""The pooled line with errors clustered by model, and the mixed model: both by statsmodels.

`before` and `after` are normalized recall balances of shape (models, classes).

This is the one module that imports it, where it is called; its habits stop here. It gives slope 0
for an all-zero x: refused before the call. From the mixed model's own start (variance 1) its
L-BFGS walks off to a variance of 0 and calls a slope outside all data converged: it gets a start
from moments and Powell's search, and what comes back is checked. Its standard error is singular on
the boundary: the error is computed from the fitted variances.
"""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import ROUNDING, FloatArray
from rdstats.statistics.slopes import slopes_through_origin

FEWEST_CLUSTERS = 5  # models; with fewer the clustered error is far too small

_NOTHING_LEFT = 1e-12  # shares of squares below this are what is left of zero
_LEAST_START = 1e-3  # where moments say that models do not differ, the search starts near that
_PLAUSIBLE = 3.0  # times the deviation of one model's slope: a mean of several errs by less


def pooled_interval(before: FloatArray, after: FloatArray, level: float) -> tuple[float, float]:
    """Return the interval of the pooled slope, its errors clustered by model (paper mode).

    Classes of one model share its luck, so models are the units: the sandwich
    sum_m (sum_c x_mc e_mc)**2 / (sum x**2)**2 times M / (M - 1), and t(M - 1). Luck in x drags
    the slope and its interval towards zero, as that of each model.

    NaN for fewer than five models, an all-zero x, and points on one line.

    Checked against R: the sandwich written out in tests/golden/conditions.R.
    """
    models, classes = before.shape
    if models < FEWEST_CLUSTERS or not before.any():
        return math.nan, math.nan
    from statsmodels.regression.linear_model import OLS  # slow to import

    line = OLS(after.ravel(), before.reshape(-1, 1))
    groups = {"groups": np.repeat(np.arange(models), classes)}
    fit = line.fit(cov_type="cluster", cov_kwds=groups, use_t=True)
    if fit.bse[0] <= ROUNDING * math.sqrt(float((after**2).sum() / (before**2).sum())):
        return math.nan, math.nan
    low, high = fit.conf_int(1.0 - level)[0]
    return float(low), float(high)


class MixedSlope(NamedTuple):
    """The mean slope of a mixed model; numbers are NaN where there is no fit."""

    estimate: float = math.nan  # the fixed slope
    low: float = math.nan  # of its Wald interval
    high: float = math.nan
    spread: float = math.nan  # standard deviation of the slope between models
    residual: float = math.nan  # standard deviation of the residuals
    remark: str = ""  # what went wrong


def mixed_slope(before: FloatArray, after: FloatArray, level: float) -> MixedSlope:
    """Return the mean slope through the origin with a random slope per model, by REML.

    y_mc = (alpha + a_m) x_mc + e_mc. It shares the dilution of least squares: luck in x drags it
    towards zero like the slope per model. The interval is normal, too narrow for few models.

    Checked against R: the restricted likelihood, profiled and maximised by optimize().
    """
    models, classes = before.shape
    if models < 2:
        return MixedSlope(remark="a mixed model needs two models")
    if not before.any():
        return MixedSlope(remark="every class has the same balance before pruning")
    own = slopes_through_origin(before, after)
    if np.isnan(own).any():
        return MixedSlope(remark="a model has no slope of its own")
    freedom = before.size - models
    squares = float(((after - own[:, np.newaxis] * before) ** 2).sum())
    if freedom < 1 or squares <= _NOTHING_LEFT * float((after**2).sum()):
        return MixedSlope(remark="every model's points are on one line: no residuals to weigh")
    # A likelihood of balances near 0.01 is flat for an optimizer: the data are the unit.
    unit = math.sqrt(float((after**2).mean()))
    x, y, weight = before / unit, after / unit, (before**2).sum(axis=-1) / unit**2
    residual = squares / freedom / unit**2
    between = float(own.var(ddof=1)) / residual - float((1.0 / weight).mean())
    from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams

    start = MixedLMParams.from_components(
        fe_params=own.mean(keepdims=True), cov_re=np.array([[max(between, _LEAST_START)]])
    )
    groups, column = np.repeat(np.arange(models), classes), x.reshape(-1, 1)
    with warnings.catch_warnings():
        # On the boundary (no spread between models) it warns; the spread is looked at below.
        warnings.simplefilter("ignore")
        try:
            fit = MixedLM(y.ravel(), column, groups=groups, exog_re=column).fit(
                reml=True, method="powell", start_params=start
            )
        except (np.linalg.LinAlgError, ValueError, ZeroDivisionError) as error:
            return MixedSlope(remark=f"no fit: {error}")
    estimate, variance = float(fit.fe_params[0]), float(fit.scale)
    spread = float(np.asarray(fit.cov_re)[0, 0])
    # Its slope is a weighted mean of the models' own: anything else is a search that got lost.
    if not (fit.converged and own.min() <= estimate <= own.max() and spread >= 0.0):
        return MixedSlope(remark="no fit: the likelihood's maximum was not found")
    deviation = 1.0 / math.sqrt(float((weight / (variance + spread * weight)).sum()))
    bound = float(stats.norm.isf((1.0 - level) / 2.0)) * deviation
    # The slope errs by no more than its models' own slopes do, each weighed by its own residuals:
    # bounds far beyond are variances that the search left somewhere, not a property of the data.
    crude = math.sqrt(float(own.var(ddof=1)) + residual * float((1.0 / weight).max()))
    if not deviation <= _PLAUSIBLE * crude:
        return MixedSlope(remark="no fit: its standard error is out of all proportion to the data")
    remark = ""
    if spread <= _NOTHING_LEFT * variance / float(weight.mean()):
        remark = "models' slopes differ by no more than their residuals explain"
    deviations = math.sqrt(spread), math.sqrt(variance) * unit
    return MixedSlope(estimate, estimate - bound, estimate + bound, *deviations, remark)
