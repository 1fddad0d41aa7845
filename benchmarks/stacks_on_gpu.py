"""Time models trained side by side on a GPU, by stack size, beside a ShrinkBench-style loop.

    python benchmarks/stacks_on_gpu.py [--sizes 1 2 4 8 16 32] [--batches 400] [--networks LeNet5]
        [--precision bfloat16]

LeNet5 on images of 28x28, ResNet-20 and ResNet-56 on 3x32x32 (noise: speed does not depend on it),
the latter cropped and flipped, in batches of 128. Ours is what `rdtrain stacks` measures:
`training.train` for each model of a stack, as a study of that stack size calls it, images on the
device, nothing evaluated; steps are replayed as CUDA graphs, whose recording counts.

The peer does what ShrinkBench's training does (Blalock et al. 2020, `experiment/train.py`),
written anew: a DataLoader with as many workers as there are cores, transforms image by image,
each batch moved to the device, loss and top-1 and top-5 hits read after every batch, one model.

Printed: machine, device and versions; for each network the peer's images a second, and for every
stack size the images a second of all models together, beside the peer's; as the last line the
ratio of the first network's best stack to the peer. Sizes end where the device's memory does.

What follows from it: `stack = n` in a study's [study], of the size that is fastest here.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)
import torchvision
from machine import machine
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms

from data_contracts.cores import available_cores
from train_backend.architectures import build_architecture
from train_backend.devices import choose_device, describe_device, memory_format
from train_backend.errors import MemoryTooSmall, TrainError
from train_backend.fast import torch_alone
from train_backend.precision import Precision
from train_backend.recipes import Recipe
from train_backend.speeds import RATE
from train_backend.stack_sizes import SIZES, measure_stacks
from train_backend.studies import Study
from train_backend.study_files import study_from_tables

NETWORKS = {
    "LeNet5": ("Fashion-MNIST", 1, 28),
    "ResNet-20": ("CIFAR-10", 3, 32),
    "ResNet-56": ("CIFAR-10", 3, 32),
}
"""Data set of the recipe, channels and size of an image."""

WARM_UP = 3  # batches


class Pictures(torch.utils.data.Dataset[tuple[torch.Tensor, int]]):
    """Published images as files have them, transformed one by one when they are asked for."""

    def __init__(self, count: int, channels: int, size: int, prepare: transforms.Compose) -> None:
        self.prepare = prepare
        numbers = np.random.default_rng(0).integers(0, 256, (count, size, size, channels))
        self.pixels: npt.NDArray[np.uint8] = numbers.astype(np.uint8)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.pixels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        """Return an image and its class."""
        picture = transforms.functional.to_pil_image(self.pixels[index])
        return self.prepare(picture), index % 10


def shrinkbench_style(name: str, device: torch.device, batches: int, recipe: Recipe) -> float:
    """Return images trained a second by the peer."""
    _, channels, size = NETWORKS[name]
    whole = [transforms.ToTensor(), transforms.Normalize((0.5,) * channels, (0.5,) * channels)]
    moved = [transforms.RandomCrop(size, padding=4), transforms.RandomHorizontalFlip()]
    prepare = transforms.Compose((moved if recipe.augment else []) + whole)
    loader = DataLoader(
        Pictures(batches * recipe.batch_size, channels, size, prepare),
        batch_size=recipe.batch_size,
        shuffle=True,
        num_workers=available_cores(),
        pin_memory=device.type == "cuda",
    )
    model = network(name, device)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=RATE, momentum=recipe.momentum, nesterov=recipe.nesterov
    )
    start, seen, hits = 0.0, 0, 0.0
    for number, (images, labels) in enumerate(loader):
        if number == min(WARM_UP, batches - 1):  # its workers have started
            start, seen = time.perf_counter(), 0
        given, wanted = images.to(device), labels.to(device)
        logits = model(given)
        loss = F.cross_entropy(logits, wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
        right = logits.topk(5).indices.eq(wanted[:, None])
        hits += loss.item() + right[:, :1].sum().item() + right.sum().item()
        seen += len(labels)
    return seen / (time.perf_counter() - start)


def network(name: str, device: torch.device) -> nn.Module:
    """Return a network with initial weights."""
    _, channels, size = NETWORKS[name]
    generator = torch.Generator().manual_seed(0)
    model = build_architecture(
        name, channels=channels, classes=10, image_size=size, generator=generator
    )
    return model.to(device, memory_format=memory_format(device))  # type: ignore[call-overload, no-any-return]


def study_of(name: str, precision: Precision) -> Study:
    """Return a study of the network by the paper's recipe."""
    study = {"dataset": NETWORKS[name][0], "architecture": name, "padding": 0}
    return study_from_tables(
        {"study": study, "recipe": {"precision": precision}}, default_name="stacks"
    )


def table(
    name: str, device: torch.device, sizes: list[int], batches: int, precision: Precision
) -> float:
    """Print the speeds of a network; return the ratio of the fastest stack to the peer."""
    study = study_of(name, precision)
    peer = shrinkbench_style(name, device, batches, study.recipe)
    print(f"{name:10s} ShrinkBench-style loop {peer:12,.0f} images a second")
    with torch_alone():
        measured = measure_stacks(study, device, sizes=sorted(sizes))
    for each in measured:
        if each.training is None:
            print(f"{name:10s} stack of {each.size:4d}: more than the device's memory")
            continue
        print(
            f"{name:10s} stack of {each.size:4d}          {each.training:12,.0f} images a second, "
            f"{each.training / peer:.1f} times"
        )
    return max(each.training or 0.0 for each in measured) / peer


def main() -> None:
    """Time the networks and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda", help="cuda; cpu to try the benchmark itself")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--batches", type=int, default=400, help="of the loop, of 128 images each")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    arguments = parser.parse_args()
    try:
        device = choose_device(arguments.device)
    except TrainError as missing:
        raise SystemExit(str(missing)) from None
    print(machine(torch=torch.__version__, torchvision=torchvision.__version__))
    print(describe_device(device))
    try:
        ratios = [
            table(name, device, arguments.sizes, arguments.batches, arguments.precision)
            for name in arguments.networks
        ]
    except MemoryTooSmall as full:
        raise SystemExit(str(full)) from None
    print(f"ratio {ratios[0]:.1f}")


if __name__ == "__main__":
    main()
