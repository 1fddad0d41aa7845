"""Names out of a table are data in every format."""

import csv
import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdstats.output.escaping import for_latex, for_markdown, for_spreadsheet
from rdstats.output.formats import write_frame


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("recall_variance_before", "recall_variance_before"),
        ("__init__", r"\_\_init\_\_"),
        ("*bold* `code` [link](x)", r"\*bold\* \`code\` \[link\](x)"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        ("-0.5", "-0.5"),
        ("see @me, WWW.x.org or https://x.org", r"see @<!-- -->me, WWW\.x.org or https\://x.org"),
        ("  two\nlines, bell\x07 and \x1b[31mred ", r"two lines, bell and \[31mred"),
    ],
)
def test_markdown_is_escaped_where_it_would_mean_something(text: str, shown: str) -> None:
    """Underscores inside words mean nothing in a cell; no name breaks a line or ends a cell."""
    assert for_markdown(text) == shown


@given(st.text())
def test_latex_never_gets_a_special_character(text: str) -> None:
    """Every one of them becomes a command, whatever stands around it."""
    escaped = for_latex(text)
    for command in (r"\textbackslash{}", r"\textasciicircum{}", r"\textasciitilde{}"):
        escaped = escaped.replace(command, "")
    for command in (r"\textless{}", r"\textgreater{}", r"\textbar{}", r"{\char34}"):
        escaped = escaped.replace(command, "")
    assert not re.search(r"--|''|``|,,|[?!]`", escaped)  # ligatures of T1 and OT1
    escaped = re.sub(r"(?<=[-',`?!])\{\}", "", escaped)
    for character in r"{}$&#%_":
        escaped = escaped.replace(f"\\{character}", "")
    escaped = escaped.replace("{[}", "").replace("{]}", "")
    assert not set(escaped) & set('\\{}$&#%_^~<>|"')


@given(st.text())
def test_the_spreadsheet_guard_only_ever_adds_an_apostrophe(text: str) -> None:
    """So it can be undone."""
    assert for_spreadsheet(text) in (text, "'" + text)
    assert not for_spreadsheet(text).startswith(("=", "@", "＝", "\x00", ";", "\t", " "))


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", ";=", "\x00=", "\u200b="]
)
def test_a_cell_that_a_spreadsheet_would_compute_gets_an_apostrophe(sign: str) -> None:
    """Full width, behind what is passed over, or behind another locale's separator."""
    assert for_spreadsheet(f"{sign}cmd") == f"'{sign}cmd"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_names_come_back_from_csv_whatever_they_hold(names: list[str]) -> None:
    """As many rows as there were, and each name but for its apostrophe."""
    frame = pd.DataFrame({"class_name": [f"a{name}" for name in names], "n": range(len(names))})
    text = file_of(frame)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[0] for row in rows[1:]] == [for_spreadsheet(name) for name in frame["class_name"]]
    assert [row[1] for row in rows[1:]] == [str(number) for number in range(len(names))]


def file_of(frame: pd.DataFrame) -> str:
    """Return what the csv file of a frame holds."""
    with TemporaryDirectory() as folder:
        return write_frame(frame, Path(folder) / "t.csv").read_bytes().decode()
