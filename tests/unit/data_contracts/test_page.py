"""The contract's page says what the code does: its example runs, its tables are the code's."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from data_contracts import RECALL_TABLE, RULES, VERSION, Provenance

PAGE = (Path(__file__).parents[3] / "docs" / "recall-table.md").read_text(encoding="utf-8")
# Rules that are no function over columns, in the words of the page alone.
OUTSIDE = {"columns present", "types", "known columns", "at least one row", "baseline present"}


def section(title: str) -> str:
    """Return the page's text between a heading and the next."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def table_rows(title: str) -> list[list[str]]:
    """Return the cells of a section's table, without its two heading lines."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_example_runs_and_prints_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Word for word."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "docs/recall-table.md", "exec"), {})  # noqa: S102  # our own page
    assert capsys.readouterr().out == printed


def test_every_column_is_listed_with_type_and_null() -> None:
    """In the order of the schema."""
    listed = [(name, kind, null) for name, kind, null, _ in table_rows("Columns")]
    assert listed == [
        (f"`{field.name}`", str(field.type), "yes" if field.nullable else "no")
        for field in RECALL_TABLE
    ]


def test_every_rule_is_listed_with_its_meaning() -> None:
    """In the words that the code keeps beside the rule."""
    listed = {row[0]: row[1] for row in table_rows("Rules")}
    assert {rule.name: rule.meaning for rule in RULES} == {
        name: meaning for name, meaning in listed.items() if name not in OUTSIDE
    }
    assert listed.keys() >= OUTSIDE


def test_every_metadata_key_is_listed() -> None:
    """In the order of the dataclass."""
    listed = [name.strip("`") for name, _ in table_rows("Metadata")]
    assert listed == [field.name for field in fields(Provenance)]


def test_the_version_is_the_one_that_is_written() -> None:
    """A new version begins on this page."""
    assert f'`"{VERSION}"`' in section("Metadata")
    assert PAGE.startswith(f"# The recall table, version {VERSION.split('.')[0]}\n")
