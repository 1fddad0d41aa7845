"""Channel independence: the definition by singular values, and which maps are taken."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor

from train_backend.errors import TrainError
from train_backend.methods.channel_independence import channel_independence, network_independence
from train_backend.models.resnet import ResNet


def by_definition(maps: Tensor) -> Tensor:
    """Return ||A||_* - ||A with row j zeroed||_* from the singular values of A itself."""
    scores = torch.empty(maps.shape[:2], dtype=torch.float64)
    for image, rows in enumerate(maps.flatten(2).to(torch.float64)):
        for channel in range(len(rows)):
            zeroed = rows.clone()
            zeroed[channel] = 0.0
            whole, without = torch.linalg.svdvals(rows).sum(), torch.linalg.svdvals(zeroed).sum()
            scores[image, channel] = whole - without
    return scores


@pytest.mark.parametrize("shape", [(3, 4, 5, 5), (2, 6, 2, 2), (2, 1, 3, 3)])
def test_it_is_the_nuclear_norm_that_a_row_adds(shape: tuple[int, ...]) -> None:
    """With more pixels than channels, with fewer, and with one channel."""
    maps = torch.randn(shape, generator=torch.Generator().manual_seed(0)).relu()
    torch.testing.assert_close(channel_independence(maps), by_definition(maps), rtol=0, atol=1e-6)


def test_orthogonal_channels_add_their_own_norms() -> None:
    """Rows (3, 0) and (0, 4): singular values 4 and 3, so the channels add 3 and 4."""
    maps = torch.tensor([[3.0, 0.0], [0.0, 4.0]]).reshape(1, 2, 1, 2)
    torch.testing.assert_close(
        channel_independence(maps), torch.tensor([[3.0, 4.0]], dtype=torch.float64)
    )


def test_a_repeated_channel_adds_less_than_its_norm() -> None:
    """Twice the row (3, 4): singular value 5 sqrt(2), without either 5. A dead channel adds 0."""
    maps = torch.tensor([[3.0, 4.0], [3.0, 4.0], [0.0, 0.0]]).reshape(1, 3, 1, 2)
    added = 5 * (2**0.5 - 1)
    expected = torch.tensor([[added, added, 0.0]], dtype=torch.float64)
    torch.testing.assert_close(channel_independence(maps), expected, rtol=0, atol=1e-6)


def small_resnet() -> ResNet:
    """Return a ResNet of one block a stage, eight layers, whose norms are not the identity."""
    torch.manual_seed(0)
    model = ResNet(blocks=1, channels=1, classes=3)
    for name, value in model.state_dict().items():
        if "norm" in name and value.dtype == torch.float32:
            value.uniform_(0.5, 1.5)
    return model


def test_every_map_after_its_relu_is_scored_and_averaged_over_the_images() -> None:
    """The stem, and inner and output of each block, more images than are held at once."""
    model = small_resnet()
    images = torch.randn(40, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    scores = network_independence(model, images)
    assert {name: len(score) for name, score in scores.items()} == {
        "stem": 16,
        **{
            f"{stage}.0.{part}": width
            for stage, width in enumerate((16, 32, 64))
            for part in ("inner", "output")
        },
    }
    with torch.no_grad():
        stem = F.relu(model.norm(model.convolution(images)))
        block = model.blocks()[0][0]
        inner = F.relu(block.norm1(block.convolution1(stem)))
        expected = {"stem": stem, "0.0.inner": inner, "0.0.output": block(stem)}
    for name, maps in expected.items():
        mean = channel_independence(maps).mean(dim=0)
        torch.testing.assert_close(scores[name], mean, rtol=1e-4, atol=1e-4)


def test_only_the_maps_that_are_named_are_scored() -> None:
    """As among all; progress is told some images at a time."""
    model, images = small_resnet(), torch.randn(40, 1, 8, 8)
    done: list[int] = []
    some = network_independence(model, images, ["1.0.inner"], done.append)
    assert list(some) == ["1.0.inner"]
    assert torch.equal(some["1.0.inner"], network_independence(model, images)["1.0.inner"])
    assert done == [32, 8]


def test_scoring_leaves_the_network_as_it_was() -> None:
    """No hook stays, no batch-norm state moves."""
    model, images = small_resnet(), torch.randn(2, 1, 8, 8)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    network_independence(model, images)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


def test_a_network_that_has_diverged_is_named_by_its_map() -> None:
    """Not a number scores nothing."""
    model = small_resnet()
    torch.nn.init.constant_(model.norm.weight, torch.inf)
    with pytest.raises(TrainError, match="the map stem of the network is not finite"):
        network_independence(model, torch.ones(1, 1, 8, 8))
