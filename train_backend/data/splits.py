"""Which images are held out for validation."""

from __future__ import annotations

import torch
from torch import Tensor

from train_backend.errors import TrainError


def held_out_count(images: int, fraction: float, label: int) -> int:
    """Return how many of the images of class `label` are held out.

    Raises:
        TrainError: None, though some shall be, or all.
    """
    count = round(fraction * images)
    if fraction > 0 and not 0 < count < images:
        raise TrainError(
            f"validation_fraction {fraction:g} of the {images} images of class {label} "
            f"holds out {count}: every class needs an image on both sides"
        )
    return count


def stratified_split(
    labels: Tensor, fraction: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return the indices that stay for training and those held out, the same share of each class.

    # Differs from the paper: its "validation" set is the test set, and selection on test data
    # flatters every number. Here a stratified part of the training set is held out.

    Returns:
        Two ascending, disjoint index tensors which together hold every index once. Of a class
        of n images round(fraction * n) are held out.

    Raises:
        TrainError: A class is left without an image on either side.
    """
    if fraction == 0:
        return torch.arange(len(labels)), torch.empty(0, dtype=torch.int64)
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for label in torch.unique(labels).tolist():
        members = (labels == label).nonzero().squeeze(1)
        count = held_out_count(len(members), fraction, label)
        order = torch.randperm(len(members), generator=generator)
        held_out[members[order[:count]]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)
