"""Phases: some epochs of a schedule, and the learning rate of each of their steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from train_backend.errors import TrainError


@dataclass(frozen=True)
class Phase:
    """Some epochs at one learning rate or along a curve; momentum starts fresh, as released.

    Attributes:
        epochs: How many.
        learning_rate: The rate, or the highest of the curve.
        warmup_epochs: Epochs in which the rate rises in a straight line, step by step.
        curve: `constant`, or `cosine`: after the warm-up the rate falls along half a cosine,
            epoch by epoch, to nearly 0.
    """

    epochs: int
    learning_rate: float
    warmup_epochs: int = 0
    curve: Literal["constant", "cosine"] = "constant"

    def __post_init__(self) -> None:
        if self.warmup_epochs >= self.epochs:
            raise TrainError(
                f"a phase of {self.epochs} epochs cannot have {self.warmup_epochs} warm-up "
                "epochs: fewer than its epochs, so that some are left"
            )

    def rate(self, epoch: int, step: int, steps: int) -> float:
        """Return the learning rate of one step.

        With rate r, E epochs, w of them warm-up, in epoch e:

            r (1 + cos(pi (e - w) / (E - w))) / 2  times  min(1, (1 + step + e steps) / (w steps))

        The first factor is r where the curve is constant, the second 1 without warm-up. The
        formula of the code released for CHIP; the cosine runs through the warm-up too.

        Args:
            epoch: Of the phase, counted from 0.
            step: Of the epoch, counted from 0.
            steps: Steps an epoch.
        """
        rate = self.learning_rate
        if self.curve == "cosine":
            turned = (epoch - self.warmup_epochs) / (self.epochs - self.warmup_epochs)
            rate *= (1 + math.cos(math.pi * turned)) / 2
        if epoch < self.warmup_epochs:
            rate *= (1 + step + epoch * steps) / (self.warmup_epochs * steps)
        return rate
