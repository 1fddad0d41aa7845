"""The cells of the simulation study: which experiments are simulated, and from which seed."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from rdstats.statistics.arrays import FloatArray

SPREAD = 0.069  # standard deviation of mu over classes, as measured on the paper's kind of study
NO_EFFECT = 1.0


@dataclass(frozen=True)
class Cell:
    """One kind of experiment (docs/simulation.md)."""

    classes: int  # C
    models: int  # M, each with its own luck
    luck: float  # standard deviation over models of a class's normalized balance
    effect: float = NO_EFFECT  # what compression multiplies the classes' true balances by
    # Share of its luck that a model keeps through compression: correlation before and after.
    memory_pruned: float = 0.3
    memory_control: float = 0.3  # the same for the control arm, whose effect is 1

    @property
    def name(self) -> str:
        """The cell as a file name."""
        return (
            f"classes{self.classes}-models{self.models}-luck{self.luck:g}-effect{self.effect:g}"
            f"-pruned{self.memory_pruned:g}-control{self.memory_control:g}"
        )

    def draw_luck(self, repetitions: int, generator: np.random.Generator) -> FloatArray:
        """Return the luck of every model and class, shape (repetitions, models, classes)."""
        shape = repetitions, self.models, self.classes
        return np.asarray(self.luck * generator.standard_normal(shape))

    def draw_effect(self, _repetitions: int, _: np.random.Generator) -> FloatArray | float:
        """Return what compression multiplies each model's true balances by."""
        return self.effect

    def generator(self, block: int, purpose: str = "") -> np.random.Generator:
        """Return the generator of one block of repetitions.

        Neither the order of cells nor the number of repetitions changes what a block draws. With
        a purpose, the name of an estimator that resamples, it is another one: no estimator changes
        another's draws.
        """
        named = {"purpose": purpose} if purpose else {}
        return generator_of({**asdict(self), "block": block, **named})


def generator_of(seed: Mapping[str, object]) -> np.random.Generator:
    """Return the generator that is seeded by the SHA-256 of these names and values."""
    text = json.dumps(seed, sort_keys=True)
    return np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest(), 16))


CLASSES = (10, 100)
MODELS = (5, 10, 30)
LUCKS = (0.008, 0.017)
EFFECTS = (0.8, NO_EFFECT, 1.2)
MEMORIES = (0.0, 0.3, 0.9)
REPETITIONS = 2000

GRID: tuple[Cell, ...] = tuple(
    itertools.starmap(Cell, itertools.product(CLASSES, MODELS, LUCKS, EFFECTS, MEMORIES, MEMORIES))
)

# Six cells of the grid for what is too slow for all of it: nothing to find, much luck, and a
# memory that differs between the arms, where slopes that luck dilutes see effects.
NAMED_CELLS: tuple[Cell, ...] = tuple(
    Cell(classes, models, 0.017, memory_pruned=0.3, memory_control=0.9)
    for classes in CLASSES
    for models in MODELS
)
NAMED_REPETITIONS = 500


class Experiments(NamedTuple):
    """Normalized balances of experiments, each of shape (repetitions, models, classes)."""

    before: FloatArray  # of the unpruned models: mu_c + luck
    pruned: FloatArray  # compressed: effect * mu_c + luck of which `memory_pruned` is old
    control: FloatArray  # the control arm: mu_c + luck of which `memory_control` is old
    rival: FloatArray  # another method of the same effect, which differs in memory alone


def class_means(classes: int) -> FloatArray:
    """Return mu_c: evenly spaced around 0, of standard deviation `SPREAD` (classes - 1 below)."""
    mu = np.linspace(-1.0, 1.0, classes)
    return np.asarray(mu * (SPREAD / mu.std(ddof=1)))


def draw_experiments(cell: Cell, repetitions: int, generator: np.random.Generator) -> Experiments:
    """Draw experiments of one cell.

    Luck is normal and independent between classes and models. Not modelled: counts (the noise
    of a finite test set is part of the luck), luck that differs between classes, and that
    balances over classes of equal size sum to 0.

    Args:
        cell: Which kind of experiment.
        repetitions: How many.
        generator: Of every random number.
    """
    mu = class_means(cell.classes)
    luck = cell.draw_luck(repetitions, generator)
    pruned = luck_after(luck, cell.luck, cell.memory_pruned, generator)
    control = luck_after(luck, cell.luck, cell.memory_control, generator)
    luck += mu
    pruned += cell.draw_effect(repetitions, generator) * mu
    control += mu
    rival = control if cell.effect == NO_EFFECT else control + (cell.effect - NO_EFFECT) * mu
    return Experiments(luck, pruned, control, rival)


def luck_after(
    luck: FloatArray, size: float, memory: float, generator: np.random.Generator
) -> FloatArray:
    """Return luck of standard deviation `size` whose correlation with unit-size luck is memory.

    Args:
        luck: Luck before, of standard deviation `size`, any shape.
        size: Standard deviation of the luck.
        memory: Share that is kept, between -1 and 1.
        generator: Of the luck that is drawn anew.
    """
    fresh = generator.standard_normal(luck.shape)
    fresh *= size * math.sqrt(1.0 - memory**2)
    fresh += memory * luck
    return fresh
