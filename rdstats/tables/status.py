"""The status of a condition: what is missing, of which models, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rdstats.output.words import OK, some_of, status, up_to_ten, warned
from rdstats.statistics.arrays import FloatArray, WordArray
from rdstats.statistics.balance import collapsed_models
from rdstats.statistics.class_mean import FEW_FOR_LUCK, MUCH_LUCK
from rdstats.statistics.intervals import FEW_MODELS, SKEWED, in_two_groups, skewness
from rdstats.tables.before_after import BeforeAfter, Condition


def condition_statuses(selected: BeforeAfter, slopes: Mapping[str, FloatArray]) -> WordArray:
    """Return the status of each condition, whose slopes are columns of `conditions`."""
    mean, mean_low, model_low = (
        slopes[name] for name in ("alpha_class_mean", "class_mean_low", "ci_low")
    )
    statuses = np.full(len(selected.conditions), OK, dtype=object)
    remarkable = np.array([bool(condition.missing) for condition in selected.conditions])
    remarkable |= np.isnan(model_low) | np.isnan(mean_low)
    remarkable[selected.condition[~selected.has_alpha]] = True
    for position in np.flatnonzero(remarkable):
        condition = selected.conditions[position]
        evaluated = len(condition.models)
        here = selected.condition == position
        with_alpha = int(selected.has_alpha[here].sum())
        with_balances = int(selected.has_balances[here].sum())
        remarks = [
            missing_remark(condition),
            *undefined_remarks(condition, selected.reason[here]),
        ]
        if with_alpha not in (evaluated, 0):
            remarks.append(
                f"alpha_mean is over {with_alpha}, the class-mean slope over {with_balances}"
            )
        if with_balances not in (evaluated, 0):
            remarks.append(f"accuracies are over {evaluated}, accuracy_ratio over {with_balances}")
        if with_alpha == 1:
            remarks.append("a single slope has no interval")
        elif with_alpha and np.isnan(model_low[position]):
            remarks.append("all slopes are the same: no interval")
        if with_balances < 2:
            remarks.append("the class-mean slope needs two models")
        elif np.isnan(mean[position]):
            one_class = selected.recall_before.shape[-1] == 1
            same = "every class has the same mean before pruning"
            why = "there is one class only" if one_class else same
            remarks.append(f"no class-mean slope: {why}")
        elif np.isnan(mean_low[position]):
            remarks.append("all pseudo-values are the same: no class-mean interval")
        statuses[position] = status(remarks)
    return statuses


def missing_remark(condition: Condition) -> str:
    """Name the models that were trained but are not evaluated in this condition."""
    if not condition.missing:
        return ""
    total = len(condition.models) + len(condition.missing)
    return some_of(condition.missing, total, ("is missing", "are missing"))


def undefined_remarks(condition: Condition, reasons: WordArray | Sequence[str]) -> list[str]:
    """Name the models without a slope, once per reason; "" stands for a model that has one."""
    models_of: dict[str, list[str]] = {}
    for model, reason in zip(condition.models, reasons, strict=True):
        if reason:
            models_of.setdefault(reason, []).append(model)
    predicate = ("has no slope", "have no slope")
    return [
        f"{some_of(models, len(condition.models), predicate)}: {reason}"
        for reason, models in models_of.items()
    ]


def condition_warnings(selected: BeforeAfter, luck: FloatArray) -> list[str]:
    """Return the warnings of each condition, `none` where there are none.

    `luck` is that of its models beside the spread of its classes (`luck_over_spread`).
    """
    found = models_words(selected)
    for words, condition, share in zip(found, selected.conditions, luck, strict=True):
        if len(condition.models) < FEW_FOR_LUCK and share > MUCH_LUCK:
            words.append(
                f"luck of single models is {share:.1f} times the spread of the classes: with so "
                "few of them look at the instrument (`rdstats sensitivity`)"
            )
    for what, values in (
        ("pseudo-values of the class-mean slope", selected.pseudo_values),
        ("slopes per model", selected.alpha),
    ):
        skew, split = np.full(len(found), np.nan), np.zeros(len(found), dtype=bool)
        for conditions, pairs in selected.stacks(~np.isnan(values)):
            skew[conditions] = skewness(values[pairs])
            split[conditions] = in_two_groups(values[pairs])
        for position in np.flatnonzero(np.abs(skew) > SKEWED):
            found[position].append(f"{what} are skewed ({skew[position]:.1f})")
        for position in np.flatnonzero(split):
            found[position].append(f"{what} fall into two groups")
    return [warned(words) for words in found]


def models_words(selected: BeforeAfter) -> list[list[str]]:
    """Return duplicated models and too few of them, a list of remarks per condition."""
    found = duplicated_models(selected)
    for words, condition in zip(found, selected.conditions, strict=True):
        if len(condition.models) < FEW_MODELS:
            words.append(f"fewer than {FEW_MODELS} models")
    return found


def duplicated_models(selected: BeforeAfter) -> list[list[str]]:
    """Return which models have the same counts in every class, a list of remarks per condition.

    They are one model under two seeds, it seems. Models that collapsed are left out after
    pruning: those that always answer the same have the same counts by nature.
    """
    found: list[list[str]] = [[] for _ in selected.conditions]
    # Two rows that differ have one hash of 64 bits by a chance of 1 in 10**19.
    marks = np.array([hash(row.tobytes()) for row in selected.counts.n_correct])
    models = selected.models()
    for when, rows in (("before pruning", selected.before), ("after", selected.after)):
        told = pd.DataFrame({"condition": selected.condition, "counts": marks[rows]})
        if when == "after":
            told = told[~collapsed_models(selected.recall_after)]
        twins = told[told.duplicated(keep=False)]
        groups = twins.groupby(["condition", "counts"], sort=False) if len(twins) else ()
        for _, group in groups:
            words = f"{up_to_ten(list(models[group.index.to_numpy()]))} have the same counts {when}"
            found[group["condition"].iloc[0]].append(words)
    return found
