"""Does another estimator say the same? The class-mean slope beside others, per condition."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from rdstats.output.words import status, warned
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.class_mean import class_mean_pseudo_values, class_mean_slopes
from rdstats.statistics.estimators import (
    Slope,
    deming_pseudo_values,
    deming_slopes,
    instrument_pseudo_values,
    instrument_slopes,
)
from rdstats.statistics.intervals import family_level, mean_interval, verdicts
from rdstats.statistics.regression import mixed_slope
from rdstats.statistics.resampling import RESAMPLES, bca_interval, class_mean_replicates
from rdstats.statistics.suspicions import SKEWED, skewness
from rdstats.tables.before_after import BeforeAfter, together
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.status import missing_remark, models_words


class _Row(NamedTuple):
    """One estimate of a condition's slope."""

    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    remark: str = ""
    skew: float = math.nan  # of its pseudo-values, where it has any


Estimator = Callable[[FloatArray, FloatArray, float, np.random.Generator], _Row]
_Described = tuple[Estimator, str, str]  # with how its interval is made, and what it supposes


def sensitivity_table(
    table: Tables, selection: Selection = EVERYTHING, *, seed: int = 0, iterative: bool = True
) -> pd.DataFrame:
    """Return a row per condition and estimator, the control arm's too.

    Args:
        table: A recall table, or the union of several, prepared or not.
        selection: What of it, by which metric.
        seed: Seed of the bootstrap's draws; each condition starts from it.
        iterative: The mixed model and the bootstrap too, which take a tenth of a second per
            condition; the others take none.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition.
        estimator: class mean (the headline, to compare with), instrument, corrected moments,
            Deming, mixed model, class mean by bootstrap.
        estimate, low, high: The slope and its interval.
        level: Of the interval, that of `conditions_table`.
        verdict: `<`, `>` or `?` for it against 1; null without an interval.
        models: Models that it is over, those with balances.
        interval: How it is made.
        note: What the estimator supposes.
        status: `ok`, or why there is no number, or why not to trust it.
        warnings: `none`, or what makes the interval doubtful: models with the same counts, fewer
            than five models, skewed pseudo-values.
        metric, average: As selected.

    Raises:
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.
    """
    chosen = ESTIMATORS if iterative else {n: e for n, e in ESTIMATORS.items() if n not in _SLOW}
    frame = together(_rows(one, seed, chosen) for one in as_arrays(table, selection).selected)
    return frame.assign(metric=selection.metric, average=selection.average)


def _rows(selected: BeforeAfter, seed: int, chosen: Mapping[str, _Described]) -> pd.DataFrame:
    """Return the rows of one panel."""
    starts = np.searchsorted(selected.condition, np.arange(len(selected.conditions) + 1))
    of_models = models_words(selected)
    found: list[tuple[_Row, float, int, str]] = []
    warnings: list[str] = []
    for position, condition in enumerate(selected.conditions):
        pairs = np.arange(starts[position], starts[position + 1])
        pairs = pairs[selected.has_balances[pairs]]
        x, y = selected.balance_before[pairs], selected.balance_after[pairs]
        level = family_level(condition.ratios_in_family)
        for estimator, _, _ in chosen.values():
            row = (
                estimator(x, y, level, np.random.default_rng(seed))
                if pairs.size > 1
                else _Row(remark="it needs two models with balances")
            )
            words = status([row.remark, missing_remark(condition)])
            found.append((row, level, pairs.size, words))
            skewed = f"pseudo-values are skewed ({row.skew:.1f})"
            warnings.append(warned([*of_models[position], *[skewed] * (abs(row.skew) > SKEWED)]))
    size = len(selected.conditions)
    low, high = (np.array([getattr(row, name) for row, *_ in found]) for name in ("low", "high"))
    return pd.DataFrame(
        {
            **selected.labels(np.repeat(np.arange(size), len(chosen))),
            "estimator": list(chosen) * size,
            "estimate": [row.estimate for row, *_ in found],
            "low": low,
            "high": high,
            "level": [level for _, level, *_ in found],
            "verdict": verdicts(low, high),
            "models": [models for _, _, models, _ in found],
            "interval": [interval for _, interval, _ in chosen.values()] * size,
            "note": [note for _, _, note in chosen.values()] * size,
            "status": [words for *_, words in found],
            "warnings": warnings,
        }
    )


def _class_mean(x: FloatArray, y: FloatArray, level: float, _: np.random.Generator) -> _Row:
    return _from_pseudo_values(class_mean_pseudo_values(x, y), level)


def _jackknifed(slope: Slope, pseudo_values: Slope) -> Estimator:
    """Return an estimator whose interval is the jackknife's."""

    def estimator(x: FloatArray, y: FloatArray, level: float, _: np.random.Generator) -> _Row:
        pseudo = pseudo_values(x, y)
        if np.isnan(pseudo).any() and np.isfinite(slope(x, y)):
            few = "three models" if len(x) < 3 else "a slope without each model"
            return _Row(float(slope(x, y)), remark=f"no interval: the jackknife needs {few}")
        return _from_pseudo_values(pseudo, level)

    return estimator


def _from_pseudo_values(pseudo: FloatArray, level: float) -> _Row:
    if np.isnan(pseudo).any():
        return _Row(remark="undefined: what it divides by is zero")
    estimate, low, high = (float(one) for one in mean_interval(pseudo, level))
    constant = "all pseudo-values are the same: no interval" if math.isnan(low) else ""
    return _Row(estimate, low, high, constant, float(skewness(pseudo)))


def _mixed(x: FloatArray, y: FloatArray, level: float, _: np.random.Generator) -> _Row:
    fit = mixed_slope(x, y, level)
    return _Row(fit.estimate, fit.low, fit.high, fit.remark)


def _bootstrapped(
    x: FloatArray, y: FloatArray, level: float, generator: np.random.Generator
) -> _Row:
    estimate = float(class_mean_slopes(x, y))
    everyone = np.arange(len(x))
    without = np.array(
        [float(class_mean_slopes(x[everyone != m], y[everyone != m])) for m in everyone]
    )
    low, high = bca_interval(estimate, class_mean_replicates(x, y, generator), without, level)
    remark = "the resamples do not spread around it: no interval" if math.isnan(low) else ""
    if not remark and len(x) < _ENOUGH_FOR_BCA:
        remark = f"fewer than {_ENOUGH_FOR_BCA} models: its level does not hold, it is too short"
    return _Row(estimate, low, high, remark)


# At nominal 1 % it errs in 13 to 36 % of experiments with five models (docs/simulation.md).
_ENOUGH_FOR_BCA = 8
_JACKKNIFE = "jackknife, t(M - 1)"
_SLOW = ("mixed model", "class mean, bootstrap")
ESTIMATORS: dict[str, _Described] = {
    "class mean": (_class_mean, _JACKKNIFE, "the headline"),
    "instrument": (
        _jackknifed(instrument_slopes, instrument_pseudo_values),
        _JACKKNIFE,
        "mean of the other models as instrument",
    ),
    "corrected moments": (
        _jackknifed(instrument_slopes, instrument_pseudo_values),
        _JACKKNIFE,
        "by algebra the instrument again",
    ),
    "Deming": (
        _jackknifed(deming_slopes, deming_pseudo_values),
        _JACKKNIFE,
        "of class means; error ratio estimated; supposes uncorrelated errors (no memory)",
    ),
    "mixed model": (
        _mixed,
        "Wald, normal",
        "random slope per model; diluted by luck like the slope per model",
    ),
    "class mean, bootstrap": (
        _bootstrapped,
        f"BCa, {RESAMPLES:,} resamples",
        "models drawn with replacement; too short for few models (docs/simulation.md)",
    ),
}
