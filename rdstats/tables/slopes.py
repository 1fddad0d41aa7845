"""A row per model: its slope; and the points of the pictures: balances, class means, trade-off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data_contracts.schema import RATIO_FAMILY, STAGED_CONDITION
from rdstats.output.words import OK
from rdstats.statistics import class_mean
from rdstats.statistics.arrays import divide
from rdstats.statistics.balance import recall_variance
from rdstats.statistics.intervals import group_means
from rdstats.statistics.slopes import intensification_ratio
from rdstats.tables.before_after import BeforeAfter, together
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection


def slopes(table: Tables, selection: Selection = EVERYTHING) -> pd.DataFrame:
    """Return a row per model and condition, the control arm's too.

    Args:
        table: A recall table: a path, a data frame, an Arrow table, or arrays of one.
        selection: What of it, by which metric.

    Returns:
        study, dataset, architecture, method, ratio, stage, model: the condition and the model.
        alpha: Slope of the normalized balances through the origin (Section 5).
        r_squared: Its uncentred r squared.
        accuracy_before, accuracy_after: Over samples or over classes, as `average` says.
        recall_variance_before, recall_variance_after: Of recall across classes, n - 1 below.
        status: `ok`, or why alpha (or r_squared alone) is undefined.
        metric, average: As selected: what balances are of, and which accuracy.
        accuracy_ratio: A / A_t; null where A_t is 0.
        balance_slope: Slope b of the balances B before they are divided by accuracy;
            alpha = accuracy_ratio * balance_slope.
        pseudo_value: Jackknife pseudo-value of the condition's class-mean slope, M theta -
            (M - 1) theta without this model: their mean and t interval are the class-mean
            slope's. Null where the model has no balances, or is the only one.

    Raises:
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> after = rd.from_counts(
        ...     [100, 100], [84, 56], method="MP", ratio=4, stage="pruned", **of
        ... )
        >>> rd.slopes(pa.concat_tables([before, after]))["alpha"].round(3).item()
        1.6
    """
    return together(_slopes(one, selection) for one in as_arrays(table, selection).selected)


def _slopes(selected: BeforeAfter, selection: Selection) -> pd.DataFrame:
    """Return the rows of data sets with the same classes."""
    ratio = divide(selected.accuracy_before, selected.accuracy_after)
    status = np.where(selected.reason == "", OK, selected.reason)
    flat_after = selected.has_alpha & np.isnan(selected.r_squared)
    status[flat_after] = "r_squared is undefined: every class has the same value after pruning"
    return pd.DataFrame(
        {
            **selected.labels(selected.condition),
            "model": selected.models(),
            "alpha": selected.alpha,
            "r_squared": selected.r_squared,
            "accuracy_before": selected.accuracy_before,
            "accuracy_after": selected.accuracy_after,
            "recall_variance_before": recall_variance(selected.recall_before),
            "recall_variance_after": recall_variance(selected.recall_after),
            "status": status,
            "metric": selection.metric,
            "average": selection.average,
            "accuracy_ratio": ratio,
            "balance_slope": divide(selected.alpha, ratio),
            "pseudo_value": selected.pseudo_values,
        }
    )


def balances(table: Tables, selection: Selection = EVERYTHING) -> pd.DataFrame:
    """Return a row per condition, model and class (Figures 5 to 8), the control arm's too.

    Takes and refuses what `slopes` does.

    Returns:
        study, dataset, architecture, method, ratio, stage, model: the condition and the model.
        class_index, class_name: The class.
        balance_before, balance_after: Normalized balance of the metric, NaN where undefined.
        recall_before, recall_after: Recall of the class.
        intensification_ratio: balance_after / balance_before, NaN where balance_before is 0.
        metric, average: As selected.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 56], **pruned, **of)
        >>> rd.balances(pa.concat_tables([before, after]))["balance_after"].round(3).tolist()
        [0.2, -0.2]
    """
    return together(_balances(one, selection) for one in as_arrays(table, selection).selected)


def _balances(selected: BeforeAfter, selection: Selection) -> pd.DataFrame:
    """Return the rows of data sets with the same classes."""
    pairs, classes = selected.balance_before.shape
    labels = selected.labels(selected.condition) | {"model": selected.models()}
    ratio = intensification_ratio(selected.balance_before, selected.balance_after)
    return pd.DataFrame(
        {
            **{label: values.repeat(classes) for label, values in labels.items()},
            **selected.class_labels(pairs),
            "balance_before": selected.balance_before.ravel(),
            "balance_after": selected.balance_after.ravel(),
            "recall_before": selected.recall_before.ravel(),
            "recall_after": selected.recall_after.ravel(),
            "intensification_ratio": ratio.ravel(),
            "metric": selection.metric,
            "average": selection.average,
        }
    )


def class_means(table: Tables, selection: Selection = EVERYTHING) -> pd.DataFrame:
    """Return a row per condition and class, the control arm's too.

    Takes and refuses what `slopes` does.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition.
        class_index, class_name: The class.
        models: Models in the means: those whose balances are all defined.
        balance_before, balance_after: Mean normalized balance of the metric, NaN without models.
        metric, average: As selected.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn"}
        >>> rows = []
        >>> for seed, dogs in enumerate([56, 61, 58]):
        ...     who = {"model": f"seed-{seed}", **of}
        ...     rows.append(rd.from_counts([100, 100], [90, 70 + seed], ratio=1, **who))
        ...     pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        ...     rows.append(rd.from_counts([100, 100], [84, dogs], **pruned, **who))
        >>> found = rd.class_means(pa.concat_tables(rows))
        >>> found[["balance_before", "balance_after"]].round(3).values.tolist()
        [[0.118, 0.181], [-0.118, -0.181]]
    """
    return together(_class_means(one, selection) for one in as_arrays(table, selection).selected)


def _class_means(selected: BeforeAfter, selection: Selection) -> pd.DataFrame:
    """Return the rows of data sets with the same classes."""
    size, classes = len(selected.conditions), selected.balance_before.shape[-1]
    models = np.bincount(selected.condition, selected.has_balances, minlength=size)
    before, after = np.full((2, size, classes), np.nan)
    for conditions, pairs in selected.stacks(selected.has_balances):
        before[conditions] = class_mean.class_means(selected.balance_before[pairs])
        after[conditions] = class_mean.class_means(selected.balance_after[pairs])
    return pd.DataFrame(
        {
            **selected.labels(np.repeat(np.arange(size), classes)),
            **selected.class_labels(size),
            "models": np.repeat(models.astype(np.int64), classes),
            "balance_before": before.ravel(),
            "balance_after": after.ravel(),
            "metric": selection.metric,
            "average": selection.average,
        }
    )


def tradeoff(table: Tables, selection: Selection = EVERYTHING) -> pd.DataFrame:
    """Return means over models and their standard errors, a row per condition.

    Takes and refuses what `slopes` does, returns what `tradeoff_of` does.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> before = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100, 100], [84, 56], **pruned, **of)
        >>> rd.tradeoff(pa.concat_tables([before, after]))["accuracy"].tolist()
        [0.8, 0.7]
    """
    return tradeoff_of(slopes(table, selection))


def tradeoff_of(slope_rows: pd.DataFrame) -> pd.DataFrame:
    """Do what `tradeoff` does with rows of `slopes`.

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
    condition, family = list(STAGED_CONDITION), list(RATIO_FAMILY)
    compressed = slope_rows[slope_rows["stage"] != "control"]
    before = compressed.drop_duplicates([*family, "model"]).assign(
        ratio=1.0, stage="baseline", accuracy_after=lambda frame: frame["accuracy_before"]
    )
    before[["alpha", "pseudo_value"]] = np.nan
    rows = pd.concat([before, compressed], ignore_index=True)
    group = np.asarray(rows.groupby(condition, sort=False).ngroup(), dtype=np.int64)
    frame = rows.drop_duplicates(condition)[condition].reset_index(drop=True)
    for name, count, value in (
        ("accuracy", "models", "accuracy_after"),
        ("alpha_mean", "models_with_slope", "alpha"),
        ("alpha_class_mean", "models_class_mean", "pseudo_value"),
    ):
        found = group_means(rows[value].to_numpy(float), group, len(frame))
        frame = frame.assign(**{count: found.size, name: found.mean, f"{name}_error": found.error})
    networks = frame.groupby(family, sort=False).ngroup()
    return frame.iloc[np.lexsort([frame["ratio"], networks])].reset_index(drop=True)
