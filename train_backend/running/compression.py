"""Every condition of one model, in turn: the unpruned model, each way of compressing it, controls.

A condition's counts follow from the unpruned model and random streams of its own (of LTH, from
the level before), so those that are done are passed over and the others come out the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from copy import deepcopy
from functools import partial

import torch
from torch import Tensor, nn

from train_backend.data import Batches
from train_backend.errors import Diverged
from train_backend.methods import CHIP, METHODS
from train_backend.methods.channel_independence import network_independence
from train_backend.methods.channel_pruning import choose_channels, maps_needed, remove_channels
from train_backend.methods.gradients import data_loss_gradients
from train_backend.methods.lottery_ticket import Masks
from train_backend.methods.masks import apply_masks, kept_count, masks_at
from train_backend.methods.scores import SCORES
from train_backend.models.resnet import ResNet
from train_backend.plugins import compress
from train_backend.running.experiment import DENSE, Dense, Experiment
from train_backend.running.lottery import lottery
from train_backend.running.parts import Finished
from train_backend.studies.chip import Chip
from train_backend.studies.conditions import Condition, conditions_of
from train_backend.studies.recipes import Phase, Recipe
from train_backend.studies.workload import Work
from train_backend.training.loop import Epoch

Left = Collection[Condition]


def finish(experiment: Experiment, left: Left) -> Iterator[Finished]:
    """Do the conditions of a model that are left, in the order of `conditions_of`.

    One that diverges is yielded as such, and the others are done. When the last one has been
    taken, checkpoints go, unless the study keeps weights.
    """
    try:
        dense = experiment.dense()
    except Diverged as failed:
        first, *others = conditions_of(experiment.study)
        yield from experiment.lost([first] if first in left else [], failed)
        follows = f"follows from the unpruned model, which {failed}"
        yield from experiment.lost([each for each in others if each in left], follows)
        return
    if Condition("baseline") in left:
        yield experiment.evaluate(dense.network, dense, Condition("baseline"), dense.history)
    yield from _one_shot(experiment, dense, left)
    yield from lottery(experiment, dense, left)
    yield from _channels(experiment, dense, left)
    if not experiment.study.keep_weights:
        experiment.checkpoints.forget(DENSE)


def _trained(
    experiment: Experiment,
    network: nn.Module,
    dense: Dense,
    condition: Condition,
    phases: tuple[Phase, ...],
    *,
    masks: Masks | None = None,
    recipe: Recipe | None = None,
) -> Finished:
    """Train a network in place and return what it counts, or that it has diverged."""
    epochs: list[Epoch] = []
    try:
        experiment.train(
            network, phases, str(condition), masks=masks, recipe=recipe, history=epochs
        )
    except Diverged as failed:
        return Finished(experiment.model, condition, diverged=str(failed))
    return experiment.evaluate(network, dense, condition, epochs)


def _one_shot(experiment: Experiment, dense: Dense, left: Left) -> Iterator[Finished]:
    """Yield every one-shot method and ratio, then the control they share.

    A score, a mask, fine-tuning: at every ratio from the same trained model.
    """
    study, phases = experiment.study, experiment.study.recipe.finetuning_phases
    gradients: dict[str, Tensor] | None = None
    for method in study.one_shot_methods:
        if METHODS[method].prune is not None:
            yield from _own_method(experiment, dense, method, left)
            continue
        of_ratio = {
            ratio: tuple(Condition(stage, method, ratio) for stage in ("pruned", "finetuned"))
            for ratio in study.ratios
        }
        ratios = [ratio for ratio, both in of_ratio.items() if any(each in left for each in both)]
        if not ratios:
            continue
        if SCORES[method].needs_gradients and gradients is None:
            gradients = _gradients(experiment, dense.network)
        try:
            every = _masks(experiment, dense.network, method, ratios, gradients)
        except Diverged as failed:
            both = [each for ratio in ratios for each in of_ratio[ratio] if each in left]
            yield from experiment.lost(both, failed)
            continue
        for ratio, masks in zip(ratios, every, strict=True):
            pruned, finetuned = of_ratio[ratio]
            network = deepcopy(dense.network)
            apply_masks(network, masks)
            if pruned in left:
                yield experiment.evaluate(network, dense, pruned)
            if finetuned in left:
                yield _trained(experiment, network, dense, finetuned, phases, masks=masks)
    if Condition("control") in left:
        network = deepcopy(dense.network)
        yield _trained(experiment, network, dense, Condition("control"), phases)


def _own_method(
    experiment: Experiment, dense: Dense, method: str, left: Left
) -> Iterator[Finished]:
    """Yield every ratio of a plug-in's method."""
    study, training = experiment.study, experiment.dataset.train
    order = torch.randperm(len(training), generator=experiment.stream(f"batches, {method}"))
    batches = Batches(training, order, study.recipe.batch_size)
    for ratio in study.ratios:
        pruned, finetuned = (Condition(stage, method, ratio) for stage in ("pruned", "finetuned"))
        if pruned not in left and finetuned not in left:
            continue
        stream = experiment.stream(f"mask, {method} {ratio:.10g}")
        try:
            made = compress(method, dense.network, batches, ratio, stream)
        except Diverged as failed:
            both = [each for each in (pruned, finetuned) if each in left]
            yield from experiment.lost(both, failed)
            continue
        if pruned in left:
            yield experiment.evaluate(made.network, dense, pruned, is_counted=made.is_counted)
        if finetuned in left:
            phases = study.recipe.finetuning_phases
            yield _trained(experiment, made.network, dense, finetuned, phases, masks=made.masks)


def _gradients(experiment: Experiment, network: nn.Module) -> dict[str, Tensor]:
    """Return what all gradient scores of this model share."""
    recipe, training = experiment.study.recipe, experiment.dataset.train
    gradients = data_loss_gradients(
        network,
        training.images,
        training.labels,
        batch_size=recipe.batch_size,
        batches=recipe.gradient_batches,
        generator=experiment.stream("gradient batches"),
        training_mode=recipe.gradient_mode == "training",
    )
    drawn = len(training)
    if recipe.gradient_batches is not None:
        drawn = min(drawn, recipe.gradient_batches * recipe.batch_size)
    experiment.progress(Work(training=drawn))
    return gradients


def _masks(
    experiment: Experiment,
    network: nn.Module,
    method: str,
    ratios: list[float],
    gradients: dict[str, Tensor] | None,
) -> list[Masks]:
    """Return the masks of a method at each ratio: one order of its scores, cut at each of them."""
    score, recipe = SCORES[method], experiment.study.recipe
    stream = experiment.stream(f"mask, {method}")
    scores = score.scores(network, gradients, recipe.epsilon, stream)
    keeps = [kept_count(network, ratio, recipe.ratio_scope) for ratio in ratios]
    return masks_at(scores, keeps, two_sided=score.two_sided)


def _channels(experiment: Experiment, dense: Dense, left: Left) -> Iterator[Finished]:
    """Yield every list of sparsities of CHIP, then its own control.

    All layers are scored on the unpruned model and pruned at once; the smaller network is
    fine-tuned. The control is the whole model with CHIP's fine-tuning, nothing removed.
    """
    chip, whole = experiment.study.chip, dense.network
    if chip is None or not any(condition.method == CHIP for condition in left):
        return
    if not isinstance(whole, ResNet):  # a study of another network has been refused
        raise TypeError(f"CHIP needs a ResNet, not a {type(whole).__name__}")
    finetuning = partial(
        _trained,
        experiment,
        dense=dense,
        phases=chip.finetuning_phases,
        recipe=chip.finetuning_recipe(experiment.study.recipe),
    )
    of_ratio = {
        ratio: (sparsities, Condition("pruned", CHIP, ratio), Condition("finetuned", CHIP, ratio))
        for sparsities, ratio in zip(chip.sparsities, chip.ratios, strict=True)
    }
    wanted = [each for each in of_ratio.values() if each[1] in left or each[2] in left]
    independence = {}
    if wanted:
        try:
            independence = network_independence(
                whole,
                _scored_images(experiment, chip),
                maps_needed(sparsities for sparsities, *_ in wanted),
                lambda images: experiment.progress(Work(scoring=images)),
            )
        except Diverged as failed:
            both = [each for _, *pair in wanted for each in pair if each in left]
            yield from experiment.lost(both, failed)
            wanted = []
    for sparsities, pruned, finetuned in wanted:
        network = remove_channels(whole, choose_channels(independence, sparsities))
        if pruned in left:
            yield experiment.evaluate(network, dense, pruned)
        if finetuned in left:
            yield finetuning(network=network, condition=finetuned)
    if Condition("control", CHIP) in left:
        yield finetuning(network=deepcopy(whole), condition=Condition("control", CHIP))


def _scored_images(experiment: Experiment, chip: Chip) -> Tensor:
    """Return the training images that score the channels, drawn without replacement."""
    training = experiment.dataset.train
    order = torch.randperm(len(training), generator=experiment.stream("channel batches"))
    return training.of(order[: chip.score_images].to(training.labels.device)).images
