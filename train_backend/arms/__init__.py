"""The arms of a study: each way of compressing the trained model, with its control."""

from __future__ import annotations

from collections.abc import Iterator

from train_backend.arms import chip, lth, one_shot
from train_backend.conditions import Condition
from train_backend.experiments import Experiment, Row

__all__ = ["rows_of_model"]


def rows_of_model(experiment: Experiment) -> Iterator[Row]:
    """Train one model and yield the rows of the recall table, evaluated model by evaluated model.

    The order is that of `conditions.conditions_of`.
    """
    study = experiment.study
    dense = experiment.train_dense(keep_after=lth.steps_to_keep(experiment))
    yield from experiment.evaluate(dense.network, dense, Condition("baseline"))
    if study.one_shot_methods:
        yield from one_shot.rows(experiment, dense)
    if study.lth is not None:
        yield from lth.rows(experiment, dense, study.lth)
    if study.chip is not None:
        yield from chip.rows(experiment, dense, study.chip)
