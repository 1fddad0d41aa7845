"""Units of work: a model of a study, trained, pruned in every way and evaluated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import torch
from torch import nn

from data_contracts.schema import RECALL_TABLE
from train_backend.data import DATASETS
from train_backend.running.compression import rows_of_model
from train_backend.running.experiment import Experiment
from train_backend.studies.conditions import conditions_of
from train_backend.studies.recipes import RECIPE_VERSION
from train_backend.studies.study import Study, resolved_settings
from train_backend.studies.workload import Progress, Work, silent, work_of_model

CODE_VERSION = 2
"""Raise it when a change of the code changes any count: older parts are then done again."""

KeepModel = Callable[[int, str, nn.Module], None]
"""Takes the index of a model, a name unique within it, and the evaluated model."""


@dataclass(frozen=True)
class Unit:
    """What is done, kept and resumed as one piece.

    Attributes:
        study: The resolved study.
        model: Its index.
    """

    study: Study
    model: int

    @property
    def digest(self) -> str:
        """Return the name of its part: a hash of all that its counts follow from.

        The number of models is left out: a study may grow, and the models it has stay.
        """
        settings = resolved_settings(self.study)
        del settings["study"]["models"]
        key = {
            "settings": settings,
            "model": self.model,
            "recipe_version": RECIPE_VERSION,
            "code_version": CODE_VERSION,
        }
        return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def rows(self) -> int:
        """Return the number of rows of its part."""
        evaluated = len(conditions_of(self.study))
        return evaluated * len(DATASETS[self.study.dataset].class_names)

    @property
    def work(self) -> Work:
        """Return its image passes."""
        return work_of_model(self.study)


def units_of(study: Study, shard: tuple[int, int] = (1, 1)) -> list[Unit]:
    """Return the units of a study, or of one share of it.

    Args:
        study: The resolved study.
        shard: (i, n): every n-th model from the i-th on, counted from 1.
    """
    share, shares = shard
    return [Unit(study, model) for model in range(share - 1, study.models, shares)]


def run_unit(
    unit: Unit,
    *,
    device: torch.device,
    root: Path | None = None,
    keep: KeepModel | None = None,
    progress: Progress = silent,
) -> pa.Table:
    """Return the recall table of a unit. Call it under `devices.repeatable`.

    Args:
        unit: What to do.
        device: Where.
        root: Folder of the data sets; None for the default.
        keep: Given every evaluated model, if its weights are wanted.
        progress: Told of the work just done.

    Raises:
        TrainError: The data set is missing, or a model diverges.
    """
    experiment = Experiment(
        unit.study,
        unit.model,
        device=device,
        root=root,
        keep=None if keep is None else partial(keep, unit.model),
        progress=progress,
    )
    return pa.Table.from_pylist(list(rows_of_model(experiment)), schema=RECALL_TABLE)
