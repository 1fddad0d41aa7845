"""Models trained side by side, against the same models trained one after another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from small_studies import small_recipe, two_blobs
from train_backend.architectures import build_architecture
from train_backend.datasets import Dataset, ImageSet
from train_backend.errors import TrainError
from train_backend.fast import torch_alone
from train_backend.masks import apply_masks, global_masks, kept_count, prunable_parameters
from train_backend.phases import Phase
from train_backend.stacked import Member, train_stack
from train_backend.training import Draws, train

SIDE = {"LeNet5": 12, "ResNet-20": 8}
PHASES = (Phase(2, 0.05), Phase(1, 0.01))
CURVE = (Phase(3, 0.05, warmup_epochs=1, curve="cosine"),)


def dataset(seed: int, side: int) -> Dataset:
    """Return 40 blobs of its own, of which 24 are learnt."""
    blobs = two_blobs(40, side)
    order = torch.randperm(40, generator=torch.Generator().manual_seed(seed))
    train_rows, held_out = order[:24], order[24:]
    return replace(
        blobs,
        train=ImageSet(blobs.train.images[train_rows], blobs.train.labels[train_rows]),
        validation=ImageSet(blobs.train.images[held_out], blobs.train.labels[held_out]),
    )


def member(architecture: str, seed: int, *, ratio: float | None = None) -> Member:
    """Return a model with initial weights, images and batch order of its own, perhaps pruned."""
    side = SIDE[architecture]
    generator = torch.Generator().manual_seed(seed)
    model = build_architecture(
        architecture, channels=1, classes=2, image_size=side, generator=generator
    )
    masks = None
    if ratio is not None:
        scores = {name: value.detach().abs() for name, value in prunable_parameters(model).items()}
        masks = global_masks(scores, kept_count(model, ratio))
        apply_masks(model, masks)
    draws = Draws(torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 1))
    return Member(model, dataset(seed, side), draws, masks, f"model {seed}:")


def alone(each: Member, phases: tuple[Phase, ...] = PHASES, **settings: Any) -> nn.Module:
    """Return the model of a member trained by itself."""
    with torch_alone():
        recipe = small_recipe(batch_size=10, **settings)
        train(each.model, each.dataset, phases, recipe, each.draws, masks=each.masks)
    return each.model


@pytest.mark.parametrize("architecture", ["LeNet5", "ResNet-20"])
@pytest.mark.parametrize("augment", [False, True], ids=["as they are", "augmented"])
def test_each_model_of_a_stack_is_trained_as_if_alone(architecture: str, augment: bool) -> None:
    """Three seeds, one pruned: weights, batch norm and the selected epoch agree up to rounding."""
    settings: dict[str, Any] = {"augment": augment, "weight_decay": 1e-3}
    ratios = (None, 4.0, None)
    stacked = [member(architecture, seed, ratio=ratios[seed]) for seed in range(3)]
    train_stack(stacked, PHASES, small_recipe(batch_size=10, **settings))
    for seed, each in enumerate(stacked):
        expected = alone(member(architecture, seed, ratio=ratios[seed]), **settings).state_dict()
        for name, value in each.model.state_dict().items():
            torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-4)


def test_a_stack_follows_warm_up_and_cosine_step_by_step() -> None:
    """As a model alone does, up to rounding."""
    stack = [member("LeNet5", seed) for seed in range(2)]
    train_stack(stack, CURVE, small_recipe(batch_size=10))
    for seed, each in enumerate(stack):
        expected = alone(member("LeNet5", seed), CURVE).state_dict()
        for name, value in each.model.state_dict().items():
            torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-4)


def test_a_model_does_not_depend_on_its_companions() -> None:
    """The same weights in a stack of two and of three, up to rounding."""
    two, three = ([member("LeNet5", seed) for seed in range(size)] for size in (2, 3))
    for stack in (two, three):
        train_stack(stack, PHASES, small_recipe(batch_size=10))
    for one, other in zip(two[1].model.parameters(), three[1].model.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_what_a_mask_drops_is_exactly_zero() -> None:
    """In the model that has the mask, and in no other."""
    stack = [member("LeNet5", 0, ratio=4.0), member("LeNet5", 1)]
    train_stack(stack, PHASES, small_recipe(batch_size=10, weight_decay=1e-3))
    masks = stack[0].masks or {}
    for name, mask in masks.items():
        assert torch.equal(stack[0].model.get_parameter(name) != 0, mask)
        assert bool((stack[1].model.get_parameter(name) != 0).all())


def test_the_one_that_diverges_is_named() -> None:
    """And none of the others."""
    stack = [member("LeNet5", 0), member("LeNet5", 1)]
    with torch.no_grad():
        stack[1].model.get_parameter("linear1.weight").mul_(1e30)
    with pytest.raises(TrainError, match="model 1: has diverged"):
        train_stack(stack, PHASES, small_recipe(batch_size=10))


def test_models_with_different_numbers_of_images_are_no_stack() -> None:
    """Their batches would not end together."""
    one, other = member("LeNet5", 0), member("LeNet5", 1)
    smaller = ImageSet(other.dataset.train.images[:9], other.dataset.train.labels[:9])
    other = replace(other, dataset=replace(other.dataset, train=smaller))
    with pytest.raises(TrainError, match="equally many training images"):
        train_stack([one, other], PHASES, small_recipe(batch_size=10))
