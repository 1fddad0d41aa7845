"""Gradients of the data loss, for the scores that need them."""

from __future__ import annotations

from copy import deepcopy

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from train_backend.data import in_batches
from train_backend.lenet5_cpu import network_for
from train_backend.methods.masks import prunable_parameters


def data_loss_gradients(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    batch_size: int,
    batches: int | None,
    generator: torch.Generator,
    training_mode: bool = False,
) -> dict[str, Tensor]:
    """Return the gradient of the mean cross-entropy at every prunable parameter.

    The loss is the data's alone, without weight decay. The model is left as it was: same
    weights, `.grad`, batch-norm state and training mode.

    # Differs from the paper: its code takes one augmented mini-batch in training mode. Here the
    # mean runs over the images as they are, in evaluation mode; batches=1 and training_mode
    # give all of it again but the augmentation.

    Args:
        model: The trained model.
        images: Training images, shape (N, channels, height, width).
        labels: Their classes, shape (N,).
        batch_size: Images per forward pass; of all images together it changes only rounding.
        batches: Mini-batches drawn without replacement, or None for all images.
        generator: A generator on the CPU, used to draw the mini-batches only.
        training_mode: Whether batch norm sees the statistics of each mini-batch.

    Returns:
        Per name a tensor of the parameter's shape and device.
    """
    if batches is not None:
        drawn = torch.randperm(len(images), generator=generator)[: batches * batch_size]
        images, labels = images[drawn.to(images.device)], labels[drawn.to(labels.device)]
    weights = prunable_parameters(model)
    network = network_for(model, images, batch_size)
    if network is not None:
        network.copy(model)
        gradient = network.mean_gradient(images, labels, batch_size)
        every = dict(zip(dict(model.named_parameters()), network.views(gradient), strict=True))
        return {name: every[name].view(weight.shape) for name, weight in weights.items()}
    copy = deepcopy(model).train(training_mode)  # batch norm's statistics would change
    weights = prunable_parameters(copy)
    sums = [torch.zeros_like(weight) for weight in weights.values()]
    for some, their_labels in zip(
        in_batches(images, batch_size), torch.split(labels, batch_size), strict=True
    ):
        loss = F.cross_entropy(copy(some), their_labels, reduction="sum")
        gradients = torch.autograd.grad(loss, list(weights.values()))
        for total, part in zip(sums, gradients, strict=True):
            total += part
    return {name: total / len(images) for name, total in zip(weights, sums, strict=True)}
