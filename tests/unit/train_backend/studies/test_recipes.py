"""The recipes hold the settings of Section 6.1, and of the released code where it differs."""

from __future__ import annotations

from dataclasses import fields

import pytest

from small_studies import small_recipe
from train_backend.errors import TrainError
from train_backend.studies.recipes import Phase, Recipe, recipe_for


def test_lenet5_trains_as_section_6_1_describes() -> None:
    """SGD, batch 128, rate 0.01, 30 epochs and 15 after pruning, no weight decay."""
    recipe = recipe_for("as described", "LeNet5", "MNIST")
    assert recipe.batch_size == 128
    assert recipe.training_phases == (Phase(30, 0.01),)
    assert recipe.finetuning_phases == (Phase(15, 0.01),)
    assert recipe.weight_decay == 0


@pytest.mark.parametrize("architecture", ["ResNet-20", "ResNet-110"])
def test_resnets_train_60_epochs_with_a_falling_rate_and_weight_decay(architecture: str) -> None:
    """Weight decay 5e-4; after pruning 25 epochs that start at the highest rate again."""
    recipe = recipe_for("as described", architecture, "CIFAR-10")
    assert [(phase.epochs, phase.learning_rate) for phase in recipe.training_phases] == [
        (10, 0.01),
        (20, 0.1),
        (10, 0.01),
        (10, 0.001),
        (10, 0.0001),
    ]
    assert [(phase.epochs, phase.learning_rate) for phase in recipe.finetuning_phases] == [
        (10, 0.1),
        (5, 0.01),
        (5, 0.001),
        (5, 0.0001),
    ]
    assert (recipe.training_epochs, recipe.finetuning_epochs) == (60, 25)
    assert recipe.weight_decay == 5e-4


def test_the_recipes_differ_in_what_the_table_of_differences_says() -> None:
    """docs/training.md, row by row, for the ResNets; in nothing else."""
    described = recipe_for("as described", "ResNet-20", "CIFAR-10")
    released = recipe_for("as released", "ResNet-20", "CIFAR-10")
    both = (
        (each.name, getattr(described, each.name), getattr(released, each.name))
        for each in fields(Recipe)
    )
    assert {name: values for name, *values in both if values[0] != values[1]} == {
        "selection": ["validation", "test"],
        "selection_scope": ["all", "last-phase"],
        "gradient_batches": [None, 1],
        "gradient_mode": ["evaluation", "training"],
        "score_decay": [None, 5e-4],
        "ratio_scope": ["parameters", "shrinkbench"],
        "weight_decay": [5e-4, 0.0],
        "validation_fraction": [0.1, 0.0],
    }
    assert (described.momentum, described.nesterov) == (0.9, True)


def test_the_cifars_alone_are_cropped_and_flipped() -> None:
    """A digit's mirror image is no digit."""
    augmented = {
        dataset: recipe_for("as described", "LeNet5", dataset).augment
        for dataset in ("digits", "MNIST", "Fashion-MNIST", "CIFAR-10", "CIFAR-100")
    }
    assert [name for name, is_augmented in augmented.items() if is_augmented] == [
        "CIFAR-10",
        "CIFAR-100",
    ]


def test_a_recipe_that_selects_on_validation_images_needs_some() -> None:
    """An empty validation set would choose nothing."""
    with pytest.raises(TrainError, match="validation_fraction is 0: hold some out"):
        small_recipe(validation_fraction=0.0)


def test_nesterov_needs_a_momentum() -> None:
    """Torch refuses the pair too, but only once training begins."""
    with pytest.raises(TrainError, match="momentum above 0"):
        small_recipe(momentum=0.0)


def test_an_unknown_recipe_is_refused_with_the_known_ones() -> None:
    """The user sees every name there is."""
    with pytest.raises(TrainError, match="choose one of 'as described', 'as released', 'digits'"):
        recipe_for("as printed", "LeNet5", "MNIST")


def test_a_recipe_says_for_which_architectures_it_is() -> None:
    """The digits' recipe was never tried on a residual network."""
    with pytest.raises(TrainError, match="says nothing of ResNet-20: it is for LeNet5"):
        recipe_for("digits", "ResNet-20", "digits")
