"""One-shot pruning: a score, a mask, fine-tuning, at every ratio from the same trained model."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from torch import Tensor, nn

from train_backend.conditions import Condition
from train_backend.experiments import Dense, Experiment, Row
from train_backend.gradients import data_loss_gradients
from train_backend.masks import apply_masks, kept_count, masks_at
from train_backend.scores import SCORES
from train_backend.work import Work


def rows(experiment: Experiment, dense: Dense) -> Iterator[Row]:
    """Yield the rows of every one-shot method and ratio, then of the control they share."""
    study = experiment.study
    phases = study.recipe.finetuning_phases
    gradients = _gradients(experiment, dense.network)
    for method in study.one_shot_methods:
        every = _masks(experiment, dense.network, method, gradients)
        for ratio, masks in zip(study.ratios, every, strict=True):
            network = deepcopy(dense.network)
            apply_masks(network, masks)
            yield from experiment.evaluate(network, dense, Condition("pruned", method, ratio))
            finetuned = Condition("finetuned", method, ratio)
            experiment.train(network, phases, str(finetuned), masks=masks)
            yield from experiment.evaluate(network, dense, finetuned)
    if study.control:
        network, control = deepcopy(dense.network), Condition("control")
        experiment.train(network, phases, str(control))
        yield from experiment.evaluate(network, dense, control)


def _gradients(experiment: Experiment, network: nn.Module) -> dict[str, Tensor] | None:
    """Return what all gradient scores of this model share, None if no method needs it."""
    study, training = experiment.study, experiment.dataset.train
    if not any(SCORES[method].needs_gradients for method in study.one_shot_methods):
        return None
    recipe = study.recipe
    gradients = data_loss_gradients(
        network,
        training.images,
        training.labels,
        batch_size=recipe.batch_size,
        batches=recipe.gradient_batches,
        generator=experiment.stream("gradient batches"),
    )
    drawn = len(training)
    if recipe.gradient_batches is not None:
        drawn = min(drawn, recipe.gradient_batches * recipe.batch_size)
    experiment.progress(Work(training=drawn))
    return gradients


def _masks(
    experiment: Experiment, network: nn.Module, method: str, gradients: dict[str, Tensor] | None
) -> list[dict[str, Tensor]]:
    """Return the masks of a method at each ratio: one order of its scores, cut at each of them."""
    score, study = SCORES[method], experiment.study
    stream = experiment.stream(f"mask, {method}")
    scores = score.function(network, gradients, study.recipe.weight_decay, stream)
    keeps = [kept_count(network, ratio, study.recipe.ratio_scope) for ratio in study.ratios]
    return masks_at(scores, keeps, two_sided=score.two_sided)
