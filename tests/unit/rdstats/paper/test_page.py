"""The folder of `rdstats paper`: page, tables, figures; whole, in parts, and hostile names."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest

from full_design import full_design
from rdstats.errors import StatsError
from rdstats.paper.page import agreement_sentence, write_paper
from rdstats.paper.tables import paper_tables
from synthetic import recall_table

TABLES = [f"table-{number:02}" for number in range(1, 14)]
FIGURES = [f"figure-{number:02}" for number in range(1, 14)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the full design, with few models."""
    return write_paper(full_design(models=3), tmp_path_factory.mktemp("paper"))


def mnist(study: str = "synthetic") -> pa.Table:
    """A small part of the paper, quickly drawn: MP on MNIST is in Figures 3, 7 and 11 alone."""
    return recall_table(
        study=study, dataset="MNIST", architecture="LeNet5", ratios=(2.0, 4.0), models=3
    )


HOSTILE = "<script>alert(1)</script>"


def test_every_table_and_figure_has_its_files(whole: Path) -> None:
    """Thirteen of each, the appendix, and the page; nothing else."""
    expected = {f"{name}.{suffix}" for name in TABLES for suffix in ("csv", "md", "tex")}
    expected |= {f"{name}.svg" for name in FIGURES}
    expected |= {f"appendix-g.{suffix}" for suffix in ("csv", "md", "tex")} | {"index.html"}
    assert {path.name for path in whole.parent.iterdir()} == expected


def test_the_page_holds_all_of_them_in_the_order_of_the_paper(whole: Path) -> None:
    """Each once, and needs nothing from outside: one file that can be sent by mail."""
    page = whole.read_text()
    titles = re.findall(r"<h3>((?:Table|Appendix) \w+)</h3>", page)
    assert titles == [*(f"Table {number}" for number in range(1, 14)), "Appendix G"]
    assert re.findall(r'<figure id="(figure-\d\d)-all"', page) == FIGURES
    assert re.findall(r'id="data-(figure-\d\d)"', page) == FIGURES
    assert not re.findall(r'<[^>]*(?:src|href)="(?:https?:)?//', page)
    own = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    linked = set(re.findall(r'href="([^#"][^":]*)"', own))
    assert linked <= {path.name for path in whole.parent.iterdir()}
    ids = re.findall(r'\bid="([^"]+)"', own)
    assert len(ids) == len(set(ids))


def test_a_page_that_fails_leaves_the_older_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its tables and figures, also those that the new one would not have."""
    for name in ("index.html", "table-01.csv", "figure-03.svg", "figure-08.svg", "figure-08.png"):
        (tmp_path / name).write_text("old")
    monkeypatch.setattr("rdstats.paper.page.render", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_paper(mnist(), tmp_path)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
    assert len(list(tmp_path.iterdir())) == 5


def test_a_partial_table_makes_what_it_can_and_lists_the_rest(tmp_path: Path) -> None:
    """One test of Table 3, one panel of Figure 3; what an older run left of others is removed.

    The study's name tries to run, and is shown.
    """
    (tmp_path / "figure-08.svg").write_text("old")  # would show other data than the page
    (tmp_path / "mine.txt").write_text("kept")
    told: list[tuple[str, int, int]] = []
    progress = lambda *step: told.append(step)  # noqa: E731
    page = write_paper(mnist(study=HOSTILE), tmp_path, progress=progress).read_text()
    assert [step[1:] for step in told] == [(done, 15) for done in range(16)]
    names = {path.name for path in tmp_path.iterdir()}
    assert {"mine.txt", *(f"{name}.csv" for name in TABLES)} <= names
    drawn = {name for name in FIGURES if f"{name}.svg" in names}
    assert drawn == {"figure-03", "figure-07", "figure-11"}
    assert "MNIST, LeNet5, MP: t = 10, 20, 50" in page
    assert "CIFAR-10, ResNet-56, LTH: t = 1.25, 1.56" in page
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_summary_counts_the_printed_numbers() -> None:
    """Every number that can be made has one mark."""
    tables, _ = paper_tables(mnist())
    total, of, *parts = map(int, re.findall(r"\d+", agreement_sentence(tables)))
    assert (of, total) == (344, sum(parts))
    only_missing = [table for table in tables if all(one.is_missing for one in table.numbers)]
    assert agreement_sentence(only_missing).startswith("None of the ")


def test_a_table_of_other_data_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """The digits are not in the paper."""
    with pytest.raises(StatsError, match="nothing of the paper"):
        write_paper(recall_table(), tmp_path / "paper")
    assert not (tmp_path / "paper").exists()
