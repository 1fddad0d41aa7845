"""All comparisons of a table, carried out at once: those of equal sizes are one stack of arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from rdstats.statistics.arrays import FloatArray, IntArray, WordArray
from rdstats.statistics.effects import d_z_intervals, hedges_g_intervals
from rdstats.statistics.permutation import label_p, sign_flip_p
from rdstats.statistics.suspicions import FEW_MODELS, SKEWED, skewness
from rdstats.statistics.ttests import TTests, independent_t_tests, paired_t_tests
from rdstats.tables.arms import Arm
from rdstats.tables.condition import ConditionKey
from rdstats.tables.designs import Comparison
from rdstats.tables.families import Family
from rdstats.tables.matched import Matched, matched
from rdstats.tables.wording import status, warned


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
