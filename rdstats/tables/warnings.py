"""The warnings of a condition: its numbers stand, but a reader should know."""

from __future__ import annotations

import numpy as np

from rdstats.statistics.arrays import BoolArray, IntArray, WordArray
from rdstats.statistics.collapse import collapsed_models
from rdstats.statistics.suspicions import FEW_MODELS, SKEWED, duplicates, skewness
from rdstats.tables.measures import Measures
from rdstats.tables.pairing import Pairing
from rdstats.tables.wording import listed, warned


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
