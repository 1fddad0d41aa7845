"""Names out of a table are data in every format."""

import csv
import html
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rdstats.output.escaping import for_latex, for_markdown, for_spreadsheet, one_line
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
    escaped = re.sub(r"\\ensuremath\{[^{}]+\}", "", for_latex(text))  # −, ×, α and their kind
    for command in (r"\textbackslash{}", r"\textasciicircum{}", r"\textasciitilde{}"):
        escaped = escaped.replace(command, "")
    for command in (r"\textless{}", r"\textgreater{}", r"\textbar{}", r"{\char34}"):
        escaped = escaped.replace(command, "")
    assert not re.search(r"--|''|``|,,|[?!]`", escaped)  # ligatures of T1 and OT1
    escaped = re.sub(r"(?<=[-',`?!])\{\}", "", escaped)
    for character in r"{}$&#%_":
        escaped = escaped.replace(f"\\{character}", "")
    escaped = escaped.replace("{[}", "").replace("{]}", "").replace("{*}", "")
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


NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1)
COMMANDS = {
    r"\textbackslash{}": "\\",
    r"\textasciicircum{}": "^",
    r"\textasciitilde{}": "~",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"{\char34}": '"',
    "{[}": "[",
    "{]}": "]",
    "{*}": "*",
    "{}": "",
}
"""What LaTeX prints for each."""


def from_csv(text: str) -> list[str]:
    """Return the first cell of each row under the header."""
    return [row[0] for row in list(csv.reader(io.StringIO(text, newline="")))[1:]]


def from_json(text: str) -> list[str]:
    """Return the names of a list of records."""
    return [row["class_name"] for row in json.loads(text)]


def from_markdown(text: str) -> list[str]:
    """Return the first cell of each row as a Markdown reader shows it."""
    page = MarkdownIt("commonmark").enable("table").render(text).replace("<!-- -->", "")
    return [html.unescape(cell) for cell in re.findall(r"<tr>\n<td[^>]*>(.*?)</td>", page)]


COMMANDS |= {for_latex(sign): sign for sign in "−→×±≥≤∞²αδψ"}


def from_latex(text: str) -> list[str]:
    """Return the first cell of each row as LaTeX prints it."""
    body = text.split("\\midrule\n")[1].split("\\bottomrule")[0].splitlines()
    known = "|".join(map(re.escape, COMMANDS)) + r"|\\([{}$&#%_])"
    return [
        re.sub(known, lambda found: found[1] or COMMANDS[found[0]], row.split(" & ")[0])
        for row in body
    ]


@pytest.mark.parametrize(
    ("suffix", "read", "kept"),
    [
        (".csv", from_csv, for_spreadsheet),
        (".json", from_json, str),
        (".md", from_markdown, one_line),
        (".tex", from_latex, one_line),
    ],
)
@given(names=NAMES)
def test_names_come_back_from_every_format(
    suffix: str, read: Callable[[str], list[str]], kept: Callable[[str], str], names: list[str]
) -> None:
    """As many rows as there were; csv adds an apostrophe, md and tex put a name on one line."""
    names = [f"a{name}" for name in names]
    frame = pd.DataFrame({"class_name": names, "n": range(len(names))})
    with TemporaryDirectory() as folder:
        text = write_frame(frame, Path(folder) / f"t{suffix}").read_bytes().decode()
    assert read(text) == [kept(name) for name in names]
