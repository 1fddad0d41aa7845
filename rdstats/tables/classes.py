"""Which classes paid for the compression, over all models of a condition."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from rdstats.errors import StatsError
from rdstats.output.order import together
from rdstats.output.words import OK, repeated, status
from rdstats.statistics.arrays import FloatArray, IntArray, WordArray
from rdstats.statistics.balance import drops, excess_drops
from rdstats.statistics.class_verdicts import ERROR, MARGIN, NOT_TESTABLE, class_verdicts
from rdstats.tables.controls import IS_CONTROL, NO_CONTROL, NOT_FINETUNED, Beside, beside_control
from rdstats.tables.measures import Measures
from rdstats.tables.pairing import Pairing
from rdstats.tables.prepared import Tables, read_measured
from rdstats.tables.selection import EVERYTHING, Selection, known_value
from rdstats.tables.status import missing_remark, model_warnings

QUANTITIES = ("drop", "excess")
_ALONE = (IS_CONTROL, NO_CONTROL, NOT_FINETUNED)  # judged without a control


def classes_table(
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
        for one in read_measured(table, replace(selection, metric="recall"))
    )
    return frame.assign(margin=margin, quantity=quantity, average=selection.average)


def _classes(measures: Measures, *, margin: float, quantity: str, control: bool) -> pd.DataFrame:
    """Return the rows of one panel."""
    pairing = measures.pairing
    panel, size = pairing.panel, len(pairing.conditions)
    everyone = np.ones(pairing.after.size, dtype=bool)
    beside = beside_control(pairing, everyone, "")
    columns = {name: np.full((size, panel.class_index.size), math.nan) for name in _NUMBERS}
    verdict = np.full((size, panel.class_index.size), NOT_TESTABLE, dtype=object)
    reason = np.full((size, panel.class_index.size), "", dtype=object)
    lost = {
        "drop": drops(measures.recall_before, measures.recall_after),
        "excess_drop": excess_drops(
            measures.recall_before,
            measures.recall_after,
            measures.accuracy_before,
            measures.accuracy_after,
        ),
    }
    used = _control_words(beside, control=control)
    for conditions, pairs in pairing.stacks(everyone):
        columns["recall_before"][conditions] = measures.recall_before[pairs].mean(axis=-2)
        columns["recall_after"][conditions] = measures.recall_after[pairs].mean(axis=-2)
        alone = used[conditions] != SUBTRACTED
        unpaired = alone & (control & ~np.isin(used[conditions], _ALONE))
        hint = "; --no-control judges the drop without it"
        reason[conditions[unpaired]] = (used[conditions[unpaired]] + hint)[:, np.newaxis]
        for name, values in lost.items():  # the raw drop is known, though not what it is less
            columns[name][conditions[unpaired]] = values[pairs[unpaired]].mean(axis=-2)
        judged = conditions[alone & ~unpaired]
        net = {name: values[pairs[alone & ~unpaired]] for name, values in lost.items()}
        _judge(columns, verdict, reason, judged, net, quantity, margin)
    for conditions, pairs, beside_pairs in beside.stacks() if control else ():
        for name, values in lost.items():
            columns[f"control_{name}"][conditions] = values[beside_pairs].mean(axis=-2)
        net = {name: values[pairs] - values[beside_pairs] for name, values in lost.items()}
        _judge(columns, verdict, reason, conditions, net, quantity, margin)
    frame = _frame(pairing, columns, verdict, reason, used)
    warnings = model_warnings(measures)
    frame["warnings"] = repeated(warnings, np.repeat(np.arange(size), panel.class_index.size))
    return frame


def _judge(
    columns: Mapping[str, FloatArray],
    verdict: WordArray,
    reason: WordArray,
    conditions: IntArray,
    net: Mapping[str, FloatArray],
    quantity: str,
    margin: float,
) -> None:
    """Fill in the verdicts of a stack of conditions with equally many models."""
    for name, values in net.items():
        columns[name][conditions] = values.mean(axis=-2)
    values = net["drop" if quantity == "drop" else "excess_drop"]
    found = class_verdicts(values, margin)
    for name, numbers in zip(_JUDGED, found[1:7], strict=True):
        columns[name][conditions] = numbers
    verdict[conditions] = found.verdict
    if values.shape[-2] < 2:
        reason[conditions] = "one model: how much models differ is not known"
    else:
        words = np.full(found.constant.shape, "", dtype=object)
        what = "drop" if quantity == "drop" else "excess drop"
        words[found.constant] = [
            f"the {what} is the same for every model, {drop:.3f}: no test"
            for drop in found.drop[found.constant].tolist()
        ]
        reason[conditions] = words


SUBTRACTED = "subtracted"
_JUDGED = ("low", "high", "upper", "p", "p_adjusted", "smallest_visible_drop")
_NUMBERS = (
    "recall_before",
    "recall_after",
    "drop",
    "excess_drop",
    *_JUDGED,
    "control_drop",
    "control_excess_drop",
)


def _control_words(beside: Beside, *, control: bool) -> WordArray:
    """Say of each condition whether its control is subtracted, or why not."""
    if not control:
        return np.full(beside.reason.shape, "not asked for", dtype=object)
    return np.where(beside.reason == "", SUBTRACTED, beside.reason)


def _frame(
    pairing: Pairing,
    columns: Mapping[str, FloatArray],
    verdict: WordArray,
    reason: WordArray,
    used: WordArray,
) -> pd.DataFrame:
    """Lay conditions by classes out as rows."""
    panel = pairing.panel
    size, classes = verdict.shape
    missing = [missing_remark(condition) for condition in pairing.conditions]
    statuses = np.full(verdict.shape, OK, dtype=object)
    remarkable = (reason != "") | (np.array(missing, dtype=object) != "")[:, np.newaxis]
    for position, column in np.argwhere(remarkable).tolist():
        statuses[position, column] = status([reason[position, column], missing[position]])
    evaluated = np.bincount(pairing.condition, minlength=size)
    samples = panel.n_samples[pairing.after[np.searchsorted(pairing.condition, np.arange(size))]]
    numbers = {name: values.ravel() for name, values in columns.items()}
    of_condition = np.repeat(np.arange(size), classes)
    order = ("drop", "excess_drop", "low", "high", "p", "p_adjusted")
    return pd.DataFrame(
        {
            **pairing.labels(of_condition),
            "class_index": np.tile(panel.class_index, size),
            "class_name": repeated(panel.class_name, np.tile(np.arange(classes), size)),
            "n_samples": samples.ravel(),
            "models": np.repeat(evaluated, classes),
            "recall_before": numbers["recall_before"],
            "recall_after": numbers["recall_after"],
            **{name: numbers[name] for name in order},
            "verdict": verdict.ravel(),
            "smallest_visible_drop": numbers["smallest_visible_drop"],
            "status": statuses.ravel(),
            "upper": numbers["upper"],
            "control_drop": numbers["control_drop"],
            "control_excess_drop": numbers["control_excess_drop"],
            "control": repeated(used, of_condition),
            "family_size": classes,
            "bounds_level": 1.0 - 2.0 * ERROR / classes,
        }
    )
