"""`rdstats check --gate` as a pipeline runs it: a real process and its exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PATIENCE = 120  # seconds until a test gives up; nothing is timed


def check(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    command = [sys.executable, "-m", "rd_cli.stats", "check", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.mark.parametrize(
    ("lost", "code", "outcome"), [(0, 0, "pass"), (90, 1, "fail"), (20, 3, "inconclusive")]
)
def test_a_pipeline_learns_the_verdict_from_the_exit_code(
    tmp_path: Path, lost: int, code: int, outcome: str
) -> None:
    """200 images of each of three classes, at a margin of 7 points."""
    truth = np.repeat(["coat", "shirt", "bag"], 200)
    for name, wrong in (("before", 0), ("after", lost)):
        answers = truth.copy()
        answers[:wrong] = "shirt"
        frame = pd.DataFrame({"y_true": truth, "y_pred": answers})
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    done = check(
        tmp_path, "before.csv", "after.csv", "--gate", "--margin", "0.07", "--page", "verdict"
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert f"Gate: {outcome}" in done.stdout
    assert (tmp_path / "verdict" / "index.html").is_file()


def test_a_missing_file_is_bad_input_and_not_harm(tmp_path: Path) -> None:
    """One line on stderr, exit 4."""
    done = check(tmp_path, "before.csv", "after.csv", "--gate")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        "rdstats: error: before.csv is not there: name one file before and one after\n"
    )
