"""How much there is to do: image passes, the same for every machine."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from train_backend.data import DATASETS
from train_backend.methods import CHIP, LTH, LTH_RANDOM
from train_backend.methods.scores import SCORES
from train_backend.studies.conditions import SHARED_CONTROL, Condition, conditions_of
from train_backend.studies.recipes import steps_per_epoch, training_images, validation_images
from train_backend.studies.study import Study

EVALUATION_COST = 1 / 3
"""Cost of an image that only goes forward, where one trained is 1: of the three products of a
layer (output, gradient of its input, gradient of its weights) it needs one."""

SCORING_COST = 8.0
"""Cost of an image that scores channels, in images trained: 8.1 for ResNet-56 and 8.4 for
ResNet-20 on one core, by `benchmarks/scoring_against_training.py`."""


@dataclass(frozen=True)
class Work:
    """Image passes: forward and back, forward only, and those whose maps score channels (CHIP)."""

    training: int = 0
    evaluation: int = 0
    scoring: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(
            self.training + other.training,
            self.evaluation + other.evaluation,
            self.scoring + other.scoring,
        )

    def __mul__(self, times: int) -> Work:
        return Work(self.training * times, self.evaluation * times, self.scoring * times)

    @property
    def cost(self) -> float:
        """Return the passes in images trained."""
        return self.training + EVALUATION_COST * self.evaluation + SCORING_COST * self.scoring


Progress = Callable[[Work], None]
"""Told of the work just done, several times within a model."""


def silent(_: Work) -> None:
    """Tell nobody."""


def work_of(study: Study, conditions: Collection[Condition] | None = None) -> Work:
    """Return the image passes of some conditions of one model; None for all."""
    return sum(work_by_batch_size(study, conditions).values(), Work())


def work_by_batch_size(
    study: Study, conditions: Collection[Condition] | None = None
) -> dict[int, Work]:
    """Return the image passes of one model by the batch size of the recipe they belong to.

    The study's comes first; CHIP fine-tunes in batches of its own. A network that CHIP has made
    smaller counts as the whole one, which takes longer. The unpruned model's training belongs to
    the baseline: where that is done, its weights are supposed to be kept.
    """
    if conditions is None:
        conditions = conditions_of(study)
    facts, recipe = DATASETS[study.dataset], study.recipe
    trained = training_images(study.dataset, recipe)
    judged = {
        "validation": validation_images(study.dataset, recipe),
        "test": facts.test_images,
        "last": 0,
    }[recipe.selection]
    epoch = Work(training=trained, evaluation=judged)

    work, chips = Work(), Work()
    for condition in conditions:
        work += Work(evaluation=facts.test_images)
        if condition.stage == "baseline" and not study.weights:
            work += epoch * recipe.training_epochs
        if condition.stage in ("baseline", "pruned") or condition == SHARED_CONTROL:
            continue
        if condition.method in (LTH, LTH_RANDOM):
            work += _level(study, trained, judged)
        elif study.chip is not None and condition.method == CHIP:
            chips += epoch * study.chip.finetuning_epochs
        else:
            work += epoch * recipe.finetuning_epochs
    methods = {condition.method for condition in conditions}
    if any(SCORES[method].needs_gradients for method in methods & SCORES.keys()):
        batches = recipe.gradient_batches
        scored = trained if batches is None else min(trained, batches * recipe.batch_size)
        work += Work(training=scored)
    if study.chip is None:
        return {recipe.batch_size: work}
    if any(each.method == CHIP and each.stage != "control" for each in conditions):
        work += Work(scoring=min(trained, study.chip.score_images))
    if study.chip.batch_size == recipe.batch_size:
        return {recipe.batch_size: work + chips}
    return {recipe.batch_size: work, study.chip.batch_size: chips}


def _level(study: Study, trained: int, judged: int) -> Work:
    """Return the passes of one level of LTH: the schedule from the rewind step on."""
    rewind = 0 if study.lth is None else study.lth.rewind_step
    steps = steps_per_epoch(trained, study.recipe.batch_size)
    epochs, steps_more = divmod(rewind, steps)
    left_out = epochs * trained + steps_more * study.recipe.batch_size
    return Work(
        training=study.recipe.training_epochs * trained - left_out,
        evaluation=(study.recipe.training_epochs - epochs) * judged,
    )
