"""The control arm beside each condition: the unpruned model with the same extra training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rdstats.output.words import OK
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray
from rdstats.statistics.intervals import difference_interval, equivalences, verdicts
from rdstats.tables.arms import only_in_one
from rdstats.tables.before_after import NO_CLASS_MEAN, BeforeAfter

IS_CONTROL = "this is the control"
NO_CONTROL = "there is no control arm"
NOT_FINETUNED = "not fine-tuned: the control had training that this condition lacks"


@dataclass(frozen=True)
class ControlArms:
    """Which pairs of evaluations of a condition go with which of its control."""

    # Why a condition has no control to be compared with, "" where it has one.
    reason: WordArray
    # Of each condition with one its pairs and the control's, of the same models in their order.
    rows: dict[int, tuple[IntArray, IntArray]]

    def stacks(self) -> list[tuple[IntArray, IntArray, IntArray]]:
        """Return (conditions (k,), pairs (k, models), control's pairs) per number of models."""
        by_size: dict[int, list[int]] = {}
        for position, (pairs, _) in self.rows.items():
            by_size.setdefault(pairs.size, []).append(position)
        stacks = []
        for members in by_size.values():
            pairs, control = np.array([self.rows[position] for position in members]).swapaxes(0, 1)
            stacks.append((np.array(members), pairs, control))
        return stacks


def control_arms(selected: BeforeAfter, usable: BoolArray, what: str) -> ControlArms:
    """Find the control of each condition, its method's own or else the one that all share.

    Arms whose models differ are refused by name: models that are missing in one are not a random
    part of all.

    Args:
        selected: The conditions.
        usable: Which pairs have what is compared, shape (pairs,).
        what: What that is, for the reason: `has a slope`.
    """
    controls = {
        one.key[:-1]: position
        for position, one in enumerate(selected.conditions)
        if one.stage == "control"
    }
    starts = np.searchsorted(selected.condition, np.arange(len(selected.conditions) + 1))
    reason = np.full(len(selected.conditions), "", dtype=object)
    rows = {}

    def usable_of(position: int) -> tuple[IntArray, tuple[str, ...], tuple[str, ...]]:
        """Return the usable pairs of a condition, all its models, and the usable ones."""
        pairs = np.arange(starts[position], starts[position + 1])
        models = selected.conditions[position].models
        uses = usable[pairs]
        if uses.all():
            return pairs, models, models
        kept = tuple(model for model, use in zip(models, uses, strict=True) if use)
        return pairs[uses], models, kept

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
            mine, models, kept = usable_of(position)
            other, models_of_control, kept_of_control = usable_of(found)
            unlike = only_in_one(
                [
                    ("the condition", models, kept),
                    ("the control", models_of_control, kept_of_control),
                ],
                what,
            )
            if unlike:
                reason[position] = f"not paired with the control: {unlike}"
            else:
                rows[position] = (mine, other)
    return ControlArms(reason, rows)


def control_columns(
    selected: BeforeAfter, levels: FloatArray, delta: float
) -> dict[str, FloatArray | WordArray]:
    """Return what the control says of each condition's class-mean slope.

    Args:
        selected: The conditions.
        levels: Level of each condition's interval.
        delta: Margin of the equivalence, around a difference of 0.
    """
    pseudo = selected.pseudo_values
    estimate, low, high = np.full((3, len(selected.conditions)), np.nan)
    arms = control_arms(selected, ~np.isnan(pseudo), "has a slope")
    status = np.where(arms.reason == "", OK, arms.reason)
    for conditions, mine, control in arms.stacks():
        if mine.shape[1] == 0:
            status[conditions] = NO_CLASS_MEAN
            continue
        interval = difference_interval(pseudo[mine], pseudo[control], levels[conditions])
        estimate[conditions], low[conditions], high[conditions] = interval
        status[conditions[np.isnan(interval.low)]] = "the difference is the same for every model"
    return {
        "control_difference": estimate,
        "control_difference_low": low,
        "control_difference_high": high,
        "control_verdict": verdicts(low, high, 0.0),
        "control_equivalence": equivalences(low, high, reference=0.0, margin=delta),
        "control_status": status,
    }
