"""Evaluation: predictions, and from them counts per class."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from train_backend.data import ImageSet, in_batches
from train_backend.lenet5_cpu import network_for

CPU_BATCH_SIZE = 128
"""Images a forward pass on the CPU: LeNet5's layers stay in the cache (35 thousand images a second
and thread, 25 with 500). It is fixed, because another size may round another way."""

BATCH_SIZE = 1000
"""The same on other devices."""


@dataclass(frozen=True)
class Counts:
    """Counts per class of one evaluated model, in class order.

    Attributes:
        n_samples: Images of the class.
        n_correct: Of those, predicted right.
        n_predicted: Images of any class predicted as this one.
        n_both_correct: Of the class, right both here and in the baseline.
    """

    n_samples: list[int]
    n_correct: list[int]
    n_predicted: list[int]
    n_both_correct: list[int]


def predict(model: nn.Module, images: Tensor) -> Tensor:
    """Return the predicted class of every image, int64 of shape (N,), in evaluation mode."""
    model.eval()
    with torch.inference_mode():
        return _logits(model, images).argmax(dim=1)


def loss_and_accuracy(model: nn.Module, part: ImageSet) -> tuple[float, float]:
    """Return the mean cross-entropy over all images of a part, and the share predicted right.

    Of one pass in evaluation mode.
    """
    model.eval()
    with torch.inference_mode():
        logits = _logits(model, part.images)
        right = (logits.argmax(dim=1) == part.labels).sum()
        return float(F.cross_entropy(logits, part.labels)), int(right) / len(part)


def counts_per_class(
    predicted: Tensor, baseline: Tensor, labels: Tensor, *, classes: int
) -> Counts:
    """Return the counts of one evaluated model.

    Predictions are int64 of shape (N,); `baseline` are those of the unpruned model it comes from,
    of the same images in the same order as the labels, the true classes.
    """
    right = predicted == labels

    def count(values: Tensor) -> list[int]:
        # On the CPU: bincount of a GPU is not deterministic to torch, and this is nothing.
        return torch.bincount(values.cpu(), minlength=classes).tolist()

    return Counts(
        n_samples=count(labels),
        n_correct=count(labels[right]),
        n_predicted=count(predicted),
        n_both_correct=count(labels[right & (baseline == labels)]),
    )


def _logits(model: nn.Module, images: Tensor) -> Tensor:
    """Return the logits of all images, shape (N, classes)."""
    network = network_for(model, images)
    if network is not None:
        network.copy(model)
        return network.logits(images)
    size = CPU_BATCH_SIZE if images.device.type == "cpu" else BATCH_SIZE
    return torch.cat([model(some) for some in in_batches(images, size)])
