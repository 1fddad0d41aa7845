"""Each way of compressing the trained model, with its control."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn

from train_backend.methods import CHIP, LTH, LTH_RANDOM
from train_backend.methods.channel_independence import network_independence
from train_backend.methods.channel_pruning import choose_channels, maps_needed, remove_channels
from train_backend.methods.gradients import data_loss_gradients
from train_backend.methods.lottery_ticket import (
    LotteryTicket,
    Masks,
    level_masks,
    level_ratio,
    shuffled_masks,
    whole_masks,
)
from train_backend.methods.masks import apply_masks, kept_count, masks_at
from train_backend.methods.scores import SCORES
from train_backend.models.resnet import ResNet
from train_backend.running.experiment import Dense, Experiment, Row
from train_backend.studies.chip import Chip
from train_backend.studies.conditions import SHARED_CONTROL, Condition
from train_backend.studies.recipes import training_steps
from train_backend.studies.workload import Work
from train_backend.training.loop import State


def _one_shot_rows(experiment: Experiment, dense: Dense) -> Iterator[Row]:
    """Yield the rows of every one-shot method and ratio, then of the control they share."""
    study = experiment.study
    phases = study.recipe.finetuning_phases
    gradients = _gradients(experiment, dense.network)
    for method in study.one_shot_methods:
        every = _masks_of_method(experiment, dense.network, method, gradients)
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


def _masks_of_method(
    experiment: Experiment, network: nn.Module, method: str, gradients: dict[str, Tensor] | None
) -> list[dict[str, Tensor]]:
    """Return the masks of a method at each ratio: one order of its scores, cut at each of them."""
    score, study = SCORES[method], experiment.study
    stream = experiment.stream(f"mask, {method}")
    scores = score.function(network, gradients, study.recipe.weight_decay, stream)
    keeps = [kept_count(network, ratio, study.recipe.ratio_scope) for ratio in study.ratios]
    return masks_at(scores, keeps, two_sided=score.two_sided)


def _steps_to_keep(experiment: Experiment) -> tuple[int, ...]:
    """Return the steps of dense training after which LTH needs the weights."""
    study = experiment.study
    if study.lth is None:
        return ()
    return study.lth.rewind_step, training_steps(study.dataset, study.recipe)


def _lottery_rows(experiment: Experiment, dense: Dense, settings: LotteryTicket) -> Iterator[Row]:
    """Yield the rows of every level, of the random masks beside it, then of the control.

    A level is pruned by the weights of the last step of the level before, whichever epoch is
    selected for evaluation. Its survivors and the batch-norm state are those of the rewind step,
    bit for bit, and it is trained by the schedule from there on.

    The control is a level with nothing pruned: the dense network, rewound and trained again in
    another order of the images. So it has had what each level has had, but the mask.
    """
    study = experiment.study
    weights = dense.states[training_steps(study.dataset, study.recipe)]
    masks = whole_masks(dense.network)
    for level in range(1, settings.levels + 1):
        masks = level_masks(weights, masks, level)
        ticket = Condition("finetuned", LTH, level_ratio(level))
        network, weights = _train_again(experiment, dense, settings, masks, ticket)
        yield from experiment.evaluate(network, dense, ticket)
        if LTH_RANDOM in study.methods:
            branch = Condition("finetuned", LTH_RANDOM, level_ratio(level))
            drawn = shuffled_masks(masks, experiment.stream(f"mask, {branch}"))
            network, _ = _train_again(experiment, dense, settings, drawn, branch)
            yield from experiment.evaluate(network, dense, branch)
    if study.control:
        control = Condition("control", LTH)
        whole = whole_masks(dense.network)
        network, _ = _train_again(experiment, dense, settings, whole, control)
        yield from experiment.evaluate(network, dense, control)
        if LTH_RANDOM in study.methods:
            yield from experiment.evaluate(network, dense, SHARED_CONTROL)


def rewound(dense: Dense, state: State, masks: Masks) -> nn.Module:
    """Return the network with weights and batch-norm state of the rewind step, and masked."""
    network = deepcopy(dense.network)
    network.load_state_dict(state)
    apply_masks(network, masks)
    return network


def _train_again(
    experiment: Experiment,
    dense: Dense,
    settings: LotteryTicket,
    masks: Masks,
    condition: Condition,
) -> tuple[nn.Module, State]:
    """Return the rewound, masked network after training, and its weights of the last step."""
    study = experiment.study
    last_step = training_steps(study.dataset, study.recipe)
    network = rewound(dense, dense.states[settings.rewind_step], masks)
    states = experiment.train(
        network,
        study.recipe.training_phases,
        str(condition),
        masks=masks,
        first_step=settings.rewind_step,
        keep_after=(last_step,),
    )
    return network, states[last_step]


def _chip_rows(experiment: Experiment, dense: Dense, settings: Chip) -> Iterator[Row]:
    """Yield the rows of every list of sparsities, then of CHIP's own control.

    All layers are scored on the unpruned model and pruned at once. The control is that model
    with CHIP's fine-tuning, nothing removed.
    """
    whole = dense.network
    if not isinstance(whole, ResNet):  # a study of another network has been refused
        raise TypeError(f"CHIP needs a ResNet, not a {type(whole).__name__}")
    recipe = settings.finetuning_recipe(experiment.study.recipe)
    independence = network_independence(
        whole,
        _images(experiment, settings),
        maps_needed(settings.sparsities),
        lambda images: experiment.progress(Work(scoring=images)),
    )
    for sparsities, ratio in zip(settings.sparsities, settings.ratios, strict=True):
        network = remove_channels(whole, choose_channels(independence, sparsities))
        yield from experiment.evaluate(network, dense, Condition("pruned", CHIP, ratio))
        finetuned = Condition("finetuned", CHIP, ratio)
        experiment.train(network, settings.finetuning_phases, str(finetuned), recipe=recipe)
        yield from experiment.evaluate(network, dense, finetuned)
    if experiment.study.control:
        network, control = deepcopy(whole), Condition("control", CHIP)
        experiment.train(network, settings.finetuning_phases, str(control), recipe=recipe)
        yield from experiment.evaluate(network, dense, control)


def _images(experiment: Experiment, settings: Chip) -> torch.Tensor:
    """Return the training images that score the channels, drawn without replacement."""
    training = experiment.dataset.train
    order = torch.randperm(len(training), generator=experiment.stream("channel batches"))
    return training.of(order[: settings.score_images].to(training.labels.device)).images


def rows_of_model(experiment: Experiment) -> Iterator[Row]:
    """Train one model and yield the rows of the recall table, evaluated model by evaluated model.

    The order is that of `conditions.conditions_of`.
    """
    study = experiment.study
    dense = experiment.train_dense(keep_after=_steps_to_keep(experiment))
    yield from experiment.evaluate(dense.network, dense, Condition("baseline"))
    if study.one_shot_methods:
        yield from _one_shot_rows(experiment, dense)
    if study.lth is not None:
        yield from _lottery_rows(experiment, dense, study.lth)
    if study.chip is not None:
        yield from _chip_rows(experiment, dense, study.chip)
