"""One comparison, carried out or refused in words: no model is left out silently."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.effects import d_z_interval, hedges_g_interval
from rdstats.statistics.permutation import label_p, sign_flip_p
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
    effect_low: float = math.nan
    effect_high: float = math.nan
    p_permutation: float = math.nan


def outcome(
    comparison: Comparison,
    first: Arm | None,
    second: Arm | None,
    family: Family,
    *,
    student: bool,
    error: float,
    level: float,
    seed: int | None = None,
) -> Outcome:
    """Carry a comparison out.

    Args:
        comparison: What is compared.
        first: Its first arm, None where the table has no such condition.
        second: Its second arm.
        family: Side and pairing of the test.
        student: Student's test for independent arms, instead of Welch's.
        error: Error of the test that the interval belongs to.
        level: Level of the interval of the effect size.
        seed: Seed of the permutation test; None for no such test.
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
        return _beside(_outcome(test, first, second, remarks), first, second, family, level, seed)
    unpaired = _unpaired(first, second, names)
    if unpaired:
        return Outcome(TTest(), unpaired)
    test = paired_t_test(
        first.values[first.usable],
        second.values[second.usable],
        alternative=family.alternative,
        error=error,
    )
    done = _outcome(test, first, second, _remarks(first, "both"))
    return _beside(done, first, second, family, level, seed)


def _beside(
    done: Outcome, first: Arm, second: Arm, family: Family, level: float, seed: int | None
) -> Outcome:
    """Add the interval of the effect size and the permutation p to a test that was done."""
    if done.test.problem:
        return done
    one, other = first.values[first.usable], second.values[second.usable]
    if family.paired:
        low, high = d_z_interval(done.test.effect_size, one.size, level)
    else:
        low, high = hedges_g_interval(done.test.effect_size, one.size, other.size, level)
    p = math.nan if seed is None else _permutation_p(one, other, family, seed)
    return done._replace(effect_low=low, effect_high=high, p_permutation=p)


def _permutation_p(first: FloatArray, second: FloatArray, family: Family, seed: int) -> float:
    """Flip signs of paired differences, or deal independent models out anew."""
    generator = np.random.default_rng(seed)  # one per test: its draws do not depend on the others
    if family.paired:
        return sign_flip_p(first - second, family.alternative, generator)
    return label_p(first, second, family.alternative, generator)


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
