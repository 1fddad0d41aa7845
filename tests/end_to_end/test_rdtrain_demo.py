"""`rdtrain demo` as a real process."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pyarrow.compute as pc
import pytest

from commands import rdtrain, start_rdtrain
from data_contracts import baseline_violations, read_recall_table
from train_backend.studies.files import demo_study, study_to_toml


def test_demo_prints_its_own_recipe_and_can_be_stopped_at_once(tmp_path: Path) -> None:
    """30 models, four methods, five ratios and the control; the settings are all there to read."""
    process = start_rdtrain("demo", "--out", "here", cwd=tmp_path)
    while not (tmp_path / "here" / "study.toml").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    printed, told = process.communicate()
    assert process.returncode == 130
    assert "Its recipe is its own, not the paper's" in printed
    assert study_to_toml(demo_study()) in printed
    *progress, last = told.splitlines()  # lines of progress on a slow machine
    assert all(line.startswith("training: ") for line in progress), told
    assert last.startswith("rdtrain: stopped")


@pytest.mark.slow
def test_the_whole_demo_gives_models_that_have_learnt_and_lose_by_pruning(tmp_path: Path) -> None:
    """Accuracy of 0.93 or more before pruning; far less with 2 % of the parameters."""
    done = rdtrain("demo", "--out", "demo", "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "next: rdstats report demo/recall.parquet --out demo/report" in done.stdout
    table = read_recall_table([tmp_path / "demo" / "recall.parquet"])
    assert table.num_rows == 30 * (1 + 2 * 4 * 5 + 1) * 10
    assert baseline_violations(table) == []

    def accuracy(stage: str, ratio: float) -> float:
        rows = table.filter((pc.field("stage") == stage) & (pc.field("ratio") == ratio))
        return float(pc.sum(rows["n_correct"]).as_py() / pc.sum(rows["n_samples"]).as_py())

    assert accuracy("baseline", 1) >= 0.93
    assert accuracy("finetuned", 50) < accuracy("finetuned", 2) - 0.1
