"""How many models side by side are fastest on this device: measured for a study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from data_contracts.words import counted
from train_backend.devices import enough_memory, repeatable
from train_backend.errors import MemoryTooSmall, TrainError
from train_backend.speeds import Rehearsal
from train_backend.studies import Study

SIZES = (1, 2, 4, 8, 16, 32)

HARDLY = 0.05
"""A share of the speed that is not worth a larger stack: it is lost as a whole."""


@dataclass(frozen=True)
class StackSpeed:
    """What was measured of a stack size.

    Attributes:
        size: Models side by side.
        training: Images trained a second, of all models of the stack together; None where the
            device's memory does not hold them.
    """

    size: int
    training: float | None


def sizes_of(study: Study, wanted: Sequence[int] | None = None) -> tuple[int, ...]:
    """Return the sizes to measure for a study, ascending: one model is always among them.

    Args:
        study: It has so many models.
        wanted: None or none for all of `SIZES` that it has models for.

    Raises:
        TrainError: A wanted size is more than its models.
    """
    if not wanted:
        return tuple(size for size in SIZES if size <= study.models)
    if max(wanted) > study.models:
        have = counted(study.models, "model")
        raise TrainError(f"a stack of {max(wanted)} is more than the study has: {have}")
    return tuple(sorted({1, *wanted}))


def measure_stacks(
    study: Study,
    device: torch.device,
    *,
    sizes: Sequence[int] = SIZES,
    seconds: float = 2.0,
    tell: Callable[[int], None] = lambda _: None,
) -> list[StackSpeed]:
    """Return how fast one process trains stacks of the study's models, by their size.

    In batches of the study's recipe; CHIP's epochs after pruning, whose networks differ in shape,
    are not measured. Larger sizes than the first that memory does not hold are left out.

    Args:
        study: Says the architecture, the image size and the recipe.
        device: Where to measure.
        sizes: Ascending.
        seconds: How long to measure each; where a step takes longer, one step.
        tell: Told each size before it is measured.

    Raises:
        MemoryTooSmall: The GPU's memory does not hold the first.
    """
    measured: list[StackSpeed] = []
    batch_size = study.recipe.batch_size
    with repeatable(device):
        for size in sizes:
            tell(size)
            try:
                with enough_memory(size):
                    rehearsal = Rehearsal(
                        study, device, batch_size=batch_size, stack=size, seconds=seconds
                    )
                    speed = rehearsal.training_speed()
            except MemoryTooSmall:
                if not measured:
                    raise
                return [*measured, StackSpeed(size, None)]
            measured.append(StackSpeed(size, speed))
    return measured


def advised_stack(measured: Sequence[StackSpeed]) -> int:
    """Return the smallest size that is hardly slower than the fastest, if it gains on the first.

    Args:
        measured: By size, ascending; the first was measured.
    """
    speeds = {each.size: each.training for each in measured if each.training is not None}
    first, alone = next(iter(speeds.items()))
    fast_enough = max((1.0 - HARDLY) * max(speeds.values()), (1.0 + HARDLY) * alone)
    return min((size for size, speed in speeds.items() if speed >= fast_enough), default=first)
