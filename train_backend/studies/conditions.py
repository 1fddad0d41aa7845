"""Conditions: what is done to a model, and which of them a study evaluates."""

from __future__ import annotations

from dataclasses import dataclass

from data_contracts.schema import UNPRUNED_METHOD, UNPRUNED_RATIO
from train_backend.methods import CHIP, LTH, LTH_RANDOM, METHODS
from train_backend.studies.study import Study


@dataclass(frozen=True)
class Condition:
    """What was done to the model: one value of each of the recall table's columns."""

    stage: str
    method: str = UNPRUNED_METHOD
    ratio: float = UNPRUNED_RATIO

    def __str__(self) -> str:
        if self.method == UNPRUNED_METHOD:
            return self.stage
        if self.ratio == UNPRUNED_RATIO:
            return f"{self.stage} {self.method}"
        # .10g: a ratio has up to 4 decimals, and two of them must not share a random stream.
        return f"{self.stage} {self.method} {self.ratio:.10g}"


SHARED_CONTROL = Condition("control", LTH_RANDOM)
"""The control arm of LTH itself, counted once more under this method's name."""


def conditions_of(study: Study) -> list[Condition]:
    """Return every evaluated condition of one model, in the order of evaluation."""
    conditions = [Condition("baseline")]
    for method in study.one_shot_methods:
        stages = ("pruned", "finetuned") if METHODS[method].finetune else ("pruned",)
        for ratio in study.ratios:
            conditions += [Condition(stage, method, ratio) for stage in stages]
    if study.control and any(METHODS[method].finetune for method in study.one_shot_methods):
        conditions.append(Condition("control"))
    if study.lth is not None:
        branches = [method for method in (LTH, LTH_RANDOM) if method in study.methods]
        for ratio in study.lth.ratios:
            conditions += [Condition("finetuned", method, ratio) for method in branches]
        if study.control:
            conditions += [Condition("control", method) for method in branches]
    if study.chip is not None:
        for ratio in study.chip.ratios:
            conditions += [Condition(stage, CHIP, ratio) for stage in ("pruned", "finetuned")]
        if study.control:
            conditions.append(Condition("control", CHIP))
    return conditions
