"""Which weights stay: masks from scores, shared by every pruning method."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from train_backend.errors import Diverged, TrainError

RatioScope = Literal["parameters", "shrinkbench"]
Layer = nn.Conv1d | nn.Conv2d | nn.Conv3d | nn.Linear

RATIO_TOLERANCE = 0.1
"""How far the ratio that a network is called by may be from the one it reaches, where a method
chooses what goes: the paper calls CHIP's 3.54 3.33."""


def prunable_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return the weights (not biases) of every convolution and linear layer but the classifier.

    Returns:
        Parameters by their name in `model.named_parameters()`, in that order.

    Raises:
        TrainError: It has no classifier.

    Example:
        >>> from torch import nn
        >>> from train_backend.plugins import prunable_parameters
        >>> network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        >>> list(prunable_parameters(network))
        ['0.weight']
    """
    classifier = classifier_of(model)
    return {
        f"{name}.weight": cast("nn.Parameter", module.weight)
        for name, module in model.named_modules()
        if isinstance(module, Layer) and module is not classifier
    }


def classifier_of(model: nn.Module) -> nn.Module:
    """Return the layer that gives the logits: the one a plug-in names, or the last linear one.

    `classifier` comes before the last, where there is a linear layer of that name.

    Raises:
        TrainError: There is no linear layer, and none is named.
    """
    named = getattr(model, "rdstats_classifier", None)
    if isinstance(named, str):
        return model.get_submodule(named)
    if isinstance(getattr(model, "classifier", None), nn.Linear):
        return cast("nn.Linear", model.classifier)
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise TrainError(
            f"{type(model).__name__} has no linear layer: name the one that gives the logits, "
            '@architecture(…, classifier="NAME")'
        )
    return linear[-1]


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

    Example:
        >>> from torch import nn
        >>> from train_backend.plugins import kept_count
        >>> network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        >>> kept_count(network, ratio=2)  # of 58 parameters 29 stay, 26 of them no prunable weights
        3
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
        biases = "biases, " if ratio_scope == "parameters" else ""
        raise TrainError(
            f"ratio {ratio:g} leaves {round(total / ratio):,} parameters but {fixed:,} cannot be "
            f"pruned ({biases}batch norm and the classifier): the largest ratio of this model is "
            f"{math.floor(100 * total / fixed) / 100:g}"
        )
    if ratio_scope == "parameters":
        return round(total / ratio) - fixed
    return max(0, round((total / ratio - fixed) / countable * weights))


def global_masks(
    scores: Mapping[str, Tensor], keep: int, *, two_sided: bool = False
) -> dict[str, Tensor]:
    """Return masks that keep the `keep` highest scores: one cut of `masks_at`.

    Example:
        >>> import torch
        >>> from train_backend.plugins import global_masks
        >>> global_masks({"weight": torch.tensor([0.3, 0.1, 0.2])}, keep=2)["weight"].tolist()
        [True, False, True]
    """
    (masks,) = masks_at(scores, [keep], two_sided=two_sided)
    return masks


def masks_at(
    scores: Mapping[str, Tensor], keeps: Sequence[int], *, two_sided: bool = False
) -> list[dict[str, Tensor]]:
    """Return masks at several cuts through one order of the whole network's scores.

    Exactly `keep` weights stay: equal scores are settled by position, the earlier tensor and
    the earlier element first. The same on every device.

    Args:
        scores: A tensor of scores per parameter name, as score functions return them.
        keeps: Per cut the number of weights that stay, over all tensors together.
        two_sided: As released for signed scores: what lies at or below minus the lowest kept
            score stays too, so more than `keep` weights stay (all, if that score is <= 0).

    Returns:
        Per cut and name a bool tensor of the score's shape and device, True where the weight
        stays.

    Raises:
        Diverged: A score is not finite.
        TrainError: A number to keep is not between 0 and the number of scores.

    Checked against: torch.nn.utils.prune.global_unstructured, where no scores are equal.
    """
    # By numpy on the CPU, whatever the device: it sorts with the processor's vectors, and there
    # are few scores to move.
    row = torch.cat([score.detach().flatten() for score in scores.values()])
    flat = row.to("cpu", torch.float32).numpy()
    if not np.isfinite(flat).all():
        name = next(name for name, score in scores.items() if not torch.isfinite(score).all())
        raise Diverged(f"has diverged: the pruning scores of {name} are not finite")
    for keep in keeps:
        if not 0 <= keep <= len(flat):
            raise TrainError(f"cannot keep {keep:,} weights of {len(flat):,}")
    order = np.sort(flat)
    kept = np.empty((len(keeps), len(flat)), dtype=np.bool_)
    for stays, keep in zip(kept, keeps, strict=True):
        lowest = order[-keep] if keep else np.float32(np.inf)  # no score is as high
        np.greater_equal(flat, lowest, out=stays)
        surplus = np.count_nonzero(stays) - keep
        if surplus > 0:
            stays[np.flatnonzero(flat == lowest)[-surplus:]] = False
        if two_sided and keep:
            stays |= flat <= -lowest
    return _shaped(kept, scores)


def _shaped(kept: npt.NDArray[np.bool_], scores: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """Return per cut a mask per score, from those of all scores in a row, shape (cuts, scores)."""
    sizes = [score.numel() for score in scores.values()]
    parts = torch.split(torch.from_numpy(kept), sizes, dim=1)
    cuts = [
        part.to(score.device).view(-1, *score.shape).unbind()
        for part, score in zip(parts, scores.values(), strict=True)
    ]
    return [dict(zip(scores, masks, strict=True)) for masks in zip(*cuts, strict=True)]


def apply_masks(model: nn.Module, masks: Mapping[str, Tensor]) -> None:
    """Set every weight that a mask drops to exactly zero, in place.

    Raises:
        TrainError: As `check_masks`; nothing is changed then.
    """
    check_masks(model, masks)
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, mask in masks.items():
            # Not `*= mask`: a weight that is not finite times 0 stays NaN, and -1 * 0 is -0.
            parameters[name].masked_fill_(~mask, 0.0)


def check_masks(model: nn.Module, masks: Mapping[str, Tensor]) -> None:
    """Check that masks fit a model.

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


def _count(parameters: Iterable[Tensor]) -> int:
    return sum(parameter.numel() for parameter in parameters)


def _biases(model: nn.Module) -> int:
    """Return how many biases belong to the layers whose weights can be pruned."""
    parameters = dict(model.named_parameters())
    names = (name.removesuffix("weight") + "bias" for name in prunable_parameters(model))
    return _count(parameters[name] for name in names if name in parameters)
