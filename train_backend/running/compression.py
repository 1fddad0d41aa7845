"""Every condition of one model, in turn: the unpruned model, each way of compressing it, controls.

A condition's counts follow from the unpruned model and random streams of its own (of LTH, from
the level before), so those that are done are passed over and the others come out the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from copy import deepcopy
from functools import cache, partial

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
from train_backend.plugins import Compressed, compress
from train_backend.running.experiment import DENSE, Dense, Experiment
from train_backend.running.lottery import lottery
from train_backend.running.parts import Finished
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


def _arms(
    experiment: Experiment,
    dense: Dense,
    left: Left,
    method: str,
    ratios: Iterable[float],
    make: Callable[[float], Compressed],
    finetuning: Callable[..., Finished],
) -> Iterator[Finished]:
    """Yield what is left of a method: at every ratio the network that `make` compresses."""
    for ratio in ratios:
        pruned, finetuned = (Condition(stage, method, ratio) for stage in ("pruned", "finetuned"))
        wanted = [each for each in (pruned, finetuned) if each in left]
        if not wanted:
            continue
        try:
            made = make(ratio)
        except Diverged as failed:
            yield from experiment.lost(wanted, failed)
            continue
        if pruned in left:
            yield experiment.evaluate(made.network, dense, pruned, is_counted=made.is_counted)
        if finetuned in left:
            yield finetuning(made.network, finetuned, masks=made.masks)


def _trained(
    experiment: Experiment,
    dense: Dense,
    phases: tuple[Phase, ...],
    recipe: Recipe,
    network: nn.Module,
    condition: Condition,
    *,
    masks: Masks | None = None,
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
    study, network = experiment.study, dense.network
    finetuning = partial(_trained, experiment, dense, study.recipe.finetuning_phases, study.recipe)
    gradients = cache(partial(_gradients, experiment, network))
    for method in study.one_shot_methods:
        if METHODS[method].prune is None:
            make = _by_scores(experiment, network, method, gradients)
        else:
            make = _by_plugin(experiment, network, method)
        yield from _arms(experiment, dense, left, method, study.ratios, make, finetuning)
    if Condition("control") in left:
        yield finetuning(deepcopy(network), Condition("control"))


def _by_plugin(
    experiment: Experiment, network: nn.Module, method: str
) -> Callable[[float], Compressed]:
    """Return what a plug-in's method makes of the network at a ratio."""
    training = experiment.dataset.train
    order = torch.randperm(len(training), generator=experiment.stream(f"batches, {method}"))
    batches = Batches(training, order, experiment.study.recipe.batch_size)

    def make(ratio: float) -> Compressed:
        stream = experiment.stream(f"mask, {method} {ratio:.10g}")
        return compress(method, network, batches, ratio, stream)

    return make


def _by_scores(
    experiment: Experiment,
    network: nn.Module,
    method: str,
    gradients: Callable[[], dict[str, Tensor]],
) -> Callable[[float], Compressed]:
    """Return what prunes the network at a ratio: one order of its scores, cut at each of them."""
    score, study = SCORES[method], experiment.study

    @cache
    def masks_of_ratios() -> dict[float, Masks]:
        given = gradients() if score.needs_gradients else None
        stream = experiment.stream(f"mask, {method}")
        scores = score.scores(network, given, study.recipe.epsilon, stream)
        keeps = [kept_count(network, ratio, study.recipe.ratio_scope) for ratio in study.ratios]
        every = masks_at(scores, keeps, two_sided=score.two_sided)
        return dict(zip(study.ratios, every, strict=True))

    def make(ratio: float) -> Compressed:
        pruned, masks = deepcopy(network), masks_of_ratios()[ratio]
        apply_masks(pruned, masks)
        return Compressed(pruned, masks, is_counted=True)

    return make


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


def _channels(experiment: Experiment, dense: Dense, left: Left) -> Iterator[Finished]:
    """Yield every list of sparsities of CHIP, then its own control.

    All layers are scored on the unpruned model and pruned at once; the smaller network is
    fine-tuned. The control is the whole model with CHIP's fine-tuning, nothing removed.
    """
    chip, whole = experiment.study.chip, dense.network
    if chip is None:
        return
    if not isinstance(whole, ResNet):  # a study of another network has been refused
        raise TypeError(f"CHIP needs a ResNet, not a {type(whole).__name__}")
    recipe = chip.finetuning_recipe(experiment.study.recipe)
    finetuning = partial(_trained, experiment, dense, chip.finetuning_phases, recipe)
    of_ratio = dict(zip(chip.ratios, chip.sparsities, strict=True))

    @cache
    def independence() -> dict[str, Tensor]:
        training, draws = experiment.dataset.train, experiment.stream("channel batches")
        drawn = torch.randperm(len(training), generator=draws)[: chip.score_images]
        return network_independence(
            whole,
            training.of(drawn.to(training.labels.device)).images,
            maps_needed(chip.sparsities),
            lambda images: experiment.progress(Work(scoring=images)),
        )

    def make(ratio: float) -> Compressed:
        channels = choose_channels(independence(), of_ratio[ratio])
        return Compressed(remove_channels(whole, channels), None, is_counted=True)

    yield from _arms(experiment, dense, left, CHIP, chip.ratios, make, finetuning)
    if Condition("control", CHIP) in left:
        yield finetuning(deepcopy(whole), Condition("control", CHIP))
