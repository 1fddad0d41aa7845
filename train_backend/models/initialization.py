"""Initial weights drawn from a generator that is passed in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from train_backend.errors import TrainError


@contextmanager
def seeded(generator: torch.Generator) -> Iterator[None]:
    """Let what draws from torch's own generator follow from another one: dropout, plug-ins."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator.initial_seed())
        yield


def pytorch_default(model: nn.Module, generator: torch.Generator) -> None:
    """Draw every parameter as torch's own constructors would, in the order of its modules.

    Weights and biases of convolutions and linear layers are uniform on +-1/sqrt(fan_in)
    (`kaiming_uniform_` with a = sqrt(5)); batch norm starts at weight 1, bias 0.

    Checked against: the same model built under `torch.manual_seed`, bit for bit.
    """
    _initialize(model, generator, he_normal=False)


def he_normal(model: nn.Module, generator: torch.Generator) -> None:
    """Draw the weights of convolutions and linear layers from N(0, 2 / fan_in), after He et al.

    Biases and batch norm as in `pytorch_default`.
    """
    _initialize(model, generator, he_normal=True)


def _initialize(model: nn.Module, generator: torch.Generator, *, he_normal: bool) -> None:
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            if he_normal:
                nn.init.kaiming_normal_(module.weight, generator=generator)
            else:
                nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5), generator=generator)
            if module.bias is not None:
                bound = 1 / math.sqrt(module.weight[0].numel())
                nn.init.uniform_(module.bias, -bound, bound, generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()  # constants: nothing is drawn
        elif next(module.parameters(recurse=False), None) is not None:
            # A layer left as it came from `to_empty` would hold whatever lay in memory.
            raise TrainError(
                f"no initial weights are known for {name}, a {type(module).__name__}: "
                "add its kind to models/initialization.py"
            )
