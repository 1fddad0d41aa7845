"""Steps of training: by kernels where the model has some, else by torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from train_backend.datasets import ImageSet
from train_backend.fast import network_for
from train_backend.masks import apply_masks, check_masks
from train_backend.optimizers import Sgd
from train_backend.recipes import Recipe

if TYPE_CHECKING:
    from train_backend.kernels.network import Network


class Descent(Protocol):
    """Trains one model; its momentum starts at nothing.

    Attributes:
        learning_rate: Of the next step.
    """

    learning_rate: float

    def step(self, part: ImageSet, rows: Tensor) -> Tensor:
        """Take one step on some images of a part; return their mean loss before it."""


MakeDescent = Callable[[nn.Module, Tensor, Recipe, float, Mapping[str, Tensor] | None], Descent]
"""What `descent_of` is, which see for the arguments."""


def descent_of(
    model: nn.Module,
    images: Tensor,
    recipe: Recipe,
    learning_rate: float,
    masks: Mapping[str, Tensor] | None,
) -> Descent:
    """Return what trains a model in place.

    Args:
        model: On the images' device.
        images: Such as it will be trained on.
        recipe: Momentum, weight decay and the size of a batch.
        learning_rate: Of the first step.
        masks: True where a weight stays; the others are exactly zero after every step.
    """
    network = network_for(model, images, recipe.batch_size)
    if network is None:
        return TorchDescent(model, recipe, learning_rate, masks)
    return KernelDescent(model, network, recipe, learning_rate, masks)


class TorchDescent:
    """By autograd, of any model: what every other way is compared with."""

    def __init__(
        self,
        model: nn.Module,
        recipe: Recipe,
        learning_rate: float,
        masks: Mapping[str, Tensor] | None,
    ) -> None:
        self.learning_rate = learning_rate
        self._model, self._masks = model, masks
        self._optimizer = Sgd(
            model.parameters(),
            learning_rate=learning_rate,
            momentum=recipe.momentum,
            nesterov=recipe.nesterov,
            weight_decay=recipe.weight_decay,
        )

    def step(self, part: ImageSet, rows: Tensor) -> Tensor:
        """Take one step on some images of a part; return their mean loss before it."""
        self._optimizer.learning_rate = self.learning_rate
        self._optimizer.forget_gradients()
        loss = F.cross_entropy(self._model(part.images[rows]), part.labels[rows])
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        if self._masks is not None:
            apply_masks(self._model, self._masks)
        return loss.detach()


class KernelDescent:
    """By machine code written for the model's sizes.

    The model's parameters become views of one row, so that every step is a step of the model.
    """

    def __init__(
        self,
        model: nn.Module,
        network: Network,
        recipe: Recipe,
        learning_rate: float,
        masks: Mapping[str, Tensor] | None,
    ) -> None:
        from train_backend.kernels.network import kept_row

        if masks is not None:
            check_masks(model, masks)
        self.learning_rate = learning_rate
        self._network, self._recipe = network, recipe
        self._velocities = torch.zeros_like(network.parameters)
        self._kept = kept_row(network, model, masks)
        network.adopt(model)

    def step(self, part: ImageSet, rows: Tensor) -> Tensor:
        """Take one step on some images of a part; return their mean loss before it."""
        losses = self._network.add_up(part.images, rows, part.labels[rows], 1 / len(rows))
        self._network.step(
            self._velocities,
            self._kept,
            rate=self.learning_rate,
            momentum=self._recipe.momentum,
            nesterov=self._recipe.nesterov,
            weight_decay=self._recipe.weight_decay,
        )
        return losses.mean()
