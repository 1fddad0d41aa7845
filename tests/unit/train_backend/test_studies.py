"""Study files: what a good one resolves to, and what a wrong one is told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from small_studies import small_study
from train_backend.errors import TrainError
from train_backend.recipes import Phase, recipe_for
from train_backend.study_files import read_study, study_from_tables, study_to_toml

SMALLEST = '[study]\ndataset = "Fashion-MNIST"\narchitecture = "LeNet5"\n'
DIGITS = '[study]\ndataset = "digits"\narchitecture = "LeNet5"\n'


def read(tmp_path: Path, text: str) -> object:
    """Read a study file of that text."""
    path = tmp_path / "study.toml"
    path.write_text(text)
    return read_study(path)


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


def test_a_study_without_stacks_trains_its_models_one_by_one() -> None:
    """Membership of stacks stands in the resolved study, fixed before anything runs."""
    assert small_study(models=3).stacks == ((0,), (1,), (2,))
    assert "stacks = [[0], [1], [2]]" in study_to_toml(small_study(models=3))


def test_stack_makes_stacks_of_so_many_models() -> None:
    """Consecutive ones, the last may be smaller; the resolved study lists them."""
    study = small_study(models=5, stack=2)
    assert study.stacks == ((0, 1), (2, 3), (4,))
    assert study_from_tables(tomllib.loads(study_to_toml(study)), default_name="") == study


WRONG_STUDIES = [
    ("", "[study] has no dataset: `rdtrain list` shows the known ones"),
    ("[study]\nx = \n", "study.toml is not TOML: Invalid value (at line 2, column 5)"),
    ("[studdy]\n", "unknown key 'studdy': did you mean 'study'?"),
    ("study = 1\n", "[study] is 1: it must be a table"),
    (DIGITS + "ratio = [2]\n", "[study] has an unknown key 'ratio': did you mean 'ratios'?"),
    (DIGITS + "[recipe]\nlr = 1\n", "[recipe] has an unknown key 'lr'"),
    (
        DIGITS + "[recipe]\nweigth_decay = 0.1\n",
        "[recipe] has an unknown key 'weigth_decay': did you mean 'weight_decay'?",
    ),
    (
        DIGITS.replace("digits", "MNISTT"),
        "unknown dataset 'MNISTT': did you mean 'MNIST'? "
        "(known are digits, MNIST, Fashion-MNIST, CIFAR-10, CIFAR-100)",
    ),
    (
        DIGITS.replace("LeNet5", "VGG-16"),
        "unknown architecture 'VGG-16': known are LeNet5, ResNet-20, ResNet-32, ResNet-44, "
        "ResNet-56, ResNet-110",
    ),
    (
        DIGITS + 'methods = ["MP", "lottery"]\n',
        "unknown method 'lottery': known are MP, GP, UP, RP, GP-decayed, UP-signed",
    ),
    (DIGITS + 'methods = ["MP", "MP"]\n', "method MP stands there twice: name each method once"),
    (DIGITS + "methods = []\n", "methods is [], but it must be a list of methods, not empty"),
    (DIGITS + 'methods = "MP"\n', "methods is 'MP', but it must be a list of methods, not empty"),
    (
        DIGITS + "ratios = [2, 100]\n",
        "ratio 100 leaves 601 parameters but 1,076 cannot be pruned",
    ),
    (DIGITS + "ratios = [0.5]\n", "each a number from 1 on"),
    (DIGITS + "ratios = [nan]\n", "each a number from 1 on"),
    (DIGITS + "ratios = [inf]\n", "each a number from 1 on"),
    (DIGITS + "ratios = [1]\n", "ratio 1 prunes nothing: leave it out"),
    (DIGITS + "ratios = [2, 2.0]\n", "ratio 2 stands there twice: name each ratio once"),
    (DIGITS + "ratios = [2.00001]\n", "ratio 2.00001 has more than 4 decimals"),
    (DIGITS + "models = 0\n", "models is 0, but it must be a whole number from 1 on"),
    (DIGITS + "models = 1000000000\n", "a whole number from 1 on below 100001"),
    (DIGITS + "padding = 100000\n", "a whole number from 0 on below 257"),
    (DIGITS + "[recipe]\nweight_decay = 1e300\n", "a number from 0 on and below 1e+09"),
    (DIGITS + "models = true\n", "models is True, but it must be a whole number from 1 on"),
    (DIGITS + "stacks = [[0], [2]]\n", "stacks must hold every model from 0 on exactly once"),
    (
        DIGITS + "stack = 2\nstacks = [[0, 1]]\n",
        "has stack, the models of each stack, and stacks, which lists them: leave one of the two",
    ),
    (
        DIGITS + "models = 3\nstacks = [[0], [1]]\n",
        "models = 3, but its stacks hold 2: leave one of the two out",
    ),
    (DIGITS + "control = 1\n", "control is 1, but it must be true or false"),
    (DIGITS + "seed = -1\n", "seed is -1, but it must be a whole number from 0 on"),
    (DIGITS + 'name = "a/b"\n', "name 'a/b' cannot name a folder"),
    (DIGITS + 'recipe = "described"\n', "there is no recipe 'described'"),
    (DIGITS + "[recipe]\nmomentum = 1\n", "it must be a number from 0 on and below 1"),
    (DIGITS + '[recipe]\nselection = "best"\n', "one of 'validation', 'test', 'last'"),
    (DIGITS + "[recipe]\ngradient_batches = 0\n", 'a whole number from 1 on, or "all"'),
    (
        DIGITS + "[recipe]\ntraining_phases = [{ epochs = 1 }]\n",
        "each { epochs = 10, learning_rate = 0.01 }, from 1 epoch on, rate above 0",
    ),
    (
        DIGITS + "[recipe]\nvalidation_fraction = 0\n",
        "selection 'validation' needs validation images, but validation_fraction is 0",
    ),
]


@pytest.mark.parametrize(("text", "told"), WRONG_STUDIES, ids=[told for _, told in WRONG_STUDIES])
def test_a_wrong_study_is_refused_before_anything_runs(
    tmp_path: Path, text: str, told: str
) -> None:
    """What is wrong, where, and what to do, in one line that names the file."""
    with pytest.raises(TrainError) as refused:
        read(tmp_path, text)
    assert told in str(refused.value)
    assert "study.toml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_study_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A typing error in the path."""
    with pytest.raises(TrainError, match=r"there is no study file .*absent\.toml"):
        read_study(tmp_path / "absent.toml")


def test_a_study_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A recall table given where the study belongs."""
    (tmp_path / "study.toml").write_bytes(b"PAR1\xff\xfe\x00")
    with pytest.raises(TrainError, match="cannot be read as text"):
        read_study(tmp_path / "study.toml")


def test_the_largest_ratio_depends_on_what_the_recipe_counts() -> None:
    """ShrinkBench counts 226 biases as if they could be pruned: 850 are fixed, not 1,076."""
    small_study(ratios=[70], recipe={"ratio_scope": "shrinkbench"})
    with pytest.raises(TrainError, match="ratio 70 leaves 858 parameters but 1,076"):
        small_study(ratios=[70])
