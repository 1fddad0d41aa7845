"""The selected evaluated models, each beside its baseline: balances, slopes, and gaps in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from data_contracts.schema import BLOCK, NETWORK, STAGED_CONDITION
from rdstats.errors import StatsError
from rdstats.output.words import UNITS, column_key
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray
from rdstats.statistics.balance import (
    accuracy,
    f_score,
    normalized_recall_balance,
    precision,
    recall,
)
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.slopes import slopes_through_origin, uncentred_r_squared
from rdstats.tables.counts import ConditionKey, Counts
from rdstats.tables.selection import (
    Selection,
    family_sizes,
    nothing_left,
    refuse_unknown_values,
    selected_rows,
)

_CELLS = 2**18  # models times classes of a stack: 2 MB in each array
_NO_ACCURACY_AFTER = "the accuracy after pruning is 0"
_NEVER_PREDICTED_AFTER = "a class is never predicted after pruning"
# Reasons that compression made, and not the baseline: to leave such a model out is to select.
LOST_AFTER = (_NO_ACCURACY_AFTER, _NEVER_PREDICTED_AFTER)
NO_CLASS_MEAN = "the class-mean slope needs two models that differ between classes"


@dataclass(frozen=True)
class Condition:
    """One condition (D, M, P, t) at one stage, or a control arm."""

    key: ConditionKey  # of a control with the method whose extra training it repeats, or none
    stage: str  # `finetuned`, `pruned` or `control`
    models: tuple[str, ...]  # evaluated here, in natural order
    missing: tuple[str, ...]  # trained (they have a baseline), but not evaluated here
    # Distinct pruning ratios of this study, data set, architecture and method in the whole table;
    # for a control those of the methods it stands beside.
    ratios_in_family: int

    @property
    def label(self) -> str:
        """The condition in words, for messages and the arms of a comparison."""
        if self.stage == "control":
            method = "" if self.key.method == "none" else f", {self.key.method}"
            return f"{self.key.study}: {self.key.dataset}, {self.key.architecture}{method}, control"
        return f"{self.key.label}, {self.stage}"


@dataclass(frozen=True)
class BeforeAfter:
    """The selected evaluated models of data sets with the same classes, before and after.

    A pair is an evaluated model and its baseline; pairs lie condition after condition, their
    models in order. Recalls and balances have shape (pairs, classes), everything else (pairs,).
    """

    counts: Counts  # where they come from
    selection: Selection  # of them
    conditions: tuple[Condition, ...]  # in display order
    condition: IntArray  # position in `conditions`
    before: IntArray  # row in `counts` of the baseline
    after: IntArray  # row of the compressed model, or of the control
    recall_before: FloatArray
    recall_after: FloatArray
    accuracy_before: FloatArray
    accuracy_after: FloatArray
    balance_before: FloatArray  # normalized, of the selected metric
    balance_after: FloatArray
    alpha: FloatArray  # NaN where undefined
    r_squared: FloatArray  # uncentred, NaN where undefined
    reason: WordArray  # why alpha is undefined, "" where it is defined
    has_alpha: BoolArray
    has_balances: BoolArray  # flat or not: these count for slopes over several models
    pseudo_values: FloatArray  # of the class-mean slope, NaN where there are no balances

    def stacks(self, usable: BoolArray | None = None) -> Iterator[tuple[IntArray, IntArray]]:
        """Yield (conditions (k,), pairs (k, models)) with equally many usable models each."""
        return _stacks(self.condition, self.recall_before.shape[-1], usable)

    def per_condition(
        self,
        names: Sequence[str],
        compute: Callable[[IntArray, IntArray], Iterable[FloatArray]],
        usable: BoolArray | None = None,
    ) -> dict[str, FloatArray]:
        """Return columns of shape (conditions,), NaN where no model is usable.

        `compute` returns them for a stack of conditions with equally many usable models.
        """
        columns = {name: np.full(len(self.conditions), np.nan) for name in names}
        for conditions, pairs in self.stacks(usable):
            for name, values in zip(names, compute(conditions, pairs), strict=True):
                columns[name][conditions] = values
        return columns

    def labels(self, conditions: IntArray) -> dict[str, ExtensionArray]:
        """Return the columns that name these conditions, a value per element."""
        keys = [(*one.key, one.stage) for one in self.conditions]
        return {
            name: repeated(values, conditions)
            for name, values in zip(STAGED_CONDITION, zip(*keys, strict=True), strict=True)
        }

    def models(self) -> ExtensionArray:
        """Return the column that names the model of each pair."""
        return repeated(self.counts.names["model"], self.counts.codes["model"][self.after])

    def class_labels(self, times: int) -> dict[str, IntArray | ExtensionArray]:
        """Return the columns that name the classes, all of them so many times."""
        classes = self.counts.class_index
        return {
            "class_index": np.tile(classes, times),
            "class_name": repeated(self.counts.class_name, np.tile(np.arange(classes.size), times)),
        }


def repeated(words: Iterable[Any], positions: IntArray) -> ExtensionArray:
    """Return the word (or ratio) at each position; pandas takes it over once, not once a row."""
    column: ExtensionArray = pd.Series(list(words)).array
    return column.take(positions)


def together(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of several frames below each other, studies and data sets in their order."""
    parts = list(frames)
    whole = parts[0] if len(parts) == 1 else by_study(pd.concat(parts, ignore_index=True))
    whole.attrs["units"] = UNITS
    return whole


def by_study(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of their studies and data sets, else in the order they have."""

    def places(column: pd.Series[Any]) -> pd.Series[Any]:
        codes, names = pd.factorize(column)
        order = sorted(names, key=column_key(str(column.name)))
        places = {name: place for place, name in enumerate(order)}
        return pd.Series(np.array([places[name] for name in names])[codes])

    return frame.sort_values(list(BLOCK), key=places, ignore_index=True)


def before_and_after(counts: Sequence[Counts], selection: Selection) -> tuple[BeforeAfter, ...]:
    """Return the selected part of all counts, or refuse it as `as_arrays` says.

    Counts with nothing selected are left out.
    """
    refuse_unknown_values(counts, selection)
    rows = [np.flatnonzero(selected_rows(each, selection)) for each in counts]
    asked = selection.where or selection.stage
    controls = [
        each.having("stage", "control")[here] for each, here in zip(counts, rows, strict=True)
    ]
    if not any(map(np.size, rows)) or (asked and all(each.all() for each in controls)):
        raise nothing_left(selection)
    return tuple(
        _before_after(each, here, selection)
        for each, here in zip(counts, rows, strict=True)
        if here.size
    )


def _before_after(counts: Counts, after: IntArray, selection: Selection) -> BeforeAfter:
    """Compute what belongs to these rows."""
    before, metric = counts.baseline[after], selection.metric
    if metric != "recall":
        _refuse_null_predictions(counts, np.union1d(before, after), metric)
    first = np.diff(counts.keys(*STAGED_CONDITION)[after], prepend=-1) != 0
    condition = np.cumsum(first) - 1
    recalls = recall(counts.n_correct, counts.n_samples)
    if selection.average == "macro":
        accuracies = np.asarray(recalls.mean(axis=-1))
    else:
        accuracies = accuracy(counts.n_correct, counts.n_samples)
    values = recalls
    if metric == "precision":
        values = precision(counts.n_correct, counts.n_predicted)
    elif metric == "f_score":
        values = f_score(counts.n_correct, counts.n_samples, counts.n_predicted)
    balances = normalized_recall_balance(values, accuracies)
    x, y = balances[before], balances[after]
    alpha = slopes_through_origin(x, y)
    has_balances = np.asarray(np.isfinite(x).all(axis=-1) & np.isfinite(y).all(axis=-1))
    pseudo = np.full(alpha.shape, np.nan)
    for _, pairs in _stacks(condition, x.shape[-1], has_balances):
        pseudo[pairs] = class_mean_pseudo_values(x[pairs], y[pairs])
    return BeforeAfter(
        counts=counts,
        selection=selection,
        conditions=_conditions(counts, np.split(after, np.flatnonzero(first)[1:])),
        condition=condition,
        before=before,
        after=after,
        recall_before=recalls[before],
        recall_after=recalls[after],
        accuracy_before=accuracies[before],
        accuracy_after=accuracies[after],
        balance_before=x,
        balance_after=y,
        alpha=alpha,
        r_squared=uncentred_r_squared(x, y),
        reason=_reasons(alpha, accuracies[before], accuracies[after], x, y, metric),
        has_alpha=~np.isnan(alpha),
        has_balances=has_balances,
        pseudo_values=pseudo,
    )


def _stacks(
    condition: IntArray, classes: int, usable: BoolArray | None
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield (conditions (k,), pairs (k, models)) with equally many usable models each.

    So a statistic runs once over many conditions; not over more than the processor's cache
    holds, which would be slower, and take memory.
    """
    pairs = np.arange(condition.size) if usable is None else np.flatnonzero(usable)
    counts = np.bincount(condition[pairs])
    starts = np.cumsum(counts) - counts
    for count in np.unique(counts[counts > 0]):
        conditions = np.flatnonzero(counts == count)
        step = max(1, _CELLS // (int(count) * classes))
        for first in range(0, conditions.size, step):
            here = conditions[first : first + step]
            yield here, pairs[starts[here][:, np.newaxis] + np.arange(count)]


def _conditions(counts: Counts, blocks: Sequence[IntArray]) -> tuple[Condition, ...]:
    """Describe the condition that each block of rows makes up."""
    names, codes = np.array(counts.names["model"], dtype=object), counts.codes["model"]
    network = counts.keys(*NETWORK)
    baselines = np.flatnonzero(counts.having("stage", "baseline"))
    trained = {
        key: np.sort(codes[baselines[network[baselines] == key]])
        for key in np.unique(network).tolist()
    }
    families = family_sizes(counts)

    def condition(block: IntArray) -> Condition:
        first = int(block[0])
        (key,) = counts.conditions_of(block[:1])
        models, everyone = codes[block], trained[int(network[first])]
        missing = () if models.size == everyone.size else names[np.setdiff1d(everyone, models)]
        return Condition(
            key=key,
            stage=counts.name("stage", first),
            models=tuple(names[models]),
            missing=tuple(missing),
            ratios_in_family=families.get(key[:-1], 1),
        )

    return tuple(condition(block) for block in blocks)


def _reasons(
    alpha: FloatArray,
    accuracy_before: FloatArray,
    accuracy_after: FloatArray,
    balance_before: FloatArray,
    balance_after: FloatArray,
    metric: str,
) -> WordArray:
    """Say why each slope is undefined; the cause that comes first in a model's life wins."""
    flat = f"the {metric} of every class is the accuracy before pruning"
    if metric == "recall" and balance_before.shape[-1] == 1:
        flat = "there is one class only, so recall is accuracy"
    elif metric == "recall":
        flat = "every class has the same recall before pruning"
    causes = (
        (accuracy_before == 0, "the accuracy before pruning is 0"),
        (np.isnan(balance_before).any(axis=-1), "a class is never predicted before pruning"),
        (accuracy_after == 0, _NO_ACCURACY_AFTER),
        (np.isnan(balance_after).any(axis=-1), _NEVER_PREDICTED_AFTER),
        (np.isnan(alpha), flat),
    )
    reasons = np.full(alpha.shape, "", dtype=object)
    for holds, words in reversed(causes):
        reasons[holds] = words
    return reasons


def _refuse_null_predictions(counts: Counts, rows: IntArray, metric: str) -> None:
    """Refuse precision and F-score where the table does not say what was predicted."""
    null = np.asarray((counts.n_predicted[rows] < 0).any(axis=-1))
    if null.any():
        block = counts.keys(*BLOCK)[rows]
        first = int(np.argmax(null))
        alike = block == block[first]
        study, dataset = (counts.name(label, int(rows[first])) for label in BLOCK)
        raise StatsError(
            f"metric {metric} needs n_predicted, which is null in {int(null[alike].sum())} of "
            f"{int(alike.sum())} evaluated models of {study}, {dataset}; import the "
            "predictions again with what was predicted, or use --metric recall"
        )
