"""The networks of Section 6.1: LeNet5 and ResNet-20 to ResNet-110."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from train_backend.models.initialization import he_normal, pytorch_default, seeded
from train_backend.models.lenet5 import LeNet5
from train_backend.models.resnet import ResNet

__all__ = ["ARCHITECTURES", "Architecture", "build_architecture"]


@dataclass(frozen=True)
class Architecture:
    """One architecture by name: what it is, in one line, and where it is described.

    Attributes:
        construct: Makes the bare model from channels, classes and image size.
        initialize: Draws its initial weights from a generator, in place. None for a plug-in's,
            which draws them itself when it is made, from torch's own generator.
        blocks: Blocks of each of a ResNet's three stages, None for another network.
        recipes: Whose settings a named recipe has for it, a key of `by_architecture` there.
    """

    line: str
    source: str
    construct: Callable[[int, int, int], nn.Module]
    initialize: Callable[[nn.Module, torch.Generator], None] | None
    blocks: int | None = None
    recipes: str = "LeNet5"

    @property
    def is_own(self) -> bool:
        """Return whether it comes from a plug-in."""
        return self.initialize is None


def build_architecture(
    name: str, *, channels: int, classes: int, image_size: int, generator: torch.Generator
) -> nn.Module:
    """Return a new model on the CPU, every initial weight drawn from `generator`.

    # Differs from the paper: its code seeds torch after the model is built. Here nothing is
    drawn from torch's global generator, so models are reproducible and independent.

    Raises:
        TrainError: Its layers do not fit such images.
    """
    architecture = ARCHITECTURES[name]
    if architecture.initialize is None:
        with seeded(generator):
            return architecture.construct(channels, classes, image_size)
    # Tensors of the meta device have a shape but no content: no global random number is drawn.
    with torch.device("meta"):
        model = architecture.construct(channels, classes, image_size)
    model.to_empty(device="cpu")
    architecture.initialize(model, generator)
    return model


def _residual(blocks: int) -> Architecture:
    return Architecture(
        line=f"{6 * blocks + 2} layers, {blocks} basic blocks a stage, option-A shortcuts",
        source="He et al. 2016, Section 4.2",
        construct=lambda channels, classes, _: ResNet(
            blocks=blocks, channels=channels, classes=classes
        ),
        # He et al. (Section 3.4) draw from N(0, 2 / fan_in), as does the code that the paper's
        # authors built on; torch's default has a sixth of that variance.
        initialize=he_normal,
        blocks=blocks,
        recipes="ResNet",
    )


ARCHITECTURES: dict[str, Architecture] = {
    "LeNet5": Architecture(
        line="two 3x3 convolutions, three linear layers",
        source="LeCun et al. 1998, as adapted by the paper's authors",
        construct=lambda channels, classes, image_size: LeNet5(
            channels=channels, classes=classes, image_size=image_size
        ),
        initialize=pytorch_default,
    ),
    "ResNet-20": _residual(3),
    "ResNet-32": _residual(5),
    "ResNet-44": _residual(7),
    "ResNet-56": _residual(9),
    "ResNet-110": _residual(18),
}
