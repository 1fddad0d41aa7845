"""The arms of a comparison, one value per model of a condition, and the control beside each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rdstats.output.words import NO_WARNING, OK, status, up_to_ten, warned
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray
from rdstats.statistics.intervals import (
    FEW_MODELS,
    SKEWED,
    difference_interval,
    equivalences,
    marks,
    skewness,
)
from rdstats.statistics.resampling import label_p, sign_flip_p
from rdstats.statistics.ttests import TTest, t_of, t_test
from rdstats.tables.before_after import LOST_AFTER, NO_CLASS_MEAN, BeforeAfter, Condition
from rdstats.tables.counts import ConditionKey
from rdstats.tables.designs import Comparison, Family
from rdstats.tables.like_these import Models, SlopeError, difference_error, slope_error
from rdstats.tables.status import duplicated_models, missing_remark, undefined_remarks

IS_CONTROL = "this is the control"
NO_CONTROL = "there is no control arm"
NOT_FINETUNED = "not fine-tuned: the control had training that this condition lacks"


@dataclass(frozen=True)
class Arm:
    """What a condition brings to a test."""

    condition: Condition
    values: FloatArray  # slope or pseudo-value of each of its models, NaN where undefined
    reasons: tuple[str, ...]  # why it is undefined, "" where it is not
    duplicates: tuple[str, ...] = ()  # which models have the same counts in every class
    class_mean: Models | None = None  # those with a pseudo-value, where values are these

    @cached_property
    def defined(self) -> FloatArray:
        """The values of the models that have one."""
        return self.values[~np.isnan(self.values)]

    @cached_property
    def with_value(self) -> tuple[str, ...]:
        """The models that have one."""
        models = zip(self.condition.models, self.reasons, strict=True)
        return tuple(model for model, reason in models if not reason)

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """Which models are missing or have no value."""
        undefined = undefined_remarks(self.condition, self.reasons)
        return tuple(filter(None, (missing_remark(self.condition), *undefined)))


def arms_of(selected: BeforeAfter, slope: str) -> dict[ConditionKey, Arm]:
    """Return the arm of every selected compressed condition, by `paper` or `class-mean` slopes."""
    values = selected.alpha if slope == "paper" else selected.pseudo_values
    reasons = np.where(np.isnan(values) & (selected.reason == ""), NO_CLASS_MEAN, selected.reason)
    reasons[~np.isnan(values)] = ""
    duplicates = duplicated_models(selected)
    starts = np.searchsorted(selected.condition, np.arange(len(selected.conditions) + 1))
    arms = {}
    for position, condition in enumerate(selected.conditions):
        if condition.stage != "control":
            own = slice(*starts[position : position + 2])
            pairs = np.arange(*starts[position : position + 2])[~np.isnan(values[own])]
            models = None if slope == "paper" else Models(selected, pairs, values[pairs])
            arms[condition.key] = Arm(
                condition, values[own], tuple(reasons[own]), tuple(duplicates[position]), models
            )
    return arms


class Outcome(NamedTuple):
    """What came of a comparison."""

    test: TTest  # without numbers where there is none
    status: str  # `ok`, or what is missing, of which models and why
    n_first: int = 0  # models in the test, or that would have been
    n_second: int = 0
    mean_first: float = math.nan
    mean_second: float = math.nan
    warnings: str = NO_WARNING  # or what makes the test doubtful
    p_permutation: float = math.nan  # unless it was asked for
    beyond: SlopeError | None = None  # of the difference, for samples like these


def compare_arms(
    comparison: Comparison,
    first: Arm | None,
    second: Arm | None,
    family: Family,
    *,
    student: bool = False,
    error: float = 0.05,
    seed: int | None = None,
) -> Outcome:
    """Test two arms, or say why there is no test.

    An arm is None where the table has no such condition; the intervals are those of a test at
    `error`; without a seed there is no permutation test.
    """
    if first is None or second is None:
        arms = (comparison.first, first), (comparison.second, second)
        absent = [f"no models of {key.label}" for key, arm in arms if arm is None]
        return Outcome(TTest(), status(absent))
    refusal = _refusal(first, second, comparison.levels, paired=family.paired)
    if refusal:
        return Outcome(TTest(), refusal)
    x, y = first.defined, second.defined
    side, paired = family.alternative, family.paired
    test = t_test(x, y, paired=paired, alternative=side, student=student, error=error)
    named = list(zip(comparison.levels, (first, second), strict=True))
    told = [("both", first)] if paired else named
    remarks = [f"{name}: {remark}" for name, arm in told for remark in arm.remarks]
    words = status([test.problem, *remarks])
    if test.problem:
        return Outcome(test, words, x.size, y.size)
    warnings = _duplicated(named) + _doubtful(x, y, comparison.levels, paired=paired)
    p = math.nan
    if seed is not None:
        generator = np.random.default_rng(seed)  # one per test: draws do not depend on the others
        p = sign_flip_p(x - y, side, generator) if paired else label_p(x, y, side, generator)
    means = float(x.mean()), float(y.mean())
    beyond = None
    if first.class_mean and second.class_mean:
        beyond = _beyond(first.class_mean, second.class_mean, paired=paired)
    if beyond is not None:
        estimate = test.difference + beyond.shift
        found = t_of(estimate, beyond.error, beyond.degrees_of_freedom, side, error)
        test = test._replace(**found._asdict())
    return Outcome(test, words, x.size, y.size, *means, warned(warnings), p, beyond)


def _beyond(first: Models, second: Models, *, paired: bool) -> SlopeError | None:
    if not paired:
        return difference_error(first, second)
    apart = first.pseudo - second.pseudo
    return slope_error(first.selected, first.pairs, apart, second.pairs)


def only_in_one(arms: Sequence[tuple[str, Sequence[str], Sequence[str]]], what: str) -> str:
    """Say which models are in one of two arms only, or usable in one only; "" if there are none.

    A test on the models that happen to be in both arms would be a test on a selection: models
    that collapsed in one arm are not a random part. `arms` are the name, the models, and those
    that can be used, which have `what`: `has a slope`.
    """
    for part, predicate in ((1, "is evaluated"), (2, what)):
        sides = []
        for arm, other in (arms, arms[::-1]):
            there = set(other[part])
            only = [model for model in arm[part] if model not in there]
            if only:
                sides.append(f"{up_to_ten(only)} {predicate} in {arm[0]} only")
        if sides:
            return ", ".join(sides)
    return ""


def _refusal(first: Arm, second: Arm, names: tuple[str, str], *, paired: bool) -> str:
    """Say why two arms are not compared; "" if nothing forbids it."""
    stages = first.condition.stage, second.condition.stage
    if stages[0] != stages[1]:
        return f"stages differ, {stages[0]} against {stages[1]}: choose one with --stage"
    if not paired:
        return ""
    named = zip(names, (first, second), strict=True)
    unlike = only_in_one(
        [(name, arm.condition.models, arm.with_value) for name, arm in named], "has a slope"
    )
    if unlike:
        return f"not paired: {unlike}"
    # A flat baseline has no slope whatever is done to it: leaving it out selects nobody. A model
    # that both arms ruined is another matter: those that remain are the ones that survived both.
    lost = {
        model: reason
        for arm in (first, second)
        for model, reason in zip(arm.condition.models, arm.reasons, strict=True)
        if reason in LOST_AFTER
    }
    if not lost:
        return ""
    models, reasons = sorted(lost), ", or ".join(dict.fromkeys(lost.values()))
    have = "has" if len(models) == 1 else "have"
    return (
        f"not tested: {up_to_ten(models)} {have} no slope in either arm ({reasons}), and a test of "
        "the others would be one of survivors"
    )


def _duplicated(named: Sequence[tuple[str, Arm]]) -> list[str]:
    """Return which models of either arm have the same counts, once where both arms share it."""
    shared = [words for words in named[0][1].duplicates if words in named[1][1].duplicates]
    return shared + [
        f"{name}: {words}" for name, arm in named for words in arm.duplicates if words not in shared
    ]


def _doubtful(
    first: FloatArray, second: FloatArray, names: tuple[str, str], *, paired: bool
) -> list[str]:
    """Return what makes a t test of these values doubtful: few models, lopsided values."""
    if paired:
        parts = [("", "differences", first - second)]
    else:
        arms = zip(names, (first, second), strict=True)
        parts = [(f"{name}: ", f"{name}: values", values) for name, values in arms]
    found = []
    for where, what, values in parts:
        if values.size < FEW_MODELS:
            found.append(f"{where}fewer than {FEW_MODELS} models")
        skew = float(skewness(values))
        if abs(skew) > SKEWED:
            found.append(f"{what} are skewed ({skew:.1f})")
    return found


def control_arms(selected: BeforeAfter, usable: BoolArray, what: str) -> tuple[IntArray, WordArray]:
    """Find the control of each condition, its method's own or else the one that all share.

    Arms whose models differ are refused by name: models that are missing in one are not a random
    part of all. `usable` pairs have what is compared, and `what` says so: `has a slope`.

    Returns the control's pair of the same model for each usable pair, -1 where there is none; and
    why a condition has no control to be compared with, "" where it has one.
    """
    controls = {
        one.key[:-1]: position
        for position, one in enumerate(selected.conditions)
        if one.stage == "control"
    }
    starts = np.searchsorted(selected.condition, np.arange(len(selected.conditions) + 1))
    reason = np.full(len(selected.conditions), "", dtype=object)
    of_control = np.full(usable.shape, -1)
    for position, one in enumerate(selected.conditions):
        shared = controls.get((*one.key[:3], "none"))
        found = controls.get(one.key[:-1], shared)
        if one.stage == "control":
            reason[position] = IS_CONTROL
        elif found is None:
            reason[position] = NO_CONTROL
        elif one.stage == "pruned":
            reason[position] = NOT_FINETUNED
        else:
            arms, pairs = [], []
            for name, place in (("the condition", position), ("the control", found)):
                mine = np.arange(*starts[place : place + 2])
                models = np.array(selected.conditions[place].models, dtype=object)
                arms.append((name, list(models), list(models[usable[mine]])))
                pairs.append(mine[usable[mine]])
            unlike = only_in_one(arms, what)
            if unlike:
                reason[position] = f"not paired with the control: {unlike}"
            else:
                of_control[pairs[0]] = pairs[1]
    return of_control, reason


def control_columns(
    selected: BeforeAfter, levels: FloatArray, delta: float
) -> dict[str, FloatArray | WordArray]:
    """Return what the control says of each condition's class-mean slope, at its interval's level.

    The margin `delta` of the equivalence is around a difference of 0.
    """
    pseudo = selected.pseudo_values
    estimate, low, high = np.full((3, len(selected.conditions)), np.nan)
    of_control, reason = control_arms(selected, ~np.isnan(pseudo), "has a slope")
    status = np.where(reason == "", NO_CLASS_MEAN, reason)
    for conditions, pairs in selected.stacks(of_control >= 0):
        interval = difference_interval(pseudo[pairs], pseudo[of_control[pairs]], levels[conditions])
        estimate[conditions], low[conditions], high[conditions] = interval
        for position, mine in zip(conditions.tolist(), pairs, strict=True):
            control = of_control[mine]
            found = slope_error(selected, mine, pseudo[mine] - pseudo[control], control)
            if found is not None and not np.isnan(low[position]):
                bounds = found.interval(float(estimate[position]), float(levels[position]))
                low[position], high[position] = bounds
        same = "the difference is the same for every model"
        status[conditions] = np.where(np.isnan(interval.low), same, OK)
    return {
        "control_difference": estimate,
        "control_difference_low": low,
        "control_difference_high": high,
        "control_verdict": marks(low, high, 0.0),
        "control_equivalence": equivalences(low, high, reference=0.0, margin=delta),
        "control_status": status,
    }
