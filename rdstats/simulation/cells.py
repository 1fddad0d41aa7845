"""The cells of the simulation study: which experiments are simulated, and from which seed."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import asdict, dataclass

import numpy as np

SPREAD = 0.069  # standard deviation of mu over classes, as measured on the paper's kind of study
NO_EFFECT = 1.0


@dataclass(frozen=True)
class Cell:
    """One kind of experiment (docs/simulation.md).

    Attributes:
        classes: Classes C.
        models: Models M, each with its own luck.
        luck: Standard deviation over models of a class's normalized balance.
        effect: What compression multiplies the classes' true balances by; 1 is no effect.
        memory_pruned: Share of its luck that a model keeps through compression: the correlation
            of the luck before and after.
        memory_control: The same for the control arm, whose effect is 1.
    """

    classes: int
    models: int
    luck: float
    effect: float = NO_EFFECT
    memory_pruned: float = 0.3
    memory_control: float = 0.3

    @property
    def name(self) -> str:
        """The cell as a file name."""
        return (
            f"classes{self.classes}-models{self.models}-luck{self.luck:g}-effect{self.effect:g}"
            f"-pruned{self.memory_pruned:g}-control{self.memory_control:g}"
        )

    def generator(self, block: int, purpose: str = "") -> np.random.Generator:
        """Return the generator of one block of repetitions.

        Its seed is the SHA-256 of the cell and the block's number: neither the order of cells
        nor the number of repetitions changes what a block draws. With a purpose, the name of an
        estimator that resamples, it is another one: no estimator changes another's draws.
        """
        seed = {**asdict(self), "block": block} | ({"purpose": purpose} if purpose else {})
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
