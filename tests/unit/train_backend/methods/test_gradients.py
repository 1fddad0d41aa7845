"""Gradients of the data loss: right, and without a trace on the model."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from train_backend.methods.gradients import data_loss_gradients
from train_backend.methods.masks import prunable_parameters
from train_backend.models import build_architecture


def model_of(name: str = "LeNet5") -> nn.Module:
    """Return a model for 28x28 images and 10 classes."""
    generator = torch.Generator().manual_seed(0)
    return build_architecture(name, channels=1, classes=10, image_size=28, generator=generator)


IMAGES = torch.randn(50, 1, 28, 28, generator=torch.Generator().manual_seed(1))
LABELS = torch.randint(0, 10, (50,), generator=torch.Generator().manual_seed(2))


def gradients_of(
    model: nn.Module,
    *,
    batch_size: int = 16,
    batches: int | None = None,
    seed: int = 0,
    training_mode: bool = False,
) -> dict[str, Tensor]:
    """Return the gradients on the images above."""
    generator = torch.Generator().manual_seed(seed)
    return data_loss_gradients(
        model,
        IMAGES,
        LABELS,
        batch_size=batch_size,
        batches=batches,
        generator=generator,
        training_mode=training_mode,
    )


def by_backward(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, Tensor | None]:
    """Return what one backward pass over all images leaves in `.grad`."""
    model.eval()
    model.zero_grad()
    torch.autograd.backward(F.cross_entropy(model(images), labels))
    return {name: weight.grad for name, weight in prunable_parameters(model).items()}


@pytest.mark.parametrize("name", ["LeNet5", "ResNet-20"])
@pytest.mark.parametrize("batch_size", [16, 50, 1000])
def test_they_are_the_gradient_of_the_mean_loss_over_all_images(name: str, batch_size: int) -> None:
    """As one backward pass has it, however the images are cut into batches (16, 16, 16, 2)."""
    found = gradients_of(model_of(name), batch_size=batch_size)
    expected = by_backward(model_of(name), IMAGES, LABELS)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)  # gradients up to 10


def test_they_are_the_slope_of_the_loss() -> None:
    """The loss half a step after minus half a step before, in double precision."""
    model = model_of().double().eval()
    images = IMAGES.double()
    found = data_loss_gradients(
        model, images, LABELS, batch_size=50, batches=None, generator=torch.Generator()
    )
    weight = prunable_parameters(model)["linear1.weight"]
    step, losses = 1e-5, []
    with torch.no_grad():
        for move in (step / 2, -step):
            weight[3, 7] += move
            losses.append(F.cross_entropy(model(images), LABELS).item())
    slope = (losses[0] - losses[1]) / step
    assert found["linear1.weight"][3, 7].item() == pytest.approx(slope, rel=1e-4)


def test_one_mini_batch_is_drawn_by_the_generator() -> None:
    """batches=1 is the gradient on some 16 of the images, others for another seed."""
    drawn = torch.randperm(50, generator=torch.Generator().manual_seed(3))[:16]
    found = gradients_of(model_of(), batches=1, seed=3)
    torch.testing.assert_close(found, by_backward(model_of(), IMAGES[drawn], LABELS[drawn]))
    other = gradients_of(model_of(), batches=1, seed=4)
    assert not torch.equal(found["linear1.weight"], other["linear1.weight"])


def test_more_mini_batches_than_there_are_means_all_images() -> None:
    """Ten batches of 16 hold the 50 images once, in another order."""
    torch.testing.assert_close(gradients_of(model_of(), batches=10), gradients_of(model_of()))


@pytest.mark.parametrize("training_mode", [False, True])
def test_the_model_is_left_as_it_was(training_mode: bool) -> None:
    """Weights, batch-norm statistics, `.grad` and each module's own mode."""
    model = model_of("ResNet-20").train()
    frozen = model.get_submodule("stages.0.0.norm1")
    frozen.eval()
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 7.0)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    gradients_of(model, training_mode=training_mode)
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    for parameter in model.parameters():
        assert parameter.grad is not None
        assert bool((parameter.grad == 7).all())
    assert not frozen.training
    assert all(module.training for module in model.modules() if module is not frozen)


def test_no_global_random_number_is_drawn() -> None:
    """Mini-batches come from the generator that is passed in."""
    before = torch.random.get_rng_state()
    gradients_of(model_of(), batches=2)
    assert torch.equal(torch.random.get_rng_state(), before)
