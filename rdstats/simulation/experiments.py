"""Experiments drawn from the model of docs/simulation.md: true balances and luck."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rdstats.simulation.cells import NO_EFFECT, SPREAD, Cell
from rdstats.statistics.arrays import FloatArray


class Experiments(NamedTuple):
    """Normalized balances of simulated experiments, each of shape (repetitions, models, classes).

    Attributes:
        before: Of the unpruned models: mu_c + luck.
        pruned: Of the compressed models: effect * mu_c + luck of which `memory_pruned` is old.
        control: Of the control arm: mu_c + luck of which `memory_control` is old.
        rival: Of another method with the same effect and the control's memory: the two methods
            differ in memory alone.
    """

    before: FloatArray
    pruned: FloatArray
    control: FloatArray
    rival: FloatArray


def class_means(classes: int, spread: float = SPREAD) -> FloatArray:
    """Return mu_c: evenly spaced around 0, of this standard deviation (classes - 1 below)."""
    mu = np.linspace(-1.0, 1.0, classes)
    return np.asarray(mu * (spread / mu.std(ddof=1)))


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
    shape = (repetitions, cell.models, cell.classes)
    luck = cell.luck * generator.standard_normal(shape)
    pruned = luck_after(luck, cell.luck, cell.memory_pruned, generator)
    control = luck_after(luck, cell.luck, cell.memory_control, generator)
    luck += mu
    pruned += cell.effect * mu
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
