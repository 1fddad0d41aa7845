"""The lottery ticket: prune, rewind, train again, level by level (LTH, Table 12)."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from torch import nn

from train_backend.conditions import SHARED_CONTROL, Condition
from train_backend.experiments import Dense, Experiment, Row
from train_backend.lottery_ticket import (
    LotteryTicket,
    Masks,
    level_masks,
    level_ratio,
    shuffled_masks,
    whole_masks,
)
from train_backend.masks import apply_masks
from train_backend.methods import LTH, LTH_RANDOM
from train_backend.sizes import training_steps
from train_backend.training import State


def steps_to_keep(experiment: Experiment) -> tuple[int, ...]:
    """Return the steps of dense training after which LTH needs the weights."""
    study = experiment.study
    if study.lth is None:
        return ()
    return study.lth.rewind_step, training_steps(study.dataset, study.recipe)


def rows(experiment: Experiment, dense: Dense, settings: LotteryTicket) -> Iterator[Row]:
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
