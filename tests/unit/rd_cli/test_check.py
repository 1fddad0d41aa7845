"""The command `rdstats check` in one process: options, exit codes, files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data_contracts import Provenance, write_recall_table
from rdstats.pairs import check as pairs
from synthetic import recall_table

Command = Callable[..., Any]


@pytest.fixture
def check(rdstats: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run `rdstats check` with these words, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return lambda *words: rdstats("check", *words)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """200 images of each of three classes; nothing, or 90 of one lost."""
    truth = np.repeat(["coat", "shirt", "bag"], 200)
    found = {}
    for name, lost in (("before", 0), ("same", 0), ("bad", 90)):
        answers = truth.copy()
        answers[:lost] = "shirt"
        found[name] = tmp_path / f"{name}.csv"
        frame = pd.DataFrame({"id": range(600), "y_true": truth, "y_pred": answers})
        frame.to_csv(found[name], index=False)
    return found


@pytest.mark.usefixtures("files")
def test_verdicts_are_printed_and_written(check: Command) -> None:
    """The verdict first, what was compared, every class; then where files and the page are."""
    done = check("before.csv", "bad.csv", "--out", "check.json", "--page", "verdict")
    assert (done.code, done.err) == (0, "")  # without --gate
    lines = done.out.splitlines()
    assert lines[0] == "1 of 3 classes harmed beyond 5 points (coat), 2 unharmed."
    assert lines[2] == "600 test samples, 3 classes, compared sample by sample · margin 5 points"
    coat = next(line for line in lines if line.startswith("coat"))
    assert {"45.0", "harmed"} <= set(coat.split())
    assert lines[-2:] == ["check.json", "verdict/index.html"]
    found = json.loads(Path("check.json").read_text())
    assert found["overall"]["gate"] == "fail"
    assert found["overall"]["after"] == {"file": "bad.csv"}
    assert "coat" in Path("verdict/index.html").read_text()


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_nothing_that_is_printed_is_wider_than_the_terminal(
    check: Command, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """What is said above the table, the table with a status to each class, and what is below."""
    truth = np.repeat([f"class {place:05}" for place in range(120)], 20)
    answers = np.where(np.arange(2400) < 30, "class 00119", truth)
    pd.DataFrame({"y_true": truth, "y_pred": truth}).to_csv("before.csv", index=False)
    pd.DataFrame({"y_true": truth, "y_pred": answers}).to_csv("after.csv", index=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = check("before.csv", "after.csv").out.splitlines()
    assert max(map(len, lines)) <= columns
    header = next(line for line in lines if line.startswith("class  "))
    assert header.split()[:3] == ["class", "verdict", "drop"]


def test_of_many_classes_the_worst_thousand_are_printed(check: Command) -> None:
    """The others are counted, and where all of them are is said; files have them."""
    truth = np.repeat(np.arange(1101), 20)
    harmed = np.where(np.isin(truth, [7, 1100]), 0, truth)
    cleared = np.r_[truth, np.repeat(2000, 100)]  # the one class with samples enough
    for name, answers in (("before", truth), ("after", harmed)):
        answers = np.r_[answers, np.repeat(2000, 100)]
        pd.DataFrame({"y_true": cleared, "y_pred": answers}).to_csv(f"{name}.csv", index=False)
    lines = check("before.csv", "after.csv", "--out", "check.csv").out.splitlines()
    rule = next(place for place, line in enumerate(lines) if line.startswith("──"))
    assert [lines[rule + place].split()[0] for place in (1, 2)] == ["7", "1100"]
    rest = lines.index("and 101 more, 1 unharmed; all of them with --out FILE")
    assert sum(line[0].isdigit() for line in lines[rule + 1 : rest]) == 1000
    assert len(pd.read_csv("check.csv")) == 1102


@pytest.mark.usefixtures("files")
def test_columns_are_chosen_for_the_terminal_files_and_json(check: Command) -> None:
    """By the names that files have; the worst class first in the terminal."""
    words = ("before.csv", "bad.csv", "--columns", "class_name,lost")
    lines = check(*words, "--out", "check.csv").out.splitlines()
    header = lines.index("class_name  lost")
    assert lines[header + 2].split() == ["coat", "90"]
    assert pd.read_csv("check.csv").columns.tolist() == ["class_name", "lost"]
    check(*words, "--out", "check.tex")
    assert r"class\_name & lost \\" in Path("check.tex").read_text()
    found = json.loads(check(*words, "--json").out)
    assert found["classes"][1] == {"class_name": "coat", "lost": 90}
    assert found["overall"]["gate"] == "fail"
    refused = check("before.csv", "bad.csv", "--columns", "colour", "--gate")
    assert (refused.code, "no column 'colour'" in refused.err) == (4, True)


@pytest.mark.usefixtures("files")
def test_quiet_is_silent_on_notes_too(check: Command, files: dict[str, Path]) -> None:
    """Errors alone are told."""
    odd = files["bad"]
    odd.write_text(odd.read_text().replace(",shirt\n", ",zebra\n", 1))
    assert check(files["before"], odd, "--quiet") == (0, "", "")
    assert "missing.csv is not there" in check("before.csv", "missing.csv", "--quiet").err


@pytest.mark.usefixtures("files")
def test_margins_are_read(check: Command) -> None:
    """A class's own, and a relative one."""
    own = check("before.csv", "bad.csv", "--margin", "0.6", "--margin", "coat=0.1", "--gate")
    assert own.code == 1
    assert check("before.csv", "bad.csv", "--relative-margin", "0.6", "--gate").code == 0


def test_options_reach_the_library(check: Command, files: dict[str, Path]) -> None:
    """Quantity, margin, pairing and column names."""
    for name in ("before", "bad"):
        renamed = pd.read_csv(files[name]).rename(columns={"y_true": "wahr", "y_pred": "antwort"})
        renamed.to_csv(f"{name}-2.csv", index=False)
    words = ["--column", "y_true=wahr", "--column", "y_pred=antwort", "--unpaired"]
    words += ["--quantity", "excess", "--margin", "0.2", "--out", "check.csv"]
    assert check("before-2.csv", "bad-2.csv", *words).code == 0
    rows = pd.read_csv("check.csv")
    expected = pairs.check_models(
        files["before"], files["bad"], quantity="excess", margin=0.2, matched=False
    )
    pd.testing.assert_frame_equal(rows, expected.classes, check_dtype=False)


def test_one_pair_of_a_recall_table_is_chosen_by_its_columns(
    check: Command, tmp_path: Path
) -> None:
    """Its own unpruned version stands before it."""
    path = tmp_path / "recall.parquet"
    write_recall_table(recall_table(models=2, ratios=(2.0, 10.0)), path, Provenance())
    words = ["--after", "method=MP", "--after", "ratio=10", "--after", "model=m1"]
    done = check(path, *words, "--out", "check.json")
    assert done.code == 0
    overall = json.loads(Path("check.json").read_text())["overall"]
    assert (overall["before"]["model"], overall["before"]["stage"]) == ("m1", "baseline")
    refused = check(path, "--gate")
    assert refused.code == 4
    assert "choose with --after" in refused.err


@pytest.mark.usefixtures("files")
def test_a_bug_of_ours_never_reads_as_harm(check: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python would leave with 1; the gate leaves with 4 and says where the trace is."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(pairs, "check_models", broken)
    done = check("before.csv", "same.csv", "--gate")
    assert done.code == 4
    assert "ZeroDivisionError: a bug" in done.err
    assert done.err.count("\n") == 1


def test_a_predicted_label_that_no_image_has_is_noted(
    check: Command, files: dict[str, Path]
) -> None:
    """It counts as wrong, and the reader hears of it, with the file."""
    odd = files["bad"]
    odd.write_text(odd.read_text().replace(",shirt\n", ",zebra\n", 1))
    done = check(files["before"], odd)
    assert done.code == 0
    (note,) = done.err.splitlines()
    assert note.startswith("rdstats: note: ")
    assert str(odd) in note
    assert "zebra" in note


@pytest.mark.usefixtures("files")
def test_files_in_the_wrong_order_are_asked_about(check: Command) -> None:
    """Compression hardly makes a model better."""
    assert "Accuracy rose by 15.0 points" in check("bad.csv", "before.csv").out
    assert "Accuracy rose" not in check("before.csv", "bad.csv").out


@pytest.mark.usefixtures("files")
def test_options_imply_the_format(check: Command) -> None:
    """A preset is of one program's files."""
    Path("cm.csv").write_text(",a,b\na,90,10\nb,5,95\n")
    for words in (("--preset", "sklearn"), ("--true-rows",)):
        assert "200 test samples, 2 classes" in check("cm.csv", "cm.csv", *words).out
