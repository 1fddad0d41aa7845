"""Does another estimator say the same? The class-mean slope beside others, per condition."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from rdstats.output.words import status, warned
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.estimators import Jackknifed, deming, instrument
from rdstats.statistics.intervals import (
    SKEWED,
    family_level,
    marks,
    mean_interval,
    skewness,
)
from rdstats.statistics.regression import mixed_slope
from rdstats.statistics.resampling import RESAMPLES, class_mean_bootstrap
from rdstats.tables.before_after import BeforeAfter, together
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.status import missing_remark, models_words


class _Estimate(NamedTuple):
    """One estimate of a condition's slope."""

    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    remark: str = ""
    skew: float = math.nan  # of its pseudo-values, where it has any


_NUMBERS = ("estimate", "low", "high")
Estimator = Callable[[FloatArray, FloatArray, float, np.random.Generator], _Estimate]
_Described = tuple[Estimator, str, str]  # with how its interval is made, and what it supposes


def sensitivity(
    table: Tables, selection: Selection = EVERYTHING, *, seed: int = 0, iterative: bool = True
) -> pd.DataFrame:
    """Return a row per condition and estimator, the control arm's too.

    Takes and refuses what `slopes` does.

    Args:
        table: A recall table.
        selection: What of it, by which metric.
        seed: Seed of the bootstrap's draws; each condition starts from it.
        iterative: The mixed model and the bootstrap too, which take a tenth of a second per
            condition; the others take none.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition.
        estimator: class mean (the headline, to compare with), instrument, corrected moments,
            Deming, mixed model, class mean by bootstrap.
        estimate, low, high: The slope and its interval.
        level: Of the interval, that of `conditions`.
        verdict: `<`, `>` or `?` for it against 1; null without an interval.
        models: Models that it is over, those with balances.
        interval: How it is made.
        note: What the estimator supposes.
        status: `ok`, or why there is no number, or why not to trust it.
        warnings: `none`, or what makes the interval doubtful: models with the same counts, fewer
            than five models, skewed pseudo-values.
        metric, average: As selected.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn"}
        >>> rows = []
        >>> for seed, dogs in enumerate([56, 61, 58]):
        ...     who = {"model": f"seed-{seed}", **of}
        ...     rows.append(rd.from_counts([100, 100], [90, 70 + seed], ratio=1, **who))
        ...     pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        ...     rows.append(rd.from_counts([100, 100], [84, dogs], **pruned, **who))
        >>> found = rd.sensitivity(pa.concat_tables(rows), iterative=False)
        >>> found[["estimator", "estimate"]].round(2).values.tolist()[:2]
        [['class mean', 1.53], ['instrument', 1.53]]
    """
    chosen = ESTIMATORS if iterative else {n: e for n, e in ESTIMATORS.items() if n not in _SLOW}
    frame = together(_rows(one, seed, chosen) for one in as_arrays(table, selection).selected)
    return frame.assign(metric=selection.metric, average=selection.average)


def _rows(selected: BeforeAfter, seed: int, chosen: Mapping[str, _Described]) -> pd.DataFrame:
    """Return the rows of data sets with the same classes."""
    of_models = models_words(selected)
    rows = []
    for position, condition in enumerate(selected.conditions):
        pairs = np.flatnonzero((selected.condition == position) & selected.has_balances)
        x, y = selected.balance_before[pairs], selected.balance_after[pairs]
        level = family_level(condition.ratios_in_family)
        for name, (estimator, interval, note) in chosen.items():
            found = _Estimate(remark="it needs two models with balances")
            if pairs.size > 1:
                found = estimator(x, y, level, np.random.default_rng(seed))
            skewed = [f"pseudo-values are skewed ({found.skew:.1f})"] * (abs(found.skew) > SKEWED)
            row = {"estimator": name, **dict(zip(_NUMBERS, found, strict=False)), "level": level}
            row |= {"verdict": None, "models": pairs.size, "interval": interval, "note": note}
            row |= {"status": status([found.remark, missing_remark(condition)])}
            rows.append(row | {"warnings": warned([*of_models[position], *skewed])})
    frame = pd.DataFrame(rows)
    frame["verdict"] = marks(frame["low"].to_numpy(), frame["high"].to_numpy())
    labels = selected.labels(np.repeat(np.arange(len(selected.conditions)), len(chosen)))
    return pd.concat([pd.DataFrame(labels), frame], axis=1)


def _class_mean(x: FloatArray, y: FloatArray, level: float, _: np.random.Generator) -> _Estimate:
    return _from_pseudo_values(class_mean_pseudo_values(x, y), level)


def _jackknifed(slope_of: Callable[[FloatArray, FloatArray], Jackknifed]) -> Estimator:
    """Return an estimator whose interval is the jackknife's."""

    def estimator(x: FloatArray, y: FloatArray, level: float, _: np.random.Generator) -> _Estimate:
        slope, pseudo = slope_of(x, y)
        if np.isnan(pseudo).any() and np.isfinite(slope):
            few = "three models" if len(x) < 3 else "a slope without each model"
            return _Estimate(float(slope), remark=f"no interval: the jackknife needs {few}")
        return _from_pseudo_values(pseudo, level)

    return estimator


def _from_pseudo_values(pseudo: FloatArray, level: float) -> _Estimate:
    if np.isnan(pseudo).any():
        return _Estimate(remark="undefined: what it divides by is zero")
    estimate, low, high = (float(one) for one in mean_interval(pseudo, level))
    constant = "all pseudo-values are the same: no interval" if math.isnan(low) else ""
    return _Estimate(estimate, low, high, constant, float(skewness(pseudo)))


def _mixed(x: FloatArray, y: FloatArray, level: float, _: np.random.Generator) -> _Estimate:
    fit = mixed_slope(x, y, level)
    return _Estimate(fit.estimate, fit.low, fit.high, fit.remark)


def _bootstrapped(
    x: FloatArray, y: FloatArray, level: float, generator: np.random.Generator
) -> _Estimate:
    estimate, [(low, high)] = class_mean_bootstrap(x, y, [level], generator)
    remark = "the resamples do not spread around it: no interval" if math.isnan(low) else ""
    if not remark and len(x) < _ENOUGH_FOR_BCA:
        remark = f"fewer than {_ENOUGH_FOR_BCA} models: its level does not hold, it is too short"
    return _Estimate(estimate, low, high, remark)


# At nominal 1 % it errs in 13 to 36 % of experiments with five models (docs/simulation.md).
_ENOUGH_FOR_BCA = 8
_INSTRUMENT, _JACKKNIFE = _jackknifed(instrument), "jackknife, t(M - 1)"
_SLOW = ("mixed model", "class mean, bootstrap")
ESTIMATORS: dict[str, _Described] = {
    "class mean": (_class_mean, _JACKKNIFE, "the headline"),
    "instrument": (_INSTRUMENT, _JACKKNIFE, "mean of the other models as instrument"),
    "corrected moments": (_INSTRUMENT, _JACKKNIFE, "by algebra the instrument again"),
    "Deming": (
        _jackknifed(deming),
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
