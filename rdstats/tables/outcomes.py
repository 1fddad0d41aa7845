"""The two sides of a comparison: one value per model of a condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from rdstats.output.words import listed, status, warned
from rdstats.statistics.arrays import FloatArray, IntArray, WordArray
from rdstats.statistics.effects import d_z_intervals, hedges_g_intervals
from rdstats.statistics.resampling import label_p, sign_flip_p
from rdstats.statistics.suspicions import FEW_MODELS, SKEWED, skewness
from rdstats.statistics.ttests import TTests, independent_t_tests, paired_t_tests
from rdstats.tables.designs import Comparison, Family
from rdstats.tables.measures import LOST_AFTER, NO_CLASS_MEAN, Measures
from rdstats.tables.panel import Condition, ConditionKey
from rdstats.tables.status import duplicated_models, missing_remark, undefined_remarks


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
        _warnings_of_pairs(first, second, names),
    )


def _warnings_of_pairs(first: Arm, second: Arm, names: tuple[str, str]) -> tuple[str, ...]:
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


@dataclass(frozen=True)
class Outcomes:
    """What came of each comparison; arrays of shape (comparisons,), NaN where there is no test.

    Attributes:
        difference, low, high, t, dof, p, effect_size: As `TTests` has them.
        n_first, n_second: Models of each arm in the test, or that would have been.
        mean_first, mean_second: Their means.
        effect_low, effect_high: Interval of the effect size.
        p_permutation: NaN unless it was asked for.
        status: `ok`, or what is missing, of which models and why.
        warnings: `none`, or what makes the test doubtful.
    """

    difference: FloatArray
    low: FloatArray
    high: FloatArray
    t: FloatArray
    dof: FloatArray
    p: FloatArray
    effect_size: FloatArray
    n_first: IntArray
    n_second: IntArray
    mean_first: FloatArray
    mean_second: FloatArray
    effect_low: FloatArray
    effect_high: FloatArray
    p_permutation: FloatArray
    status: WordArray
    warnings: WordArray


def outcomes(
    comparisons: Sequence[Comparison],
    arms: Mapping[ConditionKey, Arm],
    family: Family,
    *,
    student: bool,
    errors: FloatArray,
    levels: FloatArray,
    seed: int | None = None,
) -> Outcomes:
    """Carry comparisons out.

    Args:
        comparisons: What is compared.
        arms: The conditions that the table has.
        family: Side and pairing of the tests.
        student: Student's test for independent arms, instead of Welch's.
        errors: Error of each test that its interval belongs to, shape (comparisons,).
        levels: Level of the interval of each effect size, same shape.
        seed: Seed of the permutation tests; None for no such tests.
    """
    done = _nothing(len(comparisons))
    testable: dict[int, Matched] = {}
    for position, comparison in enumerate(comparisons):
        first, second = arms.get(comparison.first), arms.get(comparison.second)
        found = matched(comparison, first, second, paired=family.paired)
        if isinstance(found, str):
            done.status[position] = found
        else:
            testable[position] = found
    for positions, first_values, second_values in _stacks(testable):
        names = [comparisons[position].levels for position in positions]
        tests = _tested(first_values, second_values, family, student, errors[positions])
        warnings = _warnings(first_values, second_values, names, paired=family.paired)
        for row, position in enumerate(positions):
            one, problem = testable[int(position)], tests.problem[row]
            done.status[position] = status([problem, *one.remarks])
            if not problem:
                done.warnings[position] = warned([*one.warnings, *warnings[row]])
        _fill(done, positions, tests, first_values, second_values)
        _fill_effects(done, positions, family, levels)
    if seed is not None:
        for position, one in testable.items():
            if not np.isnan(done.p[position]):
                done.p_permutation[position] = _permutation_p(one, family, seed)
    return done


def _nothing(size: int) -> Outcomes:
    """Return outcomes without any number."""
    empty: dict[str, FloatArray | IntArray | WordArray] = {
        field.name: np.full(size, np.nan) for field in fields(Outcomes)
    }
    empty |= {name: np.zeros(size, dtype=np.int64) for name in ("n_first", "n_second")}
    empty |= {"status": np.full(size, "", dtype=object)}
    empty |= {"warnings": np.full(size, warned([]), dtype=object)}
    return Outcomes(**empty)  # type: ignore[arg-type]  # by name, each of its own kind


def _stacks(
    testable: Mapping[int, Matched],
) -> Iterator[tuple[IntArray, FloatArray, FloatArray]]:
    """Yield (positions (k,), first (k, models), second (k, models)) for each pair of sizes."""
    by_sizes: dict[tuple[int, int], list[int]] = {}
    for position, one in testable.items():
        by_sizes.setdefault((one.first.size, one.second.size), []).append(position)
    for members in by_sizes.values():
        first = np.stack([testable[position].first for position in members])
        second = np.stack([testable[position].second for position in members])
        yield np.array(members), first, second


def _tested(
    first: FloatArray, second: FloatArray, family: Family, student: bool, errors: FloatArray
) -> TTests:
    """Run the t tests of a stack."""
    side = family.alternative
    if family.paired:
        return paired_t_tests(first, second, alternative=side, error=errors)
    return independent_t_tests(first, second, alternative=side, student=student, error=errors)


def _fill(
    done: Outcomes, positions: IntArray, tests: TTests, first: FloatArray, second: FloatArray
) -> None:
    """Write the numbers of a stack to its places."""
    for name in ("difference", "low", "high", "t", "dof", "p", "effect_size"):
        getattr(done, name)[positions] = getattr(tests, name)
    done.n_first[positions], done.n_second[positions] = first.shape[-1], second.shape[-1]
    sound = tests.problem == ""
    if not sound.any():
        return
    for means, values in ((done.mean_first, first), (done.mean_second, second)):
        means[positions[sound]] = values[sound].mean(axis=-1)


def _fill_effects(done: Outcomes, positions: IntArray, family: Family, levels: FloatArray) -> None:
    """Write the intervals of a stack's effect sizes to their places."""
    sizes = int(done.n_first[positions[0]]), int(done.n_second[positions[0]])
    effects = done.effect_size[positions]
    if np.isnan(effects).all():
        return
    if family.paired:
        bounds = d_z_intervals(effects, sizes[0], levels[positions])
    else:
        bounds = hedges_g_intervals(effects, *sizes, levels[positions])
    done.effect_low[positions], done.effect_high[positions] = bounds


def _warnings(
    first: FloatArray, second: FloatArray, names: Sequence[tuple[str, str]], *, paired: bool
) -> list[list[str]]:
    """Return what makes a t test of these values doubtful: few models, lopsided values."""
    found: list[list[str]] = [[] for _ in names]
    if paired:
        arms = [(["differences"] * len(names), first - second)]
    else:
        arms = [([pair[side] for pair in names], (first, second)[side]) for side in (0, 1)]
    for labels, values in arms:
        few = values.shape[-1] < FEW_MODELS
        skews = skewness(values)
        for words, label, skew in zip(found, labels, skews.tolist(), strict=True):
            if few:
                where = "" if paired else f"{label}: "
                words.append(f"{where}fewer than {FEW_MODELS} models")
            if abs(skew) > SKEWED:
                what = label if paired else f"{label}: values"
                words.append(f"{what} are skewed ({skew:.1f})")
    return found


def _permutation_p(one: Matched, family: Family, seed: int) -> float:
    """Flip signs of paired differences, or deal independent models out anew."""
    generator = np.random.default_rng(seed)  # one per test: its draws do not depend on the others
    if family.paired:
        return sign_flip_p(one.first - one.second, family.alternative, generator)
    return label_p(one.first, one.second, family.alternative, generator)
