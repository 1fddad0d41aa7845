"""What a pilot study says of how many seeds the real one needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from rdstats.output.words import OK
from rdstats.planning.power import PILOT_LABELS, Question, answer, no_answer, with_counts
from rdstats.simulation.power import Pilot, power_like_pilot
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.estimators import Luck, luck_of
from rdstats.statistics.intervals import are_constant
from rdstats.statistics.power import OutOfReach, models_needed, sd_upper_bound
from rdstats.statistics.slopes import slopes_through_origin
from rdstats.tables.before_after import BeforeAfter, by_study
from rdstats.tables.controls import control_arms
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection

SLOPES: Final[Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]]] = MappingProxyType(
    {"class-mean": class_mean_pseudo_values, "paper": slopes_through_origin}
)
LESS_CONTROL: Final = "class-mean less control"
CONFIDENCE: Final = 0.8  # of the upper bound of a pilot's deviation
_LUCK: Final = ("luck_before", "luck_after", "memory", "spread")
_IDENTITY: Final = (*PILOT_LABELS, "pilot_models", *_LUCK, "sd", "sd_upper")


def pilot_table(
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
        sd, effect … smallest_effect: As `seeds_table` says; the simulation draws experiments with
            the pilot's classes, luck and memory.
        models_cautious: Models needed if the deviation is at its upper bound.
        status: `ok`, or why there is no number.

    Raises:
        StatsError: Nothing matches the selection, or a number is out of its range.
        ContractError: A compressed or control row has no baseline row.
    """
    rows: list[dict[str, object]] = []
    for selected in as_arrays(table, selection).selected:
        for slope in SLOPES:
            rows += _pilot_rows(selected, slope, question)
        rows += _rows_less_control(selected, question)
    frame = by_study(pd.DataFrame(rows))
    rest = [name for name in frame.columns if name not in _IDENTITY]
    return with_counts(frame[[*_IDENTITY, *rest]])


def _pilot_rows(selected: BeforeAfter, slope: str, question: Question) -> list[dict[str, object]]:
    """Return the rows of one panel and slope."""
    usable = selected.has_balances if slope == "class-mean" else selected.has_alpha
    rows = []
    for conditions, pairs in selected.stacks(usable):
        labels = selected.labels(conditions)
        before, after = selected.balance_before[pairs], selected.balance_after[pairs]
        values = SLOPES[slope](before, after)
        luck = luck_of(before, after)
        for place in range(len(conditions)):
            identity = {name: labels[name][place] for name in STAGED_CONDITION} | {"slope": slope}
            own = Luck(*(part[place] for part in luck))
            means = before[place].mean(axis=0)
            rows += [
                identity | one for one in _pilot_answers(question, slope, values[place], own, means)
            ]
    return rows


def _rows_less_control(selected: BeforeAfter, question: Question) -> list[dict[str, object]]:
    """Return the rows of class-mean slopes less the control's, for conditions that have one."""
    pseudo = selected.pseudo_values
    rows = []
    arms = control_arms(selected, ~np.isnan(pseudo), "has a slope")
    for conditions, pairs, control in arms.stacks():
        if pairs.shape[-1] == 0:
            continue
        labels = selected.labels(conditions)
        values = pseudo[pairs] - pseudo[control]
        luck = luck_of(selected.balance_before[pairs], selected.balance_after[pairs])
        for place in range(len(conditions)):
            identity = {name: labels[name][place] for name in STAGED_CONDITION} | {
                "slope": LESS_CONTROL
            }
            own = Luck(*(part[place] for part in luck))
            rows += [
                identity | one
                for one in _pilot_answers(question, LESS_CONTROL, values[place], own, None)
            ]
    return rows


def _pilot_answers(
    question: Question,
    slope: str,
    values: FloatArray,
    luck: Luck,
    class_means: FloatArray | None,
) -> list[dict[str, object]]:
    """Return the answers for one condition of the pilot and one slope, a row per effect.

    Without class means nothing can be simulated: of two arms the model of the simulation has one.
    """
    models = values.size
    told: dict[str, object] = {"pilot_models": models}
    told |= dict(zip(_LUCK, (float(part) for part in luck), strict=True))
    why = _no_deviation(values)
    if why:
        nothing = {"sd": math.nan, "sd_upper": math.nan, "models_cautious": math.nan}
        return [told | nothing | no_answer(question, effect, why) for effect in question.asked]
    sd = float(values.std(ddof=1))
    upper = float(sd_upper_bound(np.array(sd), models, CONFIDENCE))
    told |= {"sd": sd, "sd_upper": upper}
    pilot = None
    if class_means is not None and not math.isnan(luck.spread) and not math.isnan(luck.memory):
        shrunk = class_means * (float(luck.spread) / class_means.std(ddof=1))
        pilot = Pilot(shrunk, float(luck.before), float(luck.after), float(luck.memory))

    def simulated(effect: float, size: int) -> float:
        if pilot is None:
            return math.nan
        generator = np.random.default_rng(question.seed)
        asked = question.level, question.repetitions, generator
        return power_like_pilot(pilot, SLOPES[slope], effect, size, *asked)

    rows = []
    for effect in question.asked:
        row = told | answer(question, effect, sd, simulated)
        row["models_cautious"] = math.nan
        if effect is not None:
            with suppress(OutOfReach):  # then the status says so, or only the bound is
                row["models_cautious"] = models_needed(
                    effect, upper, question.level, question.power
                )
        if pilot is None and question.repetitions and row["status"] == OK:
            row["status"] = (
                "no simulation: luck explains all differences between classes"
                if class_means is not None
                else "no simulation: it has one arm, not two"
            )
        rows.append(row)
    return rows


def _no_deviation(values: FloatArray) -> str:
    """Say why these models give no deviation, "" where they do."""
    if values.size < 2:
        return "one model says nothing of how much models differ"
    if np.isnan(values).any():
        return "the slope is undefined: every class has the same mean before pruning"
    if bool(are_constant(values)):
        return "every model has the same slope"
    return ""
