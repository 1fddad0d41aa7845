"""The lottery ticket's levels: ratios, nested masks, and how many weights there are."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from train_backend.errors import TrainError
from train_backend.methods.lottery_ticket import (
    LotteryTicket,
    level_kept,
    level_masks,
    level_ratio,
    lottery_weights,
    shuffled_masks,
    whole_masks,
)
from train_backend.models import build_architecture

TABLE_12 = """
1.25 1.56 1.95 2.44 3.05 3.81 4.77 5.96 7.45 9.31
11.64 14.55 18.19 22.74 28.42 35.53 44.41 55.51 69.39 86.74
"""


def network(name: str) -> nn.Module:
    """Return a network for 32x32 colour images, of LeNet5 for 28x28 grey ones."""
    channels, size = (1, 28) if name == "LeNet5" else (3, 32)
    return build_architecture(
        name,
        channels=channels,
        classes=10,
        image_size=size,
        generator=torch.Generator().manual_seed(0),
    )


def test_the_ratios_are_those_of_table_12() -> None:
    """0.8^-L to two decimals, from 1.25 to 86.74; the column keeps four."""
    assert [f"{ratio:.2f}" for ratio in LotteryTicket().ratios] == TABLE_12.split()
    assert [level_ratio(level) for level in (1, 2, 3)] == [1.25, 1.5625, 1.9531]


def test_every_convolution_and_linear_layer_is_counted() -> None:
    """Of ResNet-56: 853,018 less 4,064 of batch norm and 10 biases; of LeNet5 less 236 biases."""
    for name, weights in (("ResNet-56", 848_944), ("LeNet5", 59_838)):
        assert sum(w.numel() for w in lottery_weights(network(name)).values()) == weights


def test_level_20_of_resnet_56_is_61_over_all_parameters() -> None:
    """86.74 over its weights; batch norm and biases stay."""
    kept = level_kept(848_944, 20)
    assert f"{848_944 / kept:.2f}" == "86.74"
    assert f"{853_018 / (kept + 4_074):.1f}" == "61.5"


def test_the_masks_of_the_levels_are_nested_and_as_large_as_their_ratio_says() -> None:
    """Weights drawn anew at each level: what was dropped stays dropped, however large."""
    model = network("ResNet-20")
    masks, draws = whole_masks(model), torch.Generator().manual_seed(1)
    total = sum(mask.numel() for mask in masks.values())
    for level in range(1, 13):
        weights = {name: torch.randn(m.shape, generator=draws) for name, m in masks.items()}
        before, masks = masks, level_masks(weights, masks, level)
        assert not any(bool((masks[name] & ~before[name]).any()) for name in masks)
        kept = sum(int(mask.sum()) for mask in masks.values())
        assert f"{total / kept:.2f}" == f"{0.8**-level:.2f}"


def test_the_smallest_magnitudes_of_the_whole_network_go() -> None:
    """Ten weights, two go: -0.1 and 0.2, in whichever layer they are."""
    weights = {
        "a": torch.tensor([-0.1, 5.0, -6.0, 7.0, 8.0]),
        "b": torch.tensor([0.2, 0.3, -0.4, 0.5, -0.6]),
    }
    whole = {name: torch.ones(5, dtype=torch.bool) for name in weights}
    first = level_masks(weights, whole, 1)
    assert first["a"].tolist() == [False, True, True, True, True]
    assert first["b"].tolist() == [False, True, True, True, True]


def test_a_kept_weight_that_is_zero_goes_before_any_and_a_dropped_one_never_returns() -> None:
    """round(10 x 0.8^2) = 6 of the 8 that are left, though a dropped one is largest."""
    weights = {"a": torch.tensor([9.0, 9.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])}
    masks = {"a": torch.tensor([False, False] + [True] * 8)}
    assert level_masks(weights, masks, 2)["a"].tolist() == [False] * 4 + [True] * 6


def test_random_masks_keep_as_many_of_each_layer_elsewhere() -> None:
    """The same draws give the same masks."""
    model = network("LeNet5")
    masks = level_masks(dict(lottery_weights(model)), whole_masks(model), 4)
    drawn = shuffled_masks(masks, torch.Generator().manual_seed(2))
    again = shuffled_masks(masks, torch.Generator().manual_seed(2))
    for name, mask in masks.items():
        assert drawn[name].shape == mask.shape
        assert int(drawn[name].sum()) == int(mask.sum())
        assert torch.equal(drawn[name], again[name])
    assert not torch.equal(drawn["linear1.weight"], masks["linear1.weight"])


def test_a_level_that_leaves_nothing_is_refused_with_the_most_there_can_be() -> None:
    """Ten weights: 0.8^10 of them are 1.07, one stays; 0.8^11 of them are 0.86, none stays."""
    assert level_kept(10, 10) == 1
    with pytest.raises(TrainError, match=r"level 11 of LTH leaves none of 10 weights .* 10 levels"):
        level_kept(10, 11)
    with pytest.raises(TrainError, match="10 levels are the most"):
        level_kept(10, 5_000)
