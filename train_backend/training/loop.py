"""The training loop, before pruning and after."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from train_backend.data import Dataset, Streamed
from train_backend.errors import Diverged
from train_backend.studies.recipes import Phase, Recipe, steps_per_epoch
from train_backend.studies.workload import Progress, Work, silent
from train_backend.training.evaluation import loss_and_accuracy
from train_backend.training.steps import Step, descent_of, draw_steps

State = dict[str, Tensor]
"""Weights and buffers of a model by name, as its `state_dict` has them."""


class Epoch(NamedTuple):
    """How training went in one epoch.

    Attributes:
        number: Of the whole schedule, from 1 on.
        rate: The learning rate of its last step.
        training_loss: Mean over its images of the losses before each step.
        validation_loss: After it, over the images that choose the epoch; None where none do.
        accuracy: Of the same pass.
    """

    number: int
    rate: float
    training_loss: float
    validation_loss: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Draws:
    """The random streams of one training: of the order of the images, and of crops and flips."""

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
    history: list[Epoch] | None = None,
    progress: Progress = silent,
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
        history: Takes every epoch that ends with a finite loss.
        progress: Told after every epoch.

    Returns:
        A copy of weights and buffers after each number of steps in `keep_after`.

    Raises:
        Diverged: The loss or a weight is no longer finite; the text goes on after a name.
    """
    epoch_steps = steps_per_epoch(len(dataset.train), recipe.batch_size)
    states: dict[int, State] = {}
    if first_step in keep_after:
        states[first_step] = _copy(model)
    judge = {"validation": dataset.validation, "test": dataset.test, "last": None}[recipe.selection]
    best: dict[str, Tensor] = {}
    ended, epochs = 0, 0
    for number, phase in enumerate(phases, start=1):
        descent = descent_of(model, dataset, recipe, masks)
        if number == 1 or recipe.selection_scope == "last-phase":
            lowest = math.inf
        for epoch in range(1, phase.epochs + 1):
            begun, ended, epochs = ended, ended + epoch_steps, epochs + 1
            if ended <= first_step:
                continue
            done = max(begun, first_step)
            rates = [phase.rate(epoch - 1, step, epoch_steps) for step in range(epoch_steps)]
            steps = _draw_epoch(dataset, recipe, draws, rates[done - begun :])
            if isinstance(dataset.train.images, Streamed):
                dataset.train.images.expect([step.rows for step in steps])
            model.train()
            losses = []
            for taken, step in enumerate(steps, start=done + 1):
                losses.append(descent.take(step))
                if taken in keep_after:
                    states[taken] = _copy(model)
            seen = sum(len(step.rows) for step in steps)
            loss = training_loss = float(torch.stack(losses).sum()) / seen
            judged, accuracy = None, None
            if judge is not None and math.isfinite(loss):
                judged, accuracy = loss_and_accuracy(model, judge)
                loss = judged
                if loss < lowest:
                    lowest = loss
                    best = _copy(model)
            if not math.isfinite(loss):
                raise Diverged(
                    f"has diverged by step {ended:,}: the loss is {loss} in epoch {epoch} of phase "
                    f"{number} (learning rate {phase.learning_rate:g})"
                )
            if history is not None:
                history.append(Epoch(epochs, rates[-1], training_loss, judged, accuracy))
            progress(Work(seen, 0 if judge is None else len(judge)))
    if best:
        model.load_state_dict(best)
    # The last step comes after the last loss: without a selected epoch nothing has judged it.
    if not all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters()):
        raise Diverged(f"has diverged by step {ended:,}: a weight is not finite")
    return states


def _copy(model: nn.Module) -> State:
    return {name: value.clone() for name, value in model.state_dict().items()}


def _draw_epoch(
    dataset: Dataset, recipe: Recipe, draws: Draws, rates: Sequence[float]
) -> list[Step]:
    """Return a step per batch, every image once in a new order.

    Fewer `rates` than batches leave out the first ones.
    """
    order = torch.randperm(len(dataset.train), generator=draws.order)
    batches = torch.split(order.to(dataset.train.labels.device), recipe.batch_size)
    crops = draws.crops if recipe.augment else None
    return draw_steps(batches[len(batches) - len(rates) :], rates, crops)
