"""Do slopes differ between ratios, architectures, data sets or methods? (Section 7)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from rdstats.errors import StatsError
from rdstats.output.words import UNITS, ratio_text
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.intervals import DELTA, FAMILY_ERROR, equivalences
from rdstats.statistics.multiplicity import BONFERRONI, HOLM, corrected
from rdstats.statistics.ttests import ALTERNATIVES, PAIRED, STUDENT, WELCH, interval_level
from rdstats.statistics.verdicts import LIKE_THESE, THESE
from rdstats.tables.arms import Arm, Outcome, arms_of, compare_arms
from rdstats.tables.counts import ConditionKey
from rdstats.tables.designs import FAMILIES, Family, Pairs, design
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection, designed, known_value, read_ratio

SLOPES = ("paper", "class-mean")
FAMILY_CHOICES = ("group", "all")
CROSSED = "t, models and samples crossed"


def compare(
    table: Tables,
    along: str,
    selection: Selection = EVERYTHING,
    *,
    slope: str = "class-mean",
    student: bool = False,
    alternative: str | None = None,
    family: str = "group",
    order: Sequence[str] | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    delta: float = DELTA,
    permutation: bool = False,
    seed: int = 0,
) -> pd.DataFrame:
    """Return a row per test of one of the four families.

    Takes and refuses what `slopes` does, and refuses options that leave nothing to compare or
    pool models of several studies or architectures.

    Args:
        table: A recall table.
        along: `ratio`, `architecture`, `dataset` or `method`: what is compared.
        selection: What of the table, by which metric.
        slope: `class-mean` tests pseudo-values of the class-mean slope, `paper` slopes per model.
        student: Student's test for independent arms instead of Welch's.
        alternative: `less`, `greater` or `two-sided`, instead of the family's side.
        family: `group` adjusts p for the tests of one group, `all` for all rows (Table 9).
        order: Levels in the order to compare them: consecutive ones, all pairs of methods.
        pairs: The pairs to compare, instead of the family's.
        delta: Margin of the equivalence column: the largest difference that does not matter.
        permutation: Do a permutation test beside each t test.
        seed: Seed of its draws where not all arrangements are seen.

    Returns:
        along: What is compared.
        group: The family, a column of the paper's table: what both arms share.
        comparison: The two levels, as `2 vs 4`; differences are first minus second.
        alternative: The side of the first mean, `less`, `greater` or `two-sided`.
        paired: Whether the arms are the same models.
        n: Models in the test: pairs if paired, of both arms if not.
        difference, difference_low, difference_high: Difference of the means and its bounds at
            the level that belongs to the adjusted test.
        t, dof, p: The test, not adjusted.
        p_adjusted, p_holm: Bonferroni's, p times the designed size of the family; Holm's.
        effect_size, effect_name: d_z if paired, else Hedges g; of the sign of the difference.
        status: `ok`, or what is missing, of which models and why.
        test: Paired t, Welch or Student, or `t, models and samples crossed`.
        n_first, n_second, mean_first, mean_second: Models of each arm and their mean slope.
        difference_level: Level of the two bounds together; each bound of a one-sided test is at
            1 - 0.05 / family_size of its own.
        family_size: Tests in the family, as designed.
        first, second: The two conditions in full.
        slope, metric, average, delta: As given.
        equivalence: equivalent, different or inconclusive: the bounds against -delta and delta.
        effect_low, effect_high, effect_note: Interval of the effect size at difference_level, and
            what it supposes.
        p_permutation: By sign flips (paired) or labels, not adjusted; null unless asked for.
        p_permutation_adjusted, p_permutation_holm: The same in its family, as p_adjusted, p_holm.
        warnings: `none`, or what makes the test doubtful: models with the same counts, skewed
            values, fewer than five models.
        scope: How far the test reaches: `samples like these` for class-mean slopes where the table
            comes with predictions, else `these samples`.
        difference_like_these: The difference around which the bounds then lie, without what the
            finite test set adds to class means.
        slope_variance_models, slope_variance_samples, slope_variance_both, reliability: As in
            `conditions`, of the difference; null without predictions.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn"}
        >>> rows = []
        >>> for seed, dogs in enumerate([56, 61, 58]):
        ...     who = {"model": f"seed-{seed}", **of}
        ...     rows.append(rd.from_counts([100, 100], [90, 70 + seed], ratio=1, **who))
        ...     for method, cats in (("MP", 84), ("RP", 75)):
        ...         pruned = {"method": method, "ratio": 4, "stage": "pruned"}
        ...         rows.append(rd.from_counts([100, 100], [cats, dogs], **pruned, **who))
        >>> found = rd.compare(pa.concat_tables(rows), "method")
        >>> found[["comparison", "difference", "p"]].round(3).values.tolist()
        [['MP vs RP', 0.468, 0.001]]
    """
    tests = _family(along, selection, alternative)
    known_value("slope", slope, SLOPES)
    known_value("family", family, FAMILY_CHOICES)
    if not 0.0 < delta < math.inf:
        raise StatsError(f"delta {delta:g} is not a margin; choose a number above 0, as 0.10")
    arrays = as_arrays(table, selection)
    groups = design(
        tests,
        designed(arrays.counts, selection),
        ratios=[float(value) for value in selection.values_of("ratio")],
        order=_levels(along, order) if order else None,
        pairs=_pairs(along, pairs) if pairs else None,
    )
    arms: dict[ConditionKey, Arm] = {}
    for selected in arrays.selected:
        arms |= arms_of(selected, slope)
    everything = sum(len(group.comparisons) for group in groups)
    rows = []
    for number, group in enumerate(groups):
        size = everything if family == "all" else len(group.comparisons)
        error = FAMILY_ERROR / size
        for comparison in group.comparisons:
            first, second = arms.get(comparison.first), arms.get(comparison.second)
            drawn = seed if permutation else None
            outcome = compare_arms(
                comparison, first, second, tests, student=student, error=error, seed=drawn
            )
            row = {
                "number": number,
                "group": group.label,
                "comparison": comparison.text,
                "first": first.condition.label if first else comparison.first.label,
                "second": second.condition.label if second else comparison.second.label,
                "family_size": size,
                "difference_level": interval_level(error, tests.alternative),
            }
            rows.append(row | outcome.test._asdict() | outcome._asdict() | _reach(outcome))
    frame = pd.DataFrame(rows).rename(columns={"low": "difference_low", "high": "difference_high"})
    bounds = frame["difference_low"].to_numpy(), frame["difference_high"].to_numpy()
    frame = frame.assign(
        along=along,
        alternative=tests.alternative,
        paired=tests.paired,
        n=frame["n_first"] + (0 if tests.paired else frame["n_second"]),
        **(PAIRED if tests.paired else STUDENT if student else WELCH)._asdict(),
        slope=slope,
        metric=selection.metric,
        average=selection.average,
        delta=delta,
        equivalence=equivalences(*bounds, reference=0.0, margin=delta),
    )
    frame["test"] = frame["test"].mask(frame["scope"] == LIKE_THESE, CROSSED)
    families = frame.groupby(frame["number"] * (family == "group"))
    for p in ("p", "p_permutation"):
        frame[f"{p}_adjusted"] = families[p].transform(_corrected, BONFERRONI)
        frame[f"{p}_holm"] = families[p].transform(_corrected, HOLM)
    frame.attrs["units"] = UNITS
    return frame[list(_COLUMNS)]


_COLUMNS = (
    *("along", "group", "comparison", "alternative", "paired", "n"),
    *("difference", "difference_low", "difference_high", "t", "dof", "p"),
    *("p_adjusted", "p_holm", "effect_size", "effect_name", "status"),
    *("test", "n_first", "n_second", "mean_first", "mean_second"),
    *("difference_level", "family_size", "first", "second", "slope", "metric", "average"),
    *("equivalence", "delta", "effect_low", "effect_high", "effect_note"),
    *("p_permutation", "p_permutation_adjusted", "p_permutation_holm", "warnings"),
    *("scope", "difference_like_these", "slope_variance_models", "slope_variance_samples"),
    *("slope_variance_both", "reliability"),
)


def _reach(outcome: Outcome) -> dict[str, object]:
    """Return how far a test reaches, and what makes its difference uncertain."""
    beyond = outcome.beyond
    found: tuple[float, ...] = (math.nan,) * 5
    if beyond is not None:
        estimate = outcome.test.difference + beyond.shift
        parts = beyond.of_models, beyond.of_samples, beyond.of_both
        found = (estimate, *parts, beyond.reliability)
    scope = THESE if beyond is None else LIKE_THESE
    return {"scope": scope, **dict(zip(_COLUMNS[-5:], found, strict=True))}


def _corrected(p: pd.Series[float], method: str) -> FloatArray:
    """Return the p of one family, adjusted for all its tests."""
    return corrected(np.asarray(p, dtype=np.float64), p.size, method)


def _family(along: str, selection: Selection, alternative: str | None) -> Family:
    """Return the family of tests, at the asked side."""
    known_value("column to compare along", along, tuple(FAMILIES))
    if along == "ratio" and selection.values_of("ratio"):
        raise StatsError(
            "nothing to compare along ratio: --where ratio leaves one; leave it out, or name "
            "the two to compare with --pairs"
        )
    if alternative is None:
        return FAMILIES[along]
    known_value("alternative", alternative, ALTERNATIVES)
    return replace(FAMILIES[along], alternative=alternative)


def _levels(along: str, levels: Sequence[str]) -> tuple[str, ...]:
    """Return levels as the design names them: ratios as numbers."""
    return tuple(ratio_text(read_ratio(one)) if along == "ratio" else one for one in levels)


def _pairs(along: str, pairs: Sequence[tuple[str, str]]) -> Pairs:
    """Return pairs of levels as the design names them."""
    named = [(first, second) for first, second in (_levels(along, pair) for pair in pairs)]
    for first, second in named:
        if first == second:
            raise StatsError(f"pair {first} with another {along}, not with itself")
    return tuple(dict.fromkeys(named))
