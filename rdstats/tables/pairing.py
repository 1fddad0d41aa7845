"""Which evaluated models are compared with which: every compressed one with its baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rdstats.errors import StatsError
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray
from rdstats.tables.condition import Condition
from rdstats.tables.panel import Panel
from rdstats.tables.prepared import Tables, panels_of
from rdstats.tables.selecting import (
    at_stage,
    controls_of,
    nothing_left,
    refuse_unknown_values,
    satisfying,
)
from rdstats.tables.selection import COMPRESSED_STAGES, CONDITION_COLUMNS, Selection


@dataclass(frozen=True)
class Pairing:
    """The selected evaluations of a panel, each beside its baseline.

    Attributes:
        panel: Where they come from.
        conditions: The conditions, in display order.
        after: Rows of the panel, condition after condition and models in order, shape (pairs,).
        before: The row of the panel with the baseline of each, shape (pairs,).
        condition: The position in `conditions` of each, shape (pairs,).
    """

    panel: Panel
    conditions: tuple[Condition, ...]
    after: IntArray
    before: IntArray
    condition: IntArray

    def stacks(self, usable: BoolArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (conditions (k,), pairs (k, models)) for each number of usable models.

        So a statistic runs once over all conditions with equally many usable models.
        """
        pairs = np.flatnonzero(usable)
        counts = np.bincount(self.condition[pairs], minlength=len(self.conditions))
        starts = np.cumsum(counts) - counts
        for count in np.unique(counts[counts > 0]):
            conditions = np.flatnonzero(counts == count)
            yield conditions, pairs[starts[conditions][:, np.newaxis] + np.arange(count)]

    def labels(self, conditions: IntArray) -> dict[str, WordArray | FloatArray]:
        """Return the columns that name these conditions, a value per element."""
        columns: dict[str, WordArray | FloatArray] = {}
        for label in (*CONDITION_COLUMNS, "stage"):
            dtype = np.float64 if label == "ratio" else object
            values = np.array([getattr(one, label) for one in self.conditions], dtype=dtype)
            columns[label] = values[conditions]
        return columns


def read_pairings(table: Tables, selection: Selection) -> list[Pairing]:
    """Return the selected part of every panel; a panel with nothing selected is left out.

    Args:
        table: A recall table, or the union of several, prepared or not.
        selection: What of it.

    Raises:
        StatsError: `where` names a value that no compressed condition has, or leaves nothing.
        StatsError: A condition has some models only pruned and others fine-tuned.
        ContractError: A compressed or control row has no baseline row.
    """
    return pair(panels_of(table, selection.split), selection)


def pair(panels: Sequence[Panel], selection: Selection) -> list[Pairing]:
    """Do what `read_pairings` does with panels that were read before."""
    refuse_unknown_values(panels, selection)
    pairings = [_pairing(panel, selection) for panel in panels]
    pairings = [pairing for pairing in pairings if pairing.conditions]
    asked = selection.where or selection.stage
    if not pairings or (asked and all(_only_control(pairing) for pairing in pairings)):
        raise StatsError(nothing_left(selection))
    return pairings


def _pairing(panel: Panel, selection: Selection) -> Pairing:
    """Select from one panel."""
    compressed = at_stage(panel, satisfying(panel, selection), selection.stage)
    after = np.flatnonzero(compressed | controls_of(panel, compressed, selection))
    keys = panel.keys("architecture", "method", "ratio", "stage")[after]
    first = np.diff(keys, prepend=-1) != 0
    blocks = np.split(after, np.flatnonzero(first)[1:]) if after.size else []
    return Pairing(
        panel=panel,
        conditions=_conditions(panel, blocks),
        after=after,
        before=panel.baseline[after],
        condition=np.cumsum(first) - 1,
    )


def _conditions(panel: Panel, blocks: Sequence[IntArray]) -> tuple[Condition, ...]:
    """Describe the condition that each block of the panel's rows makes up."""
    names, codes = panel.names, panel.codes
    rows = panel.stage_is("baseline")
    trained = {
        code: np.sort(codes["model"][rows & (codes["architecture"] == code)])
        for code in np.unique(codes["architecture"])
    }
    families = _families(panel)

    def condition(block: IntArray) -> Condition:
        first = block[0]
        architecture, method, ratio, stage = (
            names[label][codes[label][first]]
            for label in ("architecture", "method", "ratio", "stage")
        )
        models = codes["model"][block]
        everyone = trained[codes["architecture"][first]]
        missing = () if models.size == everyone.size else np.setdiff1d(everyone, models)
        return Condition(
            study=panel.study,
            dataset=panel.dataset,
            architecture=architecture,
            method=method,
            ratio=ratio,
            stage=stage,
            models=tuple(names["model"][model] for model in models),
            missing=tuple(names["model"][model] for model in missing),
            ratios_in_family=families.get((architecture, method), 1),
        )

    return tuple(condition(block) for block in blocks)


def _families(panel: Panel) -> dict[tuple[str, str], int]:
    """Return how many pruning ratios each architecture and method has in the whole table.

    Method none stands for the control that all methods share: it is read beside each of them,
    so it takes the largest of their families.
    """
    sizes: Counter[tuple[str, str]] = Counter()
    for architecture, method, _ in panel.conditions_of(panel.stage_is(*COMPRESSED_STAGES)):
        sizes[architecture, method] += 1
    for (architecture, _), size in list(sizes.items()):
        sizes[architecture, "none"] = max(sizes[architecture, "none"], size)
    return sizes


def _only_control(pairing: Pairing) -> bool:
    """Say whether nothing compressed was selected."""
    return all(condition.stage == "control" for condition in pairing.conditions)
