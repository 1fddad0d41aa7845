"""One row of the conditions: who was compressed how, and on what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from data_contracts.schema import CONDITION, NETWORK, STAGED_CONDITION
from rdstats.errors import StatsError
from rdstats.output.order import column_key, ratio_text
from rdstats.output.words import listed
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray
from rdstats.tables.selection import COMPRESSED_STAGES, Selection


class ConditionKey(NamedTuple):
    """What names a condition, whatever its stage."""

    study: str
    dataset: str
    architecture: str
    method: str
    ratio: float

    def items(self) -> list[tuple[str, str | float]]:
        """Return (column, value) of each part."""
        return list(zip(self._fields, self, strict=True))

    @property
    def label(self) -> str:
        """The condition in words."""
        parts = (self.dataset, self.architecture, self.method, f"t = {ratio_text(self.ratio)}")
        return f"{self.study}: {', '.join(parts)}"


@dataclass(frozen=True)
class Condition:
    """One condition (D, M, P, t) at one stage, or a control arm.

    Attributes:
        study: The study; models of two studies never share a condition.
        dataset: The data set D.
        architecture: The architecture M.
        method: The method P; for a control the method whose extra training it repeats, or none.
        ratio: The pruning ratio t.
        stage: `finetuned`, `pruned` or `control`.
        models: The models evaluated here, in natural order.
        missing: Models that were trained (they have a baseline) but are not evaluated here.
        ratios_in_family: Distinct pruning ratios of this study, data set, architecture and
            method in the whole table; for a control those of the methods it stands beside.
    """

    study: str
    dataset: str
    architecture: str
    method: str
    ratio: float
    stage: str
    models: tuple[str, ...]
    missing: tuple[str, ...]
    ratios_in_family: int

    @property
    def network(self) -> tuple[str, str, str]:
        """What all its models share before they are compressed."""
        return self.study, self.dataset, self.architecture

    @cached_property
    def key(self) -> ConditionKey:
        """The condition without its stage and models."""
        return ConditionKey(self.study, self.dataset, self.architecture, self.method, self.ratio)

    @cached_property
    def label(self) -> str:
        """The condition in words, for messages and the arms of a comparison."""
        if self.stage == "control":
            method = "" if self.method == "none" else f", {self.method}"
            return f"{self.study}: {self.dataset}, {self.architecture}{method}, control"
        return f"{self.key.label}, {self.stage}"


LABELS = (*STAGED_CONDITION, "model")  # of an evaluation, in the order of rows


@dataclass(frozen=True)
class Panel:
    """All evaluated models of the data sets that have the same classes; each has every class.

    Studies and data sets lie below each other, so that a statistic runs once over all of them.

    Attributes:
        class_index: The classes, ascending, shape (classes,).
        class_name: Their names, None where the table gives none.
        names: The names behind the codes of each of `LABELS`, in display order.
        codes: A code per evaluation for each of `LABELS`, shape (evaluations,); evaluations are
            sorted by them.
        n_samples: Samples of the class, shape (evaluations, classes).
        n_correct: Right predictions, same shape.
        n_predicted: Predictions of the class, same shape, -1 where null.
        realised_ratio: parameters / parameters_nonzero, shape (evaluations,), NaN where null.
    """

    class_index: IntArray
    class_name: tuple[str | None, ...]
    names: dict[str, list[Any]]
    codes: dict[str, IntArray]
    n_samples: IntArray
    n_correct: IntArray
    n_predicted: IntArray
    realised_ratio: FloatArray

    @cached_property
    def baseline(self) -> IntArray:
        """The row of the baseline of each evaluation's model, -1 where there is none."""
        models, model = np.unique(self.keys(*NETWORK, "model"), return_inverse=True)
        rows = np.flatnonzero(self.having("stage", "baseline"))
        row_of_model = np.full(models.size, -1)
        row_of_model[model[rows]] = rows
        return row_of_model[model]

    def having(self, label: str, *wanted: str | float) -> BoolArray:
        """Say of each evaluation whether its label is one of these."""
        return np.array([name in wanted for name in self.names[label]])[self.codes[label]]

    def called(self, label: str, evaluation: int) -> Any:
        """Return what one evaluation is called: its study, its ratio, its model."""
        return self.names[label][self.codes[label][evaluation]]

    def keys(self, *labels: str) -> IntArray:
        """Return one number per evaluation that stands for these labels together."""
        codes = [self.codes[label] for label in labels]
        return np.asarray(np.ravel_multi_index(codes, self._sizes(labels)))

    def conditions_of(self, rows: BoolArray | IntArray) -> list[ConditionKey]:
        """Return the distinct conditions of these rows, in order."""
        labels = ConditionKey._fields
        axes = np.unravel_index(np.unique(self.keys(*labels)[rows]), self._sizes(labels))
        columns = [
            [self.names[label][code] for code in axis]
            for label, axis in zip(labels, axes, strict=True)
        ]
        return [ConditionKey(*names) for names in zip(*columns, strict=True)]

    def _sizes(self, labels: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(len(self.names[label]) for label in labels)


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
    for column in CONDITION:
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
    condition = panel.keys(*CONDITION)
    model = panel.keys(*CONDITION, "model")
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
    known: dict[str, dict[str | float, None]] = {column: {} for column in CONDITION}
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
