"""How much there is to do: image passes, the same for every machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from train_backend.conditions import SHARED_CONTROL, conditions_of
from train_backend.datasets import DATASETS
from train_backend.methods import CHIP, LTH, LTH_RANDOM
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
    """Return the image passes of one model with all its compressed versions.

    A network that CHIP has made smaller counts as the whole one, which takes longer.
    """
    facts, recipe = DATASETS[study.dataset], study.recipe
    held_out = round(facts.train_images * recipe.validation_fraction)
    trained = facts.train_images - held_out
    judged = {"validation": held_out, "test": facts.test_images, "last": 0}[recipe.selection]
    epoch = Work(training=trained, evaluation=judged)

    work = epoch * recipe.training_epochs
    for condition in conditions_of(study):
        work += Work(evaluation=facts.test_images)
        if condition.stage in ("baseline", "pruned") or condition == SHARED_CONTROL:
            continue
        if condition.method in (LTH, LTH_RANDOM):
            work += _level(study, trained, judged)
        elif study.chip is not None and condition.method == CHIP:
            work += epoch * study.chip.finetuning_epochs
        else:
            work += epoch * recipe.finetuning_epochs
    if any(SCORES[method].needs_gradients for method in study.one_shot_methods):
        batches = recipe.gradient_batches
        scored = trained if batches is None else min(trained, batches * recipe.batch_size)
        work += Work(training=scored)
    if study.chip is not None:
        work += Work(evaluation=min(trained, study.chip.score_images))
    return work


def _level(study: Study, trained: int, judged: int) -> Work:
    """Return the passes of one level of LTH: the schedule from the rewind step on."""
    rewind = 0 if study.lth is None else study.lth.rewind_step
    steps = math.ceil(trained / study.recipe.batch_size)
    epochs, steps_more = divmod(rewind, steps)
    left_out = epochs * trained + steps_more * study.recipe.batch_size
    return Work(
        training=study.recipe.training_epochs * trained - left_out,
        evaluation=(study.recipe.training_epochs - epochs) * judged,
    )
