"""Which evaluations of a panel the common options select, and what to say if none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rdstats.errors import StatsError
from rdstats.statistics.arrays import BoolArray
from rdstats.tables.condition import ConditionKey
from rdstats.tables.order import column_key, ratio_text
from rdstats.tables.panel import NETWORK, Panel
from rdstats.tables.selection import COMPRESSED_STAGES, CONDITION_COLUMNS, Selection
from rdstats.tables.wording import listed


def designed(panels: Sequence[Panel], selection: Selection) -> list[ConditionKey]:
    """Return every compressed condition that satisfies the selection apart from its ratios.

    Families of tests are designed from these, so that looking at one ratio alone does not
    change which methods or architectures belong to a family.
    """
    stages = COMPRESSED_STAGES if selection.stage is None else (selection.stage,)
    keys = [
        key
        for panel in panels
        for key in panel.conditions_of(
            satisfying(panel, selection, except_for="ratio") & panel.having("stage", *stages)
        )
    ]
    study, dataset = column_key("study"), column_key("dataset")
    return sorted(keys, key=lambda key: (study(key.study), dataset(key.dataset)))


def satisfying(panel: Panel, selection: Selection, except_for: str = "") -> BoolArray:
    """Say of each evaluation whether it is compressed and all of `where` holds."""
    holds = panel.having("stage", *COMPRESSED_STAGES)
    for column in CONDITION_COLUMNS:
        for value in selection.values_of(column) if column != except_for else ():
            holds &= panel.having(column, value)
    return holds


def at_stage(panel: Panel, compressed: BoolArray, stage: str | None) -> BoolArray:
    """Keep one stage per condition: the asked one, else fine-tuned where there is any."""
    if stage is not None:
        return compressed & panel.having("stage", stage)
    finetuned = compressed & panel.having("stage", "finetuned")
    pruned = compressed & panel.having("stage", "pruned")
    if not pruned.any():
        return finetuned
    condition = panel.keys(*CONDITION_COLUMNS)
    model = panel.keys(*CONDITION_COLUMNS, "model")
    settled = np.isin(condition, condition[finetuned])
    mixed = pruned & settled & ~np.isin(model, model[finetuned])
    if mixed.any():
        rows = np.flatnonzero(mixed & (condition == condition[np.argmax(mixed)]))
        models = listed([panel.called("model", row) for row in rows.tolist()])
        raise StatsError(
            f"{panel.conditions_of(rows[:1])[0].label} has models that are only pruned ({models}) "
            "beside fine-tuned ones, and stages are never mixed; choose with --stage finetuned or "
            "--stage pruned"
        )
    return finetuned | (pruned & ~settled)


def controls_of(panel: Panel, compressed: BoolArray, selection: Selection) -> BoolArray:
    """Say which control rows come along: those of the selected architectures and methods."""
    control = panel.having("stage", "control")
    if not selection.where:
        return control
    network, arm = panel.keys(*NETWORK), panel.keys(*NETWORK, "method")
    shared = panel.having("method", "none") & np.isin(network, network[compressed])
    return control & (shared | np.isin(arm, arm[compressed]))


def refuse_unknown_values(panels: Sequence[Panel], selection: Selection) -> None:
    """Refuse a value of `where` that no compressed condition of the table has."""
    known: dict[str, dict[str | float, None]] = {column: {} for column in CONDITION_COLUMNS}
    for panel in panels:
        for key in panel.conditions_of(panel.having("stage", *COMPRESSED_STAGES)):
            for column, value in key.items():
                known[column][value] = None
    for column, text in selection.where:
        if not known[column].keys() >= set(selection.values_of(column)):
            values = sorted(known[column], key=column_key(column))
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
