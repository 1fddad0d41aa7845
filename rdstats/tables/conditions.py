"""What every condition did to the classes, over all its models."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from rdstats.errors import StatsError
from rdstats.output.words import class_label, up_to_ten
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray, divide
from rdstats.statistics.balance import (
    collapsed_classes,
    collapsed_models,
    excess_drops,
    recall_variance,
)
from rdstats.statistics.class_mean import (
    FEW_FOR_LUCK,
    MUCH_LUCK,
    class_mean_pseudo_values,
    class_means,
    luck_over_spread,
)
from rdstats.statistics.estimators import instrument
from rdstats.statistics.intervals import (
    DELTA,
    GroupMeans,
    equivalences,
    family_level,
    group_means,
    marks,
    mean_interval,
)
from rdstats.statistics.multiplicity import bonferroni
from rdstats.statistics.regression import pooled_interval
from rdstats.statistics.resampling import sign_flip_p
from rdstats.statistics.slopes import (
    are_centred,
    line_with_intercept,
    mean_ratios,
    pooled,
    residual_spread,
    retrain_reference,
    slopes_through_origin,
    uncentred_r_squared,
)
from rdstats.statistics.ttests import TWO_SIDED
from rdstats.tables.arms import control_columns
from rdstats.tables.before_after import BeforeAfter, together
from rdstats.tables.like_these import BEYOND, beyond_columns
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.status import condition_statuses, condition_warnings


def conditions(
    table: Tables,
    selection: Selection = EVERYTHING,
    *,
    delta: float = DELTA,
    ratios_in_family: int | None = None,
    permutation: bool = False,
    seed: int = 0,
) -> pd.DataFrame:
    """Return a row per condition, the control arm's too.

    Takes and refuses what `slopes` does.

    Args:
        table: A recall table.
        selection: What of it, by which metric.
        delta: Margin of the equivalence column, a share of 1, above 0 and below 1.
        ratios_in_family: Intervals that share one family's error, instead of the table's ratios:
            five for the paper's figures, whatever part of them is there.
        permutation: Test the class-mean slope against 1 by sign flips too.
        seed: Seed of its draws where not all arrangements are seen.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition.
        models: Models with a slope of their own; alpha_mean and its interval are over them.
        alpha_pooled, r_squared_pooled: The slope over all models and classes, its r squared.
        alpha_mean, ci_low, ci_high, verdict: Mean slope per model, its t interval (paper mode), and
            `<`, `>` or `?` for it against 1; null without an interval.
        ci_level: Level of the intervals, 1 - 0.05 / ratios of the family.
        alpha_class_mean, class_mean_low, class_mean_high, class_mean_verdict: Likewise the
            class-mean slope, by jackknife; the headline.
        equivalence: equivalent, different or inconclusive: it against 1 - delta and 1 + delta.
        retrain_reference: What alpha_mean would be near if models were only trained again.
        accuracy_before, accuracy_after: Means over the evaluated models (Table 10).
        recall_variance_before, recall_variance_after: Likewise, across classes (Table 11).
        realised_ratio: Mean of parameters over those left; null where the table gives none.
        status: `ok`, or what is missing, of which models and why.
        models_evaluated: Models of the condition.
        models_class_mean: Models of the pooled and the class-mean slope; flat baselines count.
        control_difference, control_difference_low, control_difference_high: Class-mean slope
            minus the control's, by one jackknife over the models of both, at ci_level.
        control_verdict, control_equivalence: It against 0; against -delta and delta.
        control_status: `ok`, or why there is no difference.
        accuracy_ratio, balance_slope: A / A_t, and the class-mean slope of B, whose product is
            near alpha_class_mean.
        residual_spread: Standard deviation of class means about their line.
        intercept, alpha_with_intercept: The line with an intercept; null where balances sum to
            zero, for there it is the line without.
        largest_excess_drop, largest_excess_drop_class: Largest mean psi_c, and whose; a maximum
            over classes that is not corrected, above 0 where nothing happened.
        classes, classes_collapsed: Classes, and of them with R_t < 1 / C, mean over models.
        models_with_collapse: Models with a collapsed class.
        models_collapsed, collapsed_models: Models that lost half of their classes, and which.
        warnings: `none`, or what makes intervals doubtful: models with the same counts, skewed
            values, fewer than five models.
        intensification_mean: Mean over models of their mean over classes of I (Appendix G).
        intensification_undefined: Classes without an I, left out of that mean.
        accuracy_before_se, accuracy_after_se, alpha_se: Standard errors of the means (Figure 13).
        p_permutation: Of the class-mean slope being 1, two-sided, by sign flips of pseudo-values
            less 1; null unless asked for. p_permutation_adjusted: times the ratios of the family.
        r_squared_class_mean: Uncentred r squared of the line through the class means.
        scope: How far the intervals of the class-mean slope and of its difference to the control
            reach: `samples like these` where the table comes with predictions, else `these
            samples`.
        alpha_like_these: The class-mean slope of a population of such samples, around which that
            interval lies: without what the finite test set adds to class means.
        reliability: Share of the classes' spread before that is their own and not their samples'.
        slope_variance_models, slope_variance_samples, slope_variance_both: Variance of the
            class-mean slope by models, by samples, and what is counted in both; null without.
        luck_over_spread: Standard deviation of a class's balance over models, beside that of the
            classes' means: above 0.4 with fewer than thirty models the instrument leads.
        alpha_instrument, instrument_low, instrument_high: The instrument's slope (`sensitivity`);
            its interval reaches as far as `scope` says where it leads, else to these samples.
        lead: `class-mean` or `instrument`: whose slope the sentences of `report` are about.
        pooled_low, pooled_high: Interval of alpha_pooled at ci_level, its errors clustered by
            model (paper mode); null for fewer than five models.
        delta, metric, average: As given.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn"}
        >>> rows = []
        >>> for seed, dogs in enumerate([56, 61, 58]):
        ...     who = {"model": f"seed-{seed}", **of}
        ...     rows.append(rd.from_counts([100, 100], [90, 70 + seed], ratio=1, **who))
        ...     pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        ...     rows.append(rd.from_counts([100, 100], [84, dogs], **pruned, **who))
        >>> found = rd.conditions(pa.concat_tables(rows))
        >>> found["alpha_class_mean"].round(2).item(), found["class_mean_verdict"].item()
        (1.53, '>')
    """
    if not 0.0 < delta < 1.0:
        raise StatsError(
            f"delta {delta:g} is not a margin around 1; choose a share between 0 and 1, as 0.10"
        )
    frame = together(
        _conditions(selected, delta, ratios_in_family, seed if permutation else None)
        for selected in as_arrays(table, selection).selected
    )
    return frame.assign(delta=delta, metric=selection.metric, average=selection.average)


Columns = dict[str, FloatArray | IntArray | WordArray]


def _conditions(
    selected: BeforeAfter, delta: float, ratios_in_family: int | None, seed: int | None
) -> pd.DataFrame:
    """Return the rows of data sets with the same classes."""
    sizes = [ratios_in_family or one.ratios_in_family for one in selected.conditions]
    levels = np.array([family_level(size) for size in sizes])
    slopes = _slopes(selected, levels)
    few = _counts(selected, selected.has_balances) < FEW_FOR_LUCK
    by_instrument = few & (slopes["luck_over_spread"] > MUCH_LUCK)
    by_instrument &= ~np.isnan(slopes["instrument_low"])
    slopes |= beyond_columns(selected, slopes, levels, by_instrument)
    class_mean = slopes["class_mean_low"], slopes["class_mean_high"]
    frame = pd.DataFrame(
        {
            **selected.labels(np.arange(len(selected.conditions))),
            **slopes,
            "models": _counts(selected, selected.has_alpha),
            "ci_level": levels,
            "verdict": marks(slopes["ci_low"], slopes["ci_high"]),
            "class_mean_verdict": marks(*class_mean),
            "equivalence": equivalences(*class_mean, margin=delta),
            "accuracy_before": _means(selected, selected.accuracy_before),
            "accuracy_after": _means(selected, selected.accuracy_after),
            "recall_variance_before": _means(selected, recall_variance(selected.recall_before)),
            "recall_variance_after": _means(selected, recall_variance(selected.recall_after)),
            "realised_ratio": _means(selected, selected.counts.realised_ratio[selected.after]),
            "status": condition_statuses(selected, slopes),
            "models_evaluated": _counts(selected),
            "models_class_mean": _counts(selected, selected.has_balances),
            **control_columns(selected, levels, delta),
            **_class_columns(selected),
            "warnings": condition_warnings(selected, slopes["luck_over_spread"]),
            **_paper_columns(selected),
            **_permutation_columns(selected, seed),
            "lead": np.where(by_instrument, INSTRUMENT, CLASS_MEAN),
        }
    )
    return frame[[*STAGED_CONDITION, *_COLUMNS]]


_COLUMNS = (
    *("models", "alpha_pooled", "r_squared_pooled", "alpha_mean", "ci_low", "ci_high", "ci_level"),
    *("verdict", "alpha_class_mean", "class_mean_low", "class_mean_high", "class_mean_verdict"),
    *("equivalence", "retrain_reference", "accuracy_before", "accuracy_after"),
    *("recall_variance_before", "recall_variance_after", "realised_ratio", "status"),
    *("models_evaluated", "models_class_mean", "control_difference", "control_difference_low"),
    *("control_difference_high", "control_verdict", "control_equivalence", "control_status"),
    *("accuracy_ratio", "balance_slope", "residual_spread", "intercept", "alpha_with_intercept"),
    *("largest_excess_drop", "largest_excess_drop_class", "classes", "classes_collapsed"),
    *("models_with_collapse", "models_collapsed", "collapsed_models", "warnings"),
    *("intensification_mean", "intensification_undefined", "accuracy_before_se"),
    *("accuracy_after_se", "alpha_se", "p_permutation", "p_permutation_adjusted"),
    *("r_squared_class_mean", "pooled_low", "pooled_high"),
    *("scope", *BEYOND, "luck_over_spread"),
    *("alpha_instrument", "instrument_low", "instrument_high", "lead"),
)


_PER_MODEL = ("alpha_mean", "ci_low", "ci_high", "retrain_reference")
_OVER_MODELS = (
    *("alpha_class_mean", "class_mean_low", "class_mean_high"),
    *("alpha_pooled", "r_squared_pooled", "r_squared_class_mean"),
    *("accuracy_ratio", "balance_slope", "residual_spread", "intercept", "alpha_with_intercept"),
    *("pooled_low", "pooled_high", "luck_over_spread"),
    *("alpha_instrument", "instrument_low", "instrument_high"),
)
CLASS_MEAN, INSTRUMENT = "class-mean", "instrument"


def _slopes(selected: BeforeAfter, levels: FloatArray) -> dict[str, FloatArray]:
    """Return the mean, the pooled and the class-mean slope, with what stands beside them.

    accuracy_ratio is A / A_t of the mean accuracies; balance_slope the class-mean slope of the
    balances B before they are divided by accuracy.
    """

    def per_model(condition: IntArray, pairs: IntArray) -> tuple[FloatArray, ...]:
        interval = mean_interval(selected.alpha[pairs], levels[condition])
        return (*interval, retrain_reference(selected.balance_before[pairs]))

    def over_models(condition: IntArray, pairs: IntArray) -> tuple[FloatArray, ...]:
        x, y = selected.balance_before[pairs], selected.balance_after[pairs]
        before, after = selected.accuracy_before[pairs], selected.accuracy_after[pairs]
        balances = x * before[..., np.newaxis], y * after[..., np.newaxis]
        mean_x, mean_y = x.mean(axis=-2), y.mean(axis=-2)
        centred = are_centred(mean_x) & are_centred(mean_y)
        return (
            *mean_interval(selected.pseudo_values[pairs], levels[condition]),
            slopes_through_origin(pooled(x), pooled(y)),
            uncentred_r_squared(pooled(x), pooled(y)),
            uncentred_r_squared(class_means(x), class_means(y)),
            divide(before.mean(axis=-1), after.mean(axis=-1)),
            class_mean_pseudo_values(*balances).mean(axis=-1),
            residual_spread(mean_x, mean_y),
            *np.where(centred, np.nan, line_with_intercept(mean_x, mean_y)),
            *np.transpose([*map(pooled_interval, x, y, levels[condition])]),
            luck_over_spread(x),
            *mean_interval(instrument(x, y).pseudo_values, levels[condition]),
        )

    return {
        **selected.per_condition(_PER_MODEL, per_model, selected.has_alpha),
        **selected.per_condition(_OVER_MODELS, over_models, selected.has_balances),
    }


def _counts(selected: BeforeAfter, which: BoolArray | None = None) -> IntArray:
    """Return how many models of each condition are in `which`, or in all."""
    condition = selected.condition if which is None else selected.condition[which]
    return np.bincount(condition, minlength=len(selected.conditions))


def _means(selected: BeforeAfter, values: FloatArray) -> FloatArray:
    """Return the mean over all evaluated models of each condition, NaN where one is NaN."""
    starts = np.flatnonzero(np.diff(selected.condition, prepend=-1))
    return np.asarray(np.add.reduceat(values, starts) / _counts(selected))


def _class_columns(selected: BeforeAfter) -> Columns:
    """Return which class lost most, and how many collapsed, over all evaluated models."""
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
    labels = list(map(class_label, counts.class_name, counts.class_index))
    collapsed = collapsed_classes(selected.recall_after).sum(axis=-1)
    lost = collapsed_models(selected.recall_after)
    lost_models: list[list[str]] = [[] for _ in selected.conditions]
    for condition, model in zip(selected.condition[lost], selected.models()[lost], strict=True):
        lost_models[condition].append(model)
    evaluated = _counts(selected)
    return {
        "largest_excess_drop": largest["largest"],
        "largest_excess_drop_class": np.array(labels, object)[largest["class"].astype(np.int64)],
        "classes": np.full(evaluated.shape, counts.class_index.size),
        "classes_collapsed": np.bincount(selected.condition, collapsed) / evaluated,
        "models_with_collapse": _counts(selected, collapsed > 0),
        "models_collapsed": _counts(selected, lost),
        "collapsed_models": np.array([up_to_ten(names) for names in lost_models], dtype=object),
    }


def _paper_columns(selected: BeforeAfter) -> dict[str, FloatArray | IntArray]:
    """Return the mean of I and standard errors, a value per condition.

    Checked against R: mean(rowMeans(after / before)), sd(accuracy) / sqrt(models).
    """
    ratios, undefined = mean_ratios(selected.balance_before, selected.balance_after)

    def over_models(values: FloatArray) -> GroupMeans:
        return group_means(values, selected.condition, len(selected.conditions))

    return {
        "intensification_mean": over_models(ratios).mean,
        "intensification_undefined": np.bincount(selected.condition, undefined).astype(int),
        "accuracy_before_se": over_models(selected.accuracy_before).error,
        "accuracy_after_se": over_models(selected.accuracy_after).error,
        "alpha_se": over_models(selected.alpha).error,
    }


def _permutation_columns(selected: BeforeAfter, seed: int | None) -> dict[str, FloatArray]:
    """Return p of a class-mean slope of 1 by sign flips, NaN without a seed."""
    pseudo = selected.pseudo_values
    p = np.full(len(selected.conditions), np.nan)
    for places, pairs in selected.stacks(~np.isnan(pseudo)) if seed is not None else ():
        for condition, values in zip(places, pseudo[pairs], strict=True):
            # One generator per test: its draws do not depend on the other conditions.
            p[condition] = sign_flip_p(values - 1.0, TWO_SIDED, np.random.default_rng(seed))
    ratios = np.array([one.ratios_in_family for one in selected.conditions])
    return {"p_permutation": p, "p_permutation_adjusted": bonferroni(p, ratios)}
