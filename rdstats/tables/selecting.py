"""Which evaluations of a panel the common options select, and what to say if none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rdstats.errors import StatsError
from rdstats.statistics.arrays import BoolArray
from rdstats.tables.condition import ConditionKey
from rdstats.tables.order import ratio_text
from rdstats.tables.panel import Panel
from rdstats.tables.selection import COMPRESSED_STAGES, CONDITION_COLUMNS, Selection
from rdstats.tables.wording import listed


def designed(panels: Sequence[Panel], selection: Selection) -> list[ConditionKey]:
    """Return every compressed condition that satisfies the selection apart from its ratios.

    Families of tests are designed from these, so that looking at one ratio alone does not
    change which methods or architectures belong to a family.
    """
    stages = COMPRESSED_STAGES if selection.stage is None else (selection.stage,)
    return [
        ConditionKey(panel.study, panel.dataset, *names)
        for panel in panels
        for names in panel.conditions_of(
            satisfying(panel, selection, except_for="ratio") & panel.stage_is(*stages)
        )
    ]


def satisfying(panel: Panel, selection: Selection, except_for: str = "") -> BoolArray:
    """Say of each evaluation whether it is compressed and all of `where` holds."""
    holds = panel.stage_is(*COMPRESSED_STAGES)
    for column in CONDITION_COLUMNS:
        for value in selection.values_of(column) if column != except_for else ():
            if column in ("study", "dataset"):
                holds &= value == getattr(panel, column)
            else:
                holds &= panel.codes[column] == panel.names[column].index(value)
    return holds


def at_stage(panel: Panel, compressed: BoolArray, stage: str | None) -> BoolArray:
    """Keep one stage per condition: the asked one, else fine-tuned where there is any."""
    if stage is not None:
        return compressed & panel.stage_is(stage)
    finetuned = compressed & panel.stage_is("finetuned")
    pruned = compressed & panel.stage_is("pruned")
    condition = panel.keys("architecture", "method", "ratio")
    model = panel.keys("architecture", "method", "ratio", "model")
    settled = np.isin(condition, condition[finetuned])
    mixed = pruned & settled & ~np.isin(model, model[finetuned])
    if mixed.any():
        rows = np.flatnonzero(mixed & (condition == condition[np.argmax(mixed)]))
        architecture, method, ratio = panel.conditions_of(rows[:1])[0]
        models = listed([panel.names["model"][code] for code in panel.codes["model"][rows]])
        raise StatsError(
            f"{panel.study}: {panel.dataset}, {architecture}, {method}, t = {ratio_text(ratio)} "
            f"has models that are only pruned ({models}) beside fine-tuned ones, and stages are "
            "never mixed; choose with --stage finetuned or --stage pruned"
        )
    return finetuned | (pruned & ~settled)


def controls_of(panel: Panel, compressed: BoolArray, selection: Selection) -> BoolArray:
    """Say which control rows come along: those of the selected architectures and methods."""
    control = panel.stage_is("control")
    if not selection.where:
        return control
    architecture, arm = panel.codes["architecture"], panel.keys("architecture", "method")
    shared = panel.method_is_none & np.isin(architecture, architecture[compressed])
    return control & (shared | np.isin(arm, arm[compressed]))


def refuse_unknown_values(panels: Sequence[Panel], selection: Selection) -> None:
    """Refuse a value of `where` that no compressed condition of the table has."""
    known: dict[str, dict[str | float, None]] = {column: {} for column in CONDITION_COLUMNS}
    for panel in panels:
        for names in panel.conditions_of(panel.stage_is(*COMPRESSED_STAGES)):
            for column, value in ConditionKey(panel.study, panel.dataset, *names).items():
                known[column][value] = None
    for column, text in selection.where:
        if not known[column].keys() >= set(selection.values_of(column)):
            values = sorted(known["ratio"]) if column == "ratio" else known[column]
            texts = [ratio_text(v) if isinstance(v, float) else v for v in values]
            raise StatsError(
                f"no compressed condition has {column} {text}; known: {', '.join(texts)}"
            )


def nothing_left(selection: Selection) -> str:
    """Say why there is nothing to analyse."""
    split = f"of split {selection.split}"
    if selection.where:
        stage = f" at stage {selection.stage}" if selection.stage else ""
        return (
            f"no compressed condition {split}{stage} satisfies {selection.where_text} at once, "
            "though each value occurs; leave one out"
        )
    if selection.stage:
        return (
            f"no condition {split} is at stage {selection.stage}; leave --stage out to take "
            "what there is"
        )
    return (
        f"the table has baselines only {split}, no compressed model and no control; "
        "add the tables that hold the compressed ones"
    )
