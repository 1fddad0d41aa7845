"""How fast this machine trains and evaluates an architecture: measured, in a few seconds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import nn

from train_backend.data import DATASETS, Dataset, ImageSet
from train_backend.methods.channel_independence import network_independence
from train_backend.methods.channel_pruning import maps_needed
from train_backend.models import build_architecture
from train_backend.models.resnet import ResNet
from train_backend.studies.recipes import Phase
from train_backend.studies.study import Study
from train_backend.studies.workload import Work
from train_backend.training.devices import enough_memory, memory_format, repeatable
from train_backend.training.evaluation import predict
from train_backend.training.loop import Draws, train

BATCHES = 8
"""Of an epoch, where they are fast; of a deep network on the CPU one takes seconds."""

GPU_BATCHES = 200
"""The same on a GPU: half an epoch of Fashion-MNIST."""

RATE = 1e-6
"""Speed does not depend on the learning rate, and noise must not make the loss diverge."""

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

    Args:
        study: Says the architecture, the image size and the recipe.
        device: Where to measure.
        batch_size: Images of a training step.
        seconds: How long to measure each of the three; where a step takes longer, one step.

    Raises:
        TrainError: The GPU's memory is full.
    """
    with repeatable(device), enough_memory():
        rehearsal = Rehearsal(study, device, batch_size=batch_size, seconds=seconds)
        return Speeds(
            training=rehearsal.training_speed(),
            evaluation=rehearsal.evaluation_speed(),
            scoring=rehearsal.scoring_speed(),
        )


class Rehearsal:
    """A model of a study at work on noise of the right shape: no data set is read.

    Args:
        study: Says the architecture, the image size and the recipe.
        device: Where; `devices.repeatable` there.
        batch_size: Images of a training step.
        seconds: How long to measure a speed.
    """

    def __init__(
        self, study: Study, device: torch.device, *, batch_size: int, seconds: float
    ) -> None:
        self._study, self._device, self._seconds = study, device, seconds
        self._recipe = replace(study.recipe, selection="last", batch_size=batch_size)
        self._noise = torch.Generator().manual_seed(0)
        self._size = DATASETS[study.dataset].size + 2 * study.padding
        self._model = self._network()
        self._dataset = self._images(1)
        self._train(1)  # warms up
        self._epoch_took = self._train(1)
        batches = GPU_BATCHES if device.type == "cuda" else BATCHES
        if self._epoch_took < seconds / batches:
            self._dataset = self._images(batches)
            self._epoch_took = self._train(1)

    def training_speed(self) -> float:
        """Return images a second: forward, back and a step."""
        epochs, took = 1, self._epoch_took
        while took < self._seconds / 2.0:
            epochs *= math.ceil(self._seconds / took)
            took = self._train(epochs)
        return epochs * len(self._dataset.train) / took

    def evaluation_speed(self) -> float:
        """Return images a second, forward only."""
        model, images = self._model, self._dataset.train.images
        return _images_a_second(
            lambda: float(predict(model, images).sum()), len(images), self._seconds
        )

    def scoring_speed(self) -> float:
        """Return images a second that CHIP scores; infinite where the study has no CHIP."""
        model, chip = self._model, self._study.chip
        if chip is None or not isinstance(model, ResNet):
            return math.inf
        few, maps = self._dataset.train.images[:SCORED], maps_needed(chip.sparsities)
        return _images_a_second(
            lambda: network_independence(model, few, maps), len(few), self._seconds
        )

    def _train(self, epochs: int) -> float:
        """Train; return the seconds that it took. A loss is read: all is done then."""
        draws = Draws(torch.Generator().manual_seed(0), torch.Generator().manual_seed(0))
        start = time.perf_counter()
        train(self._model, self._dataset, (Phase(epochs, RATE),), self._recipe, draws)
        return time.perf_counter() - start

    def _network(self) -> nn.Module:
        facts = DATASETS[self._study.dataset]
        model = build_architecture(
            self._study.architecture,
            channels=facts.channels,
            classes=facts.classes,
            image_size=self._size,
            generator=self._noise,
        )
        return model.to(self._device, memory_format=memory_format(self._device))  # type: ignore[call-overload, no-any-return]

    def _images(self, batches: int) -> Dataset:
        facts, count = DATASETS[self._study.dataset], batches * self._recipe.batch_size
        pixels = torch.randn(count, facts.channels, self._size, self._size, generator=self._noise)
        labels = torch.randint(facts.classes, (count,), generator=self._noise)
        part = ImageSet(
            pixels.to(self._device).contiguous(memory_format=memory_format(self._device)),
            labels.to(self._device),
        )
        black = torch.zeros(facts.channels, device=self._device)
        return Dataset(self._study.dataset, facts.class_names, part, part, part, black)


def _images_a_second(repeat: Callable[[], object], images: int, seconds: float) -> float:
    start, repetitions = time.perf_counter(), 0
    while repetitions == 0 or time.perf_counter() - start < seconds:
        repeat()
        repetitions += 1
    return images * repetitions / (time.perf_counter() - start)
