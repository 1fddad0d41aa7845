"""Evaluation: counts per class, by hand and by a second way of counting."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from train_backend.data import ImageSet
from train_backend.parameters import parameter_counts
from train_backend.training.evaluation import (
    counts_per_class,
    loss_and_accuracy,
    predict,
)


def test_counts_of_six_images_by_hand() -> None:
    """Class 0 is found twice of three, class 1 once of two, class 2 never."""
    labels = torch.tensor([0, 0, 0, 1, 1, 2])
    predicted = torch.tensor([0, 0, 1, 1, 0, 0])
    baseline = torch.tensor([0, 1, 0, 1, 1, 2])
    counts = counts_per_class(predicted, baseline, labels, classes=3)
    assert counts.n_samples == [3, 2, 1]
    assert counts.n_correct == [2, 1, 0]
    assert counts.n_predicted == [4, 2, 0]
    assert counts.n_both_correct == [1, 1, 0]


def test_counts_agree_with_counting_image_by_image() -> None:
    """A loop over 1,000 random predictions counts the same, n_both_correct included."""
    draws = torch.Generator().manual_seed(1)
    labels, predicted, baseline = torch.randint(7, (3, 1000), generator=draws)
    counts = counts_per_class(predicted, baseline, labels, classes=7)
    by_hand = {name: [0] * 7 for name in ("samples", "correct", "predicted", "both")}
    for label, guess, before in zip(
        labels.tolist(), predicted.tolist(), baseline.tolist(), strict=True
    ):
        by_hand["samples"][label] += 1
        by_hand["predicted"][guess] += 1
        by_hand["correct"][label] += guess == label
        by_hand["both"][label] += guess == label == before
    assert counts.n_samples == by_hand["samples"]
    assert counts.n_correct == by_hand["correct"]
    assert counts.n_predicted == by_hand["predicted"]
    assert counts.n_both_correct == by_hand["both"]


class Echo(nn.Module):
    """A network whose logits are the pixels themselves."""

    def forward(self, images: Tensor) -> Tensor:
        """Return each image's pixels."""
        return images.flatten(1)


def test_every_image_is_predicted_once_and_in_order() -> None:
    """300 images make three batches on the CPU; image i has its brightest pixel at i mod 4."""
    images = torch.eye(4).repeat(75, 1).reshape(300, 1, 2, 2)
    assert predict(Echo(), images).tolist() == [index % 4 for index in range(300)]


def test_the_mean_loss_weighs_every_image_alike() -> None:
    """Against the loss of all images at once; the last batch is smaller than the others."""
    draws = torch.Generator().manual_seed(2)
    part = ImageSet(
        torch.randn(300, 1, 2, 2, generator=draws), torch.randint(4, (300,), generator=draws)
    )
    logits = part.images.flatten(1)
    expected = nn.functional.cross_entropy(logits, part.labels)
    loss, accuracy = loss_and_accuracy(Echo(), part)
    assert loss == pytest.approx(float(expected), rel=1e-6)
    assert accuracy == float((logits.argmax(dim=1) == part.labels).double().mean())


def test_parameters_of_the_whole_network_are_counted_and_those_not_zero() -> None:
    """A layer of 2 x 3 weights and 2 biases, of which two weights are zero."""
    layer = nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 0.0, 2.0], [0.0, 3.0, -1.0]]))
        layer.bias.fill_(0.5)
    assert parameter_counts(layer) == (8, 6)
