"""The sizes of a LeNet5, and where its numbers lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from train_backend.lenet5_cpu.convolutions import Layer
from train_backend.lenet5_cpu.products import Tile
from train_backend.lenet5_cpu.vectors import LANES, up

KERNELS_1, KERNELS_2 = 6, 16
HIDDEN_1, HIDDEN_2 = 120, 84
STEP = 64
"""Images come in multiples of it: four vectors, the width of a tile of a matrix product."""


@dataclass(frozen=True)
class Sizes:
    """What code is written for: images, classes, places for the largest batch, registers.

    Places are a multiple of 64. How many vectors of 16 floats the processor's registers hold
    decides what is computed together, and changes no result.
    """

    channels: int
    side: int
    classes: int
    places: int
    registers: int

    @property
    def is_wide(self) -> bool:
        """Return whether the registers are those of AVX-512."""
        return self.registers >= 32

    @property
    def pixels(self) -> int:
        """Return the numbers of an image."""
        return self.channels * self.side**2

    @property
    def side_2(self) -> int:
        """Return rows and columns after the second pooling."""
        return ((self.side - 2) // 2 - 2) // 2

    @property
    def side_1(self) -> int:
        """Return rows and columns after the first pooling, but those that the second drops."""
        return 2 * self.side_2 + 2

    @property
    def features(self) -> int:
        """Return what the first linear layer reads."""
        return KERNELS_2 * self.side_2**2

    @property
    def layer_1(self) -> Layer:
        """Return the first convolution."""
        return Layer(self.channels, KERNELS_1, self.side_1, at_once=3 if self.is_wide else 1)

    @property
    def layer_2(self) -> Layer:
        """Return the second convolution."""
        return Layer(KERNELS_1, KERNELS_2, self.side_2, at_once=4 if self.is_wide else 1)

    @property
    def tile(self) -> Tile:
        """Return what of a matrix product is in registers together."""
        return Tile(6, 4) if self.is_wide else Tile(3, 2)

    @cached_property
    def parameters(self) -> dict[str, int]:
        """Return how many numbers each parameter has, in the order of the model."""
        return {
            "convolution1.weight": 9 * self.channels * KERNELS_1,
            "convolution1.bias": KERNELS_1,
            "convolution2.weight": 9 * KERNELS_1 * KERNELS_2,
            "convolution2.bias": KERNELS_2,
            "linear1.weight": self.features * HIDDEN_1,
            "linear1.bias": HIDDEN_1,
            "linear2.weight": HIDDEN_1 * HIDDEN_2,
            "linear2.bias": HIDDEN_2,
            "classifier.weight": HIDDEN_2 * self.classes,
            "classifier.bias": self.classes,
        }

    @cached_property
    def workspace(self) -> dict[str, int]:
        """Return how many floats each thing has that lies between forward and back."""
        blocks, images = self.places // LANES, self.places
        convolutions = (self.parameters[f"convolution{layer}.weight"] for layer in (1, 2))
        longest = max(up(count) for count in (*convolutions, HIDDEN_1, self.classes))
        return {
            # A block is a vector of images.
            "pixels": blocks * self.pixels * LANES,
            "pooled": blocks * KERNELS_1 * self.side_1**2 * LANES,
            "masks_1": blocks * self.layer_1.mask_floats,
            "masks_2": blocks * self.layer_2.mask_floats,
            # A row per number of an image; rows are turned 16 at a time.
            "features": up(self.features) * images,
            "hidden_1": up(HIDDEN_1) * images,
            "hidden_2": up(HIDDEN_2) * images,
            "logits": self.classes * images,
            "to_features": up(self.features) * images,
            "to_hidden_1": up(HIDDEN_1) * images,
            "to_hidden_2": up(HIDDEN_2) * images,
            "to_logits": self.classes * images,
            "turned": images * max(up(self.features), up(HIDDEN_1)),
            # Of the block at work.
            "to_pooled_2": KERNELS_2 * (self.side_2 + 2) ** 2 * LANES,
            "to_pooled_1": KERNELS_1 * self.side_1**2 * LANES,
            # A sum per lane, added up at the end.
            "sums": longest * LANES,
            "sums_1": longest * LANES,
            "bias_sums": LANES * LANES,
            "bias_sums_1": LANES * LANES,
            # Of the loss.
            "margins": images,
            "totals": images,
        }


def places(counts: dict[str, int]) -> dict[str, int]:
    """Return where each begins when all lie in a row."""
    return dict(zip(counts, accumulate(counts.values(), initial=0), strict=False))
