"""How fast this machine trains and evaluates an architecture: measured, in a few seconds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from train_backend.architectures import build_architecture
from train_backend.architectures.resnet import ResNet
from train_backend.channel_independence import network_independence
from train_backend.channel_pruning import maps_needed
from train_backend.datasets import DATASETS, Dataset, ImageSet
from train_backend.devices import memory_format, repeatable
from train_backend.evaluation import predict
from train_backend.phases import Phase
from train_backend.studies import Study
from train_backend.training import Draws, train
from train_backend.work import Work

BATCHES = 8
"""Of each repetition, where they are fast; of a deep network on the CPU one takes seconds."""

GPU_BATCHES = 200
"""The same on a GPU, where the first steps are recorded, which is not what is measured."""

SCORED = 8
"""Images of each repetition of scoring: a second on the CPU for ResNet-56."""


@dataclass(frozen=True)
class Speeds:
    """Images a second of one process.

    Attributes:
        training: Forward, back and a step.
        evaluation: Forward only.
        scoring: The independence of the channels that CHIP chooses from; infinite where the
            study scores none.
    """

    training: float
    evaluation: float
    scoring: float = math.inf

    def seconds(self, work: Work) -> float:
        """Return how long one process takes for some work."""
        return (
            work.training / self.training
            + work.evaluation / self.evaluation
            + work.scoring / self.scoring
        )


def measure_speeds(
    study: Study, device: torch.device, *, batch_size: int, seconds: float = 2.0
) -> Speeds:
    """Return how fast one process trains, evaluates and scores the study's architecture.

    Images are noise of the right shape: no data set is read.

    Args:
        study: Says the architecture, the image size and the recipe.
        device: Where to measure.
        batch_size: Images of a training step.
        seconds: How long to measure each of the three; a step more than asked where one takes
            longer.
    """
    facts, recipe = (
        DATASETS[study.dataset],
        replace(study.recipe, selection="last", batch_size=batch_size),
    )
    size, noise = facts.size + 2 * study.padding, torch.Generator().manual_seed(0)
    black = torch.zeros(facts.channels, device=device)

    def images(batches: int) -> Dataset:
        count = batches * recipe.batch_size
        pixels = torch.randn(count, facts.channels, size, size, generator=noise)
        labels = torch.randint(facts.classes, (count,), generator=noise)
        part = ImageSet(
            pixels.to(device).contiguous(memory_format=memory_format(device)), labels.to(device)
        )
        return Dataset(study.dataset, facts.class_names, part, part, part, black)

    model = build_architecture(
        study.architecture,
        channels=facts.channels,
        classes=facts.classes,
        image_size=size,
        generator=noise,
    )
    model.to(device, memory_format=memory_format(device))  # type: ignore[call-overload]

    def train_on(dataset: Dataset) -> None:
        # Speed does not depend on the rate, and noise must not make the loss diverge.
        train(model, dataset, (Phase(1, 1e-6),), recipe, Draws(noise, noise))

    def scoring() -> float:
        if study.chip is None or not isinstance(model, ResNet):
            return math.inf
        few, maps = dataset.train.images[:SCORED], maps_needed(study.chip.sparsities)
        return _images_a_second(lambda: network_independence(model, few, maps), len(few), seconds)

    with repeatable(device):
        dataset = images(1)
        train_on(dataset)  # warms up
        start = time.perf_counter()
        train_on(dataset)
        batches = GPU_BATCHES if device.type == "cuda" else BATCHES
        if time.perf_counter() - start < seconds / batches:
            dataset = images(batches)
        count, pixels = len(dataset.train), dataset.train.images
        return Speeds(
            training=_images_a_second(lambda: train_on(dataset), count, seconds),
            evaluation=_images_a_second(
                lambda: float(predict(model, pixels).sum()), count, seconds
            ),
            scoring=scoring(),
        )


def _images_a_second(repeat: Callable[[], object], images: int, seconds: float) -> float:
    start, repetitions = time.perf_counter(), 0
    while repetitions == 0 or time.perf_counter() - start < seconds:
        repeat()
        repetitions += 1
    return images * repetitions / (time.perf_counter() - start)
