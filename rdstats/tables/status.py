"""The status of a condition: what is missing, of which models, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rdstats.output.words import OK, listed, some_of, status, warned
from rdstats.statistics.arrays import BoolArray, FloatArray, IntArray, WordArray
from rdstats.statistics.balance import collapsed_models
from rdstats.statistics.suspicions import FEW_MODELS, SKEWED, duplicates, skewness
from rdstats.tables.measures import Measures
from rdstats.tables.pairing import Pairing
from rdstats.tables.panel import Condition


def condition_statuses(
    measures: Measures,
    per_model: Mapping[str, FloatArray],
    over_models: Mapping[str, FloatArray],
) -> WordArray:
    """Return the status of each condition.

    Args:
        measures: What was measured on the conditions' models.
        per_model: `low` of the interval of alpha_mean, a value per condition.
        over_models: `estimate` and `low` of the class-mean slope, a value per condition.
    """
    pairing = measures.pairing
    statuses = np.full(len(pairing.conditions), OK, dtype=object)
    remarkable = np.array([bool(condition.missing) for condition in pairing.conditions])
    remarkable |= np.isnan(per_model["low"]) | np.isnan(over_models["low"])
    remarkable[pairing.condition[~measures.has_alpha]] = True
    for position in np.flatnonzero(remarkable):
        condition = pairing.conditions[position]
        start, stop = np.searchsorted(pairing.condition, [position, position + 1])
        with_alpha = int(measures.has_alpha[start:stop].sum())
        with_balances = int(measures.has_balances[start:stop].sum())
        statuses[position] = status(
            [
                missing_remark(condition),
                *undefined_remarks(condition, measures.reason[start:stop]),
                _who_counts(len(condition.models), with_alpha, with_balances),
                _whose_accuracy(len(condition.models), with_balances),
                _no_interval(with_alpha, per_model["low"][position]),
                _no_class_mean(
                    measures.balance_before.shape[-1],
                    with_balances,
                    over_models["estimate"][position],
                    over_models["low"][position],
                ),
            ]
        )
    return statuses


def missing_remark(condition: Condition) -> str:
    """Name the models that were trained but are not evaluated in this condition."""
    if not condition.missing:
        return ""
    total = len(condition.models) + len(condition.missing)
    return some_of(condition.missing, total, ("is missing", "are missing"))


def undefined_remarks(condition: Condition, reasons: WordArray | Sequence[str]) -> list[str]:
    """Name the models without a slope, once per reason.

    Args:
        condition: Its models.
        reasons: Why each has no slope, "" where it has one, shape (models,).
    """
    models_of: dict[str, list[str]] = {}
    for model, reason in zip(condition.models, reasons, strict=True):
        if reason:
            models_of.setdefault(reason, []).append(model)
    predicate = ("has no slope", "have no slope")
    return [
        f"{some_of(models, len(condition.models), predicate)}: {reason}"
        for reason, models in models_of.items()
    ]


def _who_counts(evaluated: int, with_alpha: int, with_balances: int) -> str:
    """Say over how many models the means are, where that is not all."""
    if with_alpha in (evaluated, 0):
        return ""
    return f"alpha_mean is over {with_alpha}, the class-mean slope over {with_balances}"


def _whose_accuracy(evaluated: int, with_balances: int) -> str:
    """Say that accuracies are over more models than their ratio, where that is so."""
    if with_balances in (evaluated, 0):
        return ""
    return f"accuracies are over {evaluated}, accuracy_ratio over {with_balances}"


def _no_interval(with_alpha: int, low: float) -> str:
    """Say why alpha_mean has no interval."""
    if with_alpha == 1:
        return "a single slope has no interval"
    return "all slopes are the same: no interval" if with_alpha and np.isnan(low) else ""


def _no_class_mean(classes: int, with_balances: int, estimate: float, low: float) -> str:
    """Say why the class-mean slope, or its interval, is missing."""
    if with_balances < 2:
        return "the class-mean slope needs two models"
    if np.isnan(estimate) and classes == 1:
        return "no class-mean slope: there is one class only"
    if np.isnan(estimate):
        return "no class-mean slope: every class has the same mean before pruning"
    return "all pseudo-values are the same: no class-mean interval" if np.isnan(low) else ""


def condition_warnings(measures: Measures) -> WordArray:
    """Return the warnings of each condition, `none` where there are none.

    Args:
        measures: What was measured on the conditions.
    """
    pairing, pseudo = measures.pairing, measures.pseudo_values
    size = len(pairing.conditions)
    skew = {name: np.full(size, np.nan) for name in _SKEWED_WORDS}
    values = {"pseudo": pseudo, "alpha": measures.alpha}
    for name, usable in (("pseudo", ~np.isnan(pseudo)), ("alpha", measures.has_alpha)):
        for conditions, pairs in pairing.stacks(usable):
            skew[name][conditions] = skewness(values[name][pairs])
    found = models_words(measures)
    for position, words in enumerate(found):
        words += [
            f"{_SKEWED_WORDS[name]} are skewed ({skew[name][position]:.1f})"
            for name in _SKEWED_WORDS
            if abs(skew[name][position]) > SKEWED
        ]
    return _joined(found)


def model_warnings(measures: Measures) -> WordArray:
    """Return what is to be said of the models of each condition, whatever is computed of them."""
    return _joined(models_words(measures))


def duplicated_models(measures: Measures) -> list[list[str]]:
    """Return which models have the same counts, a list of remarks per condition."""
    pairing = measures.pairing
    found: list[list[str]] = [[] for _ in pairing.conditions]
    if not pairing.suspects.size:  # the others need no closer look
        return found
    lost = collapsed_models(measures.recall_after)
    for position in pairing.suspects.tolist():
        pairs = np.flatnonzero(pairing.condition == position)
        models = pairing.conditions[position].models
        found[position] = _duplicated(pairing, pairs, lost[pairs], models)
    return found


def models_words(measures: Measures) -> list[list[str]]:
    """Return duplicated models and too few of them, a list of remarks per condition."""
    found = duplicated_models(measures)
    for words, condition in zip(found, measures.pairing.conditions, strict=True):
        if len(condition.models) < FEW_MODELS:
            words.append(f"fewer than {FEW_MODELS} models")
    return found


def _joined(found: list[list[str]]) -> WordArray:
    words = np.empty(len(found), dtype=object)
    words[:] = [warned(here) for here in found]
    return words


_SKEWED_WORDS = {"pseudo": "pseudo-values of the class-mean slope", "alpha": "slopes per model"}


def _duplicated(
    pairing: Pairing, pairs: IntArray, lost: BoolArray, models: tuple[str, ...]
) -> list[str]:
    """Name models with the same counts in every class: one model under two seeds, it seems.

    Models that collapsed are left out after pruning: those that always answer the same have the
    same counts by nature.
    """
    counts = pairing.panel.n_correct
    kept = np.flatnonzero(~lost)
    arms = (
        ("before pruning", pairing.before[pairs], np.arange(pairs.size)),
        ("after", pairing.after[pairs[kept]], kept),
    )
    return [
        f"{listed([models[members[one]] for one in group])} have the same counts {when}"
        for when, rows, members in arms
        for group in duplicates(counts[rows])
    ]
