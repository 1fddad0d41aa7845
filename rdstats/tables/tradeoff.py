"""What pruning does to accuracy and to the slope, ratio by ratio (Appendix E, Figure 13)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rdstats.statistics.group_means import group_means
from rdstats.tables.prepared import Tables
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.slopes import slopes_table

_NETWORK = ["study", "dataset", "architecture", "method"]
_CONDITION = [*_NETWORK, "ratio", "stage"]


def tradeoff_table(table: Tables, selection: Selection = EVERYTHING) -> pd.DataFrame:
    """Return means over models and their standard errors, a row per condition.

    Args:
        table: A recall table, or the union of several.
        selection: What of it, by which metric.

    Returns:
        As `tradeoff_of` returns it.

    Raises:
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.
    """
    return tradeoff_of(slopes_table(table, selection))


def tradeoff_of(slopes: pd.DataFrame) -> pd.DataFrame:
    """Do what `tradeoff_table` does with slopes that are there already.

    Args:
        slopes: As `slopes_table` returns it.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition; of every study, data
            set, architecture and method first a row of ratio 1 and stage `baseline`, the models
            before pruning, each counted once.
        models: Models evaluated.
        accuracy, accuracy_error: Their mean accuracy and its standard error, s / sqrt(models).
        models_with_slope: Models with a slope of their own.
        alpha_mean, alpha_mean_error: Mean of their slopes and its standard error; null at ratio 1.
        models_class_mean: Models with a pseudo-value of the class-mean slope.
        alpha_class_mean, alpha_class_mean_error: Class-mean slope, the mean of them, and its
            jackknife standard error; null at ratio 1.
    """
    compressed = slopes[slopes["stage"] != "control"]
    before = compressed.drop_duplicates([*_NETWORK, "model"]).assign(
        ratio=1.0, stage="baseline", accuracy_after=lambda frame: frame["accuracy_before"]
    )
    before[["alpha", "pseudo_value"]] = np.nan
    together = pd.concat([before, compressed], ignore_index=True)
    groups = together.groupby(_CONDITION, sort=False)
    frame = together.drop_duplicates(_CONDITION)[_CONDITION].reset_index(drop=True)
    group = np.asarray(groups.ngroup(), dtype=np.int64)
    for name, count, value in (
        ("accuracy", "models", "accuracy_after"),
        ("alpha_mean", "models_with_slope", "alpha"),
        ("alpha_class_mean", "models_class_mean", "pseudo_value"),
    ):
        found = group_means(together[value].to_numpy(float), group, len(frame))
        frame = frame.assign(**{count: found.size, name: found.mean, f"{name}_error": found.error})
    network = frame.groupby(_NETWORK, sort=False).ngroup().rename("network")
    order = pd.concat([network, frame["ratio"]], axis=1).sort_values(["network", "ratio"]).index
    return frame.loc[order].reset_index(drop=True)
