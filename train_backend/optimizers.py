"""Stochastic gradient descent, written out."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class Sgd:
    """SGD with momentum and weight decay, the update of torch.optim.SGD.

    With gradient g, weight theta, weight decay epsilon, momentum m and rate r:

        d = g + epsilon theta
        v = m v + d                 (v = d in the first step)
        theta = theta - r (d + m v)    Nesterov; else theta - r v

    Not torch's own: it loads the compiler, which costs every process a second and 500 MB, and
    for networks as small as LeNet5 its bookkeeping is a tenth of a step.

    Checked against: torch.optim.SGD, bit for bit.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        *,
        learning_rate: float,
        momentum: float,
        nesterov: bool,
        weight_decay: float,
    ) -> None:
        self.parameters = list(parameters)
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay
        self.velocities: list[Tensor] = []

    def forget_gradients(self) -> None:
        """Drop the gradients of the last step."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Take one step along the gradients that `backward` has left."""
        for index, parameter in enumerate(self.parameters):
            direction = parameter.grad
            if direction is None:
                raise ValueError("every parameter needs a gradient: call backward() first")
            if self.weight_decay:
                direction = direction.add(parameter, alpha=self.weight_decay)
            if self.momentum:
                if len(self.velocities) == index:
                    self.velocities.append(direction.clone())
                else:
                    self.velocities[index].mul_(self.momentum).add_(direction)
                velocity = self.velocities[index]
                if self.nesterov:
                    direction = direction.add(velocity, alpha=self.momentum)
                else:
                    direction = velocity
            parameter.add_(direction, alpha=-self.learning_rate)
