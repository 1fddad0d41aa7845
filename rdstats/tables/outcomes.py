"""One comparison, carried out or refused in words: no model is left out silently."""

from __future__ import annotations

import math
from typing import NamedTuple

from rdstats.statistics.ttests import TTest, independent_t_test, paired_t_test
from rdstats.tables.arms import Arm
from rdstats.tables.designs import Comparison
from rdstats.tables.families import Family
from rdstats.tables.remarks import missing_remark, undefined_remarks
from rdstats.tables.wording import listed, status


class Outcome(NamedTuple):
    """A test, over which models, and what there is to say about it."""

    test: TTest
    status: str
    n_first: int = 0
    n_second: int = 0
    mean_first: float = math.nan
    mean_second: float = math.nan


def outcome(
    comparison: Comparison,
    first: Arm | None,
    second: Arm | None,
    family: Family,
    *,
    student: bool,
    error: float,
) -> Outcome:
    """Carry a comparison out.

    Args:
        comparison: What is compared.
        first: Its first arm, None where the table has no such condition.
        second: Its second arm.
        family: Side and pairing of the test.
        student: Student's test for independent arms, instead of Welch's.
        error: Error of the test that the interval belongs to.
    """
    if first is None or second is None:
        keys = [(comparison.first, first), (comparison.second, second)]
        absent = [f"no models of {key.label}" for key, arm in keys if arm is None]
        return Outcome(TTest(), status(absent))
    if first.condition.stage != second.condition.stage:
        stages = f"{first.condition.stage} against {second.condition.stage}"
        return Outcome(TTest(), f"stages differ, {stages}: choose one with --stage")
    names = comparison.levels
    if not family.paired:
        test = independent_t_test(
            first.values[first.usable],
            second.values[second.usable],
            alternative=family.alternative,
            student=student,
            error=error,
        )
        remarks = [*_remarks(first, names[0]), *_remarks(second, names[1])]
        return _outcome(test, first, second, remarks)
    unpaired = _unpaired(first, second, names)
    if unpaired:
        return Outcome(TTest(), unpaired)
    test = paired_t_test(
        first.values[first.usable],
        second.values[second.usable],
        alternative=family.alternative,
        error=error,
    )
    return _outcome(test, first, second, _remarks(first, "both"))


def _outcome(test: TTest, first: Arm, second: Arm, remarks: list[str]) -> Outcome:
    """Put a test and its remarks together."""
    one, other = first.values[first.usable], second.values[second.usable]
    words = status([test.problem, *remarks])
    if test.problem:
        return Outcome(test, words, one.size, other.size)
    return Outcome(test, words, one.size, other.size, float(one.mean()), float(other.mean()))


def _remarks(arm: Arm, name: str) -> list[str]:
    """Say of one arm which models are missing or have no value."""
    remarks = [missing_remark(arm.condition), *undefined_remarks(arm.condition, arm.reasons)]
    return [f"{name}: {remark}" for remark in remarks if remark]


def _unpaired(first: Arm, second: Arm, names: tuple[str, str]) -> str:
    """Say which models are in one arm only, or have a value in one only; "" if none.

    A test on the models that happen to be in both arms would be a test on a selection: models
    that collapsed in one arm are not a random part.
    """
    models = [set(arm.condition.models) for arm in (first, second)]
    values = [set(arm.condition.models) - arm.without_value for arm in (first, second)]
    for sets, what in ((models, "is evaluated"), (values, "has a slope")):
        only = [sorted(sets[0] - sets[1]), sorted(sets[1] - sets[0])]
        if any(only):
            sides = [
                f"{listed(found)} {what} in {name} only"
                for found, name in zip(only, names, strict=True)
                if found
            ]
            return f"not paired: {', '.join(sides)}"
    return ""
