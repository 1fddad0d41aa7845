"""Pruning scores: how much a weight matters, by each method of the paper.

A score function takes (model, gradients, weight_decay, generator) and returns one tensor per
prunable parameter, the higher the more it matters. Score functions differ, masking is shared
(`masks.global_masks`).

Symbols: theta a weight, g the gradient of the data loss at it (without weight decay), epsilon
the weight decay.

If the loss in the printed formula of UP includes the decay, as its text says, UP is
|theta g| with g the gradient of the data loss: ShrinkBench's GP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from train_backend.errors import TrainError
from train_backend.methods.masks import prunable_parameters

Gradients = Mapping[str, Tensor]


class ScoreFunction(Protocol):
    """What every score function takes and returns."""

    def __call__(
        self,
        model: nn.Module,
        gradients: Gradients | None,
        weight_decay: float,
        generator: torch.Generator,
        /,
    ) -> dict[str, Tensor]:
        """Return a tensor of scores per prunable parameter, on the parameter's device."""


@dataclass(frozen=True)
class Score:
    """One pruning method by name.

    Attributes:
        line: Its formula and what it says, in one line.
        source: Where it comes from.
        function: The score function.
        needs_gradients: Whether `function` must be given gradients.
        two_sided: Whether its masks keep both ends (the released variant of UP).
    """

    line: str
    source: str
    function: ScoreFunction
    needs_gradients: bool
    two_sided: bool = False


def magnitude(
    model: nn.Module,
    _gradients: Gradients | None,
    _weight_decay: float,
    _generator: torch.Generator,
) -> dict[str, Tensor]:
    """Return |theta| (MP, Section 3)."""
    return {name: weight.detach().abs() for name, weight in prunable_parameters(model).items()}


def gradient(
    model: nn.Module,
    gradients: Gradients | None,
    _weight_decay: float,
    _generator: torch.Generator,
) -> dict[str, Tensor]:
    """Return |theta g| (GP, Section 3), ShrinkBench's global gradient magnitude."""
    return {name: (theta * g).abs() for name, theta, g in _pairs(model, gradients)}


def undecayed(
    model: nn.Module,
    gradients: Gradients | None,
    weight_decay: float,
    _generator: torch.Generator,
) -> dict[str, Tensor]:
    """Return |-theta g + epsilon theta^2| (UP, Section 3): the printed formula.

    # Differs from the paper: its released code leaves out the absolute value; see
    `undecayed_signed`.
    """
    return {
        name: (-theta * g + weight_decay * theta**2).abs()
        for name, theta, g in _pairs(model, gradients)
    }


def undecayed_signed(
    model: nn.Module,
    gradients: Gradients | None,
    weight_decay: float,
    _generator: torch.Generator,
) -> dict[str, Tensor]:
    """Return -theta g + epsilon theta^2 (UP as released), to be cut on both sides."""
    return {
        name: -theta * g + weight_decay * theta**2 for name, theta, g in _pairs(model, gradients)
    }


def gradient_decayed(
    model: nn.Module,
    gradients: Gradients | None,
    weight_decay: float,
    _generator: torch.Generator,
) -> dict[str, Tensor]:
    """Return |theta (g + epsilon theta)|: GP with the gradient that the optimiser follows."""
    return {
        name: (theta * (g + weight_decay * theta)).abs()
        for name, theta, g in _pairs(model, gradients)
    }


def random(
    model: nn.Module,
    _gradients: Gradients | None,
    _weight_decay: float,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Return a random order of all prunable weights (RP).

    # Differs from the paper: ShrinkBench draws for each weight whether it stays, so that the
    number kept varies; a random order keeps the number asked for, and the weights kept at a
    higher ratio are among those kept at a lower one. `generator` is one on the CPU: the same
    order on every device.
    """
    weights = prunable_parameters(model)
    sizes = [weight.numel() for weight in weights.values()]
    # A permutation, not uniform draws: no ties. float32 holds every integer up to 2**24.
    ranks = torch.randperm(sum(sizes), generator=generator).to(torch.float32)
    return {
        name: rank.reshape(weight.shape).to(weight.device)
        for (name, weight), rank in zip(weights.items(), torch.split(ranks, sizes), strict=True)
    }


def _pairs(model: nn.Module, gradients: Gradients | None) -> list[tuple[str, Tensor, Tensor]]:
    weights = prunable_parameters(model)
    missing = [name for name in weights if gradients is None or name not in gradients]
    if gradients is None or missing:
        raise TrainError(
            f"no gradient of {missing[0]} was given, which this score needs: "
            "compute them with gradients.data_loss_gradients"
        )
    return [(name, weight.detach(), gradients[name]) for name, weight in weights.items()]


SCORES: dict[str, Score] = {
    "MP": Score(
        line="magnitude pruning: |theta|",
        source="Section 3; Han et al. 2015",
        function=magnitude,
        needs_gradients=False,
    ),
    "GP": Score(
        line="gradient pruning: |theta g|",
        source="Section 3; ShrinkBench (Blalock et al. 2020)",
        function=gradient,
        needs_gradients=True,
    ),
    "UP": Score(
        line="undecayed pruning: |-theta g + epsilon theta^2|",
        source="Section 3, the printed formula",
        function=undecayed,
        needs_gradients=True,
    ),
    "RP": Score(
        line="random pruning: a random order of the weights",
        source="ShrinkBench (Blalock et al. 2020)",
        function=random,
        needs_gradients=False,
    ),
    "GP-decayed": Score(
        line="gradient pruning with the decay in the gradient: |theta (g + epsilon theta)|",
        source="Section 3, if GP's loss includes the decay",
        function=gradient_decayed,
        needs_gradients=True,
    ),
    "UP-signed": Score(
        line="undecayed pruning as released: -theta g + epsilon theta^2, cut on both sides, "
        "so it prunes less than asked",
        source="the code released with the paper",
        function=undecayed_signed,
        needs_gradients=True,
        two_sided=True,
    ),
}
