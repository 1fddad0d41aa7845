"""A LeNet5 that runs as machine code, with the weights of a torch model."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from functools import cache

import torch
from llvmlite import ir
from torch import Tensor, nn

from train_backend.lenet5_cpu.compiling import Compiled, registers
from train_backend.lenet5_cpu.lenet5 import write_backward, write_forward, write_step
from train_backend.lenet5_cpu.sizes import STEP, Sizes, places
from train_backend.lenet5_cpu.vectors import up
from train_backend.models.lenet5 import LeNet5

PLACES = 128
"""Images at once, unless a batch has more: what lies between forward and back is some 3 MB."""

MOST_PLACES = 1024
"""Larger batches are left to torch, which does them as well."""

_LOCAL = threading.local()


class Network:
    """The weights of a LeNet5 in a row, and what computes with them.

    Numbers that do not depend on each other are computed together; what is computed, and in
    which order, is the same for every number of places and for every processor.
    """

    def __init__(self, sizes: Sizes, compiled: Compiled | None = None) -> None:
        """Make room for weights of these sizes; `compiled` is for them, by default for here."""
        self.sizes = sizes
        self._code = compiled or compile_for(sizes)  # kept: the functions die with it
        self.count = sum(sizes.parameters.values())
        self.parameters = torch.zeros(up(self.count))
        self.gradient = torch.zeros(up(self.count))
        self._workspace = _workspace_of_thread(sizes)
        self._places = places(sizes.workspace)
        self._rows = torch.zeros(sizes.places, dtype=torch.int64)
        self._labels = torch.zeros(sizes.places, dtype=torch.int32)
        self._weights = torch.zeros(sizes.places)

    def adopt(self, model: nn.Module) -> None:
        """Make the parameters of the model views of the row: who changes one changes both."""
        self.copy(model)
        for parameter, view in zip(model.parameters(), self.views(self.parameters), strict=True):
            parameter.data = view.view(parameter.shape)

    def copy(self, model: nn.Module) -> None:
        """Take over the weights of the model as they are now."""
        rows = [parameter.detach().flatten() for parameter in model.parameters()]
        torch.cat(rows, out=self.parameters[: self.count])

    def views(self, row: Tensor) -> Iterator[Tensor]:
        """Yield the share of every parameter in a row, in the order of the model."""
        yield from torch.split(row[: self.count], list(self.sizes.parameters.values()))

    def kept(self, model: nn.Module, masks: Mapping[str, Tensor]) -> Tensor:
        """Return the masks of a model as a row of bytes, 1 where a weight stays."""
        kept = torch.ones(len(self.parameters), dtype=torch.uint8)
        names = [name for name, _ in model.named_parameters()]
        for name, view in zip(names, self.views(kept), strict=True):
            if name in masks:
                view.copy_(masks[name].flatten())
        return kept

    def logits(self, images: Tensor) -> Tensor:
        """Return the logits of all images, shape (N, classes)."""
        images, many = _channels_last(images), self.sizes.places
        every = torch.arange(len(images))
        some = [self._forward(images, rows) for rows in torch.split(every, many)]
        return torch.cat([each.T for each in some])

    def add_up(self, images: Tensor, rows: Tensor, labels: Tensor, weight: float) -> Tensor:
        """Leave in `gradient` that of the sum of weight times loss; return the loss per image.

        Of at most `sizes.places` rows of images, whose int64 labels these are.
        """
        if not images.is_contiguous(memory_format=torch.channels_last):
            images, rows = _channels_last(images[rows]), torch.arange(len(rows))
        self._forward(images, rows)
        count = len(rows)
        self._labels[:count] = labels
        self._weights[:count] = weight
        self._weights[count:] = 0.0
        self._code.functions["backward"](
            self._labels.data_ptr(),
            self._weights.data_ptr(),
            self.parameters.data_ptr(),
            self._workspace.data_ptr(),
            self.gradient.data_ptr(),
            _multiple(count),
        )
        # New tensors: the workspace is the next call's.
        return self._space("margins", count) + self._space("totals", count).log()

    def mean_gradient(self, images: Tensor, labels: Tensor, batch_size: int) -> Tensor:
        """Return the gradient of the mean loss over all images, a row like `parameters`."""
        total = torch.zeros_like(self.gradient)
        for rows in torch.split(torch.arange(len(images)), batch_size):
            self.add_up(images, rows, labels[rows], 1.0)
            total += self.gradient
        return total / len(images)

    def step(
        self,
        velocities: Tensor,
        kept: Tensor,
        *,
        rate: float,
        momentum: float,
        nesterov: bool,
        weight_decay: float,
    ) -> None:
        """Take a step along `gradient`, as `training.steps.Sgd` does.

        `velocities` is a row like `parameters`, zeros before the first step. Weights become
        exactly 0 where `kept`, a row of bytes, is.
        """
        ahead, along = (1.0, momentum) if nesterov else (0.0, 1.0)
        self._code.functions["step"](
            self.parameters.data_ptr(),
            velocities.data_ptr(),
            self.gradient.data_ptr(),
            kept.data_ptr(),
            len(self.parameters),
            rate,
            momentum,
            ahead,
            along,
            weight_decay,
        )

    def _forward(self, images: Tensor, rows: Tensor) -> Tensor:
        """Return the logits of some images, shape (classes, rows); a view, until the next call."""
        count = len(rows)
        self._rows[:count] = rows
        self._rows[count:] = rows[0]  # the last places are filled, and count for nothing
        self._code.functions["forward"](
            images.data_ptr(),
            self._rows.data_ptr(),
            self.parameters.data_ptr(),
            self._workspace.data_ptr(),
            _multiple(count),
        )
        classes, most = self.sizes.classes, self.sizes.places
        return self._space("logits", classes * most).view(classes, most)[:, :count].clone()

    def _space(self, name: str, count: int) -> Tensor:
        start = self._places[name]
        return self._workspace[start : start + count]


def network_for(model: nn.Module, images: Tensor, batch_size: int = PLACES) -> Network | None:
    """Return the kernels as the package's `network_for` does: for LeNet5 in float32 on the CPU."""
    if type(model) is not LeNet5 or batch_size > MOST_PLACES or len(images) == 0:
        return None
    tensors = [images, *model.parameters()]
    if any(each.dtype != torch.float32 or each.device.type != "cpu" for each in tensors):
        return None
    width = registers()
    if width is None or images.dim() != 4:
        return None
    sizes = Sizes(
        channels=images.shape[1],
        side=images.shape[2],
        classes=model.classifier.out_features,
        places=max(PLACES, _multiple(batch_size)),
        registers=width,
    )
    counts = [parameter.numel() for parameter in model.parameters()]
    if counts != list(sizes.parameters.values()) or images.shape[2] != images.shape[3]:
        return None  # the images are not this model's: torch says what is wrong
    return Network(sizes)


def _workspace_of_thread(sizes: Sizes) -> Tensor:
    """Return the thread's room for what lies between forward and back, zeros at first.

    Networks of a thread share it: no call leaves anything in it that another one reads, and its
    borders of zeros are never written.
    """
    workspaces: dict[Sizes, Tensor] = _LOCAL.__dict__.setdefault("workspaces", {})
    if sizes not in workspaces:
        workspaces[sizes] = torch.zeros(sum(sizes.workspace.values()))
    return workspaces[sizes]


@cache
def compile_for(sizes: Sizes, *, processor: str | None = None) -> Compiled:
    """Return `forward`, `backward` and `step` for these sizes; it takes about a second."""
    module = ir.Module("lenet5")
    write_forward(module, sizes)
    write_backward(module, sizes)
    write_step(module)
    return Compiled(module, processor=processor)


def _multiple(count: int) -> int:
    return -(-count // STEP) * STEP


def _channels_last(images: Tensor) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last)
