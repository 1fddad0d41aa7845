"""How large a network is, and how much of it is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def parameter_counts(model: nn.Module) -> tuple[int, int]:
    """Return how many parameters the whole network has, and how many of them are not zero.

    Weights under a mask of `torch.nn.utils.prune` count as they are used, masked.
    """
    masks = dict(model.named_buffers())
    total = nonzero = 0
    for name, parameter in model.named_parameters():
        values = parameter.detach()
        mask = masks.get(f"{name.removesuffix('_orig')}_mask") if name.endswith("_orig") else None
        total += values.numel()
        nonzero += int((values if mask is None else values * mask).count_nonzero())
    return total, nonzero
