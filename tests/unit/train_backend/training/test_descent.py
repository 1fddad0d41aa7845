"""Training by kernels and by torch: the same steps, and the same study within its own noise."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from small_studies import (
    assert_within_the_noise_of_seeds,
    correct_counts,
    small_recipe,
    small_study,
    two_blobs,
)
from train_backend.lenet5_cpu import torch_alone
from train_backend.methods.masks import global_masks, kept_count, prunable_parameters
from train_backend.models import build_architecture
from train_backend.parameters import parameter_counts
from train_backend.studies.recipes import Phase, Recipe
from train_backend.training.steps import KernelDescent, Step, TorchDescent, descent_of

pytest.importorskip("llvmlite")

BLOBS = two_blobs(size=12)


def lenet5() -> nn.Module:
    """Return a LeNet5 for the blobs."""
    generator = torch.Generator().manual_seed(0)
    return build_architecture("LeNet5", channels=1, classes=2, image_size=12, generator=generator)


def stepped(
    model: nn.Module, recipe: Recipe, steps: int = 10, masks: dict[str, Tensor] | None = None
) -> list[float]:
    """Train a model for some steps of 20 images, at a rate that falls; return the losses."""
    descent, losses = descent_of(model, BLOBS, recipe, masks), []
    for step in range(steps):
        rows = (torch.arange(20) + 7 * step) % len(BLOBS.train)
        losses.append(float(descent.take(Step(0.1 / (1 + step), rows))) / 20)
    return losses


@pytest.mark.parametrize("weight_decay", [0.0, 5e-3])
@pytest.mark.parametrize(
    ("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)], ids=str
)
def test_ten_steps_by_kernels_are_ten_steps_by_torch(
    momentum: float, nesterov: bool, weight_decay: float
) -> None:
    """Losses and weights agree as far as float32 goes; the rate of each step is the one set."""
    recipe = small_recipe(momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
    fast, slow = lenet5(), lenet5()
    losses = stepped(fast, recipe)
    with torch_alone():
        assert losses == pytest.approx(stepped(slow, recipe), rel=1e-4)
    for found, expected in zip(fast.parameters(), slow.parameters(), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_the_model_is_trained_step_by_step() -> None:
    """Its parameters change with every step and a copy of them stays what it was."""
    model = lenet5()
    descent = descent_of(model, BLOBS, small_recipe(), None)
    assert isinstance(descent, KernelDescent)
    seen = [{name: value.clone() for name, value in model.state_dict().items()}]
    for _ in range(2):
        descent.take(Step(0.1, torch.arange(20)))
        seen.append({name: value.clone() for name, value in model.state_dict().items()})
    for name in seen[0]:
        assert not torch.equal(seen[0][name], seen[1][name])
        assert not torch.equal(seen[1][name], seen[2][name])


def test_weights_that_a_mask_drops_are_zero_after_every_step() -> None:
    """Exactly, whatever momentum and weight decay say, and no other weight is."""
    model = lenet5()
    weights = {name: value.detach().abs() for name, value in prunable_parameters(model).items()}
    masks = global_masks(weights, kept_count(model, 4.0))
    stepped(model, small_recipe(weight_decay=5e-3), masks=masks)
    total = sum(parameter.numel() for parameter in model.parameters())
    assert parameter_counts(model) == (total, round(total / 4))
    for name, mask in masks.items():
        dropped = model.get_parameter(name)[~mask]
        assert not bool(dropped.any())
        assert not bool(torch.signbit(dropped).any())


def test_a_batch_too_large_for_the_kernels_is_trained_by_torch() -> None:
    """No limit that the user would have to know."""
    descent = descent_of(lenet5(), BLOBS, small_recipe(batch_size=5000), None)
    assert isinstance(descent, TorchDescent)


def test_a_study_by_kernels_counts_as_one_by_torch_within_the_noise_of_seeds() -> None:
    """Four models on the digits: nearer to the same seed by torch than to another seed.

    Not the same counts: where a loss turns, a rounding error grows as a seed does.
    """
    recipe = small_recipe(training_phases=(Phase(12, 0.05),), finetuning_phases=(Phase(1, 0.05),))
    study = replace(small_study(models=4, ratios=[4], control=False), recipe=recipe)
    fast = correct_counts(study)
    with torch_alone():
        slow = correct_counts(study)
    assert_within_the_noise_of_seeds(fast, slow)
