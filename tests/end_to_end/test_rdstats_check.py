"""`rdstats check --gate` as a pipeline runs it: a real process and its exit code."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commands import PATIENCE, RDSTATS


@pytest.mark.parametrize(
    ("lost", "name", "closed", "code"),
    [
        (0, "shirt", "", 0),
        (90, "shirt", "", 1),
        (20, "shirt", "<&-", 3),
        (20, "shirt", ">&-", 3),
        (20, "shirt", "2>&-", 3),
        (20, "shirt", "<&- >&- 2>&-", 3),
        (90, "\x1b[31mred", "", 1),
        (90, "\ufffe", "", 1),
    ],
    ids=ascii,
)
def test_a_pipeline_learns_the_verdict_from_the_exit_code(
    tmp_path: Path, lost: int, name: str, closed: str, code: int
) -> None:
    """Also where a daemon has closed its streams, or no picture can hold the name of a class.

    200 images of each of three classes, at a margin of 7 points.
    """
    truth = np.repeat(["coat", name, "bag"], 200)
    for file, wrong in (("before.csv", 0), ("after.csv", lost)):
        answers = truth.copy()
        answers[:wrong] = name
        pd.DataFrame({"y_true": truth, "y_pred": answers}).to_csv(tmp_path / file, index=False)
    words = [
        "before.csv",
        "after.csv",
        "--gate",
        "--margin",
        "0.07",
        "--page",
        "verdict",
        "--figures",
        "svg",
    ]
    done = subprocess.run(
        ["sh", "-c", f"{shlex.join([*RDSTATS, 'check', *words])} {closed}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, "")
    outcome = {0: "pass", 1: "fail", 3: "inconclusive"}[code]
    assert (f"Gate: {outcome}" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))
    assert (tmp_path / "verdict" / "index.html").is_file()
    picture = tmp_path / "verdict" / "drops.svg"
    assert (f"U+{ord(name[0]):04X}" in picture.read_text(encoding="utf-8")) == (name != "shirt")
