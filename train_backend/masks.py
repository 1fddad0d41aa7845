"""Which weights stay: masks from scores, shared by every pruning method."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from train_backend.errors import TrainError

RatioScope = Literal["parameters", "shrinkbench"]


def prunable_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return the weights (not biases) of every convolution and linear layer but the classifier.

    Args:
        model: A model that names its last layer `classifier`.

    Returns:
        Parameters by their name in `model.named_parameters()`, in that order.
    """
    parameters = dict(model.named_parameters())
    return {
        f"{name}.weight": parameters[f"{name}.weight"]
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear) and module is not model.classifier
    }


def kept_count(model: nn.Module, ratio: float, ratio_scope: RatioScope = "parameters") -> int:
    """Return how many prunable weights stay at pruning ratio t (Section 4).

    - `parameters`: round(total / t) of all the model's parameters stay, so that the realised
      ratio is the requested one. A half rounds to the even number, as Python's `round` does.
    - `shrinkbench`: as released. The biases of pruned layers are counted as if they could be
      pruned, but never are: the share (total / t - rest) / (weights + biases) of the weights
      stays. LeNet5 asked 50 times smaller keeps 350 weights instead of 125, so 42 times.

    # Differs from the paper: ShrinkBench cuts at an interpolated quantile, which keeps one
    weight more or less and every weight of a tie; the number is settled here instead.

    Raises:
        TrainError: `ratio` is below 1 or not a number, or leaves fewer parameters than cannot
            be pruned.
    """
    if not (math.isfinite(ratio) and ratio >= 1):
        raise TrainError(
            f"ratio {ratio:g} is impossible: a pruning ratio is parameters before / after, "
            "so it is a number from 1 on"
        )
    total = _count(model.parameters())
    weights = _count(prunable_parameters(model).values())
    countable = weights if ratio_scope == "parameters" else weights + _biases(model)
    fixed = total - countable
    if round(total / ratio) < fixed:
        raise TrainError(
            f"ratio {ratio:g} leaves {round(total / ratio):,} parameters but {fixed:,} cannot be "
            f"pruned ({_what_is_fixed(ratio_scope)}): the largest ratio of this model is "
            f"{_floor(total / fixed):g}"
        )
    if ratio_scope == "parameters":
        return round(total / ratio) - fixed
    return max(0, round((total / ratio - fixed) / countable * weights))


def global_masks(
    scores: Mapping[str, Tensor], keep: int, *, two_sided: bool = False
) -> dict[str, Tensor]:
    """Return masks that keep the `keep` highest scores of the whole network.

    Exactly `keep` weights stay: equal scores are settled by position, the earlier tensor and
    the earlier element first. The same on every device.

    Args:
        scores: A tensor of scores per parameter name, as score functions return them.
        keep: Number of weights that stay, over all tensors together.
        two_sided: As released for signed scores: what lies at or below minus the lowest kept
            score stays too, so more than `keep` weights stay (all, if that score is <= 0).

    Returns:
        Per name a bool tensor of the score's shape and device, True where the weight stays.

    Raises:
        TrainError: A score is not finite, or `keep` is not between 0 and the number of scores.

    Checked against: torch.nn.utils.prune.global_unstructured, where no scores are equal.
    """
    for name, score in scores.items():
        if not bool(torch.isfinite(score).all()):
            raise TrainError(
                f"the pruning scores of {name} are not finite: the model has diverged; "
                "lower the learning rate"
            )
    flat = torch.cat([score.flatten() for score in scores.values()])
    if not 0 <= keep <= flat.numel():
        raise TrainError(f"cannot keep {keep:,} weights of {flat.numel():,}")
    order = torch.sort(flat, descending=True, stable=True).indices
    kept = torch.zeros_like(flat, dtype=torch.bool)
    kept[order[:keep]] = True
    if two_sided and keep > 0:
        kept |= flat <= -flat[order[keep - 1]]
    parts = torch.split(kept, [score.numel() for score in scores.values()])
    return {
        name: part.reshape(score.shape)
        for (name, score), part in zip(scores.items(), parts, strict=True)
    }


def apply_masks(model: nn.Module, masks: Mapping[str, Tensor]) -> None:
    """Set every weight that a mask drops to exactly zero, in place.

    Raises:
        TrainError: A mask names no parameter of the model, or has another shape.
    """
    parameters = dict(model.named_parameters())
    for name, mask in masks.items():
        if name not in parameters or parameters[name].shape != mask.shape:
            raise TrainError(
                f"the mask of {name} fits no parameter of this {type(model).__name__}: "
                "masks belong to the model whose scores made them"
            )
    with torch.no_grad():
        for name, mask in masks.items():
            # Not `*= mask`: a weight that is not finite times 0 stays NaN, and -1 * 0 is -0.
            parameters[name].masked_fill_(~mask, 0.0)


def _count(parameters: Iterable[Tensor]) -> int:
    return sum(parameter.numel() for parameter in parameters)


def _biases(model: nn.Module) -> int:
    """Return how many biases belong to the layers whose weights can be pruned."""
    parameters = dict(model.named_parameters())
    names = (name.removesuffix("weight") + "bias" for name in prunable_parameters(model))
    return _count(parameters[name] for name in names if name in parameters)


def _what_is_fixed(ratio_scope: RatioScope) -> str:
    if ratio_scope == "parameters":
        return "biases, batch norm and the classifier"
    return "batch norm and the classifier"


def _floor(ratio: float) -> float:
    """Return `ratio` with two decimals, rounded down so that it is still possible."""
    return math.floor(ratio * 100) / 100
