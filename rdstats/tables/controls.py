"""The control arm beside each condition: the unpruned model with the same extra training."""

from __future__ import annotations

import numpy as np

from rdstats.output.words import OK
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray
from rdstats.statistics.intervals import difference_interval, equivalences, marks
from rdstats.tables.arms import only_in_one
from rdstats.tables.before_after import NO_CLASS_MEAN, BeforeAfter
from rdstats.tables.like_these import slope_error

IS_CONTROL = "this is the control"
NO_CONTROL = "there is no control arm"
NOT_FINETUNED = "not fine-tuned: the control had training that this condition lacks"


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
