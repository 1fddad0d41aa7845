"""Steps of training: what each sees, and how it is taken, by kernels or by torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn
from torch.optim.sgd import sgd

from train_backend.data import Dataset, ImageSet, Streamed, crop, draw_crops
from train_backend.lenet5_cpu import network_for
from train_backend.methods.masks import check_masks
from train_backend.studies.recipes import Recipe
from train_backend.training.devices import check_precision, reduced


class Step(NamedTuple):
    """One step of SGD, of one model.

    Attributes:
        rate: The learning rate.
        rows: Training images by index, int64 of shape (N,), on their device.
        crops: As `draw_crops` returns it, on the same device; None takes images as they are.
    """

    rate: float
    rows: Tensor
    crops: Tensor | None = None


def draw_steps(
    batches: Sequence[Tensor], rates: Sequence[float], crops: torch.Generator | None
) -> list[Step]:
    """Return a step per batch of rows; crops are drawn batch by batch, if at all."""
    if crops is None:
        return [Step(rate, rows) for rows, rate in zip(batches, rates, strict=True)]
    sizes = [len(rows) for rows in batches]
    # All at once to the device: a copy for each step would be a wait for each step.
    drawn = torch.cat([draw_crops(size, crops) for size in sizes], dim=1).to(batches[0].device)
    return [
        Step(rate, rows, moved)
        for rows, rate, moved in zip(batches, rates, torch.split(drawn, sizes, dim=1), strict=True)
    ]


def seen(dataset: Dataset, step: Step) -> ImageSet:
    """Return the training images of one step as the model sees them."""
    part = dataset.train.of(step.rows)
    if step.crops is None:
        return part
    return ImageSet(crop(part.images, step.crops, dataset.black), part.labels)


class Sgd:
    """SGD with momentum and weight decay, the update of torch.optim.SGD.

    With gradient g, weight theta, weight decay epsilon, momentum m and rate r:

        d = g + epsilon theta
        v = m v + d                 (v = d in the first step)
        theta = theta - r (d + m v)    Nesterov; else theta - r v

    By torch's own function. Its class loads the compiler, which costs every process a second and
    500 MB, and for networks as small as LeNet5 its bookkeeping is a tenth of a step.

    Checked against: torch.optim.SGD, bit for bit.
    """

    def __init__(
        self, parameters: Iterable[Tensor], *, momentum: float, nesterov: bool, weight_decay: float
    ) -> None:
        self._parameters = list(parameters)
        self._velocities: list[Tensor | None] = [None] * len(self._parameters)
        self._update = partial(
            sgd,
            momentum=momentum,
            nesterov=nesterov,
            weight_decay=weight_decay,
            dampening=0.0,
            maximize=False,
            foreach=False,
            fused=False,
        )

    def descend(self, loss: Tensor, rate: float) -> None:
        """Take one step down a loss that follows from every parameter, at a learning rate."""
        gradients = list(torch.autograd.grad(loss, self._parameters))
        with torch.no_grad():
            self._update(self._parameters, gradients, self._velocities, lr=rate)


if TYPE_CHECKING:
    from train_backend.lenet5_cpu.network import Network


class TorchDescent:
    """By autograd, of any model: what every other way is compared with."""

    def __init__(
        self, model: nn.Module, dataset: Dataset, recipe: Recipe, masks: Mapping[str, Tensor] | None
    ) -> None:
        self._model, self._dataset, self._precision = model, dataset, recipe.precision
        self._dropped = {name: ~mask for name, mask in (masks or {}).items()}
        self._optimizer = Sgd(
            model.parameters(),
            momentum=recipe.momentum,
            nesterov=recipe.nesterov,
            weight_decay=recipe.weight_decay,
        )

    def take(self, step: Step) -> Tensor:
        """Take a step; return the sum over its images of the losses before it."""
        part = seen(self._dataset, step)
        with reduced(part.images.device, self._precision):
            logits = self._model(part.images)
        loss = F.cross_entropy(logits.float(), part.labels)
        self._optimizer.descend(loss, step.rate)
        with torch.no_grad():
            for name, where in self._dropped.items():
                self._model.get_parameter(name).masked_fill_(where, 0.0)
        return loss.detach() * len(part)


class KernelDescent:
    """By machine code written for the model's sizes.

    The model's parameters become views of one row, so that every step is a step of the model.
    """

    def __init__(
        self,
        model: nn.Module,
        dataset: Dataset,
        network: Network,
        recipe: Recipe,
        masks: Mapping[str, Tensor] | None,
    ) -> None:
        self._dataset, self._network, self._recipe = dataset, network, recipe
        self._velocities = torch.zeros_like(network.parameters)
        self._kept = network.kept(model, masks or {})
        network.adopt(model)

    def take(self, step: Step) -> Tensor:
        """Take a step; return the sum over its images of the losses before it."""
        part, rows = self._dataset.train, step.rows
        if step.crops is not None:
            part, rows = seen(self._dataset, step), torch.arange(len(rows))
        losses = self._network.add_up(part.images, rows, part.labels[rows], 1 / len(rows))
        self._network.step(
            self._velocities,
            self._kept,
            rate=step.rate,
            momentum=self._recipe.momentum,
            nesterov=self._recipe.nesterov,
            weight_decay=self._recipe.weight_decay,
        )
        return losses.sum()


Descent = TorchDescent | KernelDescent
"""Trains one model; its momentum starts at nothing."""


def descent_of(
    model: nn.Module, dataset: Dataset, recipe: Recipe, masks: Mapping[str, Tensor] | None
) -> Descent:
    """Return what trains a model in place.

    `masks` are True where a weight stays; the others are exactly zero after every step.

    Raises:
        TrainError: As `check_masks` and `check_precision`.
    """
    check_masks(model, masks or {})
    check_precision(dataset.train.labels.device, recipe.precision)
    if recipe.precision == "float32" and not isinstance(dataset.train.images, Streamed):
        network = network_for(model, dataset.example, recipe.batch_size)
        if network is not None:
            return KernelDescent(model, dataset, network, recipe, masks)
    return TorchDescent(model, dataset, recipe, masks)
