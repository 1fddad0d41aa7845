"""Initial weights come from the generator that is passed in, and from nothing else."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from train_backend.errors import TrainError
from train_backend.models import ARCHITECTURES, build_architecture
from train_backend.models.initialization import pytorch_default
from train_backend.models.lenet5 import LeNet5


def build(name: str, seed: int) -> nn.Module:
    """Return a model for one 28x28 channel and 10 classes."""
    generator = torch.Generator().manual_seed(seed)
    return build_architecture(name, channels=1, classes=10, image_size=28, generator=generator)


def test_lenet5_starts_as_torch_would_start_it() -> None:
    """Bit for bit what torch's constructors draw under `torch.manual_seed` of the same seed."""
    with torch.random.fork_rng():
        torch.manual_seed(7)
        expected = LeNet5(channels=1, classes=10, image_size=28).state_dict()
    state = build("LeNet5", seed=7).state_dict()
    assert list(state) == list(expected)
    assert all(torch.equal(state[name], expected[name]) for name in expected)


@pytest.mark.parametrize("name", ["LeNet5", "ResNet-20"])
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(name: str) -> None:
    """Weights are a function of the generator's state."""
    first, again, other = build(name, 1), build(name, 1), build(name, 2)
    for (key, weight), same in zip(
        first.state_dict().items(), again.state_dict().values(), strict=True
    ):
        assert torch.equal(weight, same), key
    assert not torch.equal(
        next(iter(first.parameters())).detach(), next(iter(other.parameters())).detach()
    )


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_building_leaves_the_global_generator_alone(name: str) -> None:
    """Whoever uses torch's global random numbers does not notice that a model was built."""
    before = torch.random.get_rng_state()
    build(name, seed=0)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_resnet_weights_have_the_variance_of_he_et_al() -> None:
    """N(0, 2 / fan_in): the 36,864 weights of the last convolution come within 2 %."""
    weight = dict(build("ResNet-20", seed=0).named_parameters())["stages.2.2.convolution2.weight"]
    assert weight.std().item() == pytest.approx(math.sqrt(2 / (64 * 9)), rel=0.02)
    assert weight.mean().item() == pytest.approx(0, abs=0.001)
    assert weight.abs().max().item() > math.sqrt(6 / (64 * 9))  # a uniform would end there


def test_batch_norm_starts_at_weight_1_bias_0_and_fresh_statistics() -> None:
    """Nothing of the memory it was laid into is left."""
    state = build("ResNet-20", seed=0).state_dict()
    norms = {name: value for name, value in state.items() if "norm" in name}
    for name, value in norms.items():
        start = 1 if name.endswith(("weight", "running_var")) else 0
        assert torch.equal(value, torch.full_like(value, start)), name
    assert len(norms) == 19 * 5


def test_a_layer_of_an_unknown_kind_is_refused_not_left_as_it_is() -> None:
    """Memory that nobody drew is never a weight."""
    model = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))
    with pytest.raises(TrainError, match="no initial weights are known for 1, a LayerNorm"):
        pytorch_default(model, torch.Generator())
