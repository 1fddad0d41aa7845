"""What a study's methods can be asked of its network: refused before anything runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn

from data_contracts.schema import RATIO_DECIMALS
from train_backend.architectures import ARCHITECTURES, build_architecture
from train_backend.channel_pruning import full_sparsities, pruned_parameters
from train_backend.datasets import DATASETS
from train_backend.errors import TrainError
from train_backend.lottery_ticket import level_kept, lottery_weights
from train_backend.masks import kept_count

if TYPE_CHECKING:
    from train_backend.chip import Chip
    from train_backend.lottery_ticket import LotteryTicket
    from train_backend.studies import Study


def check_ratios(study: Study) -> None:
    """Raise TrainError unless every ratio leaves the architecture what cannot be pruned."""
    model = _model(study)
    for ratio in study.ratios:
        _check_ratio(ratio)
        kept_count(model, ratio, study.recipe.ratio_scope)


def check_lottery_ticket(study: Study, settings: LotteryTicket) -> None:
    """Raise TrainError unless every level keeps a weight and the rewind step lies in training."""
    weights = sum(weight.numel() for weight in lottery_weights(_model(study)).values())
    level_kept(weights, settings.levels)
    recipe = study.recipe
    images = round(DATASETS[study.dataset].train_images * (1 - recipe.validation_fraction))
    steps = recipe.training_epochs * math.ceil(images / recipe.batch_size)
    if settings.rewind_step >= steps:
        raise TrainError(
            f"rewind_step {settings.rewind_step:,} lies behind training, which has {steps:,} "
            "steps: a level would have none; choose an earlier step, 0 is initialisation"
        )


def check_chip(study: Study, settings: Chip) -> None:
    """Raise TrainError unless every list of sparsities fits the network and has its own ratio."""
    blocks = blocks_of(study.architecture)
    if len(settings.ratios) != len(settings.sparsities):
        raise TrainError(
            f"[chip] has {len(settings.ratios)} ratios for {len(settings.sparsities)} lists of "
            "sparsities: one each, or leave ratios out for those that are reached"
        )
    for ratio, sparsities in zip(settings.ratios, settings.sparsities, strict=True):
        if not any(full_sparsities(sparsities, blocks, study.architecture)):
            raise TrainError(
                "a list of sparsities that are all 0 removes nothing: leave it out, control = "
                "true gives the whole network the same extra training"
            )
        _check_ratio(ratio)
    settings.finetuning_recipe(study.recipe)  # raises where its settings contradict


def reached_ratios(
    architecture: str, dataset: str, sparsities: tuple[tuple[float, ...], ...]
) -> tuple[float, ...]:
    """Return parameters before / after of each list of sparsities, as the recall table keeps it.

    Raises:
        TrainError: The architecture has no channels to remove, or a list does not fit it.
    """
    facts, blocks = DATASETS[dataset], blocks_of(architecture)
    whole = pruned_parameters((0.0,) * (3 + 3 * blocks), facts.channels, facts.classes)
    left = [
        pruned_parameters(
            full_sparsities(each, blocks, architecture), facts.channels, facts.classes
        )
        for each in sparsities
    ]
    return tuple(round(whole / parameters, RATIO_DECIMALS) for parameters in left)


def blocks_of(architecture: str) -> int:
    """Return the blocks of a stage of a ResNet.

    Raises:
        TrainError: It is none.
    """
    blocks = ARCHITECTURES[architecture].blocks
    if blocks is None:
        known = ", ".join(name for name, each in ARCHITECTURES.items() if each.blocks)
        raise TrainError(
            f"CHIP removes channels between the blocks of a ResNet, and {architecture} has none: "
            f"choose one of {known}"
        )
    return blocks


def _check_ratio(ratio: float) -> None:
    if ratio == 1:
        raise TrainError(
            "ratio 1 prunes nothing: leave it out, the unpruned model is always evaluated "
            "and control = true gives it the same extra training"
        )
    if ratio != round(ratio, RATIO_DECIMALS):
        raise TrainError(
            f"ratio {ratio!r} has more than {RATIO_DECIMALS} decimals, which the recall "
            f"table does not keep: write {round(ratio, RATIO_DECIMALS)!r}"
        )


def _model(study: Study) -> nn.Module:
    facts = DATASETS[study.dataset]
    return build_architecture(
        study.architecture,
        channels=facts.channels,
        classes=facts.classes,
        image_size=facts.size + 2 * study.padding,
        generator=torch.Generator(),
    )
