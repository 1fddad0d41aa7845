"""What a data set is here: normalised images and labels that lie on the device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ImageSet:
    """Images that lie ready, and their labels.

    Attributes:
        images: float32, normalised, shape (N, channels, height, width).
        labels: int64, shape (N,), on the same device.
    """

    images: Tensor
    labels: Tensor

    def of(self, rows: Tensor) -> ImageSet:
        """Return some images by index, int64 on the same device."""
        return ImageSet(self.images[rows], self.labels[rows])

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)


@dataclass(frozen=True)
class Batches:
    """Batches of training images as a method of a plug-in sees them, as often as it asks.

    Attributes:
        part: The images.
        order: Of its rows, int64.
        size: Images of a batch; the last may have fewer.
    """

    part: ImageSet
    order: Tensor
    size: int

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield images and labels of each batch."""
        for rows in torch.split(self.order.to(self.part.labels.device), self.size):
            some = self.part.of(rows)
            yield some.images, some.labels

    def __len__(self) -> int:
        """Return the number of batches."""
        return -(-len(self.order) // self.size)


@dataclass(frozen=True)
class Dataset:
    """The three parts of a data set.

    Attributes:
        name: A key of `DATASETS`.
        class_names: In the order of the labels.
        train: What models are trained on.
        validation: Held out of the published training set; may be empty.
        test: The published test set, never used to choose anything.
        black: What a pixel of value 0 has become, per channel, shape (channels,).
    """

    name: str
    class_names: tuple[str, ...]
    train: ImageSet
    validation: ImageSet
    test: ImageSet
    black: Tensor

    @property
    def example(self) -> Tensor:
        """Return one training image, shape (1, channels, height, width)."""
        return self.train.of(torch.arange(1, device=self.train.labels.device)).images


@dataclass(frozen=True)
class Pixels:
    """A data set as published, before it is split and normalised. Black is 0.

    Attributes:
        train_images: Of any scale, bytes or float32, shape (N, channels, height, width).
        train_labels: int64, shape (N,).
        test_images: As `train_images`.
        test_labels: As `train_labels`.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
