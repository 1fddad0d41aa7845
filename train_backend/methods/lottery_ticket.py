"""The lottery ticket's settings and masks: 20 % of what is left goes at every level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from data_contracts.schema import RATIO_DECIMALS
from train_backend.errors import TrainError
from train_backend.methods.masks import Layer, global_masks
from train_backend.settings import Index

KEPT_SHARE = 0.8
"""Of the weights that are left, at every level (Table 12)."""

LEVELS = 20  # Table 12

Masks = dict[str, Tensor]


@dataclass(frozen=True)
class LotteryTicket:
    """The table [lth] of a study.

    Every level is trained by the recipe's `training_phases`, from the rewind step on.

    Attributes:
        levels: Levels after the dense one.
        rewind_step: Steps of training after which the weights are those that a level starts
            from; 0 is initialisation, as in the paper's source.
    """

    # 0.8 to the power of 10,000 leaves nothing of any network.
    levels: Annotated[int, Field(strict=True, ge=1, le=10_000)] = LEVELS
    rewind_step: Index = 0

    @property
    def ratios(self) -> tuple[float, ...]:
        """Return the pruning ratio 0.8^-L of each level, over prunable weights."""
        return tuple(level_ratio(level) for level in range(1, self.levels + 1))


def level_ratio(level: int) -> float:
    """Return 0.8^-L with the decimals that the recall table keeps: 1.25, 1.5625, 1.9531, ..."""
    return float(round(KEPT_SHARE**-level, RATIO_DECIMALS))


def lottery_weights(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return the weights (not biases) of every convolution and linear layer, the classifier's too.

    Unlike `masks.prunable_parameters`: open_lth counts the last layer of a ResNet (of its own
    LeNet it does not), and with it level 20 of ResNet-56 is 61.5 over all parameters.
    """
    parameters = dict(model.named_parameters())
    return {
        f"{name}.weight": parameters[f"{name}.weight"]
        for name, module in model.named_modules()
        if isinstance(module, Layer)
    }


def level_kept(weights: int, level: int) -> int:
    """Return how many of `weights` stay at a level: weights 0.8^L, rounded down.

    Differs from open_lth, which at every level prunes 20 % rounded up and one more: here the
    ratio does not drift.

    Raises:
        TrainError: None would stay.
    """
    kept = _rounded_down(weights, level)
    if kept < 1:
        most = next(each for each in count(1) if _rounded_down(weights, each) < 1) - 1
        raise TrainError(
            f"level {level} of LTH leaves none of {weights:,} weights (0.8^{level} of them is "
            f"less than one): {most} levels are the most for this model"
        )
    return kept


def _rounded_down(weights: int, level: int) -> int:
    four, five = pow(4, level), pow(5, level)  # 0.8 in integers: no rounding error
    return weights * int(four) // int(five)


def whole_masks(model: nn.Module) -> Masks:
    """Return the masks of level 0, which keep everything."""
    return {
        name: torch.ones_like(weight, dtype=torch.bool)
        for name, weight in lottery_weights(model).items()
    }


def level_masks(weights: Mapping[str, Tensor], masks: Masks, level: int) -> Masks:
    """Return the masks of a level: the largest magnitudes among what the level before kept.

    Args:
        weights: The last step's weights of the level before, by name.
        masks: The masks of the level before; what they drop stays dropped.
        level: From 1 on. Errors are those of `level_kept` and `masks_at`.
    """
    keep = level_kept(sum(mask.numel() for mask in masks.values()), level)
    # A weight that was kept may be exactly zero; one that was dropped must come after it.
    scores = {name: weights[name].abs().masked_fill(~mask, -1.0) for name, mask in masks.items()}
    return global_masks(scores, keep)


def shuffled_masks(masks: Masks, generator: torch.Generator) -> Masks:
    """Return masks that keep as many weights of each layer, drawn at random (LTH-random)."""
    return {
        name: mask.flatten()[torch.randperm(mask.numel(), generator=generator).to(mask.device)]
        .reshape(mask.shape)
        .contiguous()
        for name, mask in masks.items()
    }
