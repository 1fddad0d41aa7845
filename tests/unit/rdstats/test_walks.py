"""How many files lie between a user's call and the answer (docs/architecture.md)."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rdstats
from rd_cli.stats import app
from walks import files_walked

TRUE = np.repeat(["coat", "shirt", "bag"], 200)
BEFORE, AFTER = (np.where(np.arange(600) % 40 < lost, "bag", TRUE) for lost in (3, 9))


def test_two_label_columns_become_a_verdict_in_16_files() -> None:
    """No table in between; one of them is the package, where the public name is looked up."""
    walked = files_walked(lambda: rdstats.check_models(TRUE, BEFORE, AFTER))
    assert len(walked) <= 16, walked


def test_two_files_become_a_printed_verdict_in_30_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`rdstats check before.csv after.csv`, matched by id."""
    monkeypatch.chdir(tmp_path)
    for name, answers in (("before", BEFORE), ("after", AFTER)):
        frame = pd.DataFrame({"id": range(600), "y_true": TRUE, "y_pred": answers})
        frame.to_csv(f"{name}.csv", index=False)

    def check() -> None:
        monkeypatch.setattr(sys, "argv", ["rdstats", "check", "before.csv", "after.csv"])
        with pytest.raises(SystemExit):
            app.main()

    walked = files_walked(check)
    assert "Gate: fail" in capsys.readouterr().out
    assert len(walked) <= 30, walked
