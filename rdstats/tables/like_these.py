"""How far a verdict over models reaches: for these samples, or for samples like these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.statistics.class_mean import class_mean_gradient, class_means, undiluted
from rdstats.statistics.crossed import (
    FEW_FOR_SLOPES,
    Crossed,
    LikeThese,
    crossed,
    like_these,
    mean_error,
    sample_variance,
    stand_in,
)
from rdstats.statistics.estimators import instrument
from rdstats.statistics.verdicts import LIKE_THESE, THESE
from rdstats.tables.before_after import BeforeAfter
from rdstats.tables.counts import LABELS

BEYOND = (
    *("alpha_like_these", "slope_variance_models", "slope_variance_samples"),
    *("slope_variance_both", "reliability"),
)
"""Columns of `conditions` that need predictions."""
_BOUNDS = ("class_mean_low", "class_mean_high", "instrument_low", "instrument_high")


class Lost(NamedTuple):
    """What the models of a condition lost, sample by sample."""

    before: BoolArray  # right before, shape (samples, models)
    after: BoolArray
    control: BoolArray | None  # right in the control arm
    label: IntArray  # class of each sample, shape (samples,)

    @property
    def differences(self) -> FloatArray:
        """D_im: 1 for lost, -1 for gained, less the control's."""
        kept = self.before if self.control is None else self.control
        return kept.astype(np.float64) - self.after


def lost_samples(
    selected: BeforeAfter, pairs: IntArray, of_control: IntArray | None = None
) -> Lost | None:
    """Return what the models of some pairs lost; None where their answers are not all known.

    Args:
        selected: Where the pairs are.
        pairs: The pairs of one condition, shape (models,).
        of_control: The control's pairs of the same models; None where nothing is taken off.
    """
    counts = selected.counts
    alone = len(pairs) < 2 or counts.n_samples[selected.after[pairs]].min() < 2
    if counts.answers is None or alone or selected.selection.metric != "recall":
        return None
    rows = [selected.before[pairs], selected.after[pairs]]
    if of_control is not None:
        rows.append(selected.after[of_control])
    split = selected.selection.split
    models = np.concatenate(rows).tolist()
    found = counts.answers.of(
        [(*(counts.name(label, row) for label in LABELS), split) for row in models]
    )
    if found is None:
        return None
    right, class_index = found
    label = np.searchsorted(counts.class_index, class_index)
    arms = np.split(right.T, len(rows), axis=1)
    return Lost(arms[0], arms[1], arms[2] if of_control is not None else None, label)


def judge_classes(
    lost: Lost, margin: float, error: float, excess: FloatArray | None
) -> tuple[LikeThese, Crossed]:
    """Return bounds and p of each class for samples like these, and what its drop is made of.

    `excess` has the share of each class in accuracy where the drop beyond accuracy's is judged;
    what is returned second is always of the drop itself.
    """
    differences = lost.differences
    weights = None if excess is None else np.eye(len(excess)) - excess
    found = like_these(differences, lost.label, margin, error, weights)
    return found, crossed(differences, lost.label)


class SlopeError(NamedTuple):
    """A class-mean slope for samples like these: its error, and what that is made of."""

    shift: float  # to be added to the estimate: what the finite test set had taken from it
    error: float  # standard error
    degrees_of_freedom: float
    of_models: float  # variance of the estimate: by models (jackknife), samples, counted in both
    of_samples: float
    of_both: float
    reliability: float  # share of the classes' spread before that is not their samples'

    def interval(self, estimate: float, level: float) -> tuple[float, float]:
        """Return the t interval around a shifted estimate."""
        reach = float(stats.t.isf((1.0 - level) / 2.0, self.degrees_of_freedom)) * self.error
        return estimate + self.shift - reach, estimate + self.shift + reach


class _Influence(NamedTuple):
    """What the answers of an arm add to its class-mean slope."""

    values: FloatArray  # of each sample and model, shape (samples, models)
    shift: float
    reliability: float


def slope_error(
    selected: BeforeAfter, pairs: IntArray, pseudo: FloatArray, less: IntArray | None = None
) -> SlopeError | None:
    """Return the error of a condition's class-mean slope, or of its difference to another's.

    Samples add the variance of their influence on the slope, which is linear in small changes of
    recalls (`class_mean_gradient`); models add the jackknife's. None where answers are not known,
    or classes differ no more than their samples do.

    Args:
        selected: Where the pairs are.
        pairs: The pairs of the condition, shape (models,).
        pseudo: Their pseudo-values, less the other's where its slope is taken off.
        less: The pairs of the same models in the other condition, as the control.
    """
    lost = lost_samples(selected, pairs, less)
    if lost is None:
        return None
    found = _influence(selected, pairs, lost)
    values, shift, least = found
    if less is not None and lost.control is not None:
        other = _influence(selected, less, lost._replace(after=lost.control))
        values, shift = values - other.values, shift - other.shift
        least = min(least, other.reliability)
    if least == 0.0:
        return None
    sampled = crossed(values / least, lost.label)
    of_models = np.asarray(pseudo.var(ddof=1) / len(pseudo) / least**2)
    of_samples, of_both = sampled.parts
    error, freedom = mean_error(
        of_models, of_samples, of_both, sampled.samples, sampled.models, FEW_FOR_SLOPES
    )
    sums = float(of_models), float(of_samples.sum()), float(of_both.sum())
    return SlopeError(shift, float(error), float(freedom), *sums, least)


class Models(NamedTuple):
    """Some models of a condition, and the pseudo-values of its class-mean slope."""

    selected: BeforeAfter
    pairs: IntArray  # shape (models,)
    pseudo: FloatArray

    @property
    def test_set(self) -> tuple[str, str]:
        """What conditions share that answered the same samples, at one split."""
        key = self.selected.conditions[self.selected.condition[self.pairs[0]]].key
        return key.study, key.dataset


def difference_error(first: Models, second: Models) -> SlopeError | None:
    """Return the error of the difference of two class-mean slopes of different models.

    Of one study and data set, as two architectures, both answered the same samples, and what a
    sample does to both is taken off; else samples are two draws, too. Degrees of freedom of the
    models are Welch's. None as of `slope_error`.
    """
    influences, labels, of_models = [], [], []
    for arm in (first, second):
        lost = lost_samples(arm.selected, arm.pairs)
        found = None if lost is None else _influence(arm.selected, arm.pairs, lost)
        if lost is None or found is None or found.reliability == 0.0:
            return None
        influences.append(found._replace(values=found.values / found.reliability))
        labels.append(lost.label)
        of_models.append(arm.pseudo.var(ddof=1) / len(arm.pseudo) / found.reliability**2)
    one, two = (crossed(*each) for each in zip((i.values for i in influences), labels, strict=True))
    samples, (of_samples, of_both) = one.samples, one.parts
    if first.test_set == second.test_set:
        apart = influences[0].values.mean(axis=1) - influences[1].values.mean(axis=1)
        of_samples = sample_variance(apart, labels[0])
        of_both = of_both + two.parts[1]
    else:
        samples = np.concatenate([samples, two.samples])
        of_samples, of_both = map(np.concatenate, zip(one.parts, two.parts, strict=True))
    both = np.array(of_models)
    freedom = both.sum() ** 2 / (both**2 / (np.array([one.models, two.models]) - 1)).sum()
    error, degrees = mean_error(
        both.sum(), of_samples, of_both, samples, 1.0 + freedom, FEW_FOR_SLOPES
    )
    sums = float(both.sum()), float(of_samples.sum()), float(of_both.sum())
    shift = influences[0].shift - influences[1].shift
    least = min(each.reliability for each in influences)
    return SlopeError(shift, float(error), float(degrees), *sums, least)


def _influence(selected: BeforeAfter, pairs: IntArray, lost: Lost) -> _Influence:
    """Return the influence of an arm's samples before and after on its class-mean slope."""
    samples = np.bincount(lost.label)
    share = samples / samples.sum()
    if selected.selection.average == "macro":
        share = np.full(samples.shape, 1.0 / samples.size)
    x, y = (class_means(each[pairs]) for each in (selected.balance_before, selected.balance_after))
    recalls = (
        selected.recall_before[pairs].mean(axis=0),
        selected.recall_after[pairs].mean(axis=0),
    )
    of_before, of_after = class_mean_gradient(x, y, recalls, share)
    values = of_before[lost.label, np.newaxis] * lost.before
    values += of_after[lost.label, np.newaxis] * lost.after
    right = [
        answers / (share * recall).sum()
        for answers, recall in zip((lost.before, lost.after), recalls, strict=True)
    ]
    variance, both, apart = (
        crossed(each, lost.label).shared
        for each in (right[0], right[0] + right[1], right[0] - right[1])
    )
    slope, reliability = undiluted(x, y, variance, (both - apart) / 4.0)
    return _Influence(values, slope - float((x * y).sum() / (x**2).sum()), reliability)


def judge_by_counts(
    selected: BeforeAfter,
    pairs: IntArray,
    of_control: IntArray | None,
    margin: float,
    error: float,
) -> LikeThese | None:
    """Return what `judge_classes` does of the drop, from counts alone; None where they do not do.

    How many samples changed between two models is known where both are compared with the baseline
    (`n_both_correct`); of a model and its control it is at most so many. So the bounds are at
    least as wide as those from predictions, on average.
    """
    counts = selected.counts
    before, after = selected.before[pairs], selected.after[pairs]
    n, of_before = counts.n_samples[after], counts.n_correct[before]
    if len(pairs) < 2 or n.min() < 2:
        return None
    right, both = counts.n_correct[after], counts.n_both_correct[after]
    known, kept, shared = both >= 0, of_before, both
    if of_control is not None:
        control = selected.after[of_control]
        kept, both_of_control = counts.n_correct[control], counts.n_both_correct[control]
        known &= both_of_control >= 0
        shared = np.maximum(kept + right - n, both_of_control + both - of_before)
        shared = np.maximum(shared, 0)
    if not known.all():
        return None
    return stand_in((kept - right) / n, (kept + right - 2 * shared) / n, n[0], margin, error)


def beyond_columns(
    selected: BeforeAfter,
    slopes: Mapping[str, FloatArray],
    levels: FloatArray,
    by_instrument: BoolArray,
) -> dict[str, Any]:
    """Return the class-mean slope's interval of each condition as far as it reaches, and why.

    Where predictions are there it is for samples like these, else as it is in `slopes`; so is the
    instrument's where it leads.
    """
    size = len(selected.conditions)
    bounds = {name: slopes[name].copy() for name in _BOUNDS}
    low, high, instrument_low, instrument_high = bounds.values()
    parts = np.full((5, size), np.nan)
    scope = np.full(size, THESE, dtype=object)
    for conditions, pairs in selected.stacks(~np.isnan(selected.pseudo_values)):
        for position, mine in zip(conditions.tolist(), pairs, strict=True):
            found = slope_error(selected, mine, selected.pseudo_values[mine])
            if found is not None and not np.isnan(low[position]):
                estimate = float(slopes["alpha_class_mean"][position])
                low[position], high[position] = found.interval(estimate, levels[position])
                parts[:, position] = (
                    estimate + found.shift,
                    *(found.of_models, found.of_samples, found.of_both, found.reliability),
                )
                scope[position] = LIKE_THESE
                if by_instrument[position]:
                    arms = selected.balance_before[mine], selected.balance_after[mine]
                    other = slope_error(selected, mine, instrument(*arms).pseudo_values) or found
                    estimate = float(slopes["alpha_instrument"][position])
                    instrument_low[position], instrument_high[position] = other.interval(
                        estimate, levels[position]
                    )
    return {
        **bounds,
        "scope": scope,
        **dict(zip(BEYOND, parts, strict=True)),
    }
