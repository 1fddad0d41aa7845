"""`rdtrain` at its edge: exit codes, and one line for whatever goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands import small_study_file
from rd_cli.progress import in_words

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_next_command_can_be_typed_where_a_path_has_spaces(
    rdtrain: Command, folder: Path
) -> None:
    """Quoted as a shell reads it."""
    small_study_file(folder, models=1)
    done = rdtrain("run", "small.toml", "--out", "mein Ä", "--device", "cpu")
    assert done.code == 0
    last = done.out.splitlines()[-1]
    assert last == "next: rdstats report 'mein Ä/recall.parquet' --out 'mein Ä/report'"


def test_a_condition_that_diverges_is_a_warning(rdtrain: Command, folder: Path) -> None:
    """Model, condition and step; the rest is there, and the exit code is 0."""
    study = small_study_file(folder, models=1)
    after = "finetuning_phases = [{ epochs = 1, learning_rate = "
    study.write_text(study.read_text().replace(f"{after}0.05", f"{after}1e6"))
    told = rdtrain("run", "small.toml", "--device", "cpu")
    assert told.code == 0
    warned = [line for line in told.err.splitlines() if "warning" in line]
    assert [line.split(": the loss")[0] for line in warned] == [
        f"rdtrain: warning: model 0, {condition}, has diverged by step 13"
        for condition in ("finetuned MP 2", "control")
    ]
    assert "1 model in small/recall.parquet" in told.out


def test_a_data_set_that_is_not_there_is_told_with_what_to_type(
    rdtrain: Command, folder: Path
) -> None:
    """In a line, and no folder is left behind."""
    (folder / "fashion.toml").write_text(
        '[study]\ndataset = "Fashion-MNIST"\narchitecture = "LeNet5"\nmodels = 1\n'
    )
    done = rdtrain("run", "fashion.toml", "--data-root", "empty")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "rdtrain data Fashion-MNIST" in done.err
    assert [path.name for path in folder.iterdir()] == ["fashion.toml"]


@pytest.mark.parametrize("command", [["demo"], ["run", "small.toml"], ["plan", "small.toml"]])
def test_without_torch_the_user_is_told_what_to_install(
    rdtrain: Command, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """Where rdstats was installed for analysis alone; the version is told all the same."""
    monkeypatch.setitem(sys.modules, "torch", None)
    done = rdtrain(*command)
    assert done.code == 1
    assert done.err == (
        "rdtrain: error: training needs torch, which this Python does not have: "
        'type `pip install "rdstats[train]"`\n'
    )
    assert rdtrain("--version").code == 0


@pytest.mark.parametrize("command", ["demo", "run", "plan", "list", "data"])
def test_the_help_of_every_command_teaches_by_an_example(rdtrain: Command, command: str) -> None:
    """An example that can be typed as it is."""
    done = rdtrain(command, "--help")
    assert done.code == 0
    assert f"rdtrain {command}" in done.out.split("Usage", 1)[1].split("\n", 1)[1]
    # Rich took what stands in brackets for markup and dropped it.
    assert command != "run" or "[default: the study's name]" in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185, "3 min 05 s"),
        (7800, "2 h 10 min"),
        (3 * 86400 + 4 * 3600, "3 days 4 h"),
    ],
)
def test_durations_are_told_as_people_say_them(seconds: float, words: str) -> None:
    """Two units at most."""
    assert in_words(seconds) == words
