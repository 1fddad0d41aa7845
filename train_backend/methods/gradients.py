"""Gradients of the data loss, for the scores that need them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from train_backend.errors import TrainError
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
) -> dict[str, Tensor]:
    """Return the gradient of the mean cross-entropy at every prunable parameter.

    The loss is the data's alone, without weight decay. The model is left as it was: same
    weights, `.grad`, batch-norm state and training mode.

    # Differs from the paper: its code takes one augmented mini-batch in training mode, so
    # that batch norm sees the batch's own statistics. Here the mean runs over the images as
    # they are, in evaluation mode; batches=1 gives one mini-batch again.

    Args:
        model: The trained model.
        images: Training images, shape (N, channels, height, width).
        labels: Their classes, shape (N,).
        batch_size: Images per forward pass; of all images together it changes only rounding.
        batches: Mini-batches drawn without replacement, or None for all images.
        generator: A generator on the CPU, used to draw the mini-batches only.

    Returns:
        Per name a tensor of the parameter's shape and device.

    Raises:
        TrainError: No images, or `batches` or `batch_size` below 1.
    """
    if len(images) == 0 or batch_size < 1 or (batches is not None and batches < 1):
        raise TrainError(
            f"gradients need at least one image in one batch, not {len(images)} images in "
            f"{'all' if batches is None else batches} batches of {batch_size}"
        )
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
    sums = [torch.zeros_like(weight) for weight in weights.values()]
    with _evaluation_mode(model):
        for some, their_labels in zip(
            torch.split(images, batch_size), torch.split(labels, batch_size), strict=True
        ):
            loss = F.cross_entropy(model(some), their_labels, reduction="sum")
            # autograd.grad, not backward(): `.grad` belongs to the optimiser.
            for total, part in zip(
                sums, torch.autograd.grad(loss, list(weights.values())), strict=True
            ):
                total += part
    return {name: total / len(images) for name, total in zip(weights, sums, strict=True)}


@contextmanager
def _evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Put every module into evaluation mode, and each back into its own mode afterwards."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training
