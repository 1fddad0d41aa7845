"""Which classes paid for the compression, over all models of a condition."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from rdstats.errors import StatsError
from rdstats.output.words import OK, status
from rdstats.statistics.arrays import WordArray
from rdstats.statistics.balance import excess_drops
from rdstats.statistics.class_verdicts import ClassVerdicts, class_verdicts
from rdstats.statistics.verdicts import ERROR, MARGIN, NOT_TESTABLE
from rdstats.tables.before_after import BeforeAfter, repeated, together
from rdstats.tables.controls import IS_CONTROL, NO_CONTROL, NOT_FINETUNED, control_arms
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection, known_value
from rdstats.tables.status import missing_remark, model_warnings

QUANTITIES = ("drop", "excess")
_ALONE = (IS_CONTROL, NO_CONTROL, NOT_FINETUNED)  # judged without a control


def classes(
    table: Tables,
    selection: Selection = EVERYTHING,
    *,
    margin: float = MARGIN,
    quantity: str = "drop",
    control: bool = True,
) -> pd.DataFrame:
    """Return a row per condition and class, the control arm's too.

    Args:
        table: A recall table, or the union of several, prepared or not.
        selection: What of it; the metric is not looked at, recall is judged.
        margin: The largest drop that does not matter, a share, at least 0 and below 1.
        quantity: What is judged: `drop`, R - R_t, or `excess`, what the class lost beyond the
            fall of accuracy.
        control: Take off the drop of the control arm, where there is one.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition.
        class_index, class_name: The class.
        n_samples: Its test samples.
        models: Models that are judged.
        recall_before, recall_after: Means over the evaluated models.
        drop, excess_drop: Means of R - R_t and psi_c, less the control's where `control` is
            subtracted; given also where there is no test.
        low, high: Bounds of what is judged, each one-sided at 1 - 0.05 / classes (Bonferroni).
        p: One-sided p of H_0 quantity <= margin, not adjusted.
        p_adjusted: Holm's, in the family of all classes of the condition.
        verdict: harmed, unharmed, inconclusive, not testable.
        smallest_visible_drop: True mean drop that so many models would have called harmed four
            times in five, as first of the family.
        status: `ok`, or why there is no test, and what is missing.
        upper: The class's own one-sided 95 % upper bound; unharmed is upper < margin.
        control_drop, control_excess_drop: What was taken off; null without a control.
        control: `subtracted`, or why it is not.
        family_size: Classes of the condition.
        bounds_level: Level of low and high together.
        warnings: Models that are duplicates, or too few; `none` where there is nothing.
        margin, quantity: As given.
        average: What accuracy is, for the excess drop.

    Raises:
        StatsError: Nothing matches the selection, or an option has an unknown value.
        ContractError: A compressed or control row has no baseline row.
    """
    known_value("quantity", quantity, QUANTITIES)
    if not 0.0 <= margin < 1.0:
        raise StatsError(
            f"margin {margin:g} is not a drop of recall; choose a share from 0 to 1, as 0.05"
        )
    frame = together(
        _classes(one, margin=margin, quantity=quantity, control=control)
        for one in as_arrays(table, replace(selection, metric="recall")).selected
    )
    return frame.assign(margin=margin, quantity=quantity, average=selection.average)


def _classes(selected: BeforeAfter, *, margin: float, quantity: str, control: bool) -> pd.DataFrame:
    """Return the rows of data sets with the same classes."""
    counts = selected.counts
    size, class_count = len(selected.conditions), counts.class_index.size
    everyone = np.ones(selected.after.size, dtype=bool)
    lost = {
        "drop": selected.recall_before - selected.recall_after,
        "excess_drop": excess_drops(
            selected.recall_before,
            selected.recall_after,
            selected.accuracy_before,
            selected.accuracy_after,
        ),
    }
    judged = "drop" if quantity == "drop" else "excess_drop"
    arms = control_arms(selected, everyone, "")
    used = np.where(arms.reason == "", SUBTRACTED, arms.reason)
    if not control:
        used[:] = "not asked for"
    of_control = np.zeros(everyone.size, dtype=np.int64)  # pairs of the same models
    for pairs, others in arms.rows.values():
        of_control[pairs] = others
    numbers = {name: np.full((size, class_count), math.nan) for name in _NUMBERS}
    verdict = np.full((size, class_count), NOT_TESTABLE, dtype=object)
    reason = np.full((size, class_count), "", dtype=object)
    for conditions, pairs in selected.stacks(everyone):
        numbers["recall_before"][conditions] = selected.recall_before[pairs].mean(axis=-2)
        numbers["recall_after"][conditions] = selected.recall_after[pairs].mean(axis=-2)
        net = {name: values[pairs] for name, values in lost.items()}
        with_control = used[conditions] == SUBTRACTED
        for name, values in lost.items():
            taken = values[of_control[pairs[with_control]]]
            net[name][with_control] -= taken
            numbers[f"control_{name}"][conditions[with_control]] = taken.mean(axis=-2)
            numbers[name][conditions] = net[name].mean(axis=-2)
        unpaired = ~with_control & ~np.isin(used[conditions], _ALONE) & control
        hint = "; --no-control judges the drop without it"
        reason[conditions[unpaired]] = (used[conditions[unpaired]] + hint)[:, np.newaxis]
        # Without its control the raw drop is known, though not what it is less.
        tested = conditions[~unpaired]
        found = class_verdicts(net[judged][~unpaired], margin)
        for name in _JUDGED:
            numbers[name][tested] = getattr(found, name)
        verdict[tested] = found.verdict
        reason[tested] = _untested(found, pairs.shape[-1], judged)
    of_condition = np.repeat(np.arange(size), class_count)
    missing = [missing_remark(condition) for condition in selected.conditions]
    samples = counts.n_samples[selected.after[np.searchsorted(selected.condition, np.arange(size))]]
    columns = {name: values.ravel() for name, values in numbers.items()}
    return pd.DataFrame(
        {
            **selected.labels(of_condition),
            **selected.class_labels(size),
            "n_samples": samples.ravel(),
            "models": np.repeat(np.bincount(selected.condition, minlength=size), class_count),
            **{name: columns[name] for name in _NUMBERS[:8]},
            "verdict": verdict.ravel(),
            "smallest_visible_drop": columns["smallest_visible_drop"],
            "status": _statuses(reason, missing).ravel(),
            **{name: columns[name] for name in ("upper", "control_drop", "control_excess_drop")},
            "control": repeated(used, of_condition),
            "family_size": class_count,
            "bounds_level": 1.0 - 2.0 * ERROR / class_count,
            "warnings": repeated(model_warnings(selected), of_condition),
        }
    )


SUBTRACTED = "subtracted"
_JUDGED = ("low", "high", "upper", "p", "p_adjusted", "smallest_visible_drop")
_NUMBERS = (
    *("recall_before", "recall_after", "drop", "excess_drop", "low", "high", "p", "p_adjusted"),
    *("upper", "smallest_visible_drop", "control_drop", "control_excess_drop"),
)


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
