"""Which models of two arms go into one test, or why there is none: nobody is left out silently."""

from __future__ import annotations

from dataclasses import dataclass

from rdstats.statistics.arrays import FloatArray
from rdstats.tables.arms import Arm
from rdstats.tables.designs import Comparison
from rdstats.tables.measures import LOST_AFTER
from rdstats.tables.wording import listed, status


@dataclass(frozen=True)
class Matched:
    """The values of a comparison; paired ones in the same order of models.

    Attributes:
        first: One value per model of the first arm, shape (models,); likewise second.
        second: Values of the second arm.
        remarks: Who is missing or left out of them, and why.
        warnings: Which models of an arm have the same counts.
    """

    first: FloatArray
    second: FloatArray
    remarks: tuple[str, ...]
    warnings: tuple[str, ...]


def matched(
    comparison: Comparison, first: Arm | None, second: Arm | None, *, paired: bool
) -> Matched | str:
    """Return what a comparison is a test of, or a status that says why there is none.

    Args:
        comparison: What is compared.
        first: Its first arm, None where the table has no such condition.
        second: Its second arm.
        paired: Whether both arms must be the same models.
    """
    if first is None or second is None:
        keys = [(comparison.first, first), (comparison.second, second)]
        return status(f"no models of {key.label}" for key, arm in keys if arm is None)
    if first.condition.stage != second.condition.stage:
        stages = f"{first.condition.stage} against {second.condition.stage}"
        return f"stages differ, {stages}: choose one with --stage"
    names = comparison.levels
    if paired:
        refusal = _unpaired(first, second, names) or _lost_in_both(first, second)
        if refusal:
            return refusal
        named = [("both", first)]
    else:
        named = list(zip(names, (first, second), strict=True))
    return Matched(
        first.defined,
        second.defined,
        tuple(f"{name}: {remark}" for name, arm in named for remark in arm.remarks),
        _warnings(first, second, names),
    )


def _warnings(first: Arm, second: Arm, names: tuple[str, str]) -> tuple[str, ...]:
    """Return what is to be warned of in either arm, once where both share it."""
    shared = [words for words in first.duplicates if words in second.duplicates]
    own = [
        f"{name}: {words}"
        for name, arm in zip(names, (first, second), strict=True)
        for words in arm.duplicates
        if words not in shared
    ]
    return (*shared, *own)


def _unpaired(first: Arm, second: Arm, names: tuple[str, str]) -> str:
    """Say which models are in one arm only, or have a value in one only; "" if none.

    A test on the models that happen to be in both arms would be a test on a selection: models
    that collapsed in one arm are not a random part.
    """
    same = first.condition.models == second.condition.models
    if same and not first.without_value and not second.without_value:
        return ""
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


def _lost_in_both(first: Arm, second: Arm) -> str:
    """Name the models that both arms lost after pruning; "" if there are none.

    A flat baseline has no slope whatever is done to it: leaving it out selects nobody. A model
    that both arms ruined is another matter: those that remain are the ones that survived both.
    """
    if not (first.without_value or second.without_value):
        return ""
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
        f"not tested: {listed(models)} {have} no slope in either arm ({reasons}), and a test of "
        "the others would be one of survivors"
    )
