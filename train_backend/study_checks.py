"""What a study's methods can be asked of its network: refused before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from data_contracts.schema import RATIO_DECIMALS
from train_backend.architectures import build_architecture
from train_backend.channel_pruning import check_sparsities, kept_widths
from train_backend.chip import Chip, blocks_of, reached_ratios
from train_backend.datasets import DATASETS
from train_backend.errors import TrainError
from train_backend.lottery_ticket import level_kept, lottery_weights
from train_backend.masks import kept_count
from train_backend.sizes import training_steps, validation_images

if TYPE_CHECKING:
    from train_backend.lottery_ticket import LotteryTicket
    from train_backend.studies import Study

RATIO_TOLERANCE = 0.1
"""How far the ratio that a network of CHIP is called by may be from the one it reaches; the
paper calls 3.54 3.33."""


def check_split(study: Study) -> None:
    """Raise TrainError unless every class has images to learn and images to choose by."""
    validation_images(study.dataset, study.recipe)


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
    steps = training_steps(study.dataset, study.recipe)
    if settings.rewind_step >= steps:
        raise TrainError(
            f"rewind_step {settings.rewind_step:,} lies behind training, which has {steps:,} "
            "steps: a level would have none; choose an earlier step, 0 is initialisation"
        )


def check_chip(study: Study, settings: Chip) -> None:
    """Raise TrainError unless every list of sparsities makes a network, and its ratio names it."""
    if len(settings.ratios) != len(settings.sparsities):
        raise TrainError(
            f"[chip] has {len(settings.ratios)} ratios for {len(settings.sparsities)} lists of "
            "sparsities: one each, or leave ratios out for those that are reached"
        )
    blocks, widths = blocks_of(study.architecture), []
    for sparsities in settings.sparsities:
        check_sparsities(sparsities, blocks, study.architecture)
        widths.append(kept_widths(sparsities))
        if widths[-1] == kept_widths((0.0,) * len(sparsities)):
            raise TrainError(
                f"list {len(widths)} of sparsities removes nothing: leave it out, control = true "
                "gives the whole network the same extra training"
            )
        first = widths.index(widths[-1]) + 1
        if first < len(widths):
            raise TrainError(
                f"lists {first} and {len(widths)} of sparsities leave the same network: leave "
                "one out"
            )
    reached = reached_ratios(study.dataset, settings.sparsities)
    for ratio, real in zip(settings.ratios, reached, strict=True):
        _check_ratio(ratio)
        if abs(ratio / real - 1) > RATIO_TOLERANCE:
            raise TrainError(
                f"ratio {ratio:.10g} of [chip] is no name for a network that reaches {real:.10g}: "
                f"write one within {RATIO_TOLERANCE:.0%} of it, or leave ratios out"
            )
    settings.finetuning_recipe(study.recipe)  # raises where its settings contradict


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
