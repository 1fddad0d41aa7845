"""What a pilot study says of how many seeds the real one needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from rdstats.output.words import OK
from rdstats.planning.power import Question, answers, with_counts
from rdstats.simulation.power import Pilot, power_like_pilot
from rdstats.statistics.arrays import FloatArray, IntArray
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.estimators import luck_of
from rdstats.statistics.intervals import are_constant
from rdstats.statistics.power import OutOfReach, models_needed, sd_upper_bound
from rdstats.statistics.slopes import slopes_through_origin
from rdstats.tables.arms import control_arms
from rdstats.tables.before_after import BeforeAfter, by_study
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection

SLOPES: Final[Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]]] = MappingProxyType(
    {"class-mean": class_mean_pseudo_values, "paper": slopes_through_origin}
)
LESS_CONTROL: Final = "class-mean less control"
CONFIDENCE: Final = 0.8  # of the upper bound of a pilot's deviation
_LUCK: Final = ("luck_before", "luck_after", "memory", "spread")


def seeds_from_pilot(
    table: Tables, question: Question, selection: Selection = EVERYTHING
) -> pd.DataFrame:
    """Return a row per condition of a pilot, slope and effect.

    Args:
        table: A recall table, or the union of several, prepared or not.
        question: Effects, level, power.
        selection: Which conditions.

    Returns:
        study, dataset, architecture, method, ratio, stage: The condition; the control arm too.
        slope: `class-mean`, the deviation of its pseudo-values; `paper`, of slopes per model;
            `class-mean less control`, of pseudo-values less those of the control in the same
            models, where the pilot has a control: the effect is then a distance from the control.
        pilot_models: The models it is over.
        luck_before, luck_after, memory, spread: As `luck_of` says.
        sd_upper: Upper bound of the deviation, with 80 % confidence.
        sd, effect … smallest_effect: As `seeds_needed` says; the simulation draws experiments with
            the pilot's classes, luck and memory.
        models_cautious: Models needed if the deviation is at its upper bound.
        status: `ok`, or why there is no number.

    Raises:
        StatsError: Nothing matches the selection, or a number is out of its range.
        ContractError: A compressed or control row has no baseline row.
    """
    rows: list[dict[str, object]] = []
    for selected in as_arrays(table, selection).selected:
        for slope, conditions, pairs, values in _stacks(selected):
            names = selected.labels(conditions)
            for place in range(len(conditions)):
                labels = {name: names[name][place] for name in STAGED_CONDITION} | {"slope": slope}
                rows += _rows(selected, question, labels, pairs[place], values[place])
    return with_counts(by_study(pd.DataFrame(rows)))


def _stacks(selected: BeforeAfter) -> Iterator[tuple[str, IntArray, IntArray, FloatArray]]:
    """Yield slope, conditions (k,), pairs (k, models) and values (k, models) of a pilot."""
    for slope, slopes in SLOPES.items():
        usable = selected.has_balances if slope == "class-mean" else selected.has_alpha
        for conditions, pairs in selected.stacks(usable):
            values = slopes(selected.balance_before[pairs], selected.balance_after[pairs])
            yield slope, conditions, pairs, values
    pseudo = selected.pseudo_values
    of_control, _ = control_arms(selected, ~np.isnan(pseudo), "has a slope")
    for conditions, pairs in selected.stacks(of_control >= 0):
        yield LESS_CONTROL, conditions, pairs, pseudo[pairs] - pseudo[of_control[pairs]]


def _rows(
    selected: BeforeAfter,
    question: Question,
    labels: dict[str, object],
    pairs: IntArray,
    values: FloatArray,
) -> Iterator[dict[str, object]]:
    """Yield a row per effect for one condition and slope, whose values have the shape (models,)."""
    before = selected.balance_before[pairs]
    found = luck_of(before, selected.balance_after[pairs])
    luck = {name: float(part) for name, part in zip(_LUCK, found, strict=True)}
    why = _no_deviation(values)
    sd = upper = math.nan
    if not why:
        sd = float(values.std(ddof=1))
        upper = float(sd_upper_bound(np.array(sd), values.size, CONFIDENCE))
    slope = str(labels["slope"])
    pilot = None
    not_simulated = "luck explains all differences between classes"
    if slope == LESS_CONTROL:  # the simulation's model has one arm
        not_simulated = "it has one arm, not two"
    elif not math.isnan(luck["spread"]) and not math.isnan(luck["memory"]):
        means = before.mean(axis=0)
        shrunk = means * (luck["spread"] / means.std(ddof=1))
        pilot = Pilot(shrunk, luck["luck_before"], luck["luck_after"], luck["memory"])

    def simulated(effect: float, size: int) -> float:
        if pilot is None:
            return math.nan
        generator = np.random.default_rng(question.seed)
        asked = question.level, question.repetitions, generator
        return power_like_pilot(pilot, SLOPES[slope], effect, size, *asked)

    told = {**labels, "pilot_models": values.size, **luck, "sd": sd, "sd_upper": upper}
    for row in answers(question, sd, simulated, why or OK):
        cautious: float = math.nan
        if not why and question.effects:
            with suppress(OutOfReach):  # then the status says so, or only the bound is
                effect = float(str(row["effect"]))
                cautious = models_needed(effect, upper, question.level, question.power)
        if pilot is None and question.repetitions and row["status"] == OK:
            row["status"] = f"no simulation: {not_simulated}"
        yield told | row | {"models_cautious": cautious}


def _no_deviation(values: FloatArray) -> str:
    """Say why these models give no deviation, "" where they do."""
    if values.size < 2:
        return "one model says nothing of how much models differ"
    if np.isnan(values).any():
        return "the slope is undefined: every class has the same mean before pruning"
    if bool(are_constant(values)):
        return "every model has the same slope"
    return ""
