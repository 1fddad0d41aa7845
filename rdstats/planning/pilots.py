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
from rdstats.errors import StatsError
from rdstats.output.words import OK
from rdstats.planning.power import Question, answers, with_counts
from rdstats.simulation.power import Pilot, power_like_pilot
from rdstats.statistics.arrays import FloatArray, IntArray
from rdstats.statistics.class_mean import class_mean_pseudo_values
from rdstats.statistics.estimators import luck_of
from rdstats.statistics.intervals import are_constant
from rdstats.statistics.power import (
    MOST_MODELS,
    Draws,
    OutOfReach,
    fewest,
    models_needed,
    sd_upper_bound,
)
from rdstats.statistics.slopes import slopes_through_origin
from rdstats.tables.arms import control_arms
from rdstats.tables.before_after import BeforeAfter, by_study
from rdstats.tables.like_these import slope_error
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection

SLOPES: Final[Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]]] = MappingProxyType(
    {"class-mean": class_mean_pseudo_values, "paper": slopes_through_origin}
)
LESS_CONTROL: Final = "class-mean less control"
CONFIDENCE: Final = 0.8  # of the upper bound of a pilot's deviation
_LUCK: Final = ("luck_before", "luck_after", "memory", "spread")
_BEYOND: Final = (
    *("samples", "models_like_these", "samples_like_these", "samples_least", "power_like_these"),
)


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
        samples: Test samples of a class that are planned, or those of the pilot (their mean);
            this and what follows is null without predictions, and for slopes per model.
        models_like_these: Models needed for the effect to show for samples like these, with so
            many samples; null where no number of models does.
        samples_like_these: Test samples of a class needed with the given models; null where none
            are given, or no number does.
        samples_least: Test samples of a class that even ever more models need.
        power_like_these: Chance of `models` and `samples` to show the effect for such samples.
        status: `ok`, or why there is no number.

    Raises:
        StatsError: Nothing matches the selection, or a number is out of its range.
        ContractError: A compressed or control row has no baseline row.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn"}
        >>> rows = []
        >>> for seed, dogs in enumerate([56, 61, 58]):
        ...     who = {"model": f"seed-{seed}", **of}
        ...     rows.append(rd.from_counts([100, 100], [90, 70 + seed], ratio=1, **who))
        ...     pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        ...     rows.append(rd.from_counts([100, 100], [84, dogs], **pruned, **who))
        >>> found = rd.seeds_from_pilot(pa.concat_tables(rows), rd.Question(effects=(0.2,)))
        >>> found[["slope", "models_needed"]].values.tolist()
        [['class-mean', 12], ['paper', 12]]
    """
    rows: list[dict[str, object]] = []
    for selected in as_arrays(table, selection).selected:
        for slope, conditions, pairs, values, less in _stacks(selected):
            names = selected.labels(conditions)
            for place in range(len(conditions)):
                labels = {name: names[name][place] for name in STAGED_CONDITION} | {"slope": slope}
                of_control = None if less is None else less[place]
                told = _rows(selected, question, labels, pairs[place], values[place])
                drawn = _draws(selected, slope, pairs[place], values[place], of_control)
                rows += [row | _beyond(question, row, drawn) for row in told]
    frame = by_study(pd.DataFrame(rows))
    if question.samples is not None and frame["samples"].isna().all():
        raise StatsError(
            "--samples plans test samples, of which this pilot says nothing; give a folder that "
            "holds predictions.parquet, too"
        )
    return with_counts(frame)


def _draws(
    selected: BeforeAfter,
    slope: str,
    pairs: IntArray,
    values: FloatArray,
    of_control: IntArray | None,
) -> tuple[Draws, float] | None:
    """Return what makes a pilot's slope uncertain, and its samples of a class; None if unknown."""
    known = slope != "paper" and not _no_deviation(values)
    found = slope_error(selected, pairs, values, of_control) if known else None
    if found is None:
        return None
    samples, models = float(selected.counts.n_samples[selected.after[pairs[0]]].mean()), len(pairs)
    of_models = models * max(found.of_models - found.of_both, 0.0)
    of_samples = samples * max(found.of_samples - found.of_both, 0.0)
    return Draws(of_models, of_samples, models * samples * found.of_both), samples


def _beyond(
    question: Question, row: dict[str, object], drawn: tuple[Draws, float] | None
) -> dict[str, object]:
    """Return the columns on samples like these of one row of the plan."""
    if drawn is None:
        return dict.fromkeys(_BEYOND, math.nan)
    draws, of_pilot = drawn
    samples = question.samples or round(of_pilot)
    effect, models = float(str(row["effect"])), row["models"]
    if math.isnan(effect):
        return {**dict.fromkeys(_BEYOND, math.nan), "samples": samples}

    def reaches(models: int, samples: int) -> bool:
        return draws.power(effect, models, samples, question.level) >= question.power

    given = question.models
    enough = None if given is None else fewest(lambda n: reaches(given, n))
    power = math.nan
    if models == models:
        power = draws.power(effect, int(str(models)), samples, question.level)
    found = (
        samples,
        fewest(lambda m: reaches(m, samples)),
        enough,
        fewest(lambda n: reaches(MOST_MODELS, n)),
        power,
    )
    return dict(zip(_BEYOND, (math.nan if one is None else one for one in found), strict=True))


def _stacks(
    selected: BeforeAfter,
) -> Iterator[tuple[str, IntArray, IntArray, FloatArray, IntArray | None]]:
    """Yield slope, conditions (k,), pairs and values (k, models) of a pilot, and the control's."""
    for slope, slopes in SLOPES.items():
        usable = selected.has_balances if slope == "class-mean" else selected.has_alpha
        for conditions, pairs in selected.stacks(usable):
            values = slopes(selected.balance_before[pairs], selected.balance_after[pairs])
            yield slope, conditions, pairs, values, None
    pseudo = selected.pseudo_values
    of_control, _ = control_arms(selected, ~np.isnan(pseudo), "has a slope")
    for conditions, pairs in selected.stacks(of_control >= 0):
        less = of_control[pairs]
        yield LESS_CONTROL, conditions, pairs, pseudo[pairs] - pseudo[less], less


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
