"""The numbers of Tables 10 to 13 and of Appendix G: what each is of a condition's models."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from rdstats.paper.conditions import GivenCondition
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.balance import recall_variance
from rdstats.statistics.intervals import are_constant
from rdstats.statistics.slopes import mean_ratios, pooled, slopes_through_origin
from rdstats.tables.status import missing_remark

Remarks = tuple[str, ...]


class Estimate(NamedTuple):
    """A number, and how much it would change with other models."""

    value: float  # NaN where undefined
    # Standard deviation over models of what it is the mean of; NaN for other numbers, and where it
    # is nothing but rounding: equal values do not say how much models differ.
    deviation: float
    models: int  # that it is of
    remarks: Remarks = ()  # what is missing, of which models and why


def _mean(values: FloatArray, remarks: Remarks = ()) -> Estimate:
    """Return a mean over models; NaN where there is none or one is NaN."""
    if values.size == 0:
        return Estimate(math.nan, math.nan, 0, remarks)
    if values.size > 1 and are_constant(values):
        words = "every model has the same value, which says nothing of noise"
        return Estimate(float(values.mean()), math.nan, values.size, (*remarks, words))
    return Estimate(float(values.mean()), _deviation(values), values.size, remarks)


def _deviation(values: FloatArray) -> float:
    return float(values.std(ddof=1)) if values.size > 1 else math.nan


def _of_all(
    name: str, given: GivenCondition, of: Callable[[FloatArray], FloatArray] = np.asarray
) -> Estimate:
    """Return the mean of a number that every evaluated model has."""
    missing = missing_remark(given.arm.condition)
    return _mean(of(given.values(name)), (missing,) if missing else ())


def _fixed(value: float, given: GivenCondition) -> Estimate:
    """Return a number that does not depend on the seed."""
    return Estimate(value, math.nan, len(given.arm.values))


def _pooled(given: GivenCondition) -> Estimate:
    """Return the slope over all models and classes; its noise is near that of the mean slope."""
    before, after = given.values("balance_before"), given.values("balance_after")
    slopes, remarks = _slopes(given)
    value = float(slopes_through_origin(pooled(before), pooled(after)))
    return Estimate(value, _deviation(slopes), len(before), remarks)


def _slopes(given: GivenCondition) -> tuple[FloatArray, Remarks]:
    """Return the slopes per model, whatever slope is tested."""
    alpha = given.values("alpha")
    return alpha[~np.isnan(alpha)], given.arm.remarks


def _intensifications(given: GivenCondition) -> tuple[FloatArray, Remarks]:
    """Return the models' means over classes of I = y / x, and what these leave out."""
    means, undefined = mean_ratios(given.values("balance_before"), given.values("balance_after"))
    touched, gone = int((undefined > 0).sum()), int(np.isnan(means).sum())
    remarks = []
    if touched:
        count = int(undefined.sum())
        remarks.append(
            f"left out: {count} class{'es' * (count != 1)} of {touched} of {means.size} "
            "models whose recall is the accuracy before pruning, so I divides by 0"
        )
    if gone:
        remarks.append(f"without any class that has an I: {gone} models")
    return means[~np.isnan(means)], tuple(remarks)


PerModel = Callable[[GivenCondition], tuple[FloatArray, Remarks]]


def _summary(
    read: PerModel, summary: Callable[[FloatArray], float], given: GivenCondition
) -> Estimate:
    """Return a number of two and more models that is no mean over them."""
    values, remarks = read(given)
    value = float(summary(values)) if values.size > 1 else math.nan
    return Estimate(value, math.nan, values.size, remarks)


def _summaries(what: str, read: PerModel) -> dict[str, Callable[[GivenCondition], Estimate]]:
    """Return the quantities of Appendix G of a number per model."""
    return {
        f"mean of per-model {what}": lambda given: _mean(*read(given)),
        f"standard deviation of per-model {what}": partial(_summary, read, _deviation),
        f"minimum of per-model {what}": partial(_summary, read, np.min),
        f"maximum of per-model {what}": partial(_summary, read, np.max),
    }


QUANTITIES: Final[Mapping[str, Callable[[GivenCondition], Estimate]]] = {
    "accuracy before": partial(_of_all, "accuracy_before"),
    "accuracy after": partial(_of_all, "accuracy_after"),
    "variance of recall before": partial(_of_all, "recall_before", of=recall_variance),
    "variance of recall after": partial(_of_all, "recall_after", of=recall_variance),
    # per model, or by pseudo-values where those are tested
    "slope": lambda given: _mean(given.arm.defined, given.arm.remarks),
    "pruning ratio": lambda given: _fixed(given.arm.condition.key.ratio, given),
    "pruning ratio before": partial(_fixed, 1.0),
    "pooled slope": _pooled,
    **_summaries("slopes", _slopes),
    **_summaries("mean intensification ratios", _intensifications),
}
"""By the name of the quantity in `printed_numbers.csv`."""
