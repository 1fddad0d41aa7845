"""What is measured on every pair of evaluations: balances, slopes, and why a slope is missing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdstats.errors import StatsError
from rdstats.statistics.arrays import BoolArray, FloatArray, WordArray
from rdstats.statistics.balance import (
    accuracy,
    f_score,
    macro_accuracy,
    normalized_recall_balance,
    precision,
    recall,
    recall_variance,
)
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.slopes import slopes_through_origin, uncentred_r_squared
from rdstats.tables.pairing import Pairing
from rdstats.tables.panel import Panel

_NO_ACCURACY_AFTER = "the accuracy after pruning is 0"
_NEVER_PREDICTED_AFTER = "a class is never predicted after pruning"
# Reasons that compression made, and not the baseline: to leave such a model out is to select.
LOST_AFTER = (_NO_ACCURACY_AFTER, _NEVER_PREDICTED_AFTER)
NO_CLASS_MEAN = "the class-mean slope needs two models that differ between classes"


@dataclass(frozen=True)
class Measures:
    """Finished numbers per pair of evaluations, in the order of the pairing.

    Attributes:
        pairing: The pairs.
        recall_before: Recall before compression, shape (pairs, classes); likewise after.
        recall_after: Recall after.
        accuracy_before: Accuracy before, shape (pairs,); likewise after.
        accuracy_after: Accuracy after.
        balance_before: Normalized balance of the selected metric, shape (pairs, classes).
        balance_after: The same after.
        alpha: Slope of each model, shape (pairs,), NaN where undefined.
        r_squared: Uncentred r squared, shape (pairs,), NaN where undefined.
        reason: Why alpha is undefined, "" where it is defined, shape (pairs,).
    """

    pairing: Pairing
    recall_before: FloatArray
    recall_after: FloatArray
    accuracy_before: FloatArray
    accuracy_after: FloatArray
    balance_before: FloatArray
    balance_after: FloatArray
    alpha: FloatArray
    r_squared: FloatArray
    reason: WordArray

    @cached_property
    def has_alpha(self) -> BoolArray:
        """Which pairs have a slope of their own."""
        return ~np.isnan(self.alpha)

    @cached_property
    def has_balances(self) -> BoolArray:
        """Which pairs have balances, flat or not: they count for slopes over several models."""
        return np.asarray(
            np.isfinite(self.balance_before).all(axis=-1)
            & np.isfinite(self.balance_after).all(axis=-1)
        )

    @cached_property
    def pseudo_values(self) -> FloatArray:
        """The class-mean pseudo-value of each pair, NaN where its model has no balances."""
        values = np.full(self.alpha.shape, np.nan)
        for _, pairs in self.pairing.stacks(self.has_balances):
            values[pairs] = class_mean_pseudo_values(
                self.balance_before[pairs], self.balance_after[pairs]
            )
        return values

    @cached_property
    def recall_variance_before(self) -> FloatArray:
        """The variance of recall across classes before, shape (pairs,); likewise after."""
        return recall_variance(self.recall_before)

    @cached_property
    def recall_variance_after(self) -> FloatArray:
        """The variance of recall across classes after, shape (pairs,)."""
        return recall_variance(self.recall_after)


def measure(pairing: Pairing, metric: str, average: str = "micro") -> Measures:
    """Measure every pair of a pairing.

    Args:
        pairing: Evaluations beside their baselines.
        metric: `recall`, `precision` or `f_score`.
        average: `micro`, accuracy over samples, or `macro`, the mean recall of classes.

    Raises:
        StatsError: The metric needs `n_predicted`, which is null somewhere.
    """
    panel = pairing.panel
    before, after = pairing.before, pairing.after
    if metric != "recall":
        _refuse_null_predictions(pairing, metric)
    recalls = recall(panel.n_correct, panel.n_samples)
    if average == "macro":
        accuracies = macro_accuracy(recalls)
    else:
        accuracies = accuracy(panel.n_correct, panel.n_samples)
    values = recalls if metric == "recall" else _values(panel, metric)
    balances = normalized_recall_balance(values, accuracies)
    x, y = balances[before], balances[after]
    alpha = slopes_through_origin(x, y)
    return Measures(
        pairing=pairing,
        recall_before=recalls[before],
        recall_after=recalls[after],
        accuracy_before=accuracies[before],
        accuracy_after=accuracies[after],
        balance_before=x,
        balance_after=y,
        alpha=alpha,
        r_squared=uncentred_r_squared(x, y),
        reason=_reasons(alpha, accuracies[before], accuracies[after], x, y, metric),
    )


def _values(panel: Panel, metric: str) -> FloatArray:
    """Return precision or F-score; of the selected rows none has a null n_predicted."""
    if metric == "precision":
        return precision(panel.n_correct, panel.n_predicted)
    return f_score(panel.n_correct, panel.n_samples, panel.n_predicted)


def _reasons(
    alpha: FloatArray,
    accuracy_before: FloatArray,
    accuracy_after: FloatArray,
    balance_before: FloatArray,
    balance_after: FloatArray,
    metric: str,
) -> WordArray:
    """Say why each slope is undefined; the cause that comes first in a model's life wins."""
    flat = (
        "every class has the same recall before pruning"
        if metric == "recall"
        else f"the {metric} of every class is the accuracy before pruning"
    )
    if balance_before.shape[-1] == 1 and metric == "recall":
        flat = "there is one class only, so recall is accuracy"
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


def _refuse_null_predictions(pairing: Pairing, metric: str) -> None:
    """Refuse precision and F-score where the table does not say what was predicted."""
    panel = pairing.panel
    rows = np.union1d(pairing.before, pairing.after)
    null = np.asarray((panel.n_predicted[rows] < 0).any(axis=-1))
    if null.any():
        block = panel.keys("study", "dataset")[rows]
        first = int(np.argmax(null))
        alike = block == block[first]
        study, dataset = (panel.called(label, int(rows[first])) for label in ("study", "dataset"))
        raise StatsError(
            f"metric {metric} needs n_predicted, which is null in {int(null[alike].sum())} of "
            f"{int(alike.sum())} evaluated models of {study}, {dataset}; import the "
            "predictions again with what was predicted, or use --metric recall"
        )
