"""`rdstats` as users run it: one real process per command, and what a shell does to it."""

from __future__ import annotations

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
    ("words", "written"),
    [
        ("validate {table}", ""),
        ("slopes {table} --out s.json", "s.json"),
        ("conditions {table} --out c.tex", "c.tex"),
        ("classes {table} --margin 0.02 --quantity excess --out c.md", "c.md"),
        ("sensitivity {table} --where ratio=10 --out s.parquet", "s.parquet"),
        ("compare {table} --along method --out c.csv", "c.csv"),
        ("power --effect 0.1 --pilot {table} --where ratio=10 --simulate 50 --out p.csv", "p.csv"),
        ("simulate --where luck=0.008 --repetitions 2 --out out", "out/rates.csv"),
        ("report {table} --out report --figures svg", "report/intervals-01.svg"),
    ],
    ids=lambda text: text.split()[0] if text else "",
)
def test_a_command_ends_well_and_writes_what_it_says(
    tmp_path: Path, table: Path, words: str, written: str
) -> None:
    """Nothing on stderr, where that is no terminal."""
    done = rdstats(*words.format(table=table).split(), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
    assert (tmp_path / written).exists()


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


def test_paper_writes_the_page_and_says_where(tmp_path: Path) -> None:
    """Two tests of Table 3 can be made; the others are blank, in a family of four."""
    study = recall_table(dataset="MNIST", architecture="LeNet5", ratios=(2.0, 4.0, 10.0), models=4)
    write_recall_table(study, tmp_path / "recall.parquet", Provenance(producer="a test"))
    words = ("--slope", "class-mean", "--out", "paper")
    done = rdstats("paper", "recall.parquet", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "paper/index.html\n", "")
    assert "recall.parquet" in (tmp_path / "paper" / "index.html").read_text()
    frame = pd.read_csv(tmp_path / "paper" / "table-03.csv")
    assert frame["value"].notna().sum() == 2
    assert set(frame["family_size"]) == {4}
    assert set(frame["slope"]) == {"class-mean"}


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
    """In the middle of a report: nothing of it is left."""
    out = table.with_name("stopped")
    with subprocess.Popen(
        [*RDSTATS, "report", str(table), "--out", str(out)], stderr=subprocess.PIPE, text=True
    ) as process:
        for _ in range(PATIENCE * 100):
            if out.is_dir() and any(out.glob(".rdstats-*/*.csv")):
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=PATIENCE)
    told = "rdstats: stopped; files written so far are whole\n"
    assert (process.returncode, error) == (130, told)
    assert not out.exists()  # it was made for the report
