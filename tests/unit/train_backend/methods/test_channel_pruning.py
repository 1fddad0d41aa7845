"""Channels removed for real: counts of the paper's table, alignment, state carried over."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor

from train_backend.errors import TrainError
from train_backend.methods.channel_pruning import (
    Channels,
    choose_channels,
    full_sparsities,
    kept_channels,
    maps_needed,
    pruned_parameters,
    remove_channels,
)
from train_backend.models import ARCHITECTURES, build_architecture
from train_backend.models.resnet import STAGE_CHANNELS, ResNet
from train_backend.studies.chip import TABLE_13


def resnet(name: str) -> ResNet:
    """Return a ResNet for three channels and ten classes, its norms not the identity."""
    draws = torch.Generator().manual_seed(0)
    model = build_architecture(name, channels=3, classes=10, image_size=32, generator=draws)
    assert isinstance(model, ResNet)
    for key, value in model.state_dict().items():
        if "norm" in key and value.dtype == torch.float32:
            value.uniform_(0.5, 1.5, generator=draws)
    return model.eval()


def random_independence(blocks: int) -> dict[str, Tensor]:
    """Return a score for every channel of a ResNet."""
    draws = torch.Generator().manual_seed(1)
    names = {"stem": STAGE_CHANNELS[0]} | {
        f"{stage}.{index}.{part}": width
        for stage, width in enumerate(STAGE_CHANNELS)
        for index in range(blocks)
        for part in ("inner", "output")
    }
    return {name: torch.rand(width, generator=draws) for name, width in names.items()}


def parameters(model: ResNet) -> int:
    """Return the number of parameters of a network."""
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("sparsities", "left", "ratio"),
    [
        (TABLE_13[0], 485_413, "1.757"),
        (TABLE_13[1], 240_793, "3.543"),
        (TABLE_13[2], 103_201, "8.266"),
        (TABLE_13[3], 44_638, "19.110"),
    ],
)
def test_a_resnet_56_is_left_with_the_parameters_of_table_13(
    sparsities: tuple[float, ...], left: int, ratio: str
) -> None:
    """By arithmetic, and as tensors of the smaller network, of 853,018 before."""
    full = full_sparsities(sparsities, 9, "ResNet-56")
    assert pruned_parameters(full, 3, 10) == left
    smaller = remove_channels(resnet("ResNet-56"), choose_channels(random_independence(9), full))
    assert parameters(smaller) == left
    assert f"{853_018 / left:.3f}" == ratio


@pytest.mark.parametrize("name", ["ResNet-20", "ResNet-32", "ResNet-44", "ResNet-110"])
def test_a_resnet_of_any_depth_becomes_as_small_as_the_arithmetic_says(name: str) -> None:
    """The same six sparsities, also of the stem."""
    blocks = ARCHITECTURES[name].blocks
    assert blocks is not None
    full = full_sparsities((0.2, 0.3, 0.4, 0.5, 0.6, 0.7), blocks, name)
    whole = resnet(name)
    smaller = remove_channels(whole, choose_channels(random_independence(blocks), full))
    assert parameters(smaller) == pruned_parameters(full, 3, 10)
    assert parameters(whole) == pruned_parameters((0.0,) * len(full), 3, 10)
    assert smaller(torch.zeros(1, 3, 32, 32)).shape == (1, 10)


def with_channels_at_zero(model: ResNet, channels: Channels, images: Tensor) -> Tensor:
    """Return the logits of the whole network with every map set to zero where a channel goes."""

    def only(maps: Tensor, kept: Tensor) -> Tensor:
        mask = torch.zeros(maps.shape[1], dtype=maps.dtype)
        mask[kept] = 1.0
        return maps * mask.view(1, -1, 1, 1)

    maps = only(F.relu(model.norm(model.convolution(images))), channels.stem)
    for stage, blocks in enumerate(model.blocks()):
        for block, inner in zip(blocks, channels.inner[stage], strict=True):
            hidden = only(F.relu(block.norm1(block.convolution1(maps))), inner)
            added = block.norm2(block.convolution2(hidden)) + block.shortcut(maps)
            maps = only(F.relu(added), channels.stages[stage])
    logits: Tensor = model.classifier(maps.mean(dim=(2, 3)))
    return logits


@pytest.mark.parametrize("stem", [0.0, 0.5])
def test_a_smaller_network_computes_what_the_whole_one_does_with_those_channels_at_zero(
    stem: float,
) -> None:
    """Shortcuts into stages 2 and 3 put each channel where option A would, or nothing there."""
    model = resnet("ResNet-20").double()
    full = full_sparsities((stem, 0.4, 0.7, 0.5, 0.6, 0.7), 3, "ResNet-20")
    channels = choose_channels(random_independence(3), full)
    images = torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(2)).double()
    smaller = remove_channels(model, channels)
    with torch.no_grad():
        expected = with_channels_at_zero(model, channels, images)
        torch.testing.assert_close(smaller(images), expected)
        assert not torch.allclose(expected, model(images))


def test_the_most_independent_channels_stay_and_of_equal_ones_the_first() -> None:
    """Half of 16, by the mean over the blocks of a stage; inner channels by their own."""
    independence = random_independence(2)
    for index in range(2):
        independence[f"0.{index}.output"] = torch.zeros(16)
    independence["0.0.output"][[3, 9]] = torch.tensor([2.0, 1.0])
    independence["0.1.output"][[9, 12]] = torch.tensor([5.0, 1.0])
    independence["0.0.inner"] = torch.arange(16.0)
    full = full_sparsities((0.0, 0.5, 0.0, 0.5, 0.0, 0.0), 2, "a ResNet")
    channels = choose_channels(independence, full)
    assert channels.stages[0].tolist() == [0, 1, 2, 3, 4, 5, 9, 12]
    assert channels.inner[0][0].tolist() == list(range(8, 16))
    assert channels.stem.tolist() == list(range(16))
    assert channels.stages[2].tolist() == list(range(64))


def test_the_number_kept_is_rounded_down_as_released() -> None:
    """int(16 x 0.6) = 9, int(16 x 0.85) = 13, int(32 x 0.85) = 27."""
    kept = [kept_channels(16, 0.4), kept_channels(16, 0.15), kept_channels(32, 0.15)]
    assert kept == [9, 13, 27]


def test_one_sparsity_a_stage_stands_for_all_its_inner_convolutions() -> None:
    """Six numbers, or 3 + 3 x 2 written out."""
    short = full_sparsities((0.0, 0.1, 0.2, 0.3, 0.4, 0.5), 2, "a ResNet")
    assert short == (0.0, 0.1, 0.2, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5)
    assert full_sparsities(short, 2, "a ResNet") == short


@pytest.mark.parametrize(
    ("sparsities", "told"),
    [
        ((0.1,) * 7, "a list of 7 sparsities does not fit ResNet-20: it needs 12 "),
        ((0.1,) * 30, "a list of 30 sparsities does not fit ResNet-20"),
        ((), "a list of 0 sparsities"),
        ((0, 1.0, 0, 0, 0, 0), "sparsity 1 is impossible"),
        ((0, -0.1, 0, 0, 0, 0), "sparsity -0.1 is impossible"),
        ((0, 0.95, 0, 0, 0, 0), "sparsity 0.95 leaves none of the 16 channels .* 0.9375 is the"),
    ],
)
def test_impossible_sparsities_are_refused(sparsities: tuple[float, ...], told: str) -> None:
    """A length, a share, or a width that cannot be."""
    with pytest.raises(TrainError, match=told):
        full_sparsities(sparsities, 3, "ResNet-20")


def test_only_maps_that_lose_channels_are_scored() -> None:
    """Of any list: not the stem and stage 2's outputs here, and never the last stage's outputs."""
    lists = [
        full_sparsities(each, 3, "ResNet-20")
        for each in ((0, 0.5, 0, 0, 0.5, 0), (0, 0, 0, 0, 0, 0.5))
    ]
    needed = maps_needed(lists)
    outputs = {f"0.{index}.output" for index in range(3)}
    inner = {f"{stage}.{index}.inner" for stage in (1, 2) for index in range(3)}
    assert needed == outputs | inner
    scores = {name: score for name, score in random_independence(3).items() if name in needed}
    for each in lists:
        every = choose_channels(random_independence(3), each)
        few = choose_channels(scores, each)
        assert torch.equal(few.stem, torch.arange(16))
        assert torch.equal(few.stages[0], every.stages[0])
        assert torch.equal(few.inner[2][1], every.inner[2][1])
