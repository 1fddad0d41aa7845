"""The training loop, before pruning and after."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from train_backend.datasets import Dataset, ImageSet, augment
from train_backend.descent import Descent, descent_of
from train_backend.errors import TrainError
from train_backend.evaluation import mean_loss
from train_backend.recipes import Phase, Recipe
from train_backend.work import Progress, Work, silent


@dataclass(frozen=True)
class Draws:
    """The random streams of one training.

    Attributes:
        order: Draws the order of the images, epoch by epoch.
        crops: Draws crops and flips, where the recipe augments.
    """

    order: torch.Generator
    crops: torch.Generator


def train(
    model: nn.Module,
    dataset: Dataset,
    phases: tuple[Phase, ...],
    recipe: Recipe,
    draws: Draws,
    *,
    masks: Mapping[str, Tensor] | None = None,
    what: str = "training",
    progress: Progress = silent,
) -> None:
    """Train a model in place by SGD and leave it with the weights of the selected epoch.

    Of equal losses the earliest epoch is taken. Weights that a mask drops are exactly zero
    after every step, whatever momentum and weight decay say.

    Args:
        model: On the data set's device.
        dataset: Its training images are learnt; the recipe says which others choose the epoch.
        phases: Epochs and learning rates; momentum starts fresh in each.
        recipe: All other settings.
        draws: The random streams.
        masks: True where a weight stays, for fine-tuning after pruning.
        what: What is trained, for errors.
        progress: Told after every epoch.

    Raises:
        TrainError: The loss or a weight is no longer finite.
    """
    judge = {"validation": dataset.validation, "test": dataset.test, "last": None}[recipe.selection]
    best: dict[str, Tensor] = {}
    for number, phase in enumerate(phases, start=1):
        descent = descent_of(model, dataset.train.images, recipe, phase.learning_rate, masks)
        if number == 1 or recipe.selection_scope == "last-phase":
            lowest = math.inf
        for epoch in range(1, phase.epochs + 1):
            loss = _train_epoch(model, dataset, recipe, descent, draws)
            if judge is not None and math.isfinite(loss):
                loss = mean_loss(model, judge)
                if loss < lowest:
                    lowest = loss
                    best = {name: value.clone() for name, value in model.state_dict().items()}
            if not math.isfinite(loss):
                raise TrainError(
                    f"{what} has diverged: the loss is {loss} in epoch {epoch} of phase {number} "
                    f"(learning rate {phase.learning_rate:g}); lower the rate in [recipe]"
                )
            progress(Work(len(dataset.train), 0 if judge is None else len(judge)))
    if best:
        model.load_state_dict(best)
    # The last step comes after the last loss: without a selected epoch nothing has judged it.
    if not all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters()):
        raise TrainError(f"{what} has diverged: a weight is not finite; lower the rate in [recipe]")


def _train_epoch(
    model: nn.Module,
    dataset: Dataset,
    recipe: Recipe,
    descent: Descent,
    draws: Draws,
) -> float:
    """Take one step per batch, every image once in a new order; return the mean loss."""
    training: ImageSet = dataset.train
    order = torch.randperm(len(training), generator=draws.order).to(training.labels.device)
    total = torch.zeros((), device=training.labels.device)
    model.train()
    for batch in torch.split(order, recipe.batch_size):
        part, rows = training, batch
        if recipe.augment:
            images = augment(training.images[batch], draws.crops, dataset.black)
            part = ImageSet(images, training.labels[batch])
            rows = torch.arange(len(batch), device=batch.device)
        total += descent.step(part, rows) * len(batch)
    return float(total) / len(training)
