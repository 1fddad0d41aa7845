"""Study files: what a good one resolves to, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_studies import small_study
from train_backend.errors import TrainError
from train_backend.studies.files import read_study, study_to_toml
from train_backend.studies.recipes import Phase, recipe_for

SMALLEST = '[study]\ndataset = "Fashion-MNIST"\narchitecture = "LeNet5"\n'


def test_a_study_of_two_lines_is_the_papers(tmp_path: Path) -> None:
    """30 models, MP at the five ratios, the recipe as described, named after its file."""
    path = tmp_path / "fashion.toml"
    path.write_text(SMALLEST)
    study = read_study(path)
    assert study.name == "fashion"
    assert study.models == 30
    assert (study.methods, study.ratios) == (("MP",), (2.0, 4.0, 10.0, 20.0, 50.0))
    assert study.control
    assert study.recipe == recipe_for("as described", "LeNet5", "Fashion-MNIST")


def test_a_recipe_table_overrides_single_settings(tmp_path: Path) -> None:
    """What it leaves out stays as in the named recipe."""
    phases = "training_phases = [{ epochs = 2, learning_rate = 0.5 }]"
    path = tmp_path / "study.toml"
    path.write_text(f'{SMALLEST}[recipe]\n{phases}\ngradient_batches = "all"\n')
    recipe = read_study(path).recipe
    assert recipe.training_phases == (Phase(2, 0.5),)
    assert recipe.batch_size == 128


@pytest.mark.parametrize("architecture", ["LeNet5", "ResNet-20"])
def test_the_resolved_study_reads_back_as_the_same_study(tmp_path: Path, architecture: str) -> None:
    """The study.toml in the output folder is a study file itself, with nothing left open."""
    path = tmp_path / "mine.toml"
    path.write_text(SMALLEST.replace("LeNet5", architecture))
    study = read_study(path)
    resolved = tmp_path / "study.toml"
    resolved.write_text(study_to_toml(study))
    assert read_study(resolved) == study


def test_images_are_padded_to_the_32x32_of_the_resnets(tmp_path: Path) -> None:
    """28 pixels and 2 on each side; LeNet5 takes them as they are."""
    path = tmp_path / "study.toml"
    path.write_text(SMALLEST.replace("LeNet5", "ResNet-20"))
    assert read_study(path).padding == 2
    path.write_text(SMALLEST)
    assert read_study(path).padding == 0


def test_a_study_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A recall table given where the study belongs."""
    (tmp_path / "study.toml").write_bytes(b"PAR1\xff\xfe\x00")
    with pytest.raises(TrainError, match=r"study.toml is no text: a study file is TOML"):
        read_study(tmp_path / "study.toml")


def test_the_largest_ratio_depends_on_what_the_recipe_counts() -> None:
    """ShrinkBench counts 226 biases as if they could be pruned: 850 are fixed, not 1,076."""
    small_study(ratios=[70], recipe={"ratio_scope": "shrinkbench"})
    with pytest.raises(TrainError, match="ratio 70 leaves 858 parameters but 1,076"):
        small_study(ratios=[70])
