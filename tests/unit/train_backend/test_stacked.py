"""Models trained side by side, against the same models trained one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from small_studies import small_recipe, two_blobs
from train_backend.architectures import build_architecture
from train_backend.architectures.resnet import ResNet
from train_backend.channel_independence import network_independence
from train_backend.channel_pruning import choose_channels, maps_needed, remove_channels
from train_backend.datasets import Dataset, ImageSet
from train_backend.descent import KernelDescent, TorchDescent
from train_backend.errors import TrainError
from train_backend.fast import torch_alone
from train_backend.masks import apply_masks, global_masks, kept_count, prunable_parameters
from train_backend.phases import Phase
from train_backend.stacked import Seat, StackedDescent
from train_backend.training import Draws, State, train
from train_backend.turns import Turns

SIDE = {"LeNet5": 12, "ResNet-20": 8}
PHASES = (Phase(2, 0.05, warmup_epochs=1, curve="cosine"), Phase(1, 0.01))


@dataclass(frozen=True)
class Member:
    """One model of a stack and all that is its own."""

    model: nn.Module
    dataset: Dataset
    draws: Draws
    masks: Mapping[str, Tensor] | None
    what: str


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


def trained(members: Sequence[Member], **settings: Any) -> list[dict[int, State]]:
    """Train models in turns, by torch; leave out the first step and keep the states after two.

    One alone is trained as if there were no stacks.
    """
    turns = Turns(len(members))
    with torch_alone():
        return turns.run(
            [
                partial(
                    train,
                    each.model,
                    each.dataset,
                    PHASES,
                    small_recipe(batch_size=10, **settings),
                    each.draws,
                    masks=each.masks,
                    first_step=1,
                    keep_after=(2, 9),
                    what=each.what,
                    descents=Seat(turns, number).descent_of,
                )
                for number, each in enumerate(members)
            ]
        )


@pytest.mark.parametrize("architecture", ["LeNet5", "ResNet-20"])
@pytest.mark.parametrize("augment", [False, True], ids=["as they are", "augmented"])
def test_each_model_of_a_stack_is_trained_as_if_alone(architecture: str, augment: bool) -> None:
    """Four seeds, one pruned: weights, batch norm, selected epoch and kept states agree.

    Up to rounding; the rate changes from step to step.
    """
    settings = {"augment": augment, "weight_decay": 1e-3}
    ratios = (None, 4.0, None, None)
    stacked = [member(architecture, seed, ratio=ratios[seed]) for seed in range(4)]
    states = trained(stacked, **settings)
    for seed, each in enumerate(stacked):
        single = member(architecture, seed, ratio=ratios[seed])
        (expected,) = trained([single], **settings)
        assert states[seed].keys() == expected.keys() == {2, 9}
        pairs = [(each.model.state_dict(), single.model.state_dict())]
        pairs += [(states[seed][step], expected[step]) for step in expected]
        for found, wanted in pairs:
            for name, value in found.items():
                torch.testing.assert_close(value, wanted[name], rtol=1e-3, atol=1e-4)


def test_a_stack_gives_the_same_bytes_again() -> None:
    """Threads decide nothing."""
    first, second = ([member("ResNet-20", seed) for seed in range(3)] for _ in range(2))
    trained(first, augment=True)
    trained(second, augment=True)
    for one, other in zip(first, second, strict=True):
        for name, value in one.model.state_dict().items():
            assert torch.equal(value, other.model.state_dict()[name])


def test_a_model_does_not_depend_on_its_companions() -> None:
    """The same weights in a stack of two and of three, up to rounding."""
    two, three = ([member("LeNet5", seed) for seed in range(size)] for size in (2, 3))
    trained(two)
    trained(three)
    for one, other in zip(two[1].model.parameters(), three[1].model.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_what_a_mask_drops_is_exactly_zero() -> None:
    """In the model that has the mask, and in no other."""
    stack = [member("LeNet5", 0, ratio=4.0), member("LeNet5", 1)]
    trained(stack, weight_decay=1e-3)
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
        trained(stack)


def descents(members: Sequence[Member]) -> list[type]:
    """Return the kind of each model's descent."""
    turns = Turns(len(members))

    def kind(number: int, each: Member) -> type:
        seat = Seat(turns, number)
        return type(seat.descent_of(each.model, each.dataset, small_recipe(), each.masks))

    return turns.run([partial(kind, *numbered) for numbered in enumerate(members)])


def test_models_with_different_numbers_of_images_train_alone() -> None:
    """Their batches would not end together. The others stay together."""
    stack = [member("LeNet5", seed) for seed in range(3)]
    part = stack[1].dataset.train
    smaller = replace(stack[1].dataset, train=ImageSet(part.images[:9], part.labels[:9]))
    stack[1] = replace(stack[1], dataset=smaller)
    with torch_alone():
        assert descents(stack) == [StackedDescent, TorchDescent, StackedDescent]
        trained(stack)
    single = replace(member("LeNet5", 1), dataset=smaller)
    trained([single])
    for one, other in zip(stack[1].model.parameters(), single.model.parameters(), strict=True):
        assert torch.equal(one, other)


def without_channels(seed: int) -> Member:
    """Return a ResNet-20 that CHIP has made smaller: as many channels for every seed, but others.

    So its shortcuts take their channels from elsewhere.
    """
    each, sparsities = member("ResNet-20", seed), (0.5,) * 12
    assert isinstance(each.model, ResNet)
    images = each.dataset.train.images
    scores = network_independence(each.model, images, maps_needed([sparsities]))
    return replace(each, model=remove_channels(each.model, choose_channels(scores, sparsities)))


def test_networks_without_channels_keep_their_own_shortcuts_in_a_stack() -> None:
    """Each is trained as if alone, up to rounding."""
    stacked = [without_channels(seed) for seed in range(2)]
    one, other = (each.model.state_dict()["stages.0.0.sources"] for each in stacked)
    assert not torch.equal(one, other)
    with torch_alone():
        assert descents(stacked) == [StackedDescent] * 2
    trained(stacked)
    for seed, each in enumerate(stacked):
        single = without_channels(seed)
        trained([single])
        expected = single.model.state_dict()
        for name, value in each.model.state_dict().items():
            torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-4)


def test_models_with_kernels_train_one_after_another() -> None:
    """One of them fills a core of the CPU."""
    pytest.importorskip("llvmlite")
    assert descents([member("LeNet5", seed) for seed in range(2)]) == [KernelDescent] * 2


def test_a_mask_of_another_model_is_refused() -> None:
    """As where a model trains alone."""
    stack = [member("ResNet-20", seed) for seed in range(2)]
    stack[0] = replace(stack[0], masks={"layer9.weight": torch.ones(2) > 0})
    with pytest.raises(TrainError, match=r"mask of layer9\.weight fits no parameter"):
        trained(stack)
