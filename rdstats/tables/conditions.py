"""What every condition did to the classes, over all its models."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rdstats.errors import StatsError
from rdstats.output.order import together
from rdstats.output.words import listed
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray, divide
from rdstats.statistics.balance import collapsed_classes, collapsed_models, excess_drops
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
from rdstats.tables.controls import control_columns
from rdstats.tables.measures import Measures
from rdstats.tables.pairing import Pairing
from rdstats.tables.prepared import Tables, read_measured
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.status import condition_statuses, condition_warnings


def conditions_table(
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
        table: A recall table, or the union of several, prepared or not.
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
        ci_level: Level of both intervals, 1 - 0.05 / ratios of the family.
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

    Raises:
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        ContractError: A compressed or control row has no baseline row.
    """
    if not 0.0 < delta < 1.0:
        raise StatsError(
            f"delta {delta:g} is not a margin around 1; choose a share between 0 and 1, as 0.10"
        )
    frames = [
        _conditions(
            measures,
            _levels(measures.pairing, ratios_in_family),
            delta,
            seed if permutation else None,
        )
        for measures in read_measured(table, selection)
    ]
    frame = together(frames)
    frame["delta"] = delta
    frame["metric"] = selection.metric
    frame["average"] = selection.average
    return frame


def _levels(pairing: Pairing, ratios_in_family: int | None) -> FloatArray:
    """Return the level of each condition's intervals."""
    sizes = [ratios_in_family or one.ratios_in_family for one in pairing.conditions]
    return np.array([family_level(size) for size in sizes])


def _conditions(
    measures: Measures, levels: FloatArray, delta: float, seed: int | None
) -> pd.DataFrame:
    """Return the rows of one panel."""
    pairing, pseudo = measures.pairing, measures.pseudo_values
    size = len(pairing.conditions)
    everyone = np.ones(pairing.after.size, dtype=bool)
    per_model = _per_model(measures, levels)
    over_models = _over_models(measures, levels)
    realised = pairing.panel.realised_ratio[pairing.after]
    return pd.DataFrame(
        {
            **pairing.labels(np.arange(size)),
            "models": _counts(pairing, measures.has_alpha),
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
            "accuracy_before": _means(pairing, measures.accuracy_before),
            "accuracy_after": _means(pairing, measures.accuracy_after),
            "recall_variance_before": _means(pairing, measures.recall_variance_before),
            "recall_variance_after": _means(pairing, measures.recall_variance_after),
            "realised_ratio": _means(pairing, realised),
            "status": condition_statuses(measures, per_model, over_models),
            "models_evaluated": _counts(pairing, everyone),
            "models_class_mean": _counts(pairing, measures.has_balances),
            **control_columns(pairing, pseudo, levels, delta),
            **slope_columns(measures),
            **class_columns(measures),
            "warnings": condition_warnings(measures),
            **paper_columns(measures),
            **permutation_columns(pairing, pseudo, seed),
            "r_squared_class_mean": over_models["r_squared_class_mean"],
        }
    )


def _per_model(measures: Measures, levels: FloatArray) -> dict[str, FloatArray]:
    """Return the mean slope per model, its interval, and the retrain reference."""
    pairing = measures.pairing
    names = ("estimate", "low", "high", "retrain_reference")
    columns = {name: np.full(len(pairing.conditions), np.nan) for name in names}
    for conditions, pairs in pairing.stacks(measures.has_alpha):
        interval = mean_interval(measures.alpha[pairs], levels[conditions])
        reference = retrain_reference(measures.balance_before[pairs])
        for name, values in zip(names, (*interval, reference), strict=True):
            columns[name][conditions] = values
    return columns


def _over_models(measures: Measures, levels: FloatArray) -> dict[str, FloatArray]:
    """Return the pooled slope, and the class-mean slope with its interval."""
    pairing = measures.pairing
    r_squared = ("r_squared_pooled", "r_squared_class_mean")
    names = ("estimate", "low", "high", "alpha_pooled", *r_squared)
    columns = {name: np.full(len(pairing.conditions), np.nan) for name in names}
    for conditions, pairs in pairing.stacks(measures.has_balances):
        before, after = measures.balance_before[pairs], measures.balance_after[pairs]
        interval = mean_interval(measures.pseudo_values[pairs], levels[conditions])
        lines = (
            pooled_slopes(before, after),
            pooled_r_squared(before, after),
            uncentred_r_squared(class_means(before), class_means(after)),
        )
        for name, values in zip(names, (*interval, *lines), strict=True):
            columns[name][conditions] = values
    return columns


def _counts(pairing: Pairing, which: BoolArray) -> IntArray:
    """Return how many pairs of each condition hold."""
    return np.bincount(pairing.condition[which], minlength=len(pairing.conditions))


def _means(pairing: Pairing, values: FloatArray) -> FloatArray:
    """Return the mean over all evaluated models of each condition, NaN where one is NaN."""
    starts = np.flatnonzero(np.diff(pairing.condition, prepend=-1))
    sums = np.add.reduceat(values, starts)
    return np.asarray(sums / np.diff(np.append(starts, values.size)))


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


def paper_columns(measures: Measures) -> dict[str, FloatArray | IntArray]:
    """Return the mean of I and standard errors, a value per condition.

    The mean over models of each model's mean over classes (`mean_ratios`: classes without an I
    are left out and counted, as in Appendix G of `rdstats paper`).

    Checked against R: mean(rowMeans(after / before)), sd(accuracy) / sqrt(models).
    """
    pairing = measures.pairing
    ratios = mean_ratios(measures.balance_before, measures.balance_after)

    def over_models(values: FloatArray) -> GroupMeans:
        return group_means(values, pairing.condition, len(pairing.conditions))

    undefined = np.bincount(pairing.condition, ratios.undefined, len(pairing.conditions))
    return {
        "intensification_mean": over_models(ratios.mean).mean,
        "intensification_undefined": np.rint(undefined).astype(int),
        "accuracy_before_se": over_models(measures.accuracy_before).error,
        "accuracy_after_se": over_models(measures.accuracy_after).error,
        "alpha_se": over_models(measures.alpha).error,
    }


def permutation_columns(
    pairing: Pairing, pseudo: FloatArray, seed: int | None
) -> dict[str, FloatArray]:
    """Return p of a class-mean slope of 1 by sign flips, NaN without a seed.

    Args:
        pairing: The conditions.
        pseudo: Class-mean pseudo-value of each pair, NaN where it has none.
        seed: Seed of the draws of each condition; None for no test.
    """
    p = np.full(len(pairing.conditions), np.nan)
    for conditions, pairs in pairing.stacks(~np.isnan(pseudo)) if seed is not None else ():
        for condition, values in zip(conditions, pseudo[pairs], strict=True):
            # One generator per test: its draws do not depend on the other conditions.
            p[condition] = sign_flip_p(values - 1.0, TWO_SIDED, np.random.default_rng(seed))
    ratios = np.array([one.ratios_in_family for one in pairing.conditions])
    return {"p_permutation": p, "p_permutation_adjusted": bonferroni(p, ratios)}
