"""docs/plugins.md as written: its files, its studies, its commands, and the lines it counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import rdstats, rdtrain
from data_contracts import read_recall_table
from train_backend.plugins import read_plugins
from train_backend.studies.files import read_study

GUIDE = Path(__file__).parents[2] / "docs" / "plugins.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COUNTED = re.compile(r"^(\d+) lines.*?```python\n# (\S+)\n(.*?)```", re.MULTILINE | re.DOTALL)


def commands() -> Iterator[list[str]]:
    """Yield the words of each command that makes something."""
    for kind, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        for line in text.splitlines() if kind == "console" else ():
            words = line.split("#")[0].split()
            if "study.toml" not in words and words[1] != "list":
                yield words


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the guide's files in which its commands were run, in their order."""
    folder = tmp_path_factory.mktemp("guide")
    for kind, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        if kind in ("python", "toml"):
            (folder / text.splitlines()[0].removeprefix("# ")).write_text(text)
    for program, *words in commands():
        done = (rdtrain if program == "rdtrain" else rdstats)(*words, cwd=folder)
        assert done.returncode == 0, f"{program} {words}\n{done.stdout}\n{done.stderr}"
    return folder


@pytest.mark.parametrize(
    ("study", "methods"),
    [
        ("digits-own", {"none", "MP", "Wanda", "RTN"}),
        ("digits-2of4", {"none", "MP", "2of4"}),
        ("digits-cnn", {"none", "MP", "Wanda"}),
        ("given", {"none", "RTN"}),
        ("wine", {"none", "MP", "RTN"}),
    ],
)
def test_every_study_of_the_guide_leaves_its_table_and_page(
    folder: Path, study: str, methods: set[str]
) -> None:
    """With the guide's own methods as arms."""
    table = read_recall_table([folder / study / "recall.parquet"])
    assert set(table["method"].to_pylist()) == methods
    assert (folder / study / "report" / "index.html").stat().st_size > 10_000


def test_given_weights_are_those_that_were_trained(folder: Path) -> None:
    """The unpruned networks count alike in both studies."""
    counts = []
    for study in "digits-cnn", "given":
        rows = read_recall_table([folder / study / "recall.parquet"]).to_pylist()
        counts.append([row["n_correct"] for row in rows if row["stage"] == "baseline"])
    assert counts[0] == counts[1]


def test_the_study_of_fashion_mnist_is_one(folder: Path) -> None:
    """It takes minutes, so it is only read."""
    read_plugins([folder / "rounding.py"])
    study = read_study(folder / "fashion-mnist-bits.toml")
    assert [round(32 / ratio) for ratio in study.ratios] == [8, 4, 3, 2]


def test_the_guide_counts_its_lines() -> None:
    """Without imports and blank lines."""
    found = {}
    for said, name, text in COUNTED.findall(GUIDE.read_text(encoding="utf-8")):
        own = [line for line in text.splitlines() if line and "import " not in line]
        found[name] = (int(said), len(own))
    assert len(found) >= 3
    assert [name for name, (said, counted) in found.items() if said != counted] == [], found
