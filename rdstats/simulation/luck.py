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

from rdstats.simulation.cells import CLASSES, MODELS, SPREAD, Cell, Experiments
from rdstats.simulation.estimators import ESTIMATORS, Judged, MeanOverModels
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.intervals import looks_odd

NORMAL: Final = "normal"
OUTLYING: Final = "one outlying"
BIMODAL: Final = "two groups"
_TIMES: Final = 5.0  # the luck of the outlying model, beside that of the others
_FEW, _APART = 0.2, 0.3  # share of models in the other group, and how much larger its slope is
LUCK_SHARES: Final = (0.25, 0.4, 0.8, 1.2)  # luck beside the spread of the classes


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
        (NORMAL, OUTLYING, BIMODAL), CLASSES, MODELS, LUCK_SHARES
    )
)


@dataclass(frozen=True)
class NotWarnedOf(MeanOverModels):
    """The same, where an experiment that `rdstats conditions` warns of holds the truth."""

    def judge(self, drawn: Experiments, truth: float, generator: np.random.Generator) -> Judged:
        """Return the means, and which intervals hold the truth or come with a warning."""
        found = super().judge(drawn, truth, generator)
        return found._replace(held=found.held | looks_odd(self.values(drawn)))


LUCK_ESTIMATORS: Final = MappingProxyType(
    {
        "class-mean slope": ESTIMATORS["class-mean slope"],
        "class-mean slope, not warned of": NotWarnedOf(),
        "instrument slope": ESTIMATORS["instrument slope"],
        "class-mean slope minus control": ESTIMATORS["class-mean slope minus control"],
        "instrument slope minus control": ESTIMATORS["instrument slope minus control"],
    }
)
