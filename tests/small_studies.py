"""Studies that run in a second or two, for tests of the training side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from train_backend.datasets import Dataset, ImageSet
from train_backend.recipes import DIGITS, Phase, Recipe
from train_backend.studies import Study
from train_backend.study_files import study_from_tables

ONE_EPOCH = (Phase(1, 0.05),)


def small_recipe(**changes: Any) -> Recipe:
    """Return the recipe of the digits with one epoch before pruning and one after."""
    short = replace(DIGITS, training_phases=ONE_EPOCH, finetuning_phases=ONE_EPOCH)
    return replace(short, **changes)


def small_study(
    *, recipe: dict[str, Any] | None = None, recipe_name: str = "digits", **changes: Any
) -> Study:
    """Return a study of two LeNet5 on the digits, MP at 2 and the control, one epoch each."""
    phases = [{"epochs": 1, "learning_rate": 0.05}]
    tables = {
        "study": {
            "name": "small",
            "dataset": "digits",
            "architecture": "LeNet5",
            "methods": ["MP"],
            "ratios": [2],
            "models": 2,
            "recipe": recipe_name,
            **changes,
        },
        "recipe": {"training_phases": phases, "finetuning_phases": phases, **(recipe or {})},
    }
    return study_from_tables(tables, default_name="small")


def two_blobs(images: int = 64, size: int = 10) -> Dataset:
    """Return dark and bright noisy images, which a small network can tell apart at once."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(images) % 2
    noise = torch.randn(images, 1, size, size, generator=generator)
    part = ImageSet(noise + 2.0 * labels[:, None, None, None] - 1.0, labels)
    return Dataset("digits", ("dark", "bright"), part, part, part, torch.zeros(1))
