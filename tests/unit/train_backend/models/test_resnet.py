"""The ResNets: their parameter table, their depth and their forward pass."""

from __future__ import annotations

import re

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor, nn

from train_backend.models import build_architecture
from train_backend.models.resnet import BasicBlock, ResNet

TABLE = [
    (name, int(blocks), int(parameters.replace(",", "")))
    for name, blocks, parameters in re.findall(
        r"(ResNet-\d+) *\| (\d+) *\| ([\d,]+)", ResNet.__doc__ or ""
    )
]


def resnet(name: str, *, channels: int = 3, seed: int = 0) -> nn.Module:
    """Return a ResNet for 10 classes with weights from a seed."""
    generator = torch.Generator().manual_seed(seed)
    return build_architecture(
        name, channels=channels, classes=10, image_size=32, generator=generator
    )


def test_the_table_of_the_docstring_holds_the_five_resnets_of_the_paper() -> None:
    """The numbers that the design names, each counted below."""
    assert [(name, parameters) for name, _, parameters in TABLE] == [
        ("ResNet-20", 269_722),
        ("ResNet-32", 464_154),
        ("ResNet-44", 658_586),
        ("ResNet-56", 853_018),
        ("ResNet-110", 1_727_962),
    ]


@pytest.mark.parametrize(("name", "blocks", "parameters"), TABLE)
def test_a_resnet_has_the_parameters_and_layers_of_its_row(
    name: str, blocks: int, parameters: int
) -> None:
    """Its number of convolutions and linear layers is its name; batch norm is not counted."""
    model = resnet(name)
    assert sum(p.numel() for p in model.parameters()) == parameters
    layers = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == int(name.removeprefix("ResNet-"))
    assert len([m for m in model.modules() if isinstance(m, BasicBlock)]) == 3 * blocks


def test_the_shortcut_takes_every_second_pixel_and_adds_zero_channels() -> None:
    """Option A: 16 channels stand in the middle of 32, 8 zero channels on either side."""
    block = BasicBlock(16, 32)
    images = torch.arange(16 * 4 * 4, dtype=torch.float32).reshape(1, 16, 4, 4)
    shortcut = block.shortcut(images)
    assert shortcut.shape == (1, 32, 2, 2)
    assert torch.equal(shortcut[:, 8:24], images[:, :, ::2, ::2])
    assert not shortcut[:, :8].any()
    assert not shortcut[:, 24:].any()
    assert torch.equal(BasicBlock(16, 16).shortcut(images), images)


def written_out(state: dict[str, Tensor], images: Tensor, blocks: int, *, train: bool) -> Tensor:
    """Return the logits of a ResNet from its weights alone, with functions only."""

    def layer(convolution: str, norm: str, x: Tensor, stride: int = 1) -> Tensor:
        x = F.conv2d(x, state[f"{convolution}.weight"], stride=stride, padding=1)
        if train:  # the batch's own statistics
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
        else:
            mean, variance = state[f"{norm}.running_mean"], state[f"{norm}.running_var"]
        scale = state[f"{norm}.weight"] / (variance + 1e-5).sqrt()
        return (x - mean.view(1, -1, 1, 1)) * scale.view(1, -1, 1, 1) + state[f"{norm}.bias"].view(
            1, -1, 1, 1
        )

    x = layer("convolution", "norm", images).relu()
    for stage in range(3):
        for index in range(blocks):
            name = f"stages.{stage}.{index}"
            begins = stage > 0 and index == 0
            straight = layer(f"{name}.convolution1", f"{name}.norm1", x, 2 if begins else 1)
            straight = layer(f"{name}.convolution2", f"{name}.norm2", straight.relu())
            if begins:
                zeros = torch.zeros_like(straight)[:, : x.shape[1] // 2]
                x = torch.cat([zeros, x[:, :, ::2, ::2], zeros], dim=1)
            x = (straight + x).relu()
    return x.mean((2, 3)) @ state["classifier.weight"].T + state["classifier.bias"]


@pytest.mark.parametrize("train", [True, False])
def test_its_logits_are_those_of_the_blocks_written_out(train: bool) -> None:
    """In training mode with the batch's statistics, in evaluation mode with the running ones."""
    model = resnet("ResNet-20")
    images = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    model.train()
    model(images)  # moves the running statistics away from 0 and 1
    model.train(train)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    with torch.no_grad():
        expected = written_out(state, images, blocks=3, train=train)
        torch.testing.assert_close(model(images), expected, rtol=1e-4, atol=1e-4)


def test_grey_images_need_288_weights_less() -> None:
    """One channel instead of three spares 2 x 9 x 16 weights of the first convolution."""
    grey = sum(p.numel() for p in resnet("ResNet-20", channels=1).parameters())
    assert grey == 269_722 - 2 * 9 * 16
