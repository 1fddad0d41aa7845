"""The training loop, before pruning and after."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from train_backend.datasets import Dataset, ImageSet, augment
from train_backend.descent import Descent, MakeDescent, descent_of
from train_backend.errors import TrainError
from train_backend.evaluation import mean_loss
from train_backend.phases import Phase
from train_backend.recipes import Recipe
from train_backend.sizes import steps_per_epoch
from train_backend.work import Progress, Work, silent

State = dict[str, Tensor]
"""Weights and buffers of a model by name, as its `state_dict` has them."""


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
    first_step: int = 0,
    keep_after: Collection[int] = (),
    what: str = "training",
    progress: Progress = silent,
    descents: MakeDescent = descent_of,
) -> dict[int, State]:
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
        first_step: Steps of the schedule that are left out at its start: the model has them
            behind it. Epochs that are left out do not compete.
        keep_after: Numbers of steps, counted from the schedule's start; 0 is before the first.
        what: What is trained, for errors.
        progress: Told after every epoch.
        descents: Makes what takes the steps of a phase.

    Returns:
        A copy of weights and buffers after each number of steps in `keep_after`.

    Raises:
        TrainError: The loss or a weight is no longer finite.
    """
    steps, done = steps_per_epoch(len(dataset.train), recipe.batch_size), 0
    states: dict[int, State] = {}

    def after_step(step: int) -> None:
        """Take note that `step` steps of the epoch that began at `done` are taken."""
        if done + step in keep_after:
            states[done + step] = _copy(model)

    after_step(first_step)
    judge = {"validation": dataset.validation, "test": dataset.test, "last": None}[recipe.selection]
    best: dict[str, Tensor] = {}
    for number, phase in enumerate(phases, start=1):
        descent = descents(model, dataset.train.images, recipe, phase.learning_rate, masks)
        if number == 1 or recipe.selection_scope == "last-phase":
            lowest = math.inf
        for epoch in range(1, phase.epochs + 1):
            rates = [phase.rate(epoch - 1, step, steps) for step in range(steps)]
            rates = rates[max(0, first_step - done) :]
            if not rates:
                done += steps
                continue
            loss, seen = _train_epoch(model, dataset, recipe, descent, draws, rates, after_step)
            done += steps
            if judge is not None and math.isfinite(loss):
                loss = mean_loss(model, judge)
                if loss < lowest:
                    lowest = loss
                    best = _copy(model)
            if not math.isfinite(loss):
                raise TrainError(
                    f"{what} has diverged: the loss is {loss} in epoch {epoch} of phase {number} "
                    f"(learning rate {phase.learning_rate:g}); lower the rate in [recipe]"
                )
            progress(Work(seen, 0 if judge is None else len(judge)))
    if best:
        model.load_state_dict(best)
    # The last step comes after the last loss: without a selected epoch nothing has judged it.
    if not all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters()):
        raise TrainError(f"{what} has diverged: a weight is not finite; lower the rate in [recipe]")
    return states


def _copy(model: nn.Module) -> State:
    return {name: value.clone() for name, value in model.state_dict().items()}


def _train_epoch(
    model: nn.Module,
    dataset: Dataset,
    recipe: Recipe,
    descent: Descent,
    draws: Draws,
    rates: Sequence[float],
    after_step: Callable[[int], None],
) -> tuple[float, int]:
    """Take a step per batch, every image once in a new order; return mean loss and images.

    Fewer `rates` than batches leave out the first ones. `after_step` is told the number of the
    step just taken, counted from 1.
    """
    training: ImageSet = dataset.train
    order = torch.randperm(len(training), generator=draws.order).to(training.labels.device)
    batches = torch.split(order, recipe.batch_size)
    left_out = len(batches) - len(rates)
    total, seen = torch.zeros((), device=training.labels.device), 0
    model.train()
    for step, (batch, rate) in enumerate(zip(batches[left_out:], rates, strict=True), left_out + 1):
        part, rows = training, batch
        if recipe.augment:
            images = augment(training.images[batch], draws.crops, dataset.black)
            part = ImageSet(images, training.labels[batch])
            rows = torch.arange(len(batch), device=batch.device)
        descent.learning_rate = rate
        total += descent.step(part, rows) * len(batch)
        after_step(step)
        seen += len(batch)
    return float(total) / seen, seen
