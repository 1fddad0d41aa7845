"""Steps of training: which images each one sees, how they are cropped, and at which rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from train_backend.datasets import Dataset, ImageSet, crop, draw_crops


class Step(NamedTuple):
    """One step of SGD, of one model.

    Attributes:
        rate: The learning rate.
        rows: Training images by index, int64 of shape (N,), on their device.
        crops: As `draw_crops` returns it, on the same device; None takes images as they are.
    """

    rate: float
    rows: Tensor
    crops: Tensor | None = None


def draw_steps(
    batches: Sequence[Tensor], rates: Sequence[float], crops: torch.Generator | None
) -> list[Step]:
    """Return a step per batch of rows; crops are drawn batch by batch, if at all."""
    if crops is None:
        return [Step(rate, rows) for rows, rate in zip(batches, rates, strict=True)]
    sizes = [len(rows) for rows in batches]
    # All at once to the device: a copy for each step would be a wait for each step.
    drawn = torch.cat([draw_crops(size, crops) for size in sizes], dim=1).to(batches[0].device)
    return [
        Step(rate, rows, moved)
        for rows, rate, moved in zip(batches, rates, torch.split(drawn, sizes, dim=1), strict=True)
    ]


def seen(dataset: Dataset, step: Step) -> ImageSet:
    """Return the training images of one step as the model sees them."""
    part = dataset.train.of(step.rows)
    if step.crops is None:
        return part
    return ImageSet(crop(part.images, step.crops, dataset.black), part.labels)


def until(steps: Sequence[Step], stops: Iterable[int]) -> Iterator[tuple[int, list[Step]]]:
    """Yield runs of steps that end where someone looks at the model, or with the last step.

    Args:
        steps: All of them.
        stops: After how many of them a run ends; others than 1 to all but one are left out.

    Yields:
        How many steps are taken by the end of the run, and its steps.
    """
    start = 0
    for stop in [*sorted(stop for stop in set(stops) if 0 < stop < len(steps)), len(steps)]:
        yield stop, list(steps[start:stop])
        start = stop
