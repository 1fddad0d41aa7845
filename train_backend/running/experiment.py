"""One model: trained once; each way of compressing it starts from there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from train_backend.data import load_dataset
from train_backend.models import build_architecture
from train_backend.studies.conditions import Condition
from train_backend.studies.recipes import Phase, Recipe
from train_backend.studies.study import Study
from train_backend.studies.workload import Progress, Work, silent
from train_backend.training.devices import memory_format, shares_images
from train_backend.training.evaluation import counts_per_class, parameter_counts, predict
from train_backend.training.loop import Draws, State, train
from train_backend.training.streams import generator

KeepWeights = Callable[[str, nn.Module], None]
"""Takes an evaluated model under a name that is unique within its model m."""

Row = dict[str, Any]
"""A row of the recall table."""


@dataclass(frozen=True)
class Dense:
    """The unpruned model, trained: where every way of compressing starts. Nobody changes it.

    Attributes:
        network: With the weights of the selected epoch.
        predicted: Its predictions of the test images.
        states: Its weights after the steps that were asked for.
    """

    network: nn.Module
    predicted: Tensor
    states: dict[int, State]


class Experiment:
    """One model m of a study on a device: what all ways of compressing it share.

    Holds the data, and knows how the study trains and evaluates.
    """

    def __init__(
        self,
        study: Study,
        model: int,
        *,
        device: torch.device,
        root: Path | None,
        keep: KeepWeights | None = None,
        progress: Progress = silent,
    ) -> None:
        self.study, self.model, self.device = study, model, device
        self.keep, self.progress = keep, progress
        self.dataset = load_dataset(
            study.dataset,
            root=root,
            device=device,
            split_generator=self.stream("split"),
            validation_fraction=study.recipe.validation_fraction,
            padding=study.padding,
            shared=shares_images(device),
            layout=memory_format(device),
        )

    def train_dense(self, keep_after: Collection[int] = ()) -> Dense:
        """Build and train the unpruned model, keeping its weights after some steps too."""
        network = self._build()
        states = self.train(
            network, self.study.recipe.training_phases, "training", keep_after=keep_after
        )
        return Dense(network, predict(network, self.dataset.test.images), states)

    def stream(self, purpose: str) -> torch.Generator:
        """Return the random stream of one purpose of this model."""
        return generator(self.study.seed, self.study.name, self.model, purpose)

    def _build(self) -> nn.Module:
        _, channels, size, _ = self.dataset.example.shape
        model = build_architecture(
            self.study.architecture,
            channels=channels,
            classes=len(self.dataset.class_names),
            image_size=size,
            generator=self.stream("initialisation"),
        )
        return model.to(self.device, memory_format=memory_format(self.device))  # type: ignore[call-overload, no-any-return]

    def train(
        self,
        network: nn.Module,
        phases: tuple[Phase, ...],
        what: str,
        *,
        recipe: Recipe | None = None,
        masks: dict[str, Tensor] | None = None,
        first_step: int = 0,
        keep_after: Collection[int] = (),
    ) -> dict[int, State]:
        """Train a network in place with random streams of its own; see `training.train`.

        Args:
            network: What to train.
            phases: Its schedule.
            what: Names the streams, and the training in errors.
            recipe: The study's, if it is None.
            masks: True where a weight stays.
            first_step: Steps left out at the schedule's start.
            keep_after: Steps after which the weights are kept.
        """
        return train(
            network,
            self.dataset,
            phases,
            recipe or self.study.recipe,
            Draws(self.stream(f"batch order, {what}"), self.stream(f"crops, {what}")),
            masks=masks,
            first_step=first_step,
            keep_after=keep_after,
            what=f"study {self.study.name}, model {self.model}, {what}:",
            progress=self.progress,
        )

    def evaluate(self, network: nn.Module, dense: Dense, condition: Condition) -> Iterator[Row]:
        """Yield a row per class.

        `parameters` are those of the whole network, also where channels have been removed from
        this one; then `parameters_nonzero` are those it has left.
        """
        test, names = self.dataset.test, self.dataset.class_names
        predicted = predict(network, test.images)
        self.progress(Work(evaluation=len(test)))
        counts = counts_per_class(predicted, dense.predicted, test.labels, classes=len(names))
        parameters, _ = parameter_counts(dense.network)
        _, nonzero = parameter_counts(network)
        if self.keep is not None:
            self.keep(str(condition).replace(" ", "-"), network)
        for index, name in enumerate(names):
            yield {
                "study": self.study.name,
                "dataset": self.study.dataset,
                "architecture": self.study.architecture,
                "method": condition.method,
                "ratio": condition.ratio,
                "stage": condition.stage,
                "model": str(self.model),
                "class_index": index,
                "class_name": name,
                "n_samples": counts.n_samples[index],
                "n_correct": counts.n_correct[index],
                "n_predicted": counts.n_predicted[index],
                "n_both_correct": counts.n_both_correct[index],
                "parameters": parameters,
                "parameters_nonzero": nonzero,
                "split": "test",
                "selected_on": self.study.recipe.selection,
                "count_quality": "exact",
            }
