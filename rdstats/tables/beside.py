"""What must be read beside a slope: a slope of 1 can hide a class that was destroyed."""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray, divide
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.collapse import collapsed_classes, collapsed_models
from rdstats.statistics.drops import excess_drops
from rdstats.statistics.lines import are_centred, line_with_intercept, residual_spread
from rdstats.tables.measures import Measures
from rdstats.tables.pairing import Pairing
from rdstats.tables.wording import listed

Columns = dict[str, FloatArray | IntArray | WordArray]

_OF_THE_SLOPE = (
    "accuracy_ratio",
    "balance_slope",
    "residual_spread",
    "intercept",
    "alpha_with_intercept",
)


def slope_columns(measures: Measures) -> Columns:
    """Return what the class-mean slope is made of, and what it leaves out.

    Over the models of the class-mean slope, NaN where it has none: accuracy_ratio, A / A_t of the
    mean accuracies; balance_slope, the class-mean slope of the balances B before they are divided
    by accuracy; residual_spread about the line of the class means; and the line with an
    intercept through them, where balances do not sum to zero.
    """
    pairing = measures.pairing
    columns = {name: np.full(len(pairing.conditions), np.nan) for name in _OF_THE_SLOPE}
    for conditions, pairs in pairing.stacks(measures.has_balances):
        x, y = measures.balance_before[pairs], measures.balance_after[pairs]
        before, after = measures.accuracy_before[pairs], measures.accuracy_after[pairs]
        balances = x * before[..., np.newaxis], y * after[..., np.newaxis]
        mean_x, mean_y = x.mean(axis=-2), y.mean(axis=-2)
        line = line_with_intercept(mean_x, mean_y)
        centred = are_centred(mean_x) & are_centred(mean_y)
        values = (
            divide(before.mean(axis=-1), after.mean(axis=-1)),
            class_mean_pseudo_values(*balances).mean(axis=-1),
            residual_spread(mean_x, mean_y),
            np.where(centred, np.nan, line.intercept),
            np.where(centred, np.nan, line.slope),
        )
        for name, value in zip(_OF_THE_SLOPE, values, strict=True):
            columns[name][conditions] = value
    return dict(columns)


def class_columns(measures: Measures) -> Columns:
    """Return the class that lost most, and how many classes and models collapsed.

    Over all evaluated models: largest_excess_drop, the largest mean over models of psi_c, and
    its class; classes_collapsed, the mean number of classes with R_t < 1 / C;
    models_with_collapse, models with at least one; models_collapsed, with half of them or more,
    and which.
    """
    pairing = measures.pairing
    size, classes = len(pairing.conditions), pairing.panel.class_index.size
    excess = excess_drops(
        measures.recall_before,
        measures.recall_after,
        measures.accuracy_before,
        measures.accuracy_after,
    )
    largest = np.full(size, np.nan)
    worst = np.zeros(size, dtype=np.int64)
    for conditions, pairs in pairing.stacks(np.ones(pairing.after.size, dtype=bool)):
        mean = excess[pairs].mean(axis=-2)
        largest[conditions] = mean.max(axis=-1)
        worst[conditions] = mean.argmax(axis=-1)
    collapsed = collapsed_classes(measures.recall_after).sum(axis=-1)
    lost = collapsed_models(measures.recall_after)

    def count(which: FloatArray | IntArray) -> IntArray:
        found = np.bincount(pairing.condition, weights=which, minlength=size)
        return np.asarray(np.rint(found), dtype=np.int64)

    evaluated = np.bincount(pairing.condition, minlength=size)
    return {
        "largest_excess_drop": largest,
        "largest_excess_drop_class": _class_labels(pairing)[worst],
        "classes": np.full(size, classes),
        "classes_collapsed": count(collapsed) / evaluated,
        "models_with_collapse": count((collapsed > 0).astype(np.int64)),
        "models_collapsed": count(lost.astype(np.int64)),
        "collapsed_models": _names(pairing, lost),
    }


def _class_labels(pairing: Pairing) -> WordArray:
    """Return the name of each class, its index where the table gives no name."""
    panel = pairing.panel
    return np.array(
        [
            str(index) if name is None else name
            for index, name in zip(panel.class_index, panel.class_name, strict=True)
        ],
        dtype=object,
    )


def _names(pairing: Pairing, which: BoolArray) -> WordArray:
    """Return the models of each condition for which `which` holds, as a list in words."""
    found: list[list[str]] = [[] for _ in pairing.conditions]
    models, codes = pairing.panel.names["model"], pairing.panel.codes["model"]
    for pair in np.flatnonzero(which):
        found[pairing.condition[pair]].append(models[codes[pairing.after[pair]]])
    return np.array([listed(names) for names in found], dtype=object)
