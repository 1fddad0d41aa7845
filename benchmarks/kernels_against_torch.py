"""Time one thread that trains LeNet5: by torch, and by the kernels.

    python benchmarks/kernels_against_torch.py

Images of noise, 28x28, batches of 128. Processor time of this process, so that other work on the
machine counts little; the ways take turns, and the fastest turn of each counts.

Printed: machine and versions, thousand images a second of a thread for each way, how long the
kernels take to compile, and as the last line the ratio of kernels to torch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from bench import machine
from torch import nn

from train_backend.data import Dataset, ImageSet
from train_backend.lenet5_cpu import network as kernels
from train_backend.models import build_architecture
from train_backend.studies.recipes import LENET5_AS_DESCRIBED
from train_backend.training.devices import repeatable
from train_backend.training.steps import Descent, KernelDescent, Step, TorchDescent

BATCHES = 8
TURNS = 12
RATE = 1e-6  # speed does not depend on it, and noise must not diverge
RECIPE = replace(LENET5_AS_DESCRIBED, selection="last")
COUNT = BATCHES * RECIPE.batch_size


def lenet5() -> nn.Module:
    """Return a LeNet5, laid out as the reference path has it on the CPU."""
    generator = torch.Generator().manual_seed(0)
    model = build_architecture("LeNet5", channels=1, classes=10, image_size=28, generator=generator)
    return model.to(memory_format=torch.channels_last)


def noise() -> Dataset:
    """Return images and labels that mean nothing."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(COUNT, 1, 28, 28, generator=generator)
    labels = torch.randint(10, (COUNT,), generator=generator)
    part = ImageSet(images.contiguous(memory_format=torch.channels_last), labels)
    return Dataset("digits", ("",) * 10, part, part, part, torch.zeros(1))


def ways() -> dict[str, tuple[Callable[[], object], int]]:
    """Return what is timed, by name, with the images that it trains."""
    dataset = noise()
    rows = torch.split(torch.arange(COUNT), RECIPE.batch_size)
    run = [Step(RATE, batch) for batch in rows]
    by_torch = TorchDescent(lenet5(), dataset, RECIPE, None)
    descents: dict[str, Descent] = {"torch": by_torch, "kernels": _kernels()}

    timed: dict[str, tuple[Callable[[], object], int]] = {
        name: (partial(_take, descent, run), COUNT) for name, descent in descents.items()
    }
    network = kernels.network_for(lenet5(), dataset.train.images)
    if network is not None:
        timed["kernels, forward"] = (lambda: network.logits(dataset.train.images), COUNT)
    return timed


def _take(descent: Descent, run: list[Step]) -> None:
    for step in run:
        descent.take(step)


def _kernels() -> KernelDescent:
    network = kernels.network_for(lenet5(), noise().train.images, RECIPE.batch_size)
    if network is None:
        raise SystemExit("this processor has no fused multiply-add: there are no kernels for it")
    return KernelDescent(lenet5(), noise(), network, RECIPE, None)


def main() -> None:
    """Time all in turns and print."""
    print(machine())
    with repeatable(torch.device("cpu")):
        start = time.process_time()
        _kernels()
        print(f"compiling the kernels  {time.process_time() - start:6.1f} s")
        every, fastest = ways(), dict[str, float]()
        for turn in range(TURNS + 1):
            for name, (work, images) in every.items():
                start = time.process_time()
                work()
                speed = images / (time.process_time() - start)
                if turn:  # the first warms up
                    fastest[name] = max(fastest.get(name, 0.0), speed)
    for name, speed in fastest.items():
        print(f"{name:22s} {speed / 1000:6.1f} thousand images a second")
    print(f"ratio {fastest['kernels'] / fastest['torch']:.1f}")


if __name__ == "__main__":
    main()
