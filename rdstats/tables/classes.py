"""Which classes paid for the compression, over all models of a condition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from data_contracts.schema import STAGED_CONDITION
from rdstats.errors import StatsError
from rdstats.output.words import OK, status, warned
from rdstats.statistics.arrays import FloatArray, IntArray, WordArray
from rdstats.statistics.balance import excess_drops
from rdstats.statistics.class_verdicts import ClassVerdicts, class_verdicts, next_model_bound
from rdstats.statistics.crossed import Crossed
from rdstats.statistics.intervals import FEW_MODELS
from rdstats.statistics.many_classes import FEWEST_CLASSES, OF_ALL, OF_CLASSES, of_errors
from rdstats.statistics.multiplicity import false_discovery_rates, holm
from rdstats.statistics.power import to_settle
from rdstats.statistics.verdicts import (
    ERROR,
    HARMED,
    INCONCLUSIVE,
    LIKE_THESE,
    MARGIN,
    NOT_TESTABLE,
    POWER,
    QUANTITIES,
    SCOPES,
    THESE,
    UNHARMED,
)
from rdstats.tables.arms import IS_CONTROL, NO_CONTROL, NOT_FINETUNED, control_arms
from rdstats.tables.before_after import BeforeAfter, repeated, together
from rdstats.tables.like_these import judge_by_counts, judge_classes, lost_samples
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection, known_value
from rdstats.tables.status import missing_remark, models_words


def classes(
    table: Tables,
    selection: Selection = EVERYTHING,
    *,
    margin: float = MARGIN,
    quantity: str = "drop",
    control: bool = True,
    scope: str | None = None,
) -> pd.DataFrame:
    """Return a row per condition and class, the control arm's too.

    Takes and refuses what `slopes` does.

    Args:
        table: A recall table.
        selection: What of it; the metric is not looked at, recall is judged.
        margin: The largest drop that does not matter, a share, at least 0 and below 1.
        quantity: What is judged: `drop`, R - R_t, or `excess`, what the class lost beyond the
            fall of accuracy.
        control: Take off the drop of the control arm, where there is one.
        scope: How far verdicts reach: `these samples`, or `samples like these`; by default as far
            as the table knows, which is the latter where it comes with predictions. Without them
            `samples like these` is judged conservatively from `n_both_correct`.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition.
        class_index, class_name: The class.
        n_samples: Its test samples.
        models: Models that are judged.
        recall_before, recall_after: Means over the evaluated models.
        drop, excess_drop: Means of R - R_t and psi_c, less the control's where it is subtracted;
            given also where there is no test.
        raw_drop: Mean of R - R_t, whatever the control lost.
        low, high: Bounds of what is judged, each one-sided at 1 - 0.05 / classes (Bonferroni).
        p, p_adjusted: One-sided, of H_0 quantity <= margin; Holm's in the family of all classes.
        verdict: harmed, unharmed, inconclusive, not testable.
        smallest_visible_drop: True mean drop that so many models would have called harmed four
            times in five, as first of the family.
        status: `ok`, or why there is no test, and what is missing.
        upper: The class's own one-sided 95 % upper bound; unharmed is upper < margin, and
            raw_upper < margin, too.
        raw_upper: The same of the drop (or excess drop) with nothing taken off.
        next_model_upper: One-sided 95 % bound of what the next model trained so will lose, on
            these samples, with nothing taken off; one model ships, not a mean (Hahn and Meeker
            1991).
        scope: `these samples`, or `samples like these` (docs/statistics.md).
        variance_models, variance_samples, variance_rest: Components of the variance of one
            model's loss on one sample; null without predictions.
        models_to_settle, samples_to_settle: About how many models, with these samples, or how many
            samples of the class, with these models, would settle an inconclusive verdict four times
            in five if its drop is as it is estimated; null where no number would.
        q: Benjamini and Hochberg's false discovery rate over the classes; no verdict uses it.
        p_harm, drop_shrunk, drop_shrunk_low, drop_shrunk_high, suspect: What the classes together
            say of each (`rdstats.statistics.many_classes`), of what is judged, where five models
            or more are judged on a hundred classes or more; no verdict uses them.
        share_harmed, share_harmed_low, share_harmed_high: Estimated share of the condition's
            classes that lost more than the margin.
        control_drop, control_excess_drop: What was taken off; null without a control.
        control: `subtracted`, or why it is not.
        family_size, bounds_level: Classes of the condition; level of low and high together.
        warnings: Models that are duplicates, or too few; `none` where there is nothing.
        margin, quantity, average: As given; average is of the accuracy in the excess drop.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn"}
        >>> four = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> models = []
        >>> for seed in range(5):  # the first class keeps its recall, the second loses 20 points
        ...     of["model"] = f"seed-{seed}"
        ...     models.append(rd.from_counts([500, 500], [450, 400 + seed], ratio=1, **of))
        ...     models.append(rd.from_counts([500, 500], [450 - seed, 300], **four, **of))
        >>> rd.classes(pa.concat_tables(models), margin=0.05)["verdict"].to_list()
        ['unharmed', 'harmed']
    """
    known_value("quantity", quantity, QUANTITIES)
    if not 0.0 <= margin < 1.0:
        raise StatsError(
            f"margin {margin:g} is not a drop of recall; choose a share from 0 to 1, as 0.05 "
            "for 5 points"
        )
    if scope is not None:
        known_value("scope", scope, SCOPES)
    frame = together(
        _classes(one, margin=margin, quantity=quantity, control=control, scope=scope)
        for one in as_arrays(table, replace(selection, metric="recall")).selected
    )
    return frame.assign(margin=margin, quantity=quantity, average=selection.average)


def _classes(
    selected: BeforeAfter, *, margin: float, quantity: str, control: bool, scope: str | None
) -> pd.DataFrame:
    """Return the rows of data sets with the same classes."""
    counts = selected.counts
    size, class_count = len(selected.conditions), counts.class_index.size
    everyone = np.ones(selected.after.size, dtype=bool)
    recalls = selected.recall_before, selected.recall_after
    of_control, reason = control_arms(selected, everyone, "")
    used = np.where(reason == "", SUBTRACTED, reason) if control else np.full(size, NOT_ASKED_FOR)
    subtracted = (used == SUBTRACTED)[selected.condition, np.newaxis]
    values = {"recall_before": recalls[0], "recall_after": recalls[1]}
    raw = {
        "drop": recalls[0] - recalls[1],
        "excess_drop": excess_drops(*recalls, selected.accuracy_before, selected.accuracy_after),
    }
    for name, lost in raw.items():
        taken = np.where(subtracted, lost[of_control], np.nan)
        values |= {f"control_{name}": taken, name: np.where(subtracted, lost - taken, lost)}
    judged = "drop" if quantity == "drop" else "excess_drop"
    values["raw_drop"] = raw["drop"]
    # Without its control the raw drop is known, though not what it is less.
    unpaired = ~np.isin(used, (SUBTRACTED, NOT_ASKED_FOR, IS_CONTROL, NO_CONTROL, NOT_FINETUNED))
    numbers = {
        name: np.full((size, class_count), np.nan)
        for name in (*values, *_JUDGED, *_BEYOND, "q", *_TOGETHER)
    }
    verdict = np.full((size, class_count), NOT_TESTABLE, dtype=object)
    why = np.full((size, class_count), "", dtype=object)
    why[unpaired] = (used[unpaired] + "; --no-control judges the drop without it")[:, np.newaxis]
    reach = np.full(size, THESE, dtype=object)
    freedom = np.full((size, class_count), np.nan)
    for conditions, pairs in selected.stacks():
        freedom[conditions] = pairs.shape[-1] - 1.0
        for name, of_pairs in values.items():
            numbers[name][conditions] = of_pairs[pairs].mean(axis=-2)
        tested = ~unpaired[conditions]
        found = class_verdicts(values[judged][pairs[tested]], margin)
        alone = class_verdicts(raw[judged][pairs[tested]], margin)
        for name in _JUDGED:
            numbers[name][conditions[tested]] = getattr(found, name)
        # Without a bound, because all models lost the same, that loss itself.
        bound = np.where(np.isnan(alone.upper), alone.drop, alone.upper)
        numbers["raw_upper"][conditions[tested]] = bound
        ships = next_model_bound(raw[judged][pairs[tested]])
        numbers["next_model_upper"][conditions[tested]] = ships
        verdict[conditions[tested]] = found.verdict
        why[conditions[tested]] = _untested(found, pairs.shape[-1], judged)
        for position, mine in zip(conditions[tested].tolist(), pairs[tested], strict=True):
            control_pairs = of_control[mine] if used[position] == SUBTRACTED else None
            beyond = _beyond(selected, mine, control_pairs, margin, quantity, scope)
            if beyond is not None:
                verdict[position], told, freedom[position] = beyond
                for name, of_class in told.items():
                    numbers[name][position] = of_class
                why[position] = ""
                reach[position] = LIKE_THESE
    suspect = np.full((size, class_count), None, dtype=object)
    models = np.bincount(selected.condition, minlength=size)
    for position in np.flatnonzero((models >= FEW_MODELS) & (class_count >= FEWEST_CLASSES)):
        of_one = {name: numbers[name][position] for name in (judged, "upper", *_TOGETHER)}
        suspect[position] = _together(of_one, of_one[judged], freedom[position], margin)
    for position in range(size):
        numbers["q"][position] = false_discovery_rates(numbers["p"][position])
    verdict[(verdict == UNHARMED) & ~(numbers["raw_upper"] < margin)] = INCONCLUSIVE
    of_condition = np.repeat(np.arange(size), class_count)
    missing = [missing_remark(condition) for condition in selected.conditions]
    samples = counts.n_samples[selected.after[np.searchsorted(selected.condition, np.arange(size))]]
    frame = pd.DataFrame(
        {
            **selected.labels(of_condition),
            **selected.class_labels(size),
            **{name: of_class.ravel() for name, of_class in numbers.items()},
            "n_samples": samples.ravel(),
            "models": np.repeat(models, class_count),
            "verdict": verdict.ravel(),
            "suspect": suspect.ravel(),
            "status": _statuses(why, missing).ravel(),
            "control": repeated(used, of_condition),
            "scope": repeated(reach, of_condition),
            "family_size": class_count,
            "bounds_level": 1.0 - 2.0 * ERROR / class_count,
            "warnings": repeated(map(warned, models_words(selected)), of_condition),
        }
    )
    return frame[list(_COLUMNS)]


SUBTRACTED, NOT_ASKED_FOR = "subtracted", "not asked for"
_JUDGED = ("low", "high", "upper", "p", "p_adjusted", "smallest_visible_drop")
_COMPONENTS = ("variance_models", "variance_samples", "variance_rest")
_MORE = ("models_to_settle", "samples_to_settle")
_BEYOND = ("raw_upper", "next_model_upper", *_COMPONENTS, *_MORE)
_TOGETHER = (*OF_CLASSES[:-1], *OF_ALL)  # numbers; the last one of classes is a word
_COLUMNS = (
    *(*STAGED_CONDITION, "class_index", "class_name", "n_samples", "models"),
    *("recall_before", "recall_after", "drop", "excess_drop", "low", "high", "p", "p_adjusted"),
    *("verdict", "smallest_visible_drop", "status", "upper", "control_drop"),
    *("control_excess_drop", "control", "family_size", "bounds_level", "warnings"),
    *("scope", "raw_drop", *_BEYOND, "q", *_TOGETHER, "suspect"),
)


def _together(
    found: dict[str, FloatArray], drop: FloatArray, freedom: FloatArray, margin: float
) -> WordArray:
    """Fill in what the classes of a condition say of each; return who is suspect, None unknown.

    Classes without a standard error, because all models lost the same, are left out.
    """
    suspect = np.full(drop.shape, None, dtype=object)
    error = (found["upper"] - drop) / stats.t.isf(ERROR, freedom)
    known = error > 0.0
    if known.sum() >= FEWEST_CLASSES:
        posterior = of_errors(drop[known], error[known], freedom[known], margin)
        for name, of_class in zip(OF_CLASSES[:-1], posterior[:4], strict=True):
            found[name][known] = of_class
        for name, share in zip(OF_ALL, posterior[-3:], strict=True):
            found[name][:] = share
        suspect[known] = posterior.suspect
    return suspect


def _beyond(
    selected: BeforeAfter,
    pairs: IntArray,
    of_control: IntArray | None,
    margin: float,
    quantity: str,
    scope: str | None,
) -> tuple[WordArray, dict[str, FloatArray], FloatArray] | None:
    """Return verdicts, numbers and degrees of freedom for samples like these.

    None where the verdict is of these samples alone.
    """
    if scope == THESE:
        return None
    lost = lost_samples(selected, pairs, of_control)
    counts = selected.counts
    own = own_raw = None
    if lost is not None:
        excess = None
        if quantity == "excess":
            excess = counts.n_samples[selected.after[pairs[0]]].astype(np.float64)
            excess = np.ones_like(excess) if selected.selection.average == "macro" else excess
            excess /= excess.sum()
        found, own = judge_classes(lost, margin, ERROR, excess)
        raw, own_raw = found, own
        if of_control is not None:
            raw, own_raw = judge_classes(lost._replace(control=None), margin, ERROR, excess)
    elif scope == LIKE_THESE and quantity == "drop":
        judged = judge_by_counts(selected, pairs, of_control, margin, ERROR)
        alone = judge_by_counts(selected, pairs, None, margin, ERROR)
        if judged is None or alone is None:
            return None
        found, raw = judged, alone
    else:
        return None
    p_adjusted = holm(found.p)
    verdict = np.full(found.p.shape, INCONCLUSIVE, dtype=object)
    verdict[p_adjusted < ERROR] = HARMED
    verdict[(found.upper < margin) & (raw.upper < margin)] = UNHARMED
    degrees = found.degrees_of_freedom
    reach = stats.t.isf(ERROR / len(verdict), degrees) + stats.t.ppf(POWER, degrees)
    numbers = {name: getattr(found, name) for name in ("low", "high", "upper", "p")}
    numbers |= {"p_adjusted": p_adjusted, "raw_upper": raw.upper}
    numbers["smallest_visible_drop"] = margin + reach * found.error
    if own is None or own_raw is None:
        return verdict, numbers, degrees
    if quantity == "drop":
        more = _to_settle(own, own_raw, margin)
        more[:, verdict != INCONCLUSIVE] = np.nan
        numbers |= dict(zip(_MORE, more, strict=True))
    numbers |= dict(zip(_COMPONENTS, own.components, strict=True))
    return verdict, numbers, degrees


def _to_settle(own: Crossed, raw: Crossed, margin: float) -> FloatArray:
    """Return models, and samples, that would settle each class, shape (2, classes).

    To be cleared a class needs both its drop and the raw drop below the margin.
    """

    def needed(judged: Crossed) -> FloatArray:
        draws = judged.components, judged.models, judged.samples
        return to_settle(judged.mean, *draws, margin=margin, error=ERROR)

    alone = needed(own)
    both = np.maximum(alone, np.where(raw.mean < margin, needed(raw), np.nan))
    return np.where(own.mean < margin, both, alone)


def _untested(found: ClassVerdicts, models: int, judged: str) -> WordArray:
    """Say of each class why it has no test, "" where it has one."""
    words = np.full(found.verdict.shape, "", dtype=object)
    if models < 2:
        words[:] = "one model: how much models differ is not known"
        return words
    what = "drop" if judged == "drop" else "excess drop"
    words[found.constant] = [
        f"the {what} is the same for every model, {drop:.3f}: no test"
        for drop in found.drop[found.constant].tolist()
    ]
    return words


def _statuses(reason: WordArray, missing: list[str]) -> WordArray:
    """Return the status of each condition and class: why no test, and which models are missing."""
    statuses = np.full(reason.shape, OK, dtype=object)
    remarkable = (reason != "") | (np.array(missing, dtype=object) != "")[:, np.newaxis]
    for position, column in np.argwhere(remarkable).tolist():
        statuses[position, column] = status([reason[position, column], missing[position]])
    return statuses
