"""The points of the class-mean scatter plots: every class, as the mean of its models."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rdstats.statistics.class_mean import class_means
from rdstats.tables.measured import read_measured
from rdstats.tables.measures import Measures
from rdstats.tables.order import together
from rdstats.tables.prepared import Tables
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.words import repeated


def class_means_table(table: Tables, selection: Selection = EVERYTHING) -> pd.DataFrame:
    """Return a row per condition and class, the control arm's too.

    Args:
        table: A recall table, or the union of several.
        selection: What of it, by which metric.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition.
        class_index, class_name: The class.
        models: Models in the means: those whose balances are all defined.
        balance_before, balance_after: Mean normalized balance of the metric, NaN without models.
        metric: What the balances are of: recall, precision or f_score.
        average: What accuracy is: micro, over samples, or macro, the mean recall of classes.

    Raises:
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.
    """
    return together(_class_means(one, selection) for one in read_measured(table, selection))


def _class_means(measures: Measures, selection: Selection) -> pd.DataFrame:
    """Return the rows of one panel."""
    pairing = measures.pairing
    size, classes = len(pairing.conditions), measures.balance_before.shape[-1]
    models = np.zeros(size, dtype=np.int64)
    before, after = np.full((2, size, classes), np.nan)
    for conditions, pairs in pairing.stacks(measures.has_balances):
        models[conditions] = pairs.shape[-1]
        before[conditions] = class_means(measures.balance_before[pairs])
        after[conditions] = class_means(measures.balance_after[pairs])
    return pd.DataFrame(
        {
            **pairing.labels(np.repeat(np.arange(size), classes)),
            "class_index": np.tile(pairing.panel.class_index, size),
            "class_name": repeated(pairing.panel.class_name, np.tile(np.arange(classes), size)),
            "models": np.repeat(models, classes),
            "balance_before": before.ravel(),
            "balance_after": after.ravel(),
            "metric": selection.metric,
            "average": selection.average,
        }
    )
