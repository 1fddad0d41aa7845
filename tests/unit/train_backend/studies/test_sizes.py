"""How many images and steps there are: what is announced is what is read."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from train_backend.data import DATASETS, load_dataset
from train_backend.studies.recipes import (
    DIGITS,
    LENET5_AS_DESCRIBED,
    LOTTERY_TICKET,
    training_images,
    training_steps,
    validation_images,
)


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.25, 0.7])
def test_the_digits_are_as_many_as_are_announced(fraction: float) -> None:
    """Their classes differ in size: a tenth of 897 is 90, but class by class 89 are held out."""
    dataset = load_dataset(
        "digits",
        root=None,
        device=torch.device("cpu"),
        split_generator=torch.Generator(),
        validation_fraction=fraction,
    )
    recipe = replace(DIGITS, selection="last", validation_fraction=fraction)
    assert training_images("digits", recipe) == len(dataset.train)
    assert validation_images("digits", recipe) == len(dataset.validation)


def test_sizes_by_hand() -> None:
    """808 digits; a tenth of each class of MNIST; 85 epochs of 352 steps."""
    assert (training_images("digits", DIGITS), validation_images("digits", DIGITS)) == (808, 89)
    assert training_images("Fashion-MNIST", LENET5_AS_DESCRIBED) == 54_000
    assert training_steps("digits", DIGITS) == 20 * 13
    assert training_steps("CIFAR-10", LOTTERY_TICKET) == 29_920


def test_classes_add_up_to_the_published_sizes() -> None:
    """One number for each class."""
    sizes = {name: facts.train_images for name, facts in DATASETS.items()}
    assert sizes == {
        "digits": 897,
        "MNIST": 60_000,
        "Fashion-MNIST": 60_000,
        "CIFAR-10": 50_000,
        "CIFAR-100": 50_000,
    }
    for facts in DATASETS.values():
        assert len(facts.train_images_of_classes) == facts.classes
