"""LeNet5 as machine code, against torch's own layers and autograd."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from train_backend.lenet5_cpu import network_for, torch_alone
from train_backend.models import build_architecture
from train_backend.training.evaluation import predict

pytest.importorskip("llvmlite")
from train_backend.lenet5_cpu import network as kernels
from train_backend.lenet5_cpu.compiling import ANY, NARROW_REGISTERS, registers

SHAPES = [(1, 28, 10), (3, 32, 100), (1, 13, 3)]  # Fashion-MNIST, CIFAR-100, odd sides and places


def lenet5(channels: int = 1, side: int = 28, classes: int = 10, seed: int = 0) -> nn.Module:
    """Return a LeNet5 with drawn weights."""
    return build_architecture(
        "LeNet5",
        channels=channels,
        classes=classes,
        image_size=side,
        generator=torch.Generator().manual_seed(seed),
    )


def noise(count: int, channels: int = 1, side: int = 28) -> Tensor:
    """Return images of noise."""
    return torch.randn(count, channels, side, side, generator=torch.Generator().manual_seed(1))


def drawn_labels(count: int, classes: int = 10) -> Tensor:
    """Return labels of any class."""
    return torch.randint(classes, (count,), generator=torch.Generator().manual_seed(2))


def network_of(model: nn.Module, images: Tensor, batch_size: int = 1) -> kernels.Network:
    """Return the kernels of a model, with its weights."""
    network = kernels.network_for(model, images, batch_size)
    assert network is not None
    network.copy(model)
    return network


def by_autograd(model: nn.Module, images: Tensor, labels: Tensor) -> list[Tensor]:
    """Return the gradient of the mean loss at every parameter."""
    loss = F.cross_entropy(model(images), labels)
    return list(torch.autograd.grad(loss, list(model.parameters())))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_logits_are_those_of_the_layers(shape: tuple[int, int, int]) -> None:
    """300 images: two full batches and one of 44."""
    channels, side, classes = shape
    model, images = lenet5(channels, side, classes), noise(300, channels, side)
    with torch.inference_mode():
        torch.testing.assert_close(
            network_of(model, images).logits(images), model(images), rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("count", [1, 40, 128])
def test_gradients_are_those_of_autograd(shape: tuple[int, int, int], count: int) -> None:
    """Of every parameter to 1e-5 of its length, for one image and for batches full or not."""
    channels, side, classes = shape
    model, images = lenet5(channels, side, classes), noise(count, channels, side)
    labels = drawn_labels(count, classes)
    network = network_of(model, images)
    losses = network.add_up(images, torch.arange(count), labels, 1 / count)
    expected = by_autograd(model, images, labels)
    for found, wanted in zip(network.views(network.gradient), expected, strict=True):
        assert float((found - wanted.flatten()).norm() / wanted.norm()) < 1e-5
    with torch.inference_mode():
        torch.testing.assert_close(losses, F.cross_entropy(model(images), labels, reduction="none"))


def test_they_round_no_worse_than_autograd() -> None:
    """Both against double precision, over all parameters."""
    model, images, labels = lenet5(), noise(128), drawn_labels(128)
    network = network_of(model, images)
    network.add_up(images, torch.arange(128), labels, 1 / 128)
    by_torch = torch.cat([each.flatten() for each in by_autograd(model, images, labels)])
    exact = by_autograd(model.double(), images.double(), labels)
    exact_row = torch.cat([each.flatten() for each in exact])
    found = network.gradient[: network.count]
    assert (found - exact_row).norm() < 1.5 * (by_torch - exact_row).norm()


def test_of_equal_values_the_first_of_a_pooling_window_learns() -> None:
    """As torch has it: on images of one grey everything in a window is equal."""
    model, images = lenet5(), torch.full((3, 1, 28, 28), 0.7)
    labels = drawn_labels(3)
    network = network_of(model, images)
    network.add_up(images, torch.arange(3), labels, 1 / 3)
    expected = by_autograd(model, images, labels)
    for found, wanted in zip(network.views(network.gradient), expected, strict=True):
        torch.testing.assert_close(found, wanted.flatten(), rtol=1e-5, atol=1e-6)


def bytes_of(network: kernels.Network, images: Tensor, labels: Tensor) -> bytes:
    """Return logits, losses and gradients, bit for bit."""
    logits = network.logits(images)
    losses = network.add_up(images, torch.arange(len(images)), labels, 1 / len(images))
    return b"".join(each.numpy().tobytes() for each in (logits, losses, network.gradient))


def test_the_same_bytes_with_room_for_more_images() -> None:
    """Places that no image fills count for nothing."""
    model, images, labels = lenet5(), noise(100), drawn_labels(100)
    some, more = (network_of(model, images, batch_size) for batch_size in (100, 150))
    assert some.sizes.places < more.sizes.places
    assert bytes_of(some, images, labels) == bytes_of(more, images, labels)


def test_the_same_bytes_a_second_time() -> None:
    """Nothing of one batch is left for the next."""
    model, images, labels = lenet5(), noise(128), drawn_labels(128)
    network = network_of(model, images)
    first = bytes_of(network, images, labels)
    bytes_of(network, 5 * images[:70], labels[:70])
    assert bytes_of(network, images, labels) == first


@pytest.mark.skipif(registers() == NARROW_REGISTERS, reason="this processor has no AVX-512")
def test_the_same_bytes_on_a_processor_with_narrower_registers() -> None:
    """Compiled for AVX2 and for AVX-512: other registers, the same sums in the same order."""
    model, images, labels = lenet5(side=13), noise(100, side=13), drawn_labels(100)
    wide = network_of(model, images)
    sizes = replace(wide.sizes, registers=NARROW_REGISTERS)
    narrow = kernels.Network(sizes, kernels.compile_for(sizes, processor=ANY))
    narrow.copy(model)
    assert bytes_of(narrow, images, labels) == bytes_of(wide, images, labels)


def test_a_weight_that_is_not_a_number_shows_in_the_loss() -> None:
    """So that training stops instead of going on with ReLU's zeros."""
    model, images = lenet5(), noise(5)
    with torch.no_grad():
        model.get_parameter("convolution1.weight")[2, 0, 1, 1] = float("nan")
    losses = network_of(model, images).add_up(images, torch.arange(5), drawn_labels(5), 0.2)
    assert bool(losses.isnan().all())


def test_what_the_kernels_do_not_know_is_left_to_torch() -> None:
    """Another network, another precision, a huge batch, images of another size."""
    model, images = lenet5(), noise(2)
    assert network_for(model, images) is not None
    residual = build_architecture(
        "ResNet-20", channels=1, classes=10, image_size=28, generator=torch.Generator()
    )
    assert network_for(residual, images) is None
    assert network_for(lenet5().double(), images.double()) is None
    assert network_for(model, images, batch_size=5000) is None
    assert network_for(model, noise(2, side=20)) is None
    with torch_alone():
        assert network_for(model, images) is None


def test_without_llvmlite_torch_predicts_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is missed when a model is used, not when this package is imported."""
    model, images = lenet5(), noise(50)
    by_kernels = predict(model, images)
    monkeypatch.setitem(sys.modules, "train_backend.lenet5_cpu.network", None)
    monkeypatch.delattr("train_backend.lenet5_cpu.network")
    assert network_for(model, images) is None
    assert torch.equal(predict(model, images), by_kernels)
