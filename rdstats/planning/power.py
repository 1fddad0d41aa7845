"""How many seeds and how many test samples: a row per effect, for a given deviation or churn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from rdstats.errors import StatsError
from rdstats.output.words import OK
from rdstats.simulation.power import power_of_values
from rdstats.simulation.study import monte_carlo_error
from rdstats.statistics.power import (
    LEVEL,
    OutOfReach,
    check_level,
    check_power,
    images_needed,
    models_needed,
    power_of_mean,
    smallest_effect,
)
from rdstats.statistics.verdicts import POWER

# What tells one row of a pilot from another.
PILOT_LABELS: Final = (*STAGED_CONDITION, "slope")
_NUMBERS: Final = (
    *("models_needed", "models", "power", "power_simulated", "power_simulated_error"),
    *("repetitions", "smallest_effect"),
)
_COUNTS: Final = (
    *("models_needed", "models", "models_cautious", "repetitions", "pilot_models", "samples"),
    *("models_like_these", "samples_like_these", "samples_least"),
)


@dataclass(frozen=True)
class Question:
    """What is asked of every deviation.

    Example:
        >>> import rdstats as rd
        >>> rd.seeds_needed(rd.Question(effects=(0.1, 0.2)), sd=0.15)["models_needed"].tolist()
        [30, 10]
    """

    effects: tuple[float, ...] = ()  # true distances from 1; none asks for the smallest effect
    models: int | None = None  # seeds that there will be; None asks how many are needed
    level: float = LEVEL  # error of the two-sided test; the paper's 99 % intervals are 0.01
    power: float = POWER  # wanted chance to see the effect
    repetitions: int = 0  # simulated experiments per row; none: the formula alone
    seed: int = 0  # of the simulation
    samples: int | None = None  # test samples of a class there will be; None: those of the pilot

    def __post_init__(self) -> None:
        check_level(self.level)
        check_power(self.power, self.level)
        if self.models is not None and self.models < 2:
            raise StatsError(f"models is {self.models}: no interval; two is the least")
        if self.samples is not None and self.samples < 2:
            raise StatsError(f"{self.samples} test samples say nothing of others; two is the least")
        if not self.effects and self.models is None:
            raise StatsError(
                "power needs an effect or a number of models; give --effect 0.10, --models 30, "
                "or --drop and --churn for test images"
            )


def seeds_needed(question: Question, sd: float) -> pd.DataFrame:
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

    Example:
        >>> import rdstats as rd
        >>> int(rd.seeds_needed(rd.Question(effects=(0.1,)), sd=0.1)["models_needed"].item())
        16
    """

    def simulated(effect: float, models: int) -> float:
        generator = np.random.default_rng(question.seed)
        return power_of_values(effect, sd, models, question.level, question.repetitions, generator)

    return with_counts(pd.DataFrame([{"sd": sd} | row for row in answers(question, sd, simulated)]))


def samples_needed(
    drops: Sequence[float],
    churn: float,
    *,
    margin: float = 0.0,
    classes: int = 1,
    level: float = 0.05,
    power: float = POWER,
) -> pd.DataFrame:
    """Return a row per drop: the test samples a class needs for it to show in one pair of models.

    Args:
        drops: True drops of a class's recall.
        churn: Share of samples whose correctness changes.
        margin: The largest drop that is no harm.
        classes: Classes judged together; the level is divided by them, as Holm's first step does.
        level: Error of the one-sided test over all classes.
        power: Wanted chance.

    Returns:
        drop, churn, margin, classes, level, power_wanted: What was asked.
        images_needed: Test samples of the class, by the z formula for paired proportions.

    Raises:
        StatsError: A number is out of its range.

    Example:
        >>> import rdstats as rd
        >>> rd.samples_needed([0.1], churn=0.12, margin=0.05, classes=10)["images_needed"].item()
        541
    """
    if classes < 1:
        raise StatsError(f"{classes} classes cannot be judged; one is the least")
    asked = {"margin": margin, "level": level / classes, "power": power}
    frame = pd.DataFrame({"drop": list(drops), "churn": churn, "margin": margin})
    frame = frame.assign(classes=classes, level=level, power_wanted=power)
    return frame.assign(images_needed=[images_needed(drop, churn, **asked) for drop in drops])


def with_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with whole numbers where it counts, null where there is no number."""
    return frame.astype({name: "Int64" for name in _COUNTS if name in frame})


def answers(
    question: Question, sd: float, simulated: Callable[[float, int], float], why: str = OK
) -> Iterator[dict[str, object]]:
    """Yield the columns of `seeds_needed` for each effect and one deviation.

    Args:
        question: What is asked.
        sd: The deviation.
        simulated: Power by simulation of (effect, models).
        why: Why there is no deviation.
    """
    level, wanted, repetitions = question.level, question.power, question.repetitions
    for effect in question.effects or (math.nan,):
        row: dict[str, object] = {"effect": effect, "level": level, "power_wanted": wanted}
        row |= {**dict.fromkeys(_NUMBERS, math.nan), "status": why}
        needed = None
        if why == OK and not math.isnan(effect):
            try:
                row["models_needed"] = needed = models_needed(effect, sd, level, wanted)
            except OutOfReach as error:
                row["status"] = str(error)
        models = question.models or needed
        if why == OK and models is not None:
            row["models"] = models
            row["smallest_effect"] = smallest_effect(models, sd, level, wanted)
            if not math.isnan(effect):
                row["power"] = float(power_of_mean(effect, sd, models, level))
                if repetitions:
                    share = simulated(effect, models)
                    row["power_simulated"] = share
                    row["power_simulated_error"] = float(monte_carlo_error(share, repetitions))
                    row["repetitions"] = repetitions
        yield row
