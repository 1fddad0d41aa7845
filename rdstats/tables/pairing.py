"""Which evaluated models are compared with which: every compressed one with its baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pandas.api.extensions import ExtensionArray

from data_contracts.schema import CONDITION, NETWORK, STAGED_CONDITION
from rdstats.errors import StatsError
from rdstats.output.words import repeated
from rdstats.statistics.arrays import BoolArray, IntArray
from rdstats.statistics.suspicions import fingerprints
from rdstats.tables.panel import (
    Condition,
    ConditionKey,
    Panel,
    at_stage,
    controls_of,
    nothing_left,
    refuse_unknown_values,
    satisfying,
)
from rdstats.tables.selection import COMPRESSED_STAGES, Selection

_CELLS = 2**18  # models times classes of a stack: 2 MB in each array


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

    @cached_property
    def suspects(self) -> IntArray:
        """The conditions with two models of one fingerprint: they may have the same counts."""
        marks = fingerprints(self.panel.n_correct)
        repeated = []
        for rows in (self.before, self.after):
            order = np.lexsort((marks[rows], self.condition))
            condition, mark = self.condition[order], marks[rows][order]
            same = (condition[1:] == condition[:-1]) & (mark[1:] == mark[:-1])
            repeated.append(condition[1:][same])
        return np.unique(np.concatenate(repeated))

    def stacks(self, usable: BoolArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (conditions (k,), pairs (k, models)) with equally many usable models each.

        So a statistic runs once over many conditions; not over more than the processor's cache
        holds, which would be slower, and take memory.
        """
        pairs = np.flatnonzero(usable)
        counts = np.bincount(self.condition[pairs], minlength=len(self.conditions))
        starts = np.cumsum(counts) - counts
        for count in np.unique(counts[counts > 0]):
            conditions = np.flatnonzero(counts == count)
            step = max(1, _CELLS // (int(count) * self.panel.class_index.size))
            for first in range(0, conditions.size, step):
                here = conditions[first : first + step]
                yield here, pairs[starts[here][:, np.newaxis] + np.arange(count)]

    def labels(self, conditions: IntArray) -> dict[str, ExtensionArray]:
        """Return the columns that name these conditions, a value per element."""
        return {
            label: repeated([getattr(one, label) for one in self.conditions], conditions)
            for label in STAGED_CONDITION
        }

    def models(self) -> ExtensionArray:
        """Return the column that names the model of each pair."""
        return repeated(self.panel.names["model"], self.panel.codes["model"][self.after])


def pair(panels: Sequence[Panel], selection: Selection) -> list[Pairing]:
    """Return the selected part of every panel; a panel with nothing selected is left out.

    Raises:
        StatsError: `where` names a value that no compressed condition has, or leaves nothing.
        StatsError: A condition has some models only pruned and others fine-tuned.
    """
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
    keys = panel.keys(*STAGED_CONDITION)[after]
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
    names, codes = np.array(panel.names["model"], dtype=object), panel.codes["model"]
    network = panel.keys(*NETWORK)
    baselines = np.flatnonzero(panel.having("stage", "baseline"))
    trained = {
        key: np.sort(codes[baselines[network[baselines] == key]])
        for key in np.unique(network).tolist()
    }
    families = _families(panel)

    def condition(block: IntArray) -> Condition:
        first = int(block[0])
        key = ConditionKey(*(panel.called(label, first) for label in CONDITION))
        models, everyone = codes[block], trained[int(network[first])]
        missing = () if models.size == everyone.size else names[np.setdiff1d(everyone, models)]
        return Condition(
            *key,
            stage=panel.called("stage", first),
            models=tuple(names[models]),
            missing=tuple(missing),
            ratios_in_family=families.get(key[:-1], 1),
        )

    return tuple(condition(block) for block in blocks)


def _families(panel: Panel) -> dict[tuple[str, str, str, str], int]:
    """Return how many pruning ratios a network has with each method in the whole table.

    Method none stands for the control that all methods share: it is read beside each of them,
    so it takes the largest of their families.
    """
    sizes: Counter[tuple[str, str, str, str]] = Counter()
    for key in panel.conditions_of(panel.having("stage", *COMPRESSED_STAGES)):
        sizes[key[:-1]] += 1
    for (study, dataset, architecture, _), size in list(sizes.items()):
        shared = study, dataset, architecture, "none"
        sizes[shared] = max(sizes[shared], size)
    return sizes


def _only_control(pairing: Pairing) -> bool:
    """Say whether nothing compressed was selected."""
    return all(condition.stage == "control" for condition in pairing.conditions)
