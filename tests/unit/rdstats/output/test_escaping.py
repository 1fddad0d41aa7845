"""Names out of a table are data in every format."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdstats.output.escaping import for_latex, for_markdown, for_spreadsheet


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("recall_variance_before", "recall_variance_before"),
        ("__init__", r"\_\_init\_\_"),
        ("*bold* `code` [link](x)", r"\*bold\* \`code\` \[link\](x)"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        ("-0.5", "-0.5"),
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
    for command in (r"\textless{}", r"\textgreater{}", r"\textbar{}", r"\textquotedbl{}"):
        escaped = escaped.replace(command, "")
    for character in r"{}$&#%_":
        escaped = escaped.replace(f"\\{character}", "")
    escaped = escaped.replace("{[}", "").replace("{]}", "")
    assert not set(escaped) & set('\\{}$&#%_^~<>|"')


@given(st.text())
def test_the_spreadsheet_guard_only_ever_adds_an_apostrophe(text: str) -> None:
    """So it can be undone."""
    assert for_spreadsheet(text) in (text, "'" + text)
    assert not for_spreadsheet(text).startswith(("=", "@"))
