"""How many seeds and how many test images: a row per effect, for a given deviation or churn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from rdstats.errors import StatsError
from rdstats.output.words import OK
from rdstats.simulation.power import power_of_values
from rdstats.statistics.power import (
    LEVEL,
    POWER,
    OutOfReach,
    check_level,
    check_power,
    images_needed,
    models_needed,
    power_of_mean,
    smallest_effect,
)

# What tells one row of a pilot from another.
PILOT_LABELS: Final = (*STAGED_CONDITION, "slope")
_COUNTS: Final = ("models_needed", "models", "models_cautious", "repetitions", "pilot_models")


@dataclass(frozen=True)
class Question:
    """What is asked of every deviation.

    Attributes:
        effects: True distances of the slope from 1; none asks for the smallest effect alone.
        models: Seeds that there will be; None asks how many are needed.
        level: Error of the two-sided test; the paper's 99 % intervals are 0.01.
        power: Wanted chance to see the effect.
        repetitions: Simulated experiments per row, 0 for the formula alone.
        seed: Seed of the simulation.
    """

    effects: tuple[float, ...] = ()
    models: int | None = None
    level: float = LEVEL
    power: float = POWER
    repetitions: int = 0
    seed: int = 0

    @property
    def asked(self) -> tuple[float | None, ...]:
        """The effects; None alone where the smallest effect is asked for."""
        return self.effects or (None,)

    def __post_init__(self) -> None:
        check_level(self.level)
        check_power(self.power, self.level)
        if self.models is not None and self.models < 2:
            raise StatsError(f"{self.models} models have no interval; two is the least")
        if not self.effects and self.models is None:
            raise StatsError(
                "power needs an effect or a number of models; give --effect 0.10, --models 30, "
                "or --drop and --churn for test images"
            )


def seeds_table(question: Question, sd: float) -> pd.DataFrame:
    """Return a row per effect: the seeds it needs, or what the given seeds show.

    Args:
        question: Effects, level, power.
        sd: Standard deviation over models of slopes or pseudo-values.

    Returns:
        sd: The deviation.
        effect: The effect; null where none was asked about.
        level, power_wanted: Error of the two-sided test, and the wanted chance.
        models_needed: Fewest models that reach it; null without an effect.
        models: The given models, or those needed: the next columns are for them.
        power: Chance to see the effect, by formula.
        power_simulated, power_simulated_error, repetitions: By simulation of normal values, with
            its Monte-Carlo standard error; null without simulation.
        smallest_effect: What these models show with the wanted chance.
        status: `ok`, or why there is no number.

    Raises:
        StatsError: A number is out of its range.
    """

    def simulated(effect: float, models: int) -> float:
        generator = np.random.default_rng(question.seed)
        return power_of_values(effect, sd, models, question.level, question.repetitions, generator)

    rows = [{"sd": sd} | answer(question, one, sd, simulated) for one in question.asked]
    return with_counts(pd.DataFrame(rows))


def with_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with whole numbers where it counts, null where there is no number."""
    return frame.astype({name: "Int64" for name in _COUNTS if name in frame})


def images_table(
    drops: Sequence[float],
    churn: float,
    *,
    margin: float = 0.0,
    classes: int = 1,
    level: float = 0.05,
    power: float = POWER,
) -> pd.DataFrame:
    """Return a row per drop: the test images a class needs for it to be seen in one pair of models.

    Args:
        drops: True drops of a class's recall.
        churn: Share of images whose correctness changes.
        margin: The largest drop that is no harm.
        classes: Classes judged together; the level is divided by them, as Holm's first step does.
        level: Error of the one-sided test over all classes.
        power: Wanted chance.

    Returns:
        drop, churn, margin, classes, level, power_wanted: What was asked.
        images_needed: Test images of the class, by the z formula for paired proportions.

    Raises:
        StatsError: A number is out of its range.
    """
    if classes < 1:
        raise StatsError(f"{classes} classes cannot be judged; one is the least")
    asked = {"margin": margin, "level": level / classes, "power": power}
    return pd.DataFrame(
        [
            {
                "drop": drop,
                "churn": churn,
                "margin": margin,
                "classes": classes,
                "level": level,
                "power_wanted": power,
                "images_needed": images_needed(drop, churn, **asked),
            }
            for drop in drops
        ]
    )


def power_curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Return power over models for every row of `seeds_table` or `pilot_table` with an effect.

    Returns:
        label: The row in words.
        models, power: From 2 models to a fifth more than any row needs.
        power_wanted: The wanted chance.

    Raises:
        StatsError: No row has an effect and a deviation.
    """
    drawn = frame[frame["effect"].notna() & (frame["status"] == OK)]
    if drawn.empty:
        raise StatsError("there is no curve without an effect; give --effect 0.10")
    most = int(1.2 * max(drawn["models_needed"].max(), drawn["models"].max(), 10))
    models = np.unique(np.linspace(2, most, 120).astype(int))
    varying = [name for name in PILOT_LABELS if name in drawn and drawn[name].nunique() > 1]
    varying += [] if varying else ["sd"]
    frames = []
    for _, row in drawn.iterrows():
        words = [f"effect {row['effect']:g}", *(_word(name, row[name]) for name in varying)]
        curve = power_of_mean(row["effect"], row["sd"], models, row["level"])
        frames.append(pd.DataFrame({"label": ", ".join(words), "models": models, "power": curve}))
    return pd.concat(frames, ignore_index=True).assign(power_wanted=drawn["power_wanted"].iloc[0])


def _word(name: str, value: object) -> str:
    if isinstance(value, float):
        return f"{name} {value:.3g}"
    return str(value)


def answer(
    question: Question,
    effect: float | None,
    sd: float,
    simulated: Callable[[float, int], float],
) -> dict[str, object]:
    """Return the columns of `seeds_table` for one effect and one deviation.

    Args:
        question: What is asked.
        effect: The effect, None for the smallest alone.
        sd: The deviation.
        simulated: Power by simulation of (effect, models).
    """
    level, wanted = question.level, question.power
    needed, why = None, OK
    if effect is not None:
        try:
            needed = models_needed(effect, sd, level, wanted)
        except OutOfReach as error:
            why = str(error)
    row = no_answer(question, effect, why)
    models = question.models or needed
    if models is None:
        return row
    row |= {"models": models, "smallest_effect": smallest_effect(models, sd, level, wanted)}
    if effect is not None:
        row["models_needed"] = math.nan if needed is None else needed
        row["power"] = float(power_of_mean(effect, sd, models, level))
        if question.repetitions:
            share = simulated(effect, models)
            row["power_simulated"] = share
            row["power_simulated_error"] = math.sqrt(share * (1 - share) / question.repetitions)
            row["repetitions"] = question.repetitions
    return row


def no_answer(question: Question, effect: float | None, status: str) -> dict[str, object]:
    """Return the same columns without numbers, and why."""
    return {
        "effect": math.nan if effect is None else effect,
        "level": question.level,
        "power_wanted": question.power,
        "models_needed": math.nan,
        "models": math.nan,
        "power": math.nan,
        "power_simulated": math.nan,
        "power_simulated_error": math.nan,
        "repetitions": math.nan,
        "smallest_effect": math.nan,
        "status": status,
    }
