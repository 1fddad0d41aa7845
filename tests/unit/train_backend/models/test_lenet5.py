"""LeNet5: its parameter table and its forward pass."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from train_backend.errors import TrainError
from train_backend.models import build_architecture


def lenet5(*, channels: int = 1, classes: int = 10, image_size: int = 28) -> torch.nn.Module:
    """Return a LeNet5 with weights from seed 0."""
    generator = torch.Generator().manual_seed(0)
    return build_architecture(
        "LeNet5", channels=channels, classes=classes, image_size=image_size, generator=generator
    )


def test_it_has_60074_parameters_of_which_226_are_biases_before_the_classifier() -> None:
    """60,074 parameters: 226 biases outside the classifier, 850 in the classifier."""
    sizes = {name: p.numel() for name, p in lenet5().named_parameters()}
    assert sum(sizes.values()) == 60_074
    assert sum(n for name, n in sizes.items() if name.startswith("classifier")) == 850
    biases = [n for name, n in sizes.items() if name.endswith("bias") and "classifier" not in name]
    assert sum(biases) == 226


def convolve(images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return a 3x3 convolution without padding as a sum over the nine shifts."""
    height, width = images.shape[2] - 2, images.shape[3] - 2
    total = bias.reshape(1, -1, 1, 1)
    for row in range(3):
        for column in range(3):
            window = images[:, :, row : row + height, column : column + width]
            total = total + torch.einsum("nchw,oc->nohw", window, weight[:, :, row, column])
    return total


def pool(images: Tensor) -> Tensor:
    """Return the maximum of every whole 2x2 square."""
    height, width = images.shape[2] // 2 * 2, images.shape[3] // 2 * 2
    squares = [images[:, :, r:height:2, c:width:2] for r in (0, 1) for c in (0, 1)]
    return torch.stack(squares).amax(0)


def test_its_logits_are_those_of_the_layers_written_out() -> None:
    """Conv-ReLU-pool twice, then three linear layers with ReLU between, as sums and products."""
    model = lenet5()
    images = torch.randn(3, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    p = {name: parameter.detach() for name, parameter in model.named_parameters()}
    hidden = images
    for layer in ("convolution1", "convolution2"):
        hidden = pool(convolve(hidden, p[f"{layer}.weight"], p[f"{layer}.bias"]).clamp(min=0))
    hidden = hidden.reshape(3, 400)
    for layer in ("linear1", "linear2"):
        hidden = (hidden @ p[f"{layer}.weight"].T + p[f"{layer}.bias"]).clamp(min=0)
    expected = hidden @ p["classifier.weight"].T + p["classifier.bias"]
    torch.testing.assert_close(model(images), expected)


def test_it_reads_other_channels_classes_and_sizes() -> None:
    """Three channels of 32x32 and 100 classes: the first linear layer sees 16 maps of 6x6."""
    model = lenet5(channels=3, classes=100, image_size=32)
    assert dict(model.named_parameters())["linear1.weight"].shape == (120, 16 * 6 * 6)
    assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 100)


def test_images_of_10x10_are_the_smallest() -> None:
    """10x10 leaves one pixel; 9x9 leaves none and is refused with what to do."""
    assert lenet5(image_size=10)(torch.zeros(1, 1, 10, 10)).shape == (1, 10)
    with pytest.raises(TrainError, match=r"cannot read 9x9 images.*at least 10x10; pad"):
        lenet5(image_size=9)
