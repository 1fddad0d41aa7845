"""Wrong study files: each is refused before anything runs, with one line that says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from train_backend.errors import TrainError
from train_backend.studies.files import read_study

DIGITS = '[study]\ndataset = "digits"\narchitecture = "LeNet5"\n'
CIFAR = '[study]\ndataset = "CIFAR-10"\narchitecture = "ResNet-56"\n'
LTH = CIFAR + 'methods = ["LTH"]\n'
CHIP = CIFAR + 'methods = ["CHIP"]\n'
SIX = "[0, 0.1, 0.1, 0.2, 0.2, 0.2]"

WRONG_STUDIES = [
    ("", "[study] has no dataset: `rdtrain list` shows the known ones"),
    ("[study]\nx = \n", "study.toml is not TOML: Invalid value (at line 2, column 5)"),
    ("[studdy]\n", "unknown key 'studdy': did you mean 'study'?"),
    ("study = 1\n", "[study] is 1: it must be a table"),
    ('dataset = "digits"\n', "the file has the key 'dataset', which belongs below a line [study]"),
    (
        DIGITS + "batch_size = 32\n",
        "[study] has the key 'batch_size', which belongs below a line [recipe]",
    ),
    (DIGITS + f"models = {5000 * '9'}\n", "is not TOML"),
    (
        DIGITS + f"[recipe]\nbatch_size = {2**63}\n",
        f"batch_size is {2**63}, but it must be less than or equal to 1000000",
    ),
    (DIGITS + "x = " + 1000 * "[" + 1000 * "]", "nests lists or tables too deeply"),
    (
        DIGITS + f"ratios = {[2] * 100 + [0]}\n",
        "ratios[100] is 0, but it must be greater than or equal to 1",
    ),
    (DIGITS + f"ratios = {list(range(2, 100_002))}\n", "but it must be a shorter list"),
    (DIGITS + 50_000 * "a." + "a = 1\n", "is not TOML: a key has more than 100 parts"),
    ("[" + 50_000 * "'a' . " + "a]\n", "is not TOML: a key has more than 100 parts"),
    (f"# {'.' * 1000}\nx = '{'.' * 1000}'\n[studdy]\n", "the file has an unknown key"),
    (DIGITS + f'name = "{"x" * 101}"\n', "cannot name a folder: use letters"),
    (DIGITS + "ratio = [2]\n", "[study] has an unknown key 'ratio': did you mean 'ratios'?"),
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
    (DIGITS + "methods = []\n", "methods is [], but it must be a list that is not empty"),
    (DIGITS + 'methods = "MP"\n', "methods is 'MP', but it must be a list"),
    (
        DIGITS + "ratios = [2, 100]\n",
        "ratio 100 leaves 601 parameters but 1,076 cannot be pruned",
    ),
    (DIGITS + "ratios = [2, 0.5]\n", "ratios[1] is 0.5, but it must be greater than or equal to 1"),
    (DIGITS + "ratios = [nan]\n", "but it must be a finite number"),
    (DIGITS + "ratios = [1]\n", "ratio 1 prunes nothing: leave it out"),
    (DIGITS + "ratios = [2, 2.0]\n", "ratio 2 stands there twice: name each ratio once"),
    (DIGITS + "ratios = [2.00001]\n", "ratio 2.00001 has more than 4 decimals"),
    (DIGITS + "models = 0\n", "models is 0, but it must be greater than or equal to 1"),
    (
        DIGITS + "models = 1000000000\n",
        "models is 1000000000, but it must be less than or equal to 100000",
    ),
    (DIGITS + "models = true\n", "models is True, but it must be a whole number"),
    (
        DIGITS + "[recipe]\ntraining_phases = [{ epochs = 1, learning_rate = 1, lr = 1 }]\n",
        "lr is unknown",
    ),
    (DIGITS + "[recipe]\ntraining_phases = [3]\n", "[0] is 3, but it must be a table such as { e"),
    (DIGITS + "control = 1\n", "control is 1, but it must be true or false"),
    (DIGITS + 'name = "a/b"\n', "name 'a/b' cannot name a folder"),
    (DIGITS + 'recipe = "described"\n', "there is no recipe 'described'"),
    (
        DIGITS + '[recipe]\nselection = "best"\n',
        "'best', but it must be 'validation', 'test' or 'last'",
    ),
    (
        DIGITS + "[recipe]\ntraining_phases = [{ epochs = 1 }]\n",
        "training_phases[0].learning_rate is missing",
    ),
    (
        DIGITS + "[recipe]\nvalidation_fraction = 0\n",
        "selection 'validation' needs validation images, but validation_fraction is 0",
    ),
]

WRONG_LTH_AND_CHIP = [
    (LTH + "[lth]\nlevels = 90\n", "level 90 of LTH leaves none of 848,944 weights"),
    (
        LTH + "[lth]\nrewind_step = 21120\n",
        "rewind_step 21,120 lies behind training, which has 21,120 steps",
    ),
    (LTH + "ratios = [2]\n", "ratios are of one-shot methods, and LTH set their own"),
    (CIFAR + "[lth]\n", "[lth] holds settings of LTH, which is not among the methods"),
    (CIFAR + 'methods = ["LTH-random"]\n', "method LTH-random draws masks of the sizes that LTH"),
    (CIFAR + "[chip]\n", "[chip] holds settings of CHIP, which is not among the methods"),
    (
        CHIP + "[chip]\nsparsities = [[0, 0.1, 0.1]]\n",
        "a list of 3 sparsities does not fit ResNet-56: it needs 30 (the stem, ",
    ),
    (
        CHIP + "[chip]\nsparsities = [[0, 1, 0, 0, 0, 0]]\n",
        "sparsities[0][1] is 1, but it must be less than 1",
    ),
    (CHIP + "[chip]\nsparsities = [[0, 0.95, 0, 0, 0, 0]]\n", "leaves none of the 16 channels"),
    (
        CHIP + f"[chip]\nsparsities = [{SIX}, [0, 0, 0, 0, 0, 0]]\n",
        "list 2 of sparsities removes nothing",
    ),
    (CHIP + "[chip]\nsparsities = [[0, 1e-17, 0, 0, 0, 0]]\n", "list 1 of sparsities removes no"),
    (
        CHIP + f"[chip]\nsparsities = [{SIX}, [0, 0, 0, 0, 0, 0.5], {SIX}]\n",
        "lists 1 and 3 of sparsities leave the same network: leave one out",
    ),
    (
        CHIP + f"[chip]\nratios = [2]\nsparsities = [{SIX}]\n",
        "ratio 2 of [chip] is no name for a network that reaches 1.",
    ),
    (
        CHIP + f"[chip]\nratios = [2, 3]\nsparsities = [{SIX}]\n",
        "[chip] has 2 ratios for 1 lists of sparsities",
    ),
    (
        CHIP + f"[chip]\nratios = [1.3, 1.3]\nsparsities = [{SIX}, [0, 0, 0, 0.2, 0.2, 0.2]]\n",
        "ratio of [chip] 1.3 stands there twice",
    ),
    (
        CHIP.replace("ResNet-56", "LeNet5"),
        "CHIP removes channels between the blocks of a ResNet, and LeNet5 has none",
    ),
    (CHIP.replace("ResNet-56", "ResNet-57"), "a ResNet here has 6n + 2 layers"),
    (
        CIFAR
        + "[recipe]\ntraining_phases = [{ epochs = 1, learning_rate = 1, warmup_epochs = 1 }]",
        "a phase of 1 epochs cannot have 1 warm-up epochs",
    ),
    (
        CIFAR + '[recipe]\ntraining_phases = [{ epochs = 1, learning_rate = 1, curve = "x" }]',
        "training_phases[0].curve is 'x', but it must be 'constant' or 'cosine'",
    ),
]


@pytest.mark.parametrize(
    ("text", "told"),
    [*WRONG_STUDIES, *WRONG_LTH_AND_CHIP],
    ids=[told for _, told in (*WRONG_STUDIES, *WRONG_LTH_AND_CHIP)],
)
def test_a_wrong_study_is_refused_before_anything_runs(
    tmp_path: Path, text: str, told: str
) -> None:
    """What is wrong, where, and what to do, in one line that names the file."""
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(TrainError) as refused:
        read_study(path)
    assert told in str(refused.value)
    assert "study.toml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_ratios_are_the_same_where_the_recall_table_cannot_tell_them_apart(
    tmp_path: Path,
) -> None:
    """By 4 decimals: 12.3456 and 12.3457 are two, though six digits print both as 12.3456."""
    path = tmp_path / "study.toml"
    path.write_text(DIGITS + "ratios = [12.3456, 12.3457, 40.1234, 40.1235]\n")
    assert read_study(path).ratios == (12.3456, 12.3457, 40.1234, 40.1235)
