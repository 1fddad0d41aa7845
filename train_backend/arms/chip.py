"""CHIP: channels of least independence are removed, the smaller network is fine-tuned."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import torch

from train_backend.architectures.resnet import ResNet
from train_backend.channel_independence import network_independence
from train_backend.channel_pruning import choose_channels, maps_needed, remove_channels
from train_backend.chip import Chip
from train_backend.conditions import Condition
from train_backend.experiments import Dense, Experiment, Row
from train_backend.methods import CHIP


def rows(experiment: Experiment, dense: Dense, settings: Chip) -> Iterator[Row]:
    """Yield the rows of every list of sparsities, then of CHIP's own control.

    All layers are scored on the unpruned model and pruned at once. The control is that model
    with CHIP's fine-tuning, nothing removed.
    """
    whole = dense.network
    if not isinstance(whole, ResNet):  # a study of another network has been refused
        raise TypeError(f"CHIP needs a ResNet, not a {type(whole).__name__}")
    recipe = settings.finetuning_recipe(experiment.study.recipe)
    independence = network_independence(
        whole,
        _images(experiment, settings),
        maps_needed(settings.sparsities),
        experiment.progress,
    )
    for sparsities, ratio in zip(settings.sparsities, settings.ratios, strict=True):
        network = remove_channels(whole, choose_channels(independence, sparsities))
        yield from experiment.evaluate(network, dense, Condition("pruned", CHIP, ratio))
        finetuned = Condition("finetuned", CHIP, ratio)
        experiment.train(network, settings.finetuning_phases, str(finetuned), recipe=recipe)
        yield from experiment.evaluate(network, dense, finetuned)
    if experiment.study.control:
        network, control = deepcopy(whole), Condition("control", CHIP)
        experiment.train(network, settings.finetuning_phases, str(control), recipe=recipe)
        yield from experiment.evaluate(network, dense, control)


def _images(experiment: Experiment, settings: Chip) -> torch.Tensor:
    """Return the training images that score the channels, drawn without replacement."""
    training = experiment.dataset.train
    order = torch.randperm(len(training), generator=experiment.stream("channel batches"))
    return training.of(order[: settings.score_images].to(training.labels.device)).images
