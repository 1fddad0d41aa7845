"""Steps of training: by kernels where the model has some, else by torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from train_backend.datasets import Dataset
from train_backend.fast import network_for
from train_backend.masks import check_masks
from train_backend.optimizers import Sgd
from train_backend.precision import check_precision, reduced
from train_backend.recipes import Recipe
from train_backend.steps import Step, seen

if TYPE_CHECKING:
    from train_backend.kernels.network import Network


class Descent(Protocol):
    """Trains one model; its momentum starts at nothing."""

    def take(self, steps: Sequence[Step]) -> Tensor:
        """Take some steps; return the sum over their images of the losses before each step."""


def descent_of(
    model: nn.Module, dataset: Dataset, recipe: Recipe, masks: Mapping[str, Tensor] | None
) -> Descent:
    """Return what trains a model in place.

    Args:
        model: On the data set's device.
        dataset: Its training images are learnt.
        recipe: Momentum, weight decay, precision and the size of a batch.
        masks: True where a weight stays; the others are exactly zero after every step.

    Raises:
        TrainError: As `check_masks` and `check_precision`.
    """
    check_masks(model, masks or {})
    check_precision(dataset.train.labels.device, recipe.precision)
    if recipe.precision == "float32":
        network = network_for(model, dataset.example, recipe.batch_size)
        if network is not None:
            return KernelDescent(model, dataset, network, recipe, masks)
    return TorchDescent(model, dataset, recipe, masks)


class TorchDescent:
    """By autograd, of any model: what every other way is compared with."""

    def __init__(
        self,
        model: nn.Module,
        dataset: Dataset,
        recipe: Recipe,
        masks: Mapping[str, Tensor] | None,
    ) -> None:
        self._model, self._dataset, self._precision = model, dataset, recipe.precision
        self._dropped = {name: ~mask for name, mask in (masks or {}).items()}
        self._optimizer = Sgd.of(recipe, model.parameters())

    def take(self, steps: Sequence[Step]) -> Tensor:
        """Take some steps; return the sum over their images of the losses before each step."""
        losses = torch.stack([self._take_one(step) for step in steps])
        sizes = torch.tensor([len(step.rows) for step in steps], device=losses.device)
        return (losses * sizes).sum()

    def _take_one(self, step: Step) -> Tensor:
        """Take one step; return the mean loss before it."""
        part = seen(self._dataset, step)
        with reduced(part.images.device, self._precision):
            logits = self._model(part.images)
        loss = F.cross_entropy(logits.float(), part.labels)
        self._optimizer.descend(loss, step.rate)
        with torch.no_grad():
            for name, where in self._dropped.items():
                self._model.get_parameter(name).masked_fill_(where, 0.0)
        return loss.detach()


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
        from train_backend.kernels.network import kept_row

        self._dataset, self._network, self._recipe = dataset, network, recipe
        self._images, self._labels = dataset.train.images, dataset.train.labels
        self._velocities = torch.zeros_like(network.parameters)
        self._kept = kept_row(network, model, masks)
        network.adopt(model)

    def take(self, steps: Sequence[Step]) -> Tensor:
        """Take some steps; return the sum over their images of the losses before each step."""
        return torch.stack([self._take_one(step) for step in steps]).sum()

    def _take_one(self, step: Step) -> Tensor:
        """Take one step; return the sum of the losses before it."""
        images, rows, labels = self._read(step)
        losses = self._network.add_up(images, rows, labels, 1 / len(rows))
        self._network.step(
            self._velocities,
            self._kept,
            rate=step.rate,
            momentum=self._recipe.momentum,
            nesterov=self._recipe.nesterov,
            weight_decay=self._recipe.weight_decay,
        )
        return losses.sum()

    def _read(self, step: Step) -> tuple[Tensor, Tensor, Tensor]:
        """Return images, which rows of them to learn, and the labels of these."""
        if step.crops is None:
            return self._images, step.rows, self._labels[step.rows]
        part = seen(self._dataset, step)
        return part.images, torch.arange(len(part)), part.labels
