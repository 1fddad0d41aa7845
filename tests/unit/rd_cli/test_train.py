"""`rdtrain` at its edge: exit codes, and one line for whatever goes wrong."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from commands import small_study_file
from rd_cli.progress import in_words
from rd_cli.train import app as train


def rdtrain(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command in this process and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["rdtrain", *arguments])
    with pytest.raises(SystemExit) as left:
        train.main()
    return int(left.value.code or 0)


WRONG_COMMANDS = [
    (1, ["run", "absent.toml"], "error: there is no study file absent.toml"),
    (1, ["plan", "absent.toml"], "error: there is no study file absent.toml"),
    (
        1,
        ["run", "small.toml", "--out", "small.toml"],
        "small.toml cannot be a folder for results (it is a file): choose another --out",
    ),
    (1, ["data", "MNISTT"], "error: there is no data set 'MNISTT'"),
    (1, ["data", "MNIST", "--from", "nowhere", "--data-root", "data"], "error: "),
    (2, ["run", "small.toml", "--engine", "slurm"], "'slurm' is not one of 'local', 'ray'"),
    (2, ["run", "small.toml", "--shard", "3/2"], "'3/2' is no share: write i/n, such as 2/4"),
    (2, ["run", "small.toml", "--shard", "0/2"], "'0/2' is no share"),
    (2, ["run", "small.toml", "--device", "tpu"], "'tpu' is not one of"),
    (2, ["run", "small.toml", "--device", ""], "for '--device': '' is not one of"),
    (2, ["run", "small.toml", "--gpu-share", "0.5"], "--gpu-share is for --engine ray"),
    (2, ["run", "small.toml", "--processes", "2", "--engine", "ray"], "--processes is for this"),
    (2, ["run", "small.toml", "--processes", "0"], "for '--processes': '0'"),
    *(
        (
            2,
            ["run", "small.toml", "--gpu-share", text],
            f"for '--gpu-share': {text!r}: Input should",
        )
        for text in ("0", "-1", "nan", "half")
    ),
    (1, ["plan", "small.toml", "--out", "small.toml"], "small.toml cannot be a folder"),
    (2, ["rn"], "No such command 'rn'. Did you mean 'run'? Try 'rdtrain --help'"),
    (2, ["run"], "Missing argument 'STUDY.toml'"),
    (2, ["train"], "No such command 'train'"),
]


@pytest.mark.parametrize(
    ("code", "arguments", "told"),
    WRONG_COMMANDS,
    ids=[" ".join(arguments) for _, arguments, _ in WRONG_COMMANDS],
)
def test_a_wrong_command_gets_one_line_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    code: int,
    arguments: list[str],
    told: str,
) -> None:
    """1: our own error; 2: misuse of the command line."""
    monkeypatch.chdir(tmp_path)
    small_study_file(tmp_path)
    assert rdtrain(monkeypatch, *arguments) == code
    error = capsys.readouterr().err
    assert told in error
    assert error.startswith("rdtrain: error: ")
    assert error.count("\n") == 1
    assert "Value error" not in error


def test_the_next_command_can_be_typed_where_a_path_has_spaces(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Quoted as a shell reads it."""
    monkeypatch.chdir(tmp_path)
    small_study_file(tmp_path, models=1)
    assert rdtrain(monkeypatch, "run", "small.toml", "--out", "mein Ä", "--device", "cpu") == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "next: rdstats report 'mein Ä/recall.parquet' --out 'mein Ä/report'"


def test_a_data_set_that_is_not_there_is_told_with_what_to_type(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In a line, and no folder is left behind."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fashion.toml").write_text(
        '[study]\ndataset = "Fashion-MNIST"\narchitecture = "LeNet5"\nmodels = 1\n'
    )
    assert rdtrain(monkeypatch, "run", "fashion.toml", "--data-root", "empty") == 1
    error = capsys.readouterr().err
    assert "rdtrain data Fashion-MNIST" in error
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["fashion.toml"]


@pytest.mark.parametrize("command", [["demo"], ["run", "small.toml"], ["plan", "small.toml"]])
def test_without_torch_the_user_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    command: list[str],
) -> None:
    """Where rdstats was installed for analysis alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert rdtrain(monkeypatch, *command) == 1
    assert capsys.readouterr().err == (
        "rdtrain: error: training needs torch, which this Python does not have: "
        'type `pip install "rdstats[train]"`\n'
    )


@pytest.mark.parametrize("command", ["demo", "run", "plan", "list", "data"])
def test_the_help_of_every_command_teaches_by_an_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """An example that can be typed as it is."""
    assert rdtrain(monkeypatch, command, "--help") == 0
    assert f"rdtrain {command}" in capsys.readouterr().out.split("Usage", 1)[1].split("\n", 1)[1]


def test_the_help_says_what_an_option_is_by_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rich took what stands in brackets for markup and dropped it."""
    assert rdtrain(monkeypatch, "run", "--help") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "[default: the study's name]" in said
    assert "[default: $RDSTATS_DATA or ~/.cache/rdstats/data]" in said


def test_the_version_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As by rdstats; without torch."""
    monkeypatch.setitem(sys.modules, "torch", None)
    assert rdtrain(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"rdtrain {version('rdstats')}\n"


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
