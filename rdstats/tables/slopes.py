"""The slope of every model in every condition."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rdstats.statistics.arrays import divide
from rdstats.tables.measured import read_measured
from rdstats.tables.measures import Measures
from rdstats.tables.order import together
from rdstats.tables.prepared import Tables
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.wording import OK


def slopes_table(table: Tables, selection: Selection = EVERYTHING) -> pd.DataFrame:
    """Return a row per model and condition, the control arm's too.

    Args:
        table: A recall table, or the union of several, prepared or not.
        selection: What of it, by which metric.

    Returns:
        study, dataset, architecture, method, ratio, stage, model: the condition and the model.
        alpha: Slope of the normalized balances through the origin (Section 5).
        r_squared: Its uncentred r squared.
        accuracy_before, accuracy_after: Over all test samples.
        recall_variance_before, recall_variance_after: Of recall across classes, n - 1 below.
        status: `ok`, or why alpha (or r_squared alone) is undefined.
        metric: What the balances are of: recall, precision or f_score.
        average: What accuracy is: micro, over samples, or macro, the mean recall of classes.
        accuracy_ratio: A / A_t; null where A_t is 0.
        balance_slope: Slope b of the balances B before they are divided by accuracy;
            alpha = accuracy_ratio * balance_slope.
        pseudo_value: Jackknife pseudo-value of the condition's class-mean slope, M theta -
            (M - 1) theta without this model: their mean and t interval are the class-mean
            slope's. Null where the model has no balances, or is the only one.

    Raises:
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.
    """
    return together(_slopes(one, selection) for one in read_measured(table, selection))


def _slopes(measures: Measures, selection: Selection) -> pd.DataFrame:
    """Return the rows of one panel."""
    pairing = measures.pairing
    ratio = divide(measures.accuracy_before, measures.accuracy_after)
    status = np.where(measures.reason == "", OK, measures.reason)
    flat_after = measures.has_alpha & np.isnan(measures.r_squared)
    status[flat_after] = "r_squared is undefined: every class has the same value after pruning"
    return pd.DataFrame(
        {
            **pairing.labels(pairing.condition),
            "model": pairing.models(),
            "alpha": measures.alpha,
            "r_squared": measures.r_squared,
            "accuracy_before": measures.accuracy_before,
            "accuracy_after": measures.accuracy_after,
            "recall_variance_before": measures.recall_variance_before,
            "recall_variance_after": measures.recall_variance_after,
            "status": status,
            "metric": selection.metric,
            "average": selection.average,
            "accuracy_ratio": ratio,
            "balance_slope": divide(measures.alpha, ratio),
            "pseudo_value": measures.pseudo_values,
        }
    )
