"""Every method of the paper on real images on the CPU, at reduced size, through `rdtrain run`."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from commands import rdtrain
from data_contracts import baseline_violations, read_recall_table
from small_studies import conditions_in
from train_backend.data import unpack_dataset

DEBIAN = Path("/usr/share/datasets/fashion-mnist")

LENET5 = """\
[study]
name = "every"
dataset = "{dataset}"
architecture = "LeNet5"
methods = ["MP", "GP", "UP", "RP", "LTH", "LTH-random"]
ratios = [10]
models = 1
recipe = "as described"

[recipe]
training_phases = [{{ epochs = 2, learning_rate = 0.05 }}]
finetuning_phases = [{{ epochs = 1, learning_rate = 0.05 }}]
weight_decay = 0.005
selection = "last"
validation_fraction = {held_out}

[lth]
levels = 3
rewind_step = 3
"""

RESNET = """\
[study]
name = "resnet"
dataset = "digits"
architecture = "ResNet-20"
methods = ["MP", "UP", "LTH", "CHIP"]
ratios = [10]
models = 1
padding = 0

[recipe]
training_phases = [{ epochs = 1, learning_rate = 0.05 }]
finetuning_phases = [{ epochs = 1, learning_rate = 0.05, curve = "cosine" }]
selection = "last"
validation_fraction = 0.7

[lth]
levels = 2

[chip]
ratios = [3.33]
sparsities = [[0, 0.4, 0.4, 0.5, 0.6, 0.7]]
score_batches = 1
score_batch_size = 16
finetuning_phases = [{ epochs = 1, learning_rate = 0.01 }]
"""


def run(folder: Path, text: str, *options: str | Path) -> pa.Table:
    """Run a study file in a folder and return its table."""
    (folder / "study.toml").write_text(text)
    done = rdtrain("run", "study.toml", "--out", "out", *options, cwd=folder)
    assert done.returncode == 0, done.stderr
    table = read_recall_table([folder / "out" / "recall.parquet"])
    assert baseline_violations(table) == []
    return table


def nonzero(table: pa.Table, method: str, ratio: float) -> set[int]:
    """Return the parameters left of a fine-tuned condition."""
    condition = (pc.field("method") == method) & (pc.field("ratio") == ratio)
    rows = table.filter((pc.field("stage") == "finetuned") & condition)
    return set(rows["parameters_nonzero"].to_pylist())


def check_lenet5(table: pa.Table, images: int) -> None:
    """Check the counts of every method on LeNet5."""
    for method in ("MP", "GP", "UP", "RP"):
        assert nonzero(table, method, 10.0) == {6_007}
    for method in ("LTH", "LTH-random"):
        # 59,838 x 0.8^L rounded down, and 236 biases that stay.
        for ratio, left in ((1.25, 47_870), (1.5625, 38_296), (1.9531, 30_637)):
            assert nonzero(table, method, ratio) == {left + 236}
    controls = [str(each) for each in conditions_in(table) if each.stage == "control"]
    assert controls == ["control LTH", "control LTH-random", "control"]
    sums = table.group_by(["stage", "method", "ratio"]).aggregate([("n_samples", "sum")])
    assert set(sums["n_samples_sum"].to_pylist()) == {images}


def test_lenet5_runs_every_method_on_the_digits(tmp_path: Path) -> None:
    """Four one-shot methods, three levels, random masks, and three controls."""
    check_lenet5(run(tmp_path, LENET5.format(dataset="digits", held_out=0.1)), 900)


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_lenet5_runs_every_method_on_fashion_mnist(tmp_path: Path) -> None:
    """On 1,800 of its training images and all of its test images; the same command goes on."""
    unpack_dataset("Fashion-MNIST", DEBIAN, tmp_path / "data")
    text = LENET5.format(dataset="Fashion-MNIST", held_out=0.97)
    options = ("--data-root", tmp_path / "data")
    table = run(tmp_path, text, *options)
    check_lenet5(table, 10_000)
    assert run(tmp_path, text, *options).equals(table)


def test_resnet_20_runs_mp_up_lth_and_chip_on_the_digits(tmp_path: Path) -> None:
    """A few steps each; 269,434 parameters for grey images, 268,048 of them weights."""
    table = run(tmp_path, RESNET)
    assert set(table["parameters"].to_pylist()) == {269_434}
    for method in ("MP", "UP"):
        assert nonzero(table, method, 10.0) == {26_943}
    # 1,376 of batch norm and 10 biases are in no mask.
    assert nonzero(table, "LTH", 1.25) == {268_048 * 4 // 5 + 1_386}
    assert nonzero(table, "LTH", 1.5625) == {268_048 * 16 // 25 + 1_386}
    assert nonzero(table, "CHIP", 3.33) == {75_205}
    controls = {each.method for each in conditions_in(table) if each.stage == "control"}
    assert controls == {"none", "LTH", "CHIP"}
