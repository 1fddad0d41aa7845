"""The points of the scatter plots: every class of every model, before and after."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rdstats.statistics.slopes import intensification_ratio
from rdstats.tables.measured import read_measured
from rdstats.tables.measures import Measures
from rdstats.tables.order import together
from rdstats.tables.prepared import Tables
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.words import repeated


def balances_table(table: Tables, selection: Selection = EVERYTHING) -> pd.DataFrame:
    """Return a row per condition, model and class (Figures 5 to 8), the control arm's too.

    Args:
        table: A recall table, or the union of several, prepared or not.
        selection: What of it, by which metric.

    Returns:
        study, dataset, architecture, method, ratio, stage, model: the condition and the model.
        class_index, class_name: The class.
        balance_before, balance_after: Normalized balance of the metric, NaN where undefined.
        recall_before, recall_after: Recall of the class.
        intensification_ratio: balance_after / balance_before, NaN where balance_before is 0.
        metric: What the balances are of: recall, precision or f_score.
        average: What accuracy is: micro, over samples, or macro, the mean recall of classes.

    Raises:
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.
    """
    return together(_balances(one, selection) for one in read_measured(table, selection))


def _balances(measures: Measures, selection: Selection) -> pd.DataFrame:
    """Return the rows of one panel."""
    pairing, panel = measures.pairing, measures.pairing.panel
    pairs, classes = measures.balance_before.shape
    labels = pairing.labels(pairing.condition) | {"model": pairing.models()}
    ratio = intensification_ratio(measures.balance_before, measures.balance_after)
    return pd.DataFrame(
        {
            **{label: values.repeat(classes) for label, values in labels.items()},
            "class_index": np.tile(panel.class_index, pairs),
            "class_name": repeated(panel.class_name, np.tile(np.arange(classes), pairs)),
            "balance_before": measures.balance_before.ravel(),
            "balance_after": measures.balance_after.ravel(),
            "recall_before": measures.recall_before.ravel(),
            "recall_after": measures.recall_after.ravel(),
            "intensification_ratio": ratio.ravel(),
            "metric": selection.metric,
            "average": selection.average,
        }
    )
