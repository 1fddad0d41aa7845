"""The control arm beside each condition: the unpruned model with the same extra training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rdstats.output.words import OK, listed
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray
from rdstats.statistics.intervals import difference_interval, equivalences, verdicts
from rdstats.tables.measures import NO_CLASS_MEAN
from rdstats.tables.pairing import Pairing
from rdstats.tables.panel import Condition

IS_CONTROL = "this is the control"
NO_CONTROL = "there is no control arm"
NOT_FINETUNED = "not fine-tuned: the control had training that this condition lacks"


@dataclass(frozen=True)
class Beside:
    """Which pairs of evaluations stand beside each other in a condition and its control.

    Attributes:
        reason: Why a condition has no control to be compared with, "" where it has one, shape
            (conditions,).
        rows: For each condition with one, its pairs and the control's pairs of the same models
            in the same order, both shape (models,).
    """

    reason: WordArray
    rows: dict[int, tuple[IntArray, IntArray]]

    def stacks(self) -> list[tuple[IntArray, IntArray, IntArray]]:
        """Return (conditions (k,), pairs (k, models), control's pairs) per number of models."""
        by_size: dict[int, list[int]] = {}
        for position, (pairs, _) in self.rows.items():
            by_size.setdefault(pairs.size, []).append(position)
        return [
            (
                np.array(members),
                np.stack([self.rows[position][0] for position in members]),
                np.stack([self.rows[position][1] for position in members]),
            )
            for members in by_size.values()
        ]


def beside_control(pairing: Pairing, usable: BoolArray, what: str) -> Beside:
    """Find the control of each condition, its method's own or else the one that all share.

    Arms whose models differ are refused by name: models that are missing in one are not a random
    part of all.

    Args:
        pairing: The conditions.
        usable: Which pairs have what is compared, shape (pairs,).
        what: What that is, for the reason: `has a slope`.
    """
    controls = {
        (*one.network, one.method): position
        for position, one in enumerate(pairing.conditions)
        if one.stage == "control"
    }
    starts = np.searchsorted(pairing.condition, np.arange(len(pairing.conditions) + 1))
    reason = np.full(len(pairing.conditions), "", dtype=object)
    rows = {}
    for position, one in enumerate(pairing.conditions):
        found = controls.get((*one.network, one.method))
        found = controls.get((*one.network, "none")) if found is None else found
        if one.stage == "control":
            reason[position] = IS_CONTROL
        elif found is None:
            reason[position] = NO_CONTROL
        elif one.stage == "pruned":
            reason[position] = NOT_FINETUNED
        else:
            mine = np.arange(starts[position], starts[position + 1])
            other = np.arange(starts[found], starts[found + 1])
            control = pairing.conditions[found]
            reason[position] = _unlike(one, control, usable[mine], usable[other], what)
            if not reason[position]:
                rows[position] = (mine[usable[mine]], other[usable[other]])
    return Beside(reason, rows)


def control_columns(
    pairing: Pairing, pseudo: FloatArray, levels: FloatArray, delta: float
) -> dict[str, FloatArray | WordArray]:
    """Return what the control says of each condition's class-mean slope.

    Args:
        pairing: The conditions.
        pseudo: Class-mean pseudo-value of each pair, NaN where it has none.
        levels: Level of each condition's interval.
        delta: Margin of the equivalence, around a difference of 0.
    """
    size = len(pairing.conditions)
    estimate, low, high = np.full((3, size), np.nan)
    beside = beside_control(pairing, ~np.isnan(pseudo), "has a slope")
    status = np.where(beside.reason == "", OK, beside.reason)
    for conditions, mine, control in beside.stacks():
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


def _unlike(
    one: Condition, control: Condition, usable: BoolArray, usable_control: BoolArray, what: str
) -> str:
    """Say which models are in one arm only, or usable in one only; "" if none."""
    if one.models == control.models and usable.all() and usable_control.all():
        return ""
    arms = ((one, usable), (control, usable_control))
    names = ("the condition", "the control")
    models = [set(condition.models) for condition, _ in arms]
    counting = [{m for m, use in zip(c.models, u, strict=True) if use} for c, u in arms]
    for sets, predicate in ((models, "is evaluated"), (counting, what)):
        only = [
            [model for model in arm.models if model in sets[i] - sets[1 - i]]
            for i, (arm, _) in enumerate(arms)
        ]
        if any(only):
            sides = [
                f"{listed(found)} {predicate} in {name} only"
                for found, name in zip(only, names, strict=True)
                if found
            ]
            return f"not paired with the control: {', '.join(sides)}"
    return ""
