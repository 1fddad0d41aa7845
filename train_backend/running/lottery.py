"""LTH as it is run: every level from the one before, the random masks beside it, the control."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import NamedTuple

from torch import nn

from train_backend.errors import Diverged
from train_backend.methods import LTH, LTH_RANDOM
from train_backend.methods.lottery_ticket import (
    Masks,
    level_masks,
    level_ratio,
    shuffled_masks,
    whole_masks,
)
from train_backend.methods.masks import apply_masks
from train_backend.running.experiment import Dense, Experiment
from train_backend.running.parts import Finished
from train_backend.studies.conditions import SHARED_CONTROL, Condition
from train_backend.studies.recipes import training_steps
from train_backend.training.loop import Epoch, State


def lottery(
    experiment: Experiment, dense: Dense, left: Collection[Condition]
) -> Iterator[Finished]:
    """Yield every level of LTH, the random masks beside it, then the control.

    The control is a level with nothing pruned: the dense network, rewound and trained again in
    another order of the images. So it has had what each level has had, but the mask.
    """
    study = experiment.study
    if study.lth is None:
        return
    levels = Levels(experiment, dense)
    for level in range(1, study.lth.levels + 1):
        ticket = Condition("finetuned", LTH, level_ratio(level))
        if ticket in left:
            yield levels.finish(level)
            levels.forget_before(level)
        branch = Condition("finetuned", LTH_RANDOM, level_ratio(level))
        if branch in left:
            stream = experiment.stream(f"mask, {branch}")
            try:
                drawn = shuffled_masks(levels.masks_of(level), stream)
                trained = levels.train_again(drawn, branch)
            except Diverged as failed:
                yield from experiment.lost([branch], failed)
            else:
                yield experiment.evaluate(trained.network, dense, branch, trained.history)
    own = Condition("control", LTH)
    controls = [condition for condition in (own, SHARED_CONTROL) if condition in left]
    if controls:
        try:
            trained = levels.train_again(whole_masks(dense.network), own)
        except Diverged as failed:
            yield from experiment.lost(controls, failed)
        else:
            for control in controls:
                yield experiment.evaluate(trained.network, dense, control, trained.history)
    levels.forget_before(study.lth.levels + 1)


class TrainedAgain(NamedTuple):
    """A network with the weights of the selected epoch, those of its last step, its history."""

    network: nn.Module
    last: State
    history: list[Epoch]


class Levels:
    """The levels of LTH of one model, each of which follows from the one before.

    A level is pruned by the weights of the last step of the level before, whichever epoch is
    selected for evaluation. Its survivors and the batch-norm state are those of the rewind step,
    bit for bit, and it is trained by the schedule from there on.
    """

    def __init__(self, experiment: Experiment, dense: Dense) -> None:
        study = experiment.study
        if study.lth is None:
            raise TypeError("the study has no LTH")
        self._experiment, self._dense, self._settings = experiment, dense, study.lth
        self._last_step = training_steps(study.dataset, study.recipe)
        self._lost: dict[int, Diverged] = {}
        self._begin_at_most(study.lth.levels)

    def _begin_at_most(self, most: int) -> None:
        """Begin at the highest level, `most` or below, that a checkpoint holds, else at 0."""
        self._level, self._masks = 0, whole_masks(self._dense.network)
        self._weights: State = self._dense.states[self._last_step]
        for level in range(most, 0, -1):
            kept = self._experiment.checkpoints.load(f"{LTH}-{level}", self._experiment.device)
            if kept is not None:
                names = list(self._masks)
                self._masks = {name: kept[f"mask/{name}"] for name in names}
                self._weights = {name: kept[f"weight/{name}"] for name in names}
                self._level = level
                return

    def masks_of(self, level: int) -> Masks:
        """Return the masks of a level.

        Raises:
            Diverged: A level before it has diverged.
        """
        if self._level == level:
            return self._masks
        self._reach(level - 1)
        return level_masks(self._weights, self._masks, level)

    def finish(self, level: int) -> Finished:
        """Train a level and return what it counts, or that it, or one before it, has diverged."""
        condition = Condition("finetuned", LTH, level_ratio(level))
        try:
            self._reach(level - 1)
            trained = self._train_next()
        except Diverged as failed:
            return Finished(self._experiment.model, condition, diverged=str(failed))
        return self._experiment.evaluate(trained.network, self._dense, condition, trained.history)

    def forget_before(self, level: int) -> None:
        """Remove the checkpoints of earlier levels."""
        for earlier in range(1, level):
            self._experiment.checkpoints.forget(f"{LTH}-{earlier}")

    def _reach(self, level: int) -> None:
        """Train the levels up to this one that no checkpoint holds."""
        if self._level > level:
            self._begin_at_most(level)
        while self._level < level:
            upcoming = self._level + 1
            try:
                self._train_next()
            except Diverged as failed:
                raise Diverged(f"follows from level {upcoming}, which {failed}") from failed

    def _train_next(self) -> TrainedAgain:
        """Return the next level, trained, which is then the level reached."""
        level = self._level + 1
        if level in self._lost:
            raise self._lost[level]
        masks = level_masks(self._weights, self._masks, level)
        condition = Condition("finetuned", LTH, level_ratio(level))
        try:
            trained = self.train_again(masks, condition)
        except Diverged as failed:
            self._lost[level] = failed
            raise
        self._level, self._masks, self._weights = level, masks, trained.last
        kept = {f"mask/{name}": mask for name, mask in masks.items()}
        kept |= {f"weight/{name}": trained.last[name] for name in masks}
        self._experiment.checkpoints.save(f"{LTH}-{level}", kept)
        return trained

    def train_again(self, masks: Masks, condition: Condition) -> TrainedAgain:
        """Return the rewound, masked network after training.

        Raises:
            Diverged: It has.
        """
        network = rewound(self._dense, self._dense.states[self._settings.rewind_step], masks)
        history: list[Epoch] = []
        states = self._experiment.train(
            network,
            self._experiment.study.recipe.training_phases,
            str(condition),
            masks=masks,
            first_step=self._settings.rewind_step,
            keep_after=(self._last_step,),
            history=history,
        )
        return TrainedAgain(network, states[self._last_step], history)


def rewound(dense: Dense, state: State, masks: Masks) -> nn.Module:
    """Return the network with weights and batch-norm state of the rewind step, and masked."""
    network = deepcopy(dense.network)
    network.load_state_dict(state)
    apply_masks(network, masks)
    return network
