"""One-shot pruning: a score, a mask, fine-tuning, at every ratio from the same trained model."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from torch import Tensor, nn

from train_backend.conditions import Condition
from train_backend.experiments import Dense, Experiment, Row
from train_backend.gradients import data_loss_gradients
from train_backend.masks import apply_masks, global_masks, kept_count
from train_backend.scores import SCORES
from train_backend.work import Work


def rows(experiment: Experiment, dense: Dense) -> Iterator[Row]:
    """Yield the rows of every one-shot method and ratio, then of the control they share."""
    study = experiment.study
    phases = study.recipe.finetuning_phases
    gradients = _gradients(experiment, dense.network)
    for method in study.one_shot_methods:
        for ratio in study.ratios:
            network = deepcopy(dense.network)
            masks = _prune(experiment, network, method, ratio, gradients)
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


def _prune(
    experiment: Experiment,
    network: nn.Module,
    method: str,
    ratio: float,
    gradients: dict[str, Tensor] | None,
) -> dict[str, Tensor]:
    """Prune the network in place and return its masks."""
    score, recipe = SCORES[method], experiment.study.recipe
    # One stream for all ratios of a method: a random order is cut at each of them.
    stream = experiment.stream(f"mask, {method}")
    scores = score.function(network, gradients, recipe.weight_decay, stream)
    keep = kept_count(network, ratio, recipe.ratio_scope)
    masks = global_masks(scores, keep, two_sided=score.two_sided)
    apply_masks(network, masks)
    return masks
