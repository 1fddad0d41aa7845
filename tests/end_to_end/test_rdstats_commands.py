"""`rdstats` as users run it: one real process per command, and what a shell does to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

from commands import PATIENCE, RDSTATS, rdstats
from data_contracts import Provenance, write_recall_table
from synthetic import recall_table


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two methods, two ratios and four models."""
    path = tmp_path_factory.mktemp("study") / "recall.parquet"
    study = recall_table(methods=("MP", "UP"), ratios=(2.0, 10.0), models=4)
    write_recall_table(study, path, Provenance(producer="a test"))
    return path


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("slopes", 4 * (2 * 2 + 1)),  # the control's too
        ("conditions", 2 * 2 + 1),
        ("classes --margin 0.02 --quantity excess", 10 * (2 * 2 + 1)),
        ("sensitivity --where ratio=10", 6 * (2 + 1)),
        ("compare --along method", 2),
    ],
)
def test_a_table_is_written(table: Path, words: str, rows: int) -> None:
    """A row per model, condition, class, estimator or test."""
    command, *options = words.split()
    out = table.with_name(f"{command}.json")
    done = rdstats(command, table, *options, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(out.read_text())) == rows


def test_validate(table: Path) -> None:
    """A table that `rdtrain` could have written is fine."""
    done = rdstats("validate", table)
    assert (done.returncode, done.stderr) == (0, "")
    assert "fine" in done.stdout


def test_import(tmp_path: Path) -> None:
    """Two prediction files become a table that is fine; an error is one line and no file."""
    for name, answers in (("m0-none-1.csv", "0123"), ("m0-MP-4.csv", "0113")):
        lines = [f"{true},{pred}" for true, pred in zip("0123", answers, strict=True)]
        (tmp_path / name).write_text("\n".join(["y_true,y_pred", *lines, ""]))
    out = tmp_path / "recall.parquet"
    words = ["--pattern", "{model}-{method}-{ratio}.csv", "--study", "s", "--dataset", "d"]
    words += ["--architecture", "a", "--out", str(out)]
    done = rdstats("import", "predictions", tmp_path, *words)
    assert (done.returncode, done.stderr.count("\n"), out.exists()) == (1, 1, False)
    assert "does not say stage: give --stage" in done.stderr
    done = rdstats("import", "predictions", tmp_path, *words, "--stage", "finetuned")
    assert (done.returncode, done.stderr) == (0, "")
    assert rdstats("validate", out).returncode == 0


def test_power(table: Path) -> None:
    """Seeds from a pilot, checked by simulation."""
    out = table.with_name("power.csv")
    pilot = ("--pilot", table, "--where", "ratio=10", "--simulate", 50)
    done = rdstats("power", "--effect", "0.10", *pilot, "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert pd.read_csv(out)["slope"].tolist().count("class-mean") == 3  # MP, UP and the control


def test_simulate(tmp_path: Path) -> None:
    """Where the folder is, every cell is."""
    done = rdstats("simulate", "--where", "luck=0.008", "--repetitions", 2, "--out", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "cells").iterdir())) == 162
    assert "rates.csv" in done.stdout


def test_report(table: Path) -> None:
    """A page and what stands beside it; nothing on stderr where that is no terminal."""
    done = rdstats("report", table, "--out", table.with_name("report"))
    assert (done.returncode, done.stderr) == (0, "")
    page = Path(done.stdout.strip())
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert page.with_name("figure-01-intervals.svg").exists()


def test_paper_writes_the_page_and_says_where(tmp_path: Path) -> None:
    """Two tests of Table 3 can be made; the others are blank, in a family of four."""
    study = recall_table(dataset="MNIST", architecture="LeNet5", ratios=(2.0, 4.0, 10.0), models=4)
    write_recall_table(study, tmp_path / "recall.parquet", Provenance(producer="a test"))
    words = ("--slope", "class-mean", "--out", tmp_path / "paper")
    done = rdstats("paper", tmp_path / "recall.parquet", *words)
    assert (done.returncode, done.stderr) == (0, "")
    page = Path(done.stdout.strip())
    assert page == tmp_path / "paper" / "index.html"
    assert "recall.parquet" in page.read_text()
    frame = pd.read_csv(page.with_name("table-03.csv"))
    assert frame["value"].notna().sum() == 2
    assert frame["family_size"].unique().tolist() == [4]
    assert frame["slope"].unique().tolist() == ["class-mean"]


@pytest.mark.parametrize("command", ["conditions", "paper --out paper"])
def test_an_error_is_one_line_and_exit_1(tmp_path: Path, table: Path, command: str) -> None:
    """No traceback for a file that is not there, or that has nothing of the paper."""
    name, *options = command.split()
    done = rdstats(name, table if options else "nowhere.parquet", *options, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("rdstats: error: ")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves_early_is_no_error_message(table: Path) -> None:
    """`rdstats slopes t | head`: silence, and the exit code of other Unix tools."""
    reading, writing = os.pipe()
    with subprocess.Popen(
        [*RDSTATS, "slopes", str(table)], stdout=writing, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(writing)
        os.close(reading)  # the reader is gone before the first line is written
        _, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, error) == (141, "")


def test_ctrl_c_is_one_line_exit_130_and_no_half_file(table: Path) -> None:
    """In the middle of a report: what is there is whole, and there is no page yet."""
    out = table.with_name("stopped")
    with subprocess.Popen(
        [*RDSTATS, "report", str(table), "--out", str(out)], stderr=subprocess.PIPE, text=True
    ) as process:
        for _ in range(PATIENCE * 100):
            if out.is_dir() and any(out.glob("figure-*")):
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, error) == (
        130,
        "rdstats: stopped; files written so far are whole\n",
    )
    names = [path.name for path in out.iterdir()]
    assert "index.html" not in names
    assert not [name for name in names if name.endswith(".tmp")]
