"""SGD, against torch's own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from train_backend.training.steps import Sgd


def network() -> nn.Sequential:
    """Return a network of two layers with fixed weights."""
    layers = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
    draws = torch.Generator().manual_seed(0)
    for parameter in layers.parameters():
        nn.init.uniform_(parameter, -1, 1, generator=draws)
    return layers


def losses() -> list[Tensor]:
    """Return ten batches of inputs."""
    return list(torch.randn(10, 6, 5, generator=torch.Generator().manual_seed(1)))


@pytest.mark.parametrize("weight_decay", [0.0, 5e-4])
@pytest.mark.parametrize(
    ("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)], ids=str
)
def test_steps_are_those_of_torch_bit_for_bit(
    momentum: float, nesterov: bool, weight_decay: float
) -> None:
    """Ten steps; torch.optim.SGD with the same settings."""
    ours, theirs = network(), network()
    sgd = Sgd(ours.parameters(), momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
    reference = torch.optim.SGD(
        theirs.parameters(),
        lr=0.1,
        momentum=momentum,
        nesterov=nesterov,
        weight_decay=weight_decay,
        foreach=False,
    )
    for inputs in losses():
        sgd.descend(ours(inputs).square().mean(), 0.1)
        reference.zero_grad()
        theirs(inputs).square().mean().backward()
        reference.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, other)


def test_a_loss_that_leaves_out_a_parameter_is_refused() -> None:
    """Not a step of zero for it."""
    layers = network()
    sgd = Sgd(layers.parameters(), momentum=0.9, nesterov=True, weight_decay=0)
    with pytest.raises(RuntimeError, match="not have been used"):
        sgd.descend(layers[0](losses()[0]).sum(), 0.1)
