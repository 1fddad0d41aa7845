"""One row of the conditions: who was compressed how, and on what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rdstats.tables.order import ratio_text


class ConditionKey(NamedTuple):
    """What names a condition, whatever its stage."""

    study: str
    dataset: str
    architecture: str
    method: str
    ratio: float

    def items(self) -> list[tuple[str, str | float]]:
        """Return (column, value) of each part."""
        return list(zip(self._fields, self, strict=True))

    @property
    def label(self) -> str:
        """The condition in words."""
        parts = (self.dataset, self.architecture, self.method, f"t = {ratio_text(self.ratio)}")
        return f"{self.study}: {', '.join(parts)}"


@dataclass(frozen=True)
class Condition:
    """One condition (D, M, P, t) at one stage, or a control arm.

    Attributes:
        study: The study; models of two studies never share a condition.
        dataset: The data set D.
        architecture: The architecture M.
        method: The method P; for a control the method whose extra training it repeats, or none.
        ratio: The pruning ratio t.
        stage: `finetuned`, `pruned` or `control`.
        models: The models evaluated here, in natural order.
        missing: Models that were trained (they have a baseline) but are not evaluated here.
        ratios_in_family: Distinct pruning ratios of this study, data set, architecture and
            method in the whole table; for a control those of the methods it stands beside.
    """

    study: str
    dataset: str
    architecture: str
    method: str
    ratio: float
    stage: str
    models: tuple[str, ...]
    missing: tuple[str, ...]
    ratios_in_family: int

    @property
    def network(self) -> tuple[str, str, str]:
        """What all its models share before they are compressed."""
        return self.study, self.dataset, self.architecture

    @cached_property
    def key(self) -> ConditionKey:
        """The condition without its stage and models."""
        return ConditionKey(self.study, self.dataset, self.architecture, self.method, self.ratio)

    @cached_property
    def label(self) -> str:
        """The condition in words, for messages and the arms of a comparison."""
        if self.stage == "control":
            method = "" if self.method == "none" else f", {self.method}"
            return f"{self.study}: {self.dataset}, {self.architecture}{method}, control"
        return f"{self.key.label}, {self.stage}"
