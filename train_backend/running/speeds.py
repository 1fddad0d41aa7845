"""How fast this machine trains and evaluates an architecture: measured, in a few seconds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from train_backend.data import DATASETS, Dataset, ImageSet
from train_backend.methods.channel_independence import network_independence
from train_backend.methods.channel_pruning import maps_needed
from train_backend.models.resnet import ResNet
from train_backend.studies.recipes import Phase
from train_backend.studies.study import Study, build_network
from train_backend.studies.workload import Work
from train_backend.training.devices import enough_memory, memory_format, on_device, repeatable
from train_backend.training.evaluation import predict
from train_backend.training.loop import Draws, train

BATCHES = 64
"""Of an epoch, where they are fast; of a deep network on the CPU one takes seconds."""

RATE = 1e-6
"""Speed does not depend on the learning rate, and noise must not make the loss diverge."""

SCORED = 8
"""Images of each repetition of scoring: a second on the CPU for ResNet-56."""


@dataclass(frozen=True)
class Speeds:
    """Images a second of one process; `workload.Work` says of what. Infinite: nothing is scored."""

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

    On noise of the right shape: no data set is read. Each of the three is measured for some
    seconds; where a step takes longer, for one step.

    Raises:
        TrainError: The GPU's memory is full.
    """
    recipe = replace(study.recipe, selection="last", batch_size=batch_size)
    noise = torch.Generator().manual_seed(0)
    with repeatable(device), enough_memory():
        model = on_device(build_network(study, noise), device, study.architecture)

        def training(batches: int, least: float) -> tuple[float, Dataset]:
            dataset = _images(study, device, batches * batch_size, noise)
            draws = Draws(noise, noise)

            def epoch() -> None:  # a loss is read at its end: all is done then
                train(model, dataset, (Phase(1, RATE),), recipe, draws)

            epoch()  # warms up
            return _images_a_second(epoch, len(dataset.train), least), dataset

        speed, dataset = training(1, 0.0)
        if batch_size / speed < seconds / BATCHES:
            speed, dataset = training(BATCHES, seconds)
        images, chip = dataset.train.images, study.chip
        evaluation = _images_a_second(
            lambda: float(predict(model, images).sum()), len(images), seconds
        )
        if chip is None or not isinstance(model, ResNet):
            return Speeds(speed, evaluation)
        few, maps = images[:SCORED], maps_needed(chip.sparsities)
        scoring = _images_a_second(
            lambda: network_independence(model, few, maps), len(few), seconds
        )
        return Speeds(speed, evaluation, scoring)


def _images(study: Study, device: torch.device, count: int, noise: torch.Generator) -> Dataset:
    facts = DATASETS[study.dataset]
    pixels = torch.randn(count, *facts.shape(study.padding), generator=noise)
    labels = torch.randint(facts.classes, (count,), generator=noise).to(device)
    layout = memory_format(device, study.architecture)
    images = pixels.to(device).contiguous(memory_format=layout)
    part, black = ImageSet(images, labels), torch.zeros(facts.channels, device=device)
    return Dataset(study.dataset, facts.class_names, part, part, part, black)


def _images_a_second(repeat: Callable[[], object], images: int, seconds: float) -> float:
    start, repetitions = time.perf_counter(), 0
    while repetitions == 0 or time.perf_counter() - start < seconds:
        repeat()
        repetitions += 1
    return images * repetitions / (time.perf_counter() - start)
