"""Studies that run in a second or two, for tests of the training side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import torch
from torch import Tensor

from data_contracts.schema import RECALL_TABLE
from train_backend.data import Dataset, ImageSet
from train_backend.running.compression import finish
from train_backend.running.experiment import Experiment
from train_backend.running.tables import rows_of
from train_backend.studies.conditions import Condition, conditions_of
from train_backend.studies.files import study_from_tables
from train_backend.studies.recipes import DIGITS, Phase, Recipe
from train_backend.studies.study import Study
from train_backend.studies.workload import Progress, silent
from train_backend.training.devices import repeatable

ONE_EPOCH = (Phase(1, 0.05),)


def small_recipe(**changes: Any) -> Recipe:
    """Return the recipe of the digits with one epoch before pruning and one after."""
    short = replace(DIGITS, training_phases=ONE_EPOCH, finetuning_phases=ONE_EPOCH)
    return replace(short, **changes)


def small_study(
    *,
    recipe: dict[str, Any] | None = None,
    recipe_name: str = "digits",
    lth: dict[str, Any] | None = None,
    chip: dict[str, Any] | None = None,
    **changes: Any,
) -> Study:
    """Return a study of two LeNet5 on the digits, MP at 2 and the control, one epoch each.

    `lth` and `chip` are tables of the study; a change to None leaves a key out.
    """
    phases = [{"epochs": 1, "learning_rate": 0.05}]
    settings = {
        "name": "small",
        "dataset": "digits",
        "architecture": "LeNet5",
        "methods": ["MP"],
        "ratios": [2],
        "models": 2,
        "recipe": recipe_name,
        **changes,
    }
    tables = {
        "study": {key: value for key, value in settings.items() if value is not None},
        "recipe": {"training_phases": phases, "finetuning_phases": phases, **(recipe or {})},
        **{name: table for name, table in (("lth", lth), ("chip", chip)) if table is not None},
    }
    return study_from_tables(tables, default_name="small")


def table_of(study: Study, model: int = 0, progress: Progress = silent) -> pa.Table:
    """Return the rows of one model of a study, computed on the CPU in memory."""
    device = torch.device("cpu")
    with repeatable(device):
        experiment = Experiment(study, model, device=device, progress=progress)
        done = finish(experiment, conditions_of(study))
        rows = [row for finished in done for row in rows_of(study, finished)]
    return pa.Table.from_pylist(rows, schema=RECALL_TABLE)


def correct_counts(study: Study) -> Tensor:
    """Return n_correct of every class of every evaluated model, float64, (models, rows)."""
    tables = [table_of(study, model) for model in range(study.models)]
    return torch.tensor([table["n_correct"].to_pylist() for table in tables], dtype=torch.float64)


def assert_within_the_noise_of_seeds(found: Tensor, expected: Tensor) -> None:
    """Nearer to the same seed, computed otherwise, than to another seed; and no shift of the mean.

    Args:
        found: Counts, float64 of shape (models, rows).
        expected: The same models' counts by the way that is compared with.
    """
    models = len(expected)
    seeds = torch.combinations(torch.arange(models))
    between_seeds = (expected[seeds[:, 0]] - expected[seeds[:, 1]]).abs().mean()
    assert (found - expected).abs().mean() < between_seeds
    standard_error = expected.mean(dim=1).std() * (2 / models) ** 0.5
    assert (found.mean() - expected.mean()).abs() < 3 * standard_error


def conditions_in(table: pa.Table) -> list[Condition]:
    """Return every condition of a table once, in the order of its rows."""
    columns = (table[name].to_pylist() for name in ("stage", "method", "ratio"))
    return [Condition(*values) for values in dict.fromkeys(zip(*columns, strict=True))]


def two_blobs(images: int = 64, size: int = 10) -> Dataset:
    """Return dark and bright noisy images, which a small network can tell apart at once."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(images) % 2
    noise = torch.randn(images, 1, size, size, generator=generator)
    part = ImageSet(noise + 2.0 * labels[:, None, None, None] - 1.0, labels)
    return Dataset("digits", ("dark", "bright"), part, part, part, torch.zeros(1))
