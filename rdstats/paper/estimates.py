"""What the given tables hold of one condition of the paper, and the numbers made of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.intervals import are_constant
from rdstats.statistics.slopes import MeanRatios, mean_ratios, pooled_slopes
from rdstats.tables.arms import Arm
from rdstats.tables.status import missing_remark


@dataclass(frozen=True)
class Evaluated:
    """One condition, each array a value per model (and class).

    Attributes:
        arm: The condition, and the slopes or pseudo-values that are tested.
        alpha: Slope of each model, NaN where undefined, shape (models,).
        accuracy_before: Accuracy before pruning, shape (models,); likewise after.
        accuracy_after: Accuracy after.
        variance_before: Variance of recall across classes, shape (models,); likewise after.
        variance_after: The same after.
        balance_before: Normalized balances, shape (models, classes); likewise after.
        balance_after: The same after.
        realised_ratio: Parameters over those left, shape (models,), NaN where not said.
    """

    arm: Arm
    alpha: FloatArray
    accuracy_before: FloatArray
    accuracy_after: FloatArray
    variance_before: FloatArray
    variance_after: FloatArray
    balance_before: FloatArray
    balance_after: FloatArray
    realised_ratio: FloatArray


class Estimate(NamedTuple):
    """A number, and how much it would change with other models.

    Attributes:
        value: The number, NaN where undefined.
        deviation: Standard deviation over models of what it is the mean of; NaN for other numbers,
            and where it is nothing but rounding: equal values do not say how much models differ.
        models: Models that it is of.
        remarks: What is missing, of which models and why.
    """

    value: float
    deviation: float
    models: int
    remarks: tuple[str, ...] = ()


_ALL_THE_SAME: Final = "every model has the same value, which says nothing of noise"

Measure = Callable[[Evaluated], Estimate]


def _mean(values: FloatArray, remarks: tuple[str, ...] = ()) -> Estimate:
    """Return a mean over models; NaN where there is none or one is NaN."""
    if values.size == 0:
        return Estimate(math.nan, math.nan, 0, remarks)
    deviation = math.nan
    if values.size > 1 and are_constant(values):
        remarks = (*remarks, _ALL_THE_SAME)
    elif values.size > 1:
        deviation = float(values.std(ddof=1))
    return Estimate(float(values.mean()), deviation, values.size, remarks)


def _of_all(read: Callable[[Evaluated], FloatArray]) -> Measure:
    """Return the mean of a number that every evaluated model has."""

    def measure(found: Evaluated) -> Estimate:
        missing = missing_remark(found.arm.condition)
        return _mean(read(found), (missing,) if missing else ())

    return measure


def _slope(found: Evaluated) -> Estimate:
    """Return the mean slope: per model, or by pseudo-values where those are tested."""
    return _mean(found.arm.defined, found.arm.remarks)


def _of_slopes(summary: Callable[[FloatArray], float]) -> Measure:
    """Return a number of the slopes per model, whatever slope is tested (Appendix G)."""

    def measure(found: Evaluated) -> Estimate:
        values = _defined(found.alpha)
        if values.size < 2:
            return Estimate(math.nan, math.nan, values.size, found.arm.remarks)
        return Estimate(summary(values), math.nan, values.size, found.arm.remarks)

    return measure


def _of_intensification(summary: Callable[[FloatArray], float] | None) -> Measure:
    """Return a number of the models' means over classes of I = y / x; None for their mean."""

    def measure(found: Evaluated) -> Estimate:
        ratios = mean_ratios(found.balance_before, found.balance_after)
        means = _defined(ratios.mean)
        remarks = tuple(remark for remark in _undefined_ratios(ratios) if remark)
        if summary is None:
            return _mean(means, remarks)
        value = summary(means) if means.size > 1 else math.nan
        return Estimate(value, math.nan, means.size, remarks)

    return measure


def _undefined_ratios(ratios: MeanRatios) -> tuple[str, str]:
    """Say what a mean of I leaves out: classes, and models of which nothing is left."""
    touched, gone = int((ratios.undefined > 0).sum()), int(np.isnan(ratios.mean).sum())
    count = int(ratios.undefined.sum())
    classes = (
        f"left out: {count} class{'es' * (count != 1)} of {touched} of {ratios.mean.size} "
        "models whose recall is the accuracy before pruning, so I divides by 0"
    )
    return (
        classes if touched else "",
        f"without any class that has an I: {gone} models" if gone else "",
    )


def _pooled(found: Evaluated) -> Estimate:
    """Return the slope over all models and classes; its noise is near that of the mean slope."""
    value = float(pooled_slopes(found.balance_before, found.balance_after))
    spread = _defined(found.alpha)
    deviation = float(spread.std(ddof=1)) if spread.size > 1 else math.nan
    return Estimate(value, deviation, len(found.balance_before), found.arm.remarks)


def _fixed(read: Callable[[Evaluated], float]) -> Measure:
    """Return a number that does not depend on the seed."""
    return lambda found: Estimate(read(found), math.nan, len(found.alpha))


def _defined(values: FloatArray) -> FloatArray:
    return values[~np.isnan(values)]


def _deviation(values: FloatArray) -> float:
    return float(values.std(ddof=1))


MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "accuracy before": _of_all(lambda found: found.accuracy_before),
        "accuracy after": _of_all(lambda found: found.accuracy_after),
        "variance of recall before": _of_all(lambda found: found.variance_before),
        "variance of recall after": _of_all(lambda found: found.variance_after),
        "slope": _slope,
        "pruning ratio": _fixed(lambda found: found.arm.condition.key.ratio),
        "pruning ratio before": _fixed(lambda _: 1.0),
        "pooled slope": _pooled,
        "mean of per-model slopes": lambda found: _mean(_defined(found.alpha), found.arm.remarks),
        "standard deviation of per-model slopes": _of_slopes(_deviation),
        "minimum of per-model slopes": _of_slopes(lambda values: float(values.min())),
        "maximum of per-model slopes": _of_slopes(lambda values: float(values.max())),
        "mean of per-model mean intensification ratios": _of_intensification(None),
        "standard deviation of per-model mean intensification ratios": _of_intensification(
            _deviation
        ),
        "minimum of per-model mean intensification ratios": _of_intensification(
            lambda values: float(values.min())
        ),
        "maximum of per-model mean intensification ratios": _of_intensification(
            lambda values: float(values.max())
        ),
    }
)
