"""One model: trained once, then pruned by each method to each ratio, always from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from data_contracts.schema import UNPRUNED_METHOD, UNPRUNED_RATIO
from train_backend.architectures import build_architecture
from train_backend.datasets import Dataset, ImageSet, load_dataset
from train_backend.devices import memory_format
from train_backend.evaluation import counts_per_class, parameter_counts, predict
from train_backend.gradients import data_loss_gradients
from train_backend.masks import apply_masks, global_masks, kept_count
from train_backend.recipes import Phase
from train_backend.scores import SCORES
from train_backend.streams import generator
from train_backend.studies import Study
from train_backend.training import Draws, train
from train_backend.work import Progress, Work, silent

KeepWeights = Callable[[str, nn.Module], None]
"""Takes an evaluated model under a name that is unique within its model m."""


@dataclass(frozen=True)
class Condition:
    """What was done to the model: one value of each of the recall table's columns."""

    stage: str
    method: str = UNPRUNED_METHOD
    ratio: float = UNPRUNED_RATIO

    def __str__(self) -> str:
        is_unpruned = self.method == UNPRUNED_METHOD
        # .10g: a ratio has up to 4 decimals, and two of them must not share a random stream.
        return self.stage if is_unpruned else f"{self.stage} {self.method} {self.ratio:.10g}"


class Experiment:
    """One model m of a study on a device, with all its compressed versions.

    Holds what its stages share: the data, the trained weights, the baseline's predictions.
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
        self.dataset = _in_memory_format(
            load_dataset(
                study.dataset,
                root=root,
                device=device,
                split_generator=self.stream("split"),
                validation_fraction=study.recipe.validation_fraction,
                padding=study.padding,
            ),
            device,
        )

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of the recall table, evaluated model by evaluated model."""
        trained = self._build()
        self._train(trained, self.study.recipe.training_phases, "training")
        baseline = predict(trained, self.dataset.test.images)
        yield from self._evaluate(trained, baseline, Condition("baseline"))
        gradients = self._gradients(trained)
        for method in self.study.methods:
            for ratio in self.study.ratios:
                model = deepcopy(trained)
                masks = self._prune(model, method, ratio, gradients)
                yield from self._evaluate(model, baseline, Condition("pruned", method, ratio))
                finetuned = Condition("finetuned", method, ratio)
                self._train(model, self.study.recipe.finetuning_phases, str(finetuned), masks)
                yield from self._evaluate(model, baseline, finetuned)
        if self.study.control:
            self._train(trained, self.study.recipe.finetuning_phases, "control")
            yield from self._evaluate(trained, baseline, Condition("control"))

    def stream(self, purpose: str) -> torch.Generator:
        """Return the random stream of one purpose of this model."""
        return generator(self.study.seed, self.study.name, self.model, purpose)

    def _build(self) -> nn.Module:
        _, channels, size, _ = self.dataset.train.images.shape
        model = build_architecture(
            self.study.architecture,
            channels=channels,
            classes=len(self.dataset.class_names),
            image_size=size,
            generator=self.stream("initialisation"),
        )
        return model.to(self.device, memory_format=memory_format(self.device))  # type: ignore[call-overload, no-any-return]

    def _train(
        self,
        model: nn.Module,
        phases: tuple[Phase, ...],
        what: str,
        masks: dict[str, Tensor] | None = None,
    ) -> None:
        train(
            model,
            self.dataset,
            phases,
            self.study.recipe,
            Draws(self.stream(f"batch order, {what}"), self.stream(f"crops, {what}")),
            masks=masks,
            what=f"study {self.study.name}, model {self.model}, {what}:",
            progress=self.progress,
        )

    def _gradients(self, model: nn.Module) -> dict[str, Tensor] | None:
        """Return what all gradient scores of this model share, None if no method needs it."""
        if not any(SCORES[method].needs_gradients for method in self.study.methods):
            return None
        recipe, training = self.study.recipe, self.dataset.train
        gradients = data_loss_gradients(
            model,
            training.images,
            training.labels,
            batch_size=recipe.batch_size,
            batches=recipe.gradient_batches,
            generator=self.stream("gradient batches"),
        )
        drawn = len(training)
        if recipe.gradient_batches is not None:
            drawn = min(drawn, recipe.gradient_batches * recipe.batch_size)
        self.progress(Work(training=drawn))
        return gradients

    def _prune(
        self, model: nn.Module, method: str, ratio: float, gradients: dict[str, Tensor] | None
    ) -> dict[str, Tensor]:
        """Prune the model in place and return its masks."""
        score, recipe = SCORES[method], self.study.recipe
        # One stream for all ratios of a method: a random order is cut at each of them.
        scores = score.function(
            model, gradients, recipe.weight_decay, self.stream(f"mask, {method}")
        )
        keep = kept_count(model, ratio, recipe.ratio_scope)
        masks = global_masks(scores, keep, two_sided=score.two_sided)
        apply_masks(model, masks)
        return masks

    def _evaluate(
        self, model: nn.Module, baseline: Tensor, condition: Condition
    ) -> Iterator[dict[str, Any]]:
        """Yield a row per class."""
        test, names = self.dataset.test, self.dataset.class_names
        predicted = predict(model, test.images)
        self.progress(Work(evaluation=len(test)))
        counts = counts_per_class(predicted, baseline, test.labels, classes=len(names))
        parameters, nonzero = parameter_counts(model)
        if self.keep is not None:
            self.keep(str(condition).replace(" ", "-"), model)
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


def _in_memory_format(dataset: Dataset, device: torch.device) -> Dataset:
    def laid_out(part: ImageSet) -> ImageSet:
        images = part.images.contiguous(memory_format=memory_format(device))
        return replace(part, images=images)

    return replace(
        dataset,
        train=laid_out(dataset.train),
        validation=laid_out(dataset.validation),
        test=laid_out(dataset.test),
    )
