"""The study files in docs/studies: each is read, resolved and planned, and together they are all.

Sections 7.1 to 7.4 and Appendices D to H; Appendices D, F and G read the same tables.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import train_backend.running.plan
from rd_cli.train.plan import plan_lines
from train_backend.running.plan import plan_study
from train_backend.running.speeds import Speeds
from train_backend.studies.files import read_study
from train_backend.studies.study import Study

FOLDER = Path(__file__).parents[4] / "docs" / "studies"
FILES = sorted(FOLDER.glob("*.toml"))
LOW_RATIOS = (2.0, 4.0, 6.0, 8.0, 10.0)  # Figure 13
RATIOS = (2.0, 4.0, 10.0, 20.0, 50.0)  # Section 6.1

EXPERIMENTS = [
    ("MNIST", "LeNet5", {"MP"}),
    ("Fashion-MNIST", "LeNet5", {"MP"}),
    ("CIFAR-10", "ResNet-20", {"MP", "UP"}),
    ("CIFAR-10", "ResNet-32", {"MP", "UP"}),
    ("CIFAR-10", "ResNet-44", {"MP", "UP"}),
    ("CIFAR-10", "ResNet-56", {"MP", "GP", "UP", "RP"}),
    ("CIFAR-10", "ResNet-110", {"MP", "UP"}),
    ("CIFAR-100", "ResNet-56", {"MP", "UP"}),
]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_file_is_read_and_planned(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named after its file, with a control arm, and with hours."""
    monkeypatch.setattr(
        train_backend.running.plan, "measure_speeds", lambda *_, **__: Speeds(50.0, 150.0)
    )
    study = read_study(path)
    assert study.name == path.stem
    assert study.control
    plan = plan_study(study, tmp_path / "none", device="cpu")
    assert plan.seconds_left > 0
    text = "\n".join(plan_lines(study, tmp_path / "none", plan))
    assert f"models     0 of {study.models} done in" in text


@pytest.mark.parametrize(("dataset", "architecture", "methods"), EXPERIMENTS)
def test_every_experiment_of_section_7_has_a_file(
    dataset: str, architecture: str, methods: set[str]
) -> None:
    """30 models by the recipe as described; on CIFAR-10 at the ratios of Appendix E too."""
    study = the_study(dataset, architecture, methods)
    assert study.models == 30
    assert study.recipe_name == "as described"
    ratios = {*RATIOS, *LOW_RATIOS} if dataset == "CIFAR-10" else set(RATIOS)
    assert set(study.ratios) == ratios


def the_study(dataset: str, architecture: str, methods: set[str]) -> Study:
    """Return the one study file of 30 models that runs at least these methods, as described."""
    (found,) = [
        study
        for study in map(read_study, FILES)
        if (study.dataset, study.architecture) == (dataset, architecture)
        and methods <= set(study.methods)
        and (study.models, study.recipe_name) == (30, "as described")
    ]
    return found


def test_table_12_is_ten_models_twenty_levels_and_30000_steps_each() -> None:
    """85 epochs of 352 steps are 29,920."""
    study = read_study(FOLDER / "cifar-10-resnet-56-lth.toml")
    assert study.lth is not None
    assert (study.models, study.lth.levels, study.lth.rewind_step) == (10, 20, 0)
    assert abs(study.recipe.training_epochs * 352 - 30_000) < 352
    assert f"{study.lth.ratios[-1]:.2f}" == "86.74"


def test_table_13_is_fifteen_models_at_the_printed_ratios() -> None:
    """400 epochs of fine-tuning after 60 of training."""
    study = read_study(FOLDER / "cifar-10-resnet-56-chip.toml")
    assert study.chip is not None
    assert study.models == 15
    assert study.chip.ratios == (1.75, 3.33, 8.27, 19.11)
    assert (study.recipe.training_epochs, study.chip.finetuning_epochs) == (60, 400)


def test_the_index_names_every_file() -> None:
    """Which file gives which table and figure."""
    index = (FOLDER / "README.md").read_text()
    assert all(f"({path.name})" in index for path in FILES)
