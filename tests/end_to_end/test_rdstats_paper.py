"""`rdstats paper` as users run it: a real process on a table in a file."""

from pathlib import Path

import pandas as pd
import pytest

from commands import rdstats
from data_contracts import Provenance, write_recall_table
from synthetic import recall_table


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three ratios of MP on MNIST and LeNet5."""
    path = tmp_path_factory.mktemp("study") / "recall.parquet"
    study = recall_table(dataset="MNIST", architecture="LeNet5", ratios=(2.0, 4.0, 10.0), models=4)
    write_recall_table(study, path, Provenance(producer="a test"))
    return path


def test_paper_writes_the_page_and_says_where(table: Path) -> None:
    """Two tests of Table 3 can be made; the others are blank, in a family of four."""
    done = rdstats("paper", table, "--out", table.with_name("paper"))
    assert (done.returncode, done.stderr) == (0, "")
    page = Path(done.stdout.strip())
    assert page == table.with_name("paper") / "index.html"
    assert "recall.parquet" in page.read_text()
    frame = pd.read_csv(page.with_name("table-03.csv"))
    assert frame["value"].notna().sum() == 2
    assert frame["family_size"].unique().tolist() == [4]


def test_paper_with_the_class_mean_slope(table: Path) -> None:
    """The option reaches the tables."""
    done = rdstats("paper", table, "--slope", "class-mean", "--out", table.with_name("other"))
    assert (done.returncode, done.stderr) == (0, "")
    frame = pd.read_csv(table.with_name("other") / "table-03.csv")
    assert frame["slope"].unique().tolist() == ["class-mean"]


def test_a_table_of_other_data_is_one_line_and_exit_1(tmp_path: Path) -> None:
    """What is there, what the paper has, and what to do."""
    path = tmp_path / "recall.parquet"
    write_recall_table(recall_table(models=2), path, Provenance(producer="a test"))
    done = rdstats("paper", path, "--out", tmp_path / "paper")
    assert done.returncode == 1
    assert done.stderr.startswith("rdstats: error: nothing of the paper is in these tables")
    assert "rdstats report" in done.stderr
    assert done.stderr.count("\n") == 1
