"""A data set as it was published, whoever publishes it."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
from torch import Tensor

from train_backend.data.dataset import Dataset, ImageSet, Pixels
from train_backend.data.digits import read_digits
from train_backend.data.facts import dataset_facts
from train_backend.data.files import data_root
from train_backend.data.own import load_own
from train_backend.data.published import read_published
from train_backend.data.splits import stratified_split
from train_backend.errors import TrainError


def read_pixels(name: str, root: Path | None) -> Pixels:
    """Return the pixels and labels of a data set, on the CPU; errors of `read_published`."""
    facts = dataset_facts(name)
    return read_digits() if name == "digits" else read_published(facts, root or data_root())


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
    layout: torch.memory_format = torch.contiguous_format,
) -> Dataset:
    """Return the data set `name`, split and normalised, on `device`.

    # Differs from the paper: its code normalises Fashion-MNIST with 0.5 and 0.5 and reads
    # QMNIST for MNIST. Here every data set is as published, normalised with the mean and the
    # standard deviation of its own training part, per channel.

    A plug-in's data set is split alone: it comes as the network sees it.

    Args:
        name: A key of `DATASETS`.
        root: Folder of the data sets; None for `data_root()`.
        device: Where the tensors shall lie.
        split_generator: Draws which training images are held out for validation.
        validation_fraction: Share of each class that is held out; 0 for an empty validation set.
        padding: Black pixels added on each side: 2 brings 28x28 to the 32x32 of the ResNets.
        layout: Memory format of the images.

    Raises:
        TrainError: No such data set; its files are missing or damaged; an impossible fraction;
            images that are all alike.
    """
    own = load_own(name, device, validation_fraction, split_generator)
    if own is not None:
        return own
    pixels = read_pixels(name, root)
    kept, held_out = stratified_split(pixels.train_labels, validation_fraction, split_generator)
    mean, deviation = _mean_and_deviation(pixels, kept)

    def part(images: Tensor, labels: Tensor, which: Tensor) -> ImageSet:
        ready = _normalised(
            images, which, mean, deviation, padding=padding, device=device, layout=layout
        )
        return ImageSet(ready, labels[which].to(device))

    return Dataset(
        name=name,
        class_names=dataset_facts(name).class_names,
        train=part(pixels.train_images, pixels.train_labels, kept),
        validation=part(pixels.train_images, pixels.train_labels, held_out),
        test=part(pixels.test_images, pixels.test_labels, torch.arange(len(pixels.test_labels))),
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
        pixels = padded.to(torch.float32)
        target.copy_(pixels.sub_(mean.to(device)).div_(deviation.to(device)))
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
