"""Images that lie on the device once for all models, as published, and are normalised on the way.

Each model holds out other images and normalises by its own training part. A copy of its own in
float32 would be 0.7 GB of CIFAR-10; the bytes of all images are 0.2 GB, for any number of models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor

from train_backend.datasets.dataset import ImageSet, Pixels
from train_backend.datasets.reading import read_pixels


@dataclass(frozen=True)
class SharedImageSet:
    """Some of the images that many models learn from.

    Attributes:
        pixels: As published but padded, of any type, shape (all, channels, height, width).
        which: Rows of `pixels` that make up this part, int64, shape (N,).
        labels: Of those, int64, shape (N,).
        mean: Per channel, shape (1, channels, 1, 1).
        deviation: Per channel, the same shape. All on one device.
    """

    pixels: Tensor
    which: Tensor
    labels: Tensor
    mean: Tensor
    deviation: Tensor

    @property
    def images(self) -> Tensor:
        """Return all images: float32, normalised, shape (N, channels, height, width); made anew."""
        return self._normalised(self.which)

    def of(self, rows: Tensor) -> ImageSet:
        """Return some images by index, int64 on the same device."""
        return ImageSet(self._normalised(self.which[rows]), self.labels[rows])

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    def _normalised(self, rows: Tensor) -> Tensor:
        return normalised(self.pixels[rows], self.mean, self.deviation)


def normalised(pixels: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """Return images in float32, less the mean, over the deviation.

    Args:
        pixels: Of any type, shape (N, channels, height, width); of float32 they are overwritten.
        mean: Per channel, shape (1, channels, 1, 1).
        deviation: Per channel, the same shape.
    """
    return pixels.to(torch.float32).sub_(mean).div_(deviation)


@lru_cache(maxsize=1)
def shared_pixels(
    name: str, root: Path | None, padding: int, device: torch.device
) -> tuple[Pixels, Pixels]:
    """Return a data set as published, on the CPU, and padded on the device.

    The process keeps both of the last data set asked for.

    Args:
        name: A key of `DATASETS`.
        root: Folder of the data sets; None for the default.
        padding: Black pixels added on each side.
        device: Where the second shall lie.

    Raises:
        TrainError: As `read_pixels`.
    """
    read = read_pixels(name, root)

    def moved(images: Tensor) -> Tensor:
        return F.pad(images.to(device), [padding] * 4).contiguous()

    on_device = Pixels(
        train_images=moved(read.train_images),
        train_labels=read.train_labels.to(device),
        test_images=moved(read.test_images),
        test_labels=read.test_labels.to(device),
    )
    return read, on_device
