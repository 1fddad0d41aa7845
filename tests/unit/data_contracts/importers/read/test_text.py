"""Text with separated columns is read as it was meant, or the line that is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts import ContractError
from data_contracts.importers.read.text import read_lines

ROWS = [("a", "b c"), ("1", "2"), ("3", "4")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_separator_line_ends_and_byte_order_mark_do_not_matter(
    tmp_path: Path, delimiter: str, end: str, mark: str
) -> None:
    """What programs on different systems write."""
    path = tmp_path / "a.csv"
    path.write_bytes((mark + "".join(delimiter.join(row) + end for row in ROWS)).encode())
    assert [line.cells for line in read_lines(path)] == ROWS
    assert [line.number for line in read_lines(path)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        # More commas than semicolons, and yet semicolons separate.
        ('name;"x, y, z"\n"a, b, c";"1, 2"\n', [("name", "x, y, z"), ("a, b, c", "1, 2")]),
        # Pipes separate where nothing else does; beside commas they are part of names.
        ("a|b\n1|2\n", [("a", "b"), ("1", "2")]),
        ("x|y|z,b\n1|2|3,4\n", [("x|y|z", "b"), ("1|2|3", "4")]),
    ],
)
def test_the_separator_is_what_cuts_lines_evenly(
    tmp_path: Path, text: str, rows: list[tuple[str, ...]]
) -> None:
    """A separator inside quotes is part of a name."""
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert [line.cells for line in read_lines(path)] == rows


def test_blank_lines_and_lines_inside_quotes_are_counted(tmp_path: Path) -> None:
    """The number is the one an editor shows."""
    path = tmp_path / "a.csv"
    path.write_text('a,b\n\n"two\nlines",1\n2,3\n')
    assert [line.number for line in read_lines(path)] == [1, 4, 5]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
        (b"a,b\n1,2\n3\n", ", line 3: it has 1 column, but the first line has 2"),
        (b'a,b\n1,"2\n3,4\n', ", line 3: it cannot be read as separated columns"),
        ("a,ü\n".encode("latin-1"), "is no text in UTF-8 (byte 0xfc after 2 others)"),
        (b"a|b\n1\n", ", line 2: it has 1 column, but the first line has 2"),
        (b"PK\x03\x04\0\0", "is a zip archive"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, error: str) -> None:
    """With the file and the line."""
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(ContractError) as caught:
        read_lines(path)
    assert error in str(caught.value)
    assert str(caught.value).startswith(str(path))
