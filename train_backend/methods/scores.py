"""Pruning scores: how much a weight matters, by each method of the paper, the higher the more.

Symbols: theta a weight, g the gradient of the data loss at it (without weight decay), epsilon
the weight decay (`Recipe.epsilon`). Scores differ, masking is shared (`masks.masks_at`).

If the loss in the printed formula of UP includes the decay, as its text says, UP is
|theta g| with g the gradient of the data loss: ShrinkBench's GP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from train_backend.methods.masks import prunable_parameters

Formula = Callable[[Tensor, Tensor, float], Tensor]
"""Takes theta, g and epsilon of one parameter; returns its scores."""


@dataclass(frozen=True)
class Score:
    """One pruning method by name.

    Attributes:
        line: Its formula and what it says, in one line.
        source: Where it comes from.
        formula: Of the scores; None for a random order.
        needs_gradients: Whether there is g in the formula.
        two_sided: Whether its masks keep both ends (the released variant of UP).
    """

    line: str
    source: str
    formula: Formula | None
    needs_gradients: bool = True
    two_sided: bool = False

    def scores(
        self,
        model: nn.Module,
        gradients: Mapping[str, Tensor] | None,
        weight_decay: float,
        generator: torch.Generator,
    ) -> dict[str, Tensor]:
        """Return a tensor of scores per prunable parameter, on the parameter's device.

        `gradients` are those of `data_loss_gradients`, where they are needed, `weight_decay` is
        epsilon; the generator, for a random order, is on the CPU.
        """
        weights = prunable_parameters(model)
        if self.formula is None:
            return _random_order(weights, generator)
        given = weights if gradients is None else gradients
        return {
            name: self.formula(weight.detach(), given[name].detach(), weight_decay)
            for name, weight in weights.items()
        }


def _random_order(
    weights: Mapping[str, nn.Parameter], generator: torch.Generator
) -> dict[str, Tensor]:
    """Return a random order of all prunable weights (RP).

    # Differs from the paper: ShrinkBench draws for each weight whether it stays, so that the
    number kept varies; a random order keeps the number asked for, and the weights kept at a
    higher ratio are among those kept at a lower one. It is drawn on the CPU: the same order on
    every device.
    """
    sizes = [weight.numel() for weight in weights.values()]
    # A permutation, not uniform draws: no ties. float32 holds every integer up to 2**24.
    ranks = torch.randperm(sum(sizes), generator=generator).to(torch.float32)
    return {
        name: rank.reshape(weight.shape).to(weight.device)
        for (name, weight), rank in zip(weights.items(), torch.split(ranks, sizes), strict=True)
    }


SCORES: dict[str, Score] = {
    "MP": Score(
        line="magnitude pruning: |theta|",
        source="Section 3; Han et al. 2015",
        formula=lambda theta, _g, _epsilon: theta.abs(),
        needs_gradients=False,
    ),
    "GP": Score(
        line="gradient pruning: |theta g|",
        source="Section 3; ShrinkBench (Blalock et al. 2020)",
        formula=lambda theta, g, _epsilon: (theta * g).abs(),
    ),
    # Differs from the paper: its released code leaves out the absolute value; see UP-signed.
    "UP": Score(
        line="undecayed pruning: |-theta g + epsilon theta^2|",
        source="Section 3, the printed formula",
        formula=lambda theta, g, epsilon: (-theta * g + epsilon * theta**2).abs(),
    ),
    "RP": Score(
        line="random pruning: a random order of the weights",
        source="ShrinkBench (Blalock et al. 2020)",
        formula=None,
        needs_gradients=False,
    ),
    "GP-decayed": Score(
        line="gradient pruning with the decay in the gradient: |theta (g + epsilon theta)|",
        source="Section 3, if GP's loss includes the decay",
        formula=lambda theta, g, epsilon: (theta * (g + epsilon * theta)).abs(),
    ),
    "UP-signed": Score(
        line="undecayed pruning as released: -theta g + epsilon theta^2, cut on both sides, "
        "so it prunes less than asked",
        source="the code released with the paper",
        formula=lambda theta, g, epsilon: -theta * g + epsilon * theta**2,
        two_sided=True,
    ),
}
