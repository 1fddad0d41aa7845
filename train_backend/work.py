"""How much there is to do: image passes, the same for every machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from train_backend.datasets import DATASETS
from train_backend.scores import SCORES
from train_backend.studies import Study

EVALUATION_COST = 1 / 3
"""Cost of an image that only goes forward, where one trained is 1: of the three products of a
layer (output, gradient of its input, gradient of its weights) it needs one."""


@dataclass(frozen=True)
class Work:
    """Image passes.

    Attributes:
        training: Images that go forward and back.
        evaluation: Images that go forward only.
    """

    training: int = 0
    evaluation: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(self.training + other.training, self.evaluation + other.evaluation)

    def __mul__(self, times: int) -> Work:
        return Work(self.training * times, self.evaluation * times)

    @property
    def cost(self) -> float:
        """Return the passes in images trained."""
        return self.training + EVALUATION_COST * self.evaluation


Progress = Callable[[Work], None]
"""Told of the work just done, several times within a model."""


def silent(_: Work) -> None:
    """Tell nobody."""


def work_of_model(study: Study) -> Work:
    """Return the image passes of one model with all its compressed versions."""
    facts, recipe = DATASETS[study.dataset], study.recipe
    held_out = round(facts.train_images * recipe.validation_fraction)
    trained = facts.train_images - held_out
    judged = {"validation": held_out, "test": facts.test_images, "last": 0}[recipe.selection]
    conditions = len(study.methods) * len(study.ratios)

    epochs = recipe.training_epochs + (conditions + study.control) * recipe.finetuning_epochs
    evaluated = 1 + 2 * conditions + study.control  # baseline; pruned and fine-tuned; control
    scored = 0
    if any(SCORES[method].needs_gradients for method in study.methods):
        batches = recipe.gradient_batches
        scored = trained if batches is None else min(trained, batches * recipe.batch_size)
    return Work(
        training=epochs * trained + scored,
        evaluation=epochs * judged + evaluated * facts.test_images,
    )
