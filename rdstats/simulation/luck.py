"""Much luck, one outlying seed, seeds in two groups: where intervals over few models err.

The grid of `cells.py` ends at luck of a quarter of the classes' spread, normal and alike in every
model. Here it goes on, and models are not alike.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from rdstats.output.shown import ShownTable
from rdstats.simulation.cells import CLASSES, MODELS, SPREAD, Cell, Experiments
from rdstats.simulation.estimators import ESTIMATORS, Judged, MeanOverModels
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.class_mean import FEW_FOR_LUCK, MUCH_LUCK, luck_over_spread
from rdstats.statistics.intervals import SKEWED, in_two_groups, skewness

NORMAL: Final = "normal"
OUTLYING: Final = "one outlying"
BIMODAL: Final = "two groups"
_TIMES: Final = 5.0  # the luck of the outlying model, beside that of the others
_FEW, _APART = 0.2, 0.3  # share of models in the other group, and how much larger its slope is
_SHARES: Final = (0.1, 0.25, 0.4, 0.8, 1.2)  # luck beside the spread of the classes
_LESS_CONTROL: Final = " minus control"
REPETITIONS: Final = 10_000


@dataclass(frozen=True)
class LuckCell(Cell):
    """One kind of experiment whose models need not be alike."""

    seeds: str = NORMAL

    @property
    def name(self) -> str:
        """The cell as a file name."""
        return f"{super().name}-{self.seeds.replace(' ', '-')}"

    def draw_luck(self, repetitions: int, generator: np.random.Generator) -> FloatArray:
        """Return the luck before; one model has more of it where one is outlying."""
        luck = super().draw_luck(repetitions, generator)
        if self.seeds == OUTLYING:
            luck[:, 0] *= _TIMES
        return luck

    def draw_effect(self, repetitions: int, generator: np.random.Generator) -> FloatArray | float:
        """Return the effect of every model; over models it is that of the cell on average."""
        if self.seeds != BIMODAL:
            return self.effect
        other = generator.random((repetitions, self.models, 1)) < _FEW
        return np.asarray(self.effect + _APART * (other - _FEW))


LUCK_GRID: Final[tuple[LuckCell, ...]] = tuple(
    LuckCell(classes, models, round(share * SPREAD, 5), seeds=seeds)
    for seeds, classes, models, share in itertools.product(
        (NORMAL, OUTLYING, BIMODAL), CLASSES, MODELS, _SHARES
    )
)


@dataclass(frozen=True)
class NotWarnedOf(MeanOverModels):
    """The same, where an experiment that `rdstats conditions` warns of holds the truth."""

    def judge(self, drawn: Experiments, truth: float, generator: np.random.Generator) -> Judged:
        """Return the means, and which intervals hold the truth or come with a warning."""
        found, values = super().judge(drawn, truth, generator), self.values(drawn)
        warned = (np.abs(skewness(values)) > SKEWED) | in_two_groups(values)
        if values.shape[-1] < FEW_FOR_LUCK:
            warned |= luck_over_spread(drawn.before) > MUCH_LUCK
        return found._replace(held=found.held | warned)


_SLOPE, _INSTRUMENT = "class-mean slope", "instrument slope"
_UNWARNED: Final = "class-mean slope, not warned of"
LUCK_ESTIMATORS: Final = MappingProxyType(
    {
        _UNWARNED: NotWarnedOf(),
        **{
            f"{slope}{less}": ESTIMATORS[f"{slope}{less}"]
            for slope in (_SLOPE, _INSTRUMENT)
            for less in ("", _LESS_CONTROL)
        },
    }
)


def shown_luck(rates: pd.DataFrame) -> ShownTable:
    """Return false alarms at 5 % as texts, in per cent: a column for each luck beside spread."""
    kinds = ["seeds", "classes", "models"]
    shares = rates["luck"].unique() / SPREAD
    alarms = 100 * rates.pivot_table(
        "false_alarms_5", [*kinds, "luck"], "estimator", sort=False, dropna=False
    )
    rows = []
    for key, found in alarms.groupby(level=kinds, sort=False):
        for less in ("", _LESS_CONTROL):
            texts = found[_SLOPE + less].map("{:.1f}".format)
            if not less:
                texts += found[_UNWARNED].map(" ({:.1f})".format)
            texts += found[_INSTRUMENT + less].map(" / {:.1f}".format)
            rows.append((*map(str, key), "control" if less else "1", *texts))
    caption = (
        "Class-mean slope / instrument: false alarms of 95 % intervals, in per cent. In brackets: "
        "where `rdstats conditions` does not warn. A column for each luck, beside the spread of "
        "the classes."
    )
    header = ("models", "C", "M", "against", *(f"{share:.2g}" for share in shares))
    return ShownTable(
        "Much luck, and models that are not alike", caption, header, tuple(rows), False
    )
