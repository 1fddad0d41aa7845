"""`rdstats check --gate` as a pipeline runs it: a real process and its exit code."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commands import PATIENCE, RDSTATS


def check(folder: Path, *words: str, redirection: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, by a shell."""
    command = shlex.join([*RDSTATS, "check", *words])
    return subprocess.run(
        ["sh", "-c", f"{command} {redirection}"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def write_pair(folder: Path, lost: int, shirt: str = "shirt") -> None:
    """Write before.csv, all right, and after.csv: 200 images of each of three classes."""
    truth = np.repeat(["coat", shirt, "bag"], 200)
    for name, wrong in (("before", 0), ("after", lost)):
        answers = truth.copy()
        answers[:wrong] = shirt
        frame = pd.DataFrame({"y_true": truth, "y_pred": answers})
        frame.to_csv(folder / f"{name}.csv", index=False)


@pytest.mark.parametrize(
    ("lost", "code", "outcome"), [(0, 0, "pass"), (90, 1, "fail"), (20, 3, "inconclusive")]
)
def test_a_pipeline_learns_the_verdict_from_the_exit_code(
    tmp_path: Path, lost: int, code: int, outcome: str
) -> None:
    """200 images of each of three classes, at a margin of 7 points."""
    write_pair(tmp_path, lost)
    done = check(
        tmp_path, "before.csv", "after.csv", "--gate", "--margin", "0.07", "--page", "verdict"
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert f"Gate: {outcome}" in done.stdout
    assert (tmp_path / "verdict" / "index.html").is_file()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_the_verdict_does_not_need_a_terminal(tmp_path: Path, closed: str) -> None:
    """Streams that a daemon has closed; what is printed there is lost, the page is not."""
    write_pair(tmp_path, 20)
    words = ("before.csv", "after.csv", "--gate", "--margin", "0.07", "--page", "verdict")
    done = check(tmp_path, *words, redirection=closed)
    assert (done.returncode, done.stderr) == (3, "")
    assert (tmp_path / "verdict" / "index.html").is_file()


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("\x1b[31mred", "U+001B"),
        ("bell\x07", "U+0007"),
        ("\ufffe", "U+FFFE"),
        ("a\\x1bc", "a\\x1bc"),
    ],
    ids=ascii,
)
def test_a_name_that_no_picture_can_hold_is_written_out(
    tmp_path: Path, name: str, seen: str
) -> None:
    """Characters that XML forbids; the page, its picture and the verdict are there."""
    write_pair(tmp_path, 90, name)
    done = check(tmp_path, "before.csv", "after.csv", "--gate", "--page", "verdict")
    assert (done.returncode, done.stderr) == (1, "")
    (picture,) = (tmp_path / "verdict").glob("*.svg")
    assert seen in picture.read_text(encoding="utf-8")


def test_a_missing_file_is_bad_input_and_not_harm(tmp_path: Path) -> None:
    """One line on stderr, exit 4."""
    done = check(tmp_path, "before.csv", "after.csv", "--gate")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        "rdstats: error: before.csv is not there: name one file before and one after\n"
    )
