"""Several models of one architecture trained side by side: one call of each layer for all.

For devices that a small network alone cannot fill. The weights of all models are stacked, and
`torch.func.vmap` turns each layer into one over the stack (grouped convolutions, batched
products). Every model has its own images, order, masks, momentum and selected epoch; a sum over
models is taken nowhere, so each is trained as if alone.

Not measured on a GPU yet. On the CPU the kernels of a single model are faster (docs/speed.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from train_backend.datasets import Dataset, ImageSet, augment
from train_backend.errors import TrainError
from train_backend.masks import check_masks
from train_backend.optimizers import Sgd
from train_backend.phases import Phase
from train_backend.recipes import Recipe
from train_backend.sizes import steps_per_epoch
from train_backend.training import Draws

EVALUATED = 1000
"""Images of each model in a forward pass of evaluation."""


@dataclass(frozen=True)
class Member:
    """One model of a stack and all that is its own.

    Attributes:
        model: Trained in place.
        dataset: Its images; all members have equally many.
        draws: Its random streams.
        masks: True where a weight stays; None where none was dropped.
        what: What is trained, for errors.
    """

    model: nn.Module
    dataset: Dataset
    draws: Draws
    masks: Mapping[str, Tensor] | None = None
    what: str = "training"


class Stack:
    """The stacked weights and buffers of some models of one architecture."""

    def __init__(self, models: Sequence[nn.Module]) -> None:
        self._models = models
        self.parameters, self.buffers = stack_module_state(list(models))
        self._form = deepcopy(models[0])

    def logits(self, images: Tensor, *, training: bool) -> Tensor:
        """Return the logits of every model on its own images.

        Args:
            images: Shape (models, N, channels, height, width).
            training: Whether batch norm takes the batch's statistics and updates its own.
        """
        self._form.train(training)

        def one(parameters: dict[str, Tensor], buffers: dict[str, Tensor], some: Tensor) -> Tensor:
            logits: Tensor = functional_call(self._form, (parameters, buffers), (some,))
            return logits

        logits: Tensor = vmap(one)(self.parameters, self.buffers, images)
        return logits

    def state(self, member: int) -> dict[str, Tensor]:
        """Return a copy of the weights and buffers of one model."""
        every = {**self.parameters, **self.buffers}
        return {name: value[member].detach().clone() for name, value in every.items()}

    def mean_losses(self, parts: Sequence[ImageSet]) -> list[float]:
        """Return the mean cross-entropy of every model on its own part, in evaluation mode."""
        with torch.no_grad():
            logits = torch.cat(
                [
                    self.logits(torch.stack(some), training=False)
                    for some in zip(
                        *(torch.split(part.images, EVALUATED) for part in parts), strict=True
                    )
                ],
                dim=1,
            )
            return [
                float(F.cross_entropy(each, part.labels))
                for each, part in zip(logits, parts, strict=True)
            ]


def train_stack(members: Sequence[Member], phases: tuple[Phase, ...], recipe: Recipe) -> None:
    """Train models side by side, each as `training.train` would alone, up to rounding.

    Args:
        members: Models of one architecture on one device.
        phases: Epochs and learning rates, warm-up and curves among them; momentum starts fresh in
            each.
        recipe: All other settings.

    Raises:
        TrainError: A loss or a weight of one of them is no longer finite, their numbers of
            images differ, or a mask does not fit.
    """
    if len({len(member.dataset.train) for member in members}) > 1:
        raise TrainError("models of a stack need equally many training images: unstack them")
    for member in members:
        check_masks(member.model, member.masks or {})
    stack = Stack([member.model for member in members])
    dropped = _dropped(members)
    steps = steps_per_epoch(len(members[0].dataset.train), recipe.batch_size)
    judges = [
        {"validation": each.dataset.validation, "test": each.dataset.test, "last": None}[
            recipe.selection
        ]
        for each in members
    ]
    parts = [judge for judge in judges if judge is not None]
    lowest = [math.inf] * len(members)
    best: dict[int, dict[str, Tensor]] = {}
    for number, phase in enumerate(phases, start=1):
        optimizer = Sgd(
            stack.parameters.values(),
            learning_rate=phase.learning_rate,
            momentum=recipe.momentum,
            nesterov=recipe.nesterov,
            weight_decay=recipe.weight_decay,
        )
        if recipe.selection_scope == "last-phase":
            lowest = [math.inf] * len(members)
        for epoch in range(1, phase.epochs + 1):
            rates = [phase.rate(epoch - 1, step, steps) for step in range(steps)]
            losses = _train_epoch(stack, members, recipe, optimizer, dropped, rates)
            if parts and all(math.isfinite(loss) for loss in losses):
                losses = stack.mean_losses(parts)
            for index, (member, loss) in enumerate(zip(members, losses, strict=True)):
                if not math.isfinite(loss):
                    raise TrainError(
                        f"{member.what} has diverged: the loss is {loss} in epoch {epoch} of "
                        f"phase {number} (learning rate {phase.learning_rate:g}); lower the "
                        "rate in [recipe]"
                    )
                if parts and loss < lowest[index]:
                    lowest[index], best[index] = loss, stack.state(index)
    for index, member in enumerate(members):
        member.model.load_state_dict(best.get(index) or stack.state(index))
        if not all(bool(torch.isfinite(each).all()) for each in member.model.parameters()):
            raise TrainError(
                f"{member.what} has diverged: a weight is not finite; lower the rate in [recipe]"
            )


def _dropped(members: Sequence[Member]) -> dict[str, Tensor]:
    """Return where weights stay zero, stacked, for every parameter that any model masks."""
    names = dict.fromkeys(name for member in members for name in member.masks or {})
    return {
        name: torch.stack(
            [
                ~member.masks[name]
                if member.masks is not None and name in member.masks
                else torch.zeros_like(member.model.get_parameter(name), dtype=torch.bool)
                for member in members
            ]
        )
        for name in names
    }


def _train_epoch(
    stack: Stack,
    members: Sequence[Member],
    recipe: Recipe,
    optimizer: Sgd,
    dropped: Mapping[str, Tensor],
    rates: Sequence[float],
) -> list[float]:
    """Take one step per batch of every model; return their mean losses."""
    device = members[0].dataset.train.labels.device
    count = len(members[0].dataset.train)
    orders = [torch.randperm(count, generator=each.draws.order).to(device) for each in members]
    totals = torch.zeros(len(members), device=device)
    every = zip(*(torch.split(each, recipe.batch_size) for each in orders), strict=True)
    for batches, rate in zip(every, rates, strict=True):
        images = torch.stack(
            [_images(member, batch, recipe) for member, batch in zip(members, batches, strict=True)]
        )
        labels = torch.stack(
            [
                member.dataset.train.labels[batch]
                for member, batch in zip(members, batches, strict=True)
            ]
        )
        optimizer.forget_gradients()
        logits = stack.logits(images, training=True)
        losses = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
        each = losses.view(labels.shape).mean(dim=1)
        # No weight is in two models' losses: the gradient of the sum is each model's own.
        each.sum().backward()  # type: ignore[no-untyped-call]
        optimizer.learning_rate = rate
        optimizer.step()
        with torch.no_grad():
            for name, where in dropped.items():
                stack.parameters[name].masked_fill_(where, 0.0)
        totals += each.detach() * labels.shape[1]
    return [float(total) / count for total in totals]


def _images(member: Member, batch: Tensor, recipe: Recipe) -> Tensor:
    images = member.dataset.train.images[batch]
    if recipe.augment:
        images = augment(images, member.draws.crops, member.dataset.black)
    return images
