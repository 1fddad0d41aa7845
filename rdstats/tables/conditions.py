"""What every condition did to the classes, over all its models."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rdstats.errors import StatsError
from rdstats.output.words import listed
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray, divide
from rdstats.statistics.balance import (
    collapsed_classes,
    collapsed_models,
    excess_drops,
    recall_variance,
)
from rdstats.statistics.class_mean import class_mean_pseudo_values, class_means
from rdstats.statistics.intervals import (
    MARGIN,
    GroupMeans,
    equivalences,
    family_level,
    group_means,
    mean_interval,
    verdicts,
)
from rdstats.statistics.multiplicity import bonferroni
from rdstats.statistics.regression import pooled_interval
from rdstats.statistics.resampling import sign_flip_p
from rdstats.statistics.slopes import (
    are_centred,
    line_with_intercept,
    mean_ratios,
    pooled_r_squared,
    pooled_slopes,
    residual_spread,
    retrain_reference,
    uncentred_r_squared,
)
from rdstats.statistics.ttests import TWO_SIDED
from rdstats.tables.before_after import BeforeAfter, together
from rdstats.tables.controls import control_columns
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.status import condition_statuses, condition_warnings


def conditions(
    table: Tables,
    selection: Selection = EVERYTHING,
    *,
    delta: float = MARGIN,
    ratios_in_family: int | None = None,
    permutation: bool = False,
    seed: int = 0,
) -> pd.DataFrame:
    """Return a row per condition, the control arm's too.

    Args:
        table: A recall table: a path, a data frame, an Arrow table, or arrays of one.
        selection: What of it, by which metric.
        delta: Margin of the equivalence column, a share of 1, above 0 and below 1.
        ratios_in_family: How many intervals share one family's error, instead of the ratios
            that the table has: five for the paper's figures, whatever part of them is there.
        permutation: Test the class-mean slope against 1 by sign flips too.
        seed: Seed of its draws where not all arrangements are seen.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition.
        models: Models with a slope of their own; alpha_mean and its interval are over them.
        alpha_pooled, r_squared_pooled: The slope over all models and classes, its r squared.
        alpha_mean, ci_low, ci_high: Mean slope per model and its t interval (paper mode).
        ci_level: Level of these intervals, 1 - 0.05 / ratios of the family.
        verdict: `<`, `>` or `?` for that interval against 1; null without an interval.
        alpha_class_mean, class_mean_low, class_mean_high: Class-mean slope by jackknife.
        class_mean_verdict: `<`, `>` or `?` for it; the headline.
        equivalence: equivalent, different or inconclusive: the class-mean interval against
            1 - delta and 1 + delta.
        retrain_reference: What alpha_mean would be near if models were only trained again.
        accuracy_before, accuracy_after: Means over the evaluated models (Table 10).
        recall_variance_before, recall_variance_after: Means over them of the variance of recall
            across classes (Table 11).
        realised_ratio: Mean of parameters over those left; null where the table gives none.
        status: `ok`, or what is missing, of which models and why.
        models_evaluated: Models of the condition.
        models_class_mean: Models that the pooled and the class-mean slope are over; flat
            baselines count here.
        control_difference, control_difference_low, control_difference_high: Class-mean slope
            minus the control's, by one jackknife over the models of both, at ci_level.
        control_verdict: `<`, `>` or `?` for it against 0.
        control_equivalence: It against -delta and delta.
        control_status: `ok`, or why there is no difference.
        accuracy_ratio, balance_slope: A / A_t, and the class-mean slope of B, whose product is
            near alpha_class_mean.
        residual_spread: Standard deviation of class means about their line.
        intercept, alpha_with_intercept: The line with an intercept; null where balances sum to
            zero, for there it is the line without.
        largest_excess_drop, largest_excess_drop_class: Largest mean psi_c, and whose.
        classes, classes_collapsed: Classes, and of them with R_t < 1 / C, mean over models.
        models_with_collapse: Models with a collapsed class.
        models_collapsed, collapsed_models: Models that lost half of their classes, and which.
        warnings: `none`, or what makes intervals doubtful: models with the same counts, skewed
            values, fewer than five models.
        intensification_mean: Mean over models of their mean over classes of I (Appendix G).
        intensification_undefined: Of them without an I, balance 0 before: left out of that mean.
        accuracy_before_se, accuracy_after_se, alpha_se: Standard errors of the means over models
            (Figure 13).
        p_permutation: Of the class-mean slope being 1, two-sided, by sign flips of pseudo-values
            less 1; null unless asked for. p_permutation_adjusted: times the ratios of the family.
        delta: The margin of `equivalence` and `control_equivalence`.
        metric: What the balances are of: recall, precision or f_score.
        average: What accuracy is: micro, over samples, or macro, the mean recall of classes.
        r_squared_class_mean: Uncentred r squared of the line through the class means.
        pooled_low, pooled_high: Interval of alpha_pooled at ci_level, its errors clustered by
            model (paper mode); null for fewer than five models.

    Raises:
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.
    """
    if not 0.0 < delta < 1.0:
        raise StatsError(
            f"delta {delta:g} is not a margin around 1; choose a share between 0 and 1, as 0.10"
        )
    frame = together(
        _conditions(selected, delta, ratios_in_family, seed if permutation else None)
        for selected in as_arrays(table, selection).selected
    )
    frame["delta"] = delta
    frame["metric"] = selection.metric
    frame["average"] = selection.average
    return frame


Columns = dict[str, FloatArray | IntArray | WordArray]


def _conditions(
    selected: BeforeAfter, delta: float, ratios_in_family: int | None, seed: int | None
) -> pd.DataFrame:
    """Return the rows of data sets with the same classes."""
    sizes = [ratios_in_family or one.ratios_in_family for one in selected.conditions]
    levels = np.array([family_level(size) for size in sizes])
    per_model = _per_model(selected, levels)
    over_models = _over_models(selected, levels)
    realised = selected.counts.realised_ratio[selected.after]
    return pd.DataFrame(
        {
            **selected.labels(np.arange(len(selected.conditions))),
            "models": _counts(selected, selected.has_alpha),
            "alpha_pooled": over_models["alpha_pooled"],
            "r_squared_pooled": over_models["r_squared_pooled"],
            "alpha_mean": per_model["estimate"],
            "ci_low": per_model["low"],
            "ci_high": per_model["high"],
            "ci_level": levels,
            "verdict": verdicts(per_model["low"], per_model["high"]),
            "alpha_class_mean": over_models["estimate"],
            "class_mean_low": over_models["low"],
            "class_mean_high": over_models["high"],
            "class_mean_verdict": verdicts(over_models["low"], over_models["high"]),
            "equivalence": equivalences(over_models["low"], over_models["high"], margin=delta),
            "retrain_reference": per_model["retrain_reference"],
            "accuracy_before": _means(selected, selected.accuracy_before),
            "accuracy_after": _means(selected, selected.accuracy_after),
            "recall_variance_before": _means(selected, recall_variance(selected.recall_before)),
            "recall_variance_after": _means(selected, recall_variance(selected.recall_after)),
            "realised_ratio": _means(selected, realised),
            "status": condition_statuses(selected, per_model, over_models),
            "models_evaluated": _counts(selected),
            "models_class_mean": _counts(selected, selected.has_balances),
            **control_columns(selected, selected.pseudo_values, levels, delta),
            **{name: over_models[name] for name in _OF_THE_SLOPE},
            **_class_columns(selected),
            "warnings": condition_warnings(selected),
            **_paper_columns(selected),
            **_permutation_columns(selected, seed),
            "r_squared_class_mean": over_models["r_squared_class_mean"],
            **{name: over_models[name] for name in _CLUSTERED},
        }
    )


def _per_model(selected: BeforeAfter, levels: FloatArray) -> dict[str, FloatArray]:
    """Return the mean slope per model, its interval, and the retrain reference."""
    return selected.per_condition(
        ("estimate", "low", "high", "retrain_reference"),
        lambda condition, pairs: (
            *mean_interval(selected.alpha[pairs], levels[condition]),
            retrain_reference(selected.balance_before[pairs]),
        ),
        selected.has_alpha,
    )


_CLUSTERED = ("pooled_low", "pooled_high")
_OF_THE_SLOPE = (
    "accuracy_ratio",
    "balance_slope",
    "residual_spread",
    "intercept",
    "alpha_with_intercept",
)


def _over_models(selected: BeforeAfter, levels: FloatArray) -> dict[str, FloatArray]:
    """Return the pooled and the class-mean slope, what that is made of and what it leaves out.

    Over the models with balances. accuracy_ratio: A / A_t of the mean accuracies; balance_slope:
    the class-mean slope of the balances B before they are divided by accuracy.
    """

    def compute(condition: IntArray, pairs: IntArray) -> tuple[FloatArray, ...]:
        x, y = selected.balance_before[pairs], selected.balance_after[pairs]
        before, after = selected.accuracy_before[pairs], selected.accuracy_after[pairs]
        balances = x * before[..., np.newaxis], y * after[..., np.newaxis]
        mean_x, mean_y = x.mean(axis=-2), y.mean(axis=-2)
        line = line_with_intercept(mean_x, mean_y)
        centred = are_centred(mean_x) & are_centred(mean_y)
        return (
            *mean_interval(selected.pseudo_values[pairs], levels[condition]),
            pooled_slopes(x, y),
            pooled_r_squared(x, y),
            uncentred_r_squared(class_means(x), class_means(y)),
            divide(before.mean(axis=-1), after.mean(axis=-1)),
            class_mean_pseudo_values(*balances).mean(axis=-1),
            residual_spread(mean_x, mean_y),
            np.where(centred, np.nan, line.intercept),
            np.where(centred, np.nan, line.slope),
            *np.transpose([*map(pooled_interval, x, y, levels[condition])]),
        )

    pooled = ("alpha_pooled", "r_squared_pooled", "r_squared_class_mean")
    names = ("estimate", "low", "high", *pooled, *_OF_THE_SLOPE, *_CLUSTERED)
    return selected.per_condition(names, compute, selected.has_balances)


def _counts(selected: BeforeAfter, which: BoolArray | None = None) -> IntArray:
    """Return how many models of each condition hold."""
    condition = selected.condition if which is None else selected.condition[which]
    return np.bincount(condition, minlength=len(selected.conditions))


def _means(selected: BeforeAfter, values: FloatArray) -> FloatArray:
    """Return the mean over all evaluated models of each condition, NaN where one is NaN."""
    starts = np.flatnonzero(np.diff(selected.condition, prepend=-1))
    return np.asarray(np.add.reduceat(values, starts) / _counts(selected))


def _class_columns(selected: BeforeAfter) -> Columns:
    """Return the class that lost most, and how many classes and models collapsed.

    Over all evaluated models: largest_excess_drop, the largest mean over models of psi_c, and
    its class; classes_collapsed, the mean number of classes with R_t < 1 / C;
    models_with_collapse, models with at least one; models_collapsed, with half of them or more,
    and which.
    """
    excess = excess_drops(
        selected.recall_before,
        selected.recall_after,
        selected.accuracy_before,
        selected.accuracy_after,
    )

    def compute(_: IntArray, pairs: IntArray) -> tuple[FloatArray, FloatArray]:
        mean = excess[pairs].mean(axis=-2)
        return mean.max(axis=-1), mean.argmax(axis=-1)

    largest = selected.per_condition(("largest", "class"), compute)
    counts = selected.counts
    labels = [
        str(index) if name is None else name
        for index, name in zip(counts.class_index, counts.class_name, strict=True)
    ]
    collapsed = collapsed_classes(selected.recall_after).sum(axis=-1)
    lost = collapsed_models(selected.recall_after)
    lost_models: list[list[str]] = [[] for _ in selected.conditions]
    models, codes = counts.names["model"], counts.codes["model"]
    for pair in np.flatnonzero(lost):
        lost_models[selected.condition[pair]].append(models[codes[selected.after[pair]]])
    evaluated = _counts(selected)
    return {
        "largest_excess_drop": largest["largest"],
        "largest_excess_drop_class": np.array(labels, object)[largest["class"].astype(np.int64)],
        "classes": np.full(evaluated.shape, counts.class_index.size),
        "classes_collapsed": np.bincount(selected.condition, collapsed) / evaluated,
        "models_with_collapse": _counts(selected, collapsed > 0),
        "models_collapsed": _counts(selected, lost),
        "collapsed_models": np.array([listed(names) for names in lost_models], dtype=object),
    }


def _paper_columns(selected: BeforeAfter) -> dict[str, FloatArray | IntArray]:
    """Return the mean of I and standard errors, a value per condition.

    The mean over models of each model's mean over classes (`mean_ratios`: classes without an I
    are left out and counted, as in Appendix G of `rdstats paper`).

    Checked against R: mean(rowMeans(after / before)), sd(accuracy) / sqrt(models).
    """
    ratios = mean_ratios(selected.balance_before, selected.balance_after)

    def over_models(values: FloatArray) -> GroupMeans:
        return group_means(values, selected.condition, len(selected.conditions))

    return {
        "intensification_mean": over_models(ratios.mean).mean,
        "intensification_undefined": np.bincount(selected.condition, ratios.undefined).astype(int),
        "accuracy_before_se": over_models(selected.accuracy_before).error,
        "accuracy_after_se": over_models(selected.accuracy_after).error,
        "alpha_se": over_models(selected.alpha).error,
    }


def _permutation_columns(selected: BeforeAfter, seed: int | None) -> dict[str, FloatArray]:
    """Return p of a class-mean slope of 1 by sign flips, NaN without a seed.

    Args:
        selected: The conditions' models, before and after.
        seed: Seed of the draws of each condition; None for no test.
    """
    pseudo = selected.pseudo_values
    p = np.full(len(selected.conditions), np.nan)
    for places, pairs in selected.stacks(~np.isnan(pseudo)) if seed is not None else ():
        for condition, values in zip(places, pseudo[pairs], strict=True):
            # One generator per test: its draws do not depend on the other conditions.
            p[condition] = sign_flip_p(values - 1.0, TWO_SIDED, np.random.default_rng(seed))
    ratios = np.array([one.ratios_in_family for one in selected.conditions])
    return {"p_permutation": p, "p_permutation_adjusted": bonferroni(p, ratios)}
