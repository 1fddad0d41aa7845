"""A data set as it was published, whoever publishes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor

from train_backend.data.dataset import Dataset, ImageSet, Part, Pixels
from train_backend.data.digits import read_digits
from train_backend.data.facts import dataset_facts
from train_backend.data.files import data_root
from train_backend.data.published import read_published
from train_backend.data.splits import stratified_split
from train_backend.errors import TrainError


def read_pixels(name: str, root: Path | None) -> Pixels:
    """Return the pixels and labels of a data set, on the CPU.

    Args:
        name: A key of `DATASETS`.
        root: Folder of the data sets; None for `data_root()`.

    Raises:
        TrainError: No such data set; its files are missing or damaged.
    """
    facts = dataset_facts(name)
    return read_digits() if name == "digits" else read_published(facts, root or data_root())


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


AT_ONCE = 1000
"""Images that are worked on at once: some MB."""


def load_dataset(
    name: str,
    *,
    root: Path | None,
    device: torch.device,
    split_generator: torch.Generator,
    validation_fraction: float = 0.1,
    padding: int = 0,
    shared: bool = False,
    layout: torch.memory_format = torch.contiguous_format,
) -> Dataset:
    """Return the data set `name`, split and normalised, on `device`.

    # Differs from the paper: its code normalises Fashion-MNIST with 0.5 and 0.5 and reads
    # QMNIST for MNIST. Here every data set is as published, normalised with the mean and the
    # standard deviation of its own training part, per channel.

    Args:
        name: A key of `DATASETS`.
        root: Folder of the data sets; None for `data_root()`.
        device: Where the tensors shall lie.
        split_generator: Draws which training images are held out for validation.
        validation_fraction: Share of each class that is held out; 0 for an empty validation set.
        padding: Black pixels added on each side: 2 brings 28x28 to the 32x32 of the ResNets.
        shared: Whether all models of a process share one copy of the pixels, and images are
            normalised when they are asked for; the same numbers, bit for bit.

        layout: Memory format of images that are not shared.

    Raises:
        TrainError: No such data set; its files are missing or damaged; an impossible fraction;
            images that are all alike.
    """
    facts = dataset_facts(name)
    if shared:
        pixels, there = shared_pixels(name, root or data_root(), padding, device)
    else:
        pixels = there = read_pixels(name, root)
    kept, held_out = stratified_split(pixels.train_labels, validation_fraction, split_generator)
    mean, deviation = _mean_and_deviation(pixels, kept)

    def part(images: Tensor, labels: Tensor, which: Tensor) -> Part:
        if shared:
            rows = which.to(device)
            scale = mean.to(device), deviation.to(device)
            return SharedImageSet(images, rows, labels[rows], *scale)
        ready = _normalised(
            images, which, mean, deviation, padding=padding, device=device, layout=layout
        )
        return ImageSet(ready, labels[which].to(device))

    return Dataset(
        name=name,
        class_names=facts.class_names,
        train=part(there.train_images, there.train_labels, kept),
        validation=part(there.train_images, there.train_labels, held_out),
        test=part(there.test_images, there.test_labels, torch.arange(len(pixels.test_labels))),
        black=(-mean / deviation).flatten().to(device),
    )


def _normalised(
    images: Tensor,
    which: Tensor,
    mean: Tensor,
    deviation: Tensor,
    *,
    padding: int,
    device: torch.device,
    layout: torch.memory_format,
) -> Tensor:
    """Return some images, padded and normalised, in float32 on `device`.

    They are written where they stay, some at a time: nothing else of their size is in memory.
    """
    size = [length + 2 * padding for length in images.shape[2:]]
    # One channel lies alike in both formats, but torch's own strides of it choose other kernels.
    if images.shape[1] == 1:
        layout = torch.contiguous_format
    ready = torch.empty((len(which), images.shape[1], *size), device=device, memory_format=layout)
    for target, some in zip(torch.split(ready, AT_ONCE), torch.split(which, AT_ONCE), strict=True):
        padded = F.pad(images[some].to(device), [padding] * 4)
        target.copy_(normalised(padded, mean.to(device), deviation.to(device)))
    return ready


def _mean_and_deviation(pixels: Pixels, kept: Tensor) -> tuple[Tensor, Tensor]:
    """Return both per channel, shape (1, channels, 1, 1), of the training part before padding."""
    images = pixels.train_images
    over = (0, 2, 3)
    total = torch.zeros(1, images.shape[1], 1, 1, dtype=torch.float64)
    total_of_squares = torch.zeros_like(total)
    # Some at a time: CIFAR in float64 would fill a gigabyte. Sums of bytes are exact integers.
    for some in torch.split(kept, AT_ONCE):
        values = images[some].to(torch.float64)
        total += values.sum(dim=over, keepdim=True)
        total_of_squares += values.square().sum(dim=over, keepdim=True)
    values_per_channel = len(kept) * images[0, 0].numel()
    mean = total / values_per_channel
    deviation = (total_of_squares / values_per_channel - mean.square()).sqrt()
    if not bool((deviation > 0).all()):
        raise TrainError(
            f"the training images are all of one value in channel {int(deviation.argmin())}: there "
            "is nothing to learn, and nothing to normalise by; see what the files hold"
        )
    return mean.to(torch.float32), deviation.to(torch.float32)
