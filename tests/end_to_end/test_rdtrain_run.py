"""`rdtrain run`, `plan`, `list` and `data` as real processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import rdtrain, small_study_file
from data_contracts import baseline_violations, read_recall_table


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the small study was run."""
    folder = tmp_path_factory.mktemp("run")
    done = rdtrain("run", small_study_file(folder), cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "computing took" in done.stdout
    assert "next: rdstats report small/recall.parquet --out small/report" in done.stdout
    return folder


def test_run_leaves_a_valid_recall_table(folder: Path) -> None:
    """Three models, each with its baseline, pruned, fine-tuned and control rows."""
    table = read_recall_table([folder / "small" / "recall.parquet"])
    assert table.num_rows == 3 * 4 * 10
    assert baseline_violations(table) == []


def test_a_study_that_is_done_is_not_done_again(folder: Path) -> None:
    """The resolved study in the folder is a study file as good as the first."""
    parts = {p: p.stat().st_mtime_ns for p in (folder / "small" / "_parts").iterdir()}
    table = (folder / "small" / "recall.parquet").read_bytes()
    again = rdtrain("run", "small/study.toml", cwd=folder)
    assert again.returncode == 0, again.stderr
    assert {p: p.stat().st_mtime_ns for p in parts} == parts
    assert (folder / "small" / "recall.parquet").read_bytes() == table


def test_plan_says_what_is_done_and_what_the_rest_costs(folder: Path) -> None:
    """One of three models is taken away."""
    part = next((folder / "small" / "_parts").iterdir())
    content = part.read_bytes()
    part.unlink()
    plan = rdtrain("plan", "small.toml", cwd=folder)
    part.write_bytes(content)
    assert plan.returncode == 0, plan.stderr
    assert "2 of 3 done in small" in plan.stdout
    assert "images trained" in plan.stdout
    assert "time left  about" in plan.stdout


def test_list_names_what_a_study_can_name(tmp_path: Path) -> None:
    """With a line and a source each."""
    listed = rdtrain("list", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    for name in ("Fashion-MNIST", "ResNet-110", "UP-signed", "as released"):
        assert name in listed.stdout
    assert "He et al. 2016" in listed.stdout


def test_data_has_nothing_to_fetch_for_the_digits(tmp_path: Path) -> None:
    """They come with scikit-learn."""
    done = rdtrain("data", "digits", "--data-root", "data", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "digits comes with scikit-learn: nothing to fetch\n"
