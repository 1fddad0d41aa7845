"""How many images and steps a training has, known before any image is read."""

from __future__ import annotations

import math

from train_backend.datasets import DATASETS
from train_backend.datasets.splits import held_out_count
from train_backend.recipes import Recipe


def validation_images(dataset: str, recipe: Recipe) -> int:
    """Return how many images `splits.stratified_split` holds out.

    Raises:
        TrainError: A class would have no image on one side.
    """
    classes = enumerate(DATASETS[dataset].train_images_of_classes)
    return sum(held_out_count(many, recipe.validation_fraction, label) for label, many in classes)


def training_images(dataset: str, recipe: Recipe) -> int:
    """Return how many images are learnt."""
    return DATASETS[dataset].train_images - validation_images(dataset, recipe)


def training_steps(dataset: str, recipe: Recipe) -> int:
    """Return the steps of the whole schedule before pruning."""
    steps = steps_per_epoch(training_images(dataset, recipe), recipe.batch_size)
    return recipe.training_epochs * steps


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Return the number of steps that see every image once; the last may see fewer."""
    return math.ceil(images / batch_size)
