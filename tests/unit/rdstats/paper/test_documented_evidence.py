"""docs/paper.md quotes the printed numbers right, and its commands run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_contracts import Provenance, read_recall_table, write_recall_table
from full_design import full_design
from rd_cli.stats.app import app
from rdstats.paper.design import BELOW, table_designs
from rdstats.paper.page import agreement_sentence
from rdstats.paper.tables import paper_tables

PAGE = Path(__file__).parents[4] / "docs" / "paper.md"
pytestmark = pytest.mark.skipif(
    not PAGE.is_file(), reason="an installed package holds no docs/: run this in a checkout"
)
TEXT = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""

PRINTED = [
    (table.name, cell.row, cell.column, cell.printed)
    for table in table_designs()
    for cell in table.cells
]
NUMBERS = re.findall(r"T(\w+)\[([^\],]+), ([^\]]+)\] (=|<) (-?[0-9.]*[0-9])", TEXT)
COUNTS = re.findall(r"T(\w+)\[([^\],]+), ([^\]]+)\]: (\d+) of (\d+) below 0\.05", TEXT)
COMMANDS = re.findall(r"`(rdstats (?:compare|conditions|slopes) TABLES [^`]*)`", TEXT)


@pytest.mark.parametrize("quoted", NUMBERS, ids=lambda quoted: " ".join(quoted[:3]))
def test_a_quoted_number_is_printed_there(quoted: tuple[str, str, str, str, str]) -> None:
    """Table, row, column, relation and value."""
    table, row, column, relation, value = quoted
    (found,) = [number for *place, number in PRINTED if place == [table, row, column]]
    assert (found.relation, found.value) == (relation, float(value))


@pytest.mark.parametrize("quoted", COUNTS, ids=lambda quoted: " ".join(quoted[:3]))
def test_a_quoted_count_is_of_the_printed_p_values(
    quoted: tuple[str, str, str, str, str],
) -> None:
    """How many of the named row, column or table are below 0.05, and of how many."""
    table, row, column, below, total = quoted
    numbers = [
        number
        for of, in_row, in_column, number in PRINTED
        if of == table and row in ("*", in_row) and column in ("*", in_column)
    ]
    shown = [one for one in numbers if one.relation == BELOW or one.value < 0.05]
    assert (len(shown), len(numbers)) == (int(below), int(total))


def test_every_quotation_on_the_page_was_read() -> None:
    """A typing error must not make a quotation or a command invisible to the other tests."""
    assert len(re.findall(r"T\w+\[", TEXT)) == len(NUMBERS) + len(COUNTS)
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and "| `rdstats " in line]
    assert len(rows) == len(COMMANDS)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The full design with few models, in a file."""
    path = tmp_path_factory.mktemp("design") / "recall.parquet"
    write_recall_table(full_design(models=3), path, Provenance(producer="a test"))
    return path


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_a_documented_command_runs_on_the_papers_design(
    command: str, tables: Path, tmp_path: Path
) -> None:
    """It finds something to say, and exits with 0."""
    out = tmp_path / "found.csv"
    words = shlex.split(command.replace("TABLES", str(tables)))[1:]
    done = CliRunner().invoke(app, [*words, "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert len(out.read_text().splitlines()) > 1


def test_the_documented_run_on_real_data_says_this() -> None:
    """Thirty models of Fashion-MNIST, from the committed recall table."""
    study = PAGE.parents[1] / "reports" / "fashion-mnist-lenet5" / "recall.parquet"
    if not study.is_file():
        pytest.skip("a source archive holds no reports/: run this in a checkout")
    tables, _ = paper_tables(read_recall_table([str(study)]))
    assert f"> {agreement_sentence(tables)}" in TEXT.splitlines()
    made = [one for table in tables for one in table.numbers if not one.is_missing]
    differing = [(one.row, one.column) for one in made if one.mark == "differs"]
    assert differing == [
        ("4 vs 10", "Fashion"),
        ("20 vs 50", "Fashion"),
        ("LeNet / Fashion / MP", "accuracy"),
        ("Fashion @ LeNet -> MP", "Ratio 2"),
        ("Fashion @ LeNet -> MP", "Ratio 20"),
        ("Fashion @ LeNet -> MP", "Ratio 50"),
    ]
