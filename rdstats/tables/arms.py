"""The two sides of a comparison: one value per model of a condition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdstats.statistics.arrays import FloatArray
from rdstats.tables.condition import Condition, ConditionKey
from rdstats.tables.measures import NO_CLASS_MEAN, Measures
from rdstats.tables.remarks import missing_remark, undefined_remarks
from rdstats.tables.warnings import duplicated_models


@dataclass(frozen=True)
class Arm:
    """What a condition brings to a test.

    Attributes:
        condition: The condition.
        values: Slope or pseudo-value of each of its models, NaN where undefined.
        reasons: Why it is undefined, "" where it is not, one per model.
        duplicates: Which of its models have the same counts in every class.
    """

    condition: Condition
    values: FloatArray
    reasons: tuple[str, ...]
    duplicates: tuple[str, ...] = ()

    @cached_property
    def defined(self) -> FloatArray:
        """The values of the models that have one."""
        return self.values[~np.isnan(self.values)]

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """Which models are missing or have no value."""
        missing = missing_remark(self.condition)
        undefined = undefined_remarks(self.condition, self.reasons)
        return tuple(remark for remark in (missing, *undefined) if remark)

    @cached_property
    def without_value(self) -> frozenset[str]:
        """The models that have none."""
        models = self.condition.models
        return frozenset(m for m, reason in zip(models, self.reasons, strict=True) if reason)


def arms_of(measures: Measures, slope: str) -> dict[ConditionKey, Arm]:
    """Return the arm of every compressed condition of a pairing.

    Args:
        measures: What was measured on the conditions.
        slope: `paper`, a slope per model, or `class-mean`, pseudo-values of the class-mean slope.
    """
    pairing = measures.pairing
    values = measures.alpha if slope == "paper" else measures.pseudo_values
    reasons = np.where(np.isnan(values) & (measures.reason == ""), NO_CLASS_MEAN, measures.reason)
    reasons[~np.isnan(values)] = ""
    duplicates = duplicated_models(measures)
    starts = np.searchsorted(pairing.condition, np.arange(len(pairing.conditions) + 1))
    arms = {}
    for position, condition in enumerate(pairing.conditions):
        if condition.stage != "control":
            start, stop = starts[position], starts[position + 1]
            arms[condition.key] = Arm(
                condition,
                values[start:stop],
                tuple(reasons[start:stop]),
                tuple(duplicates[position]),
            )
    return arms
