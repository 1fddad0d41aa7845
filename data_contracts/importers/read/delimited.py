"""Text with separated columns: which separator, and rows with the lines they stand on."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers.source_files import unreadable
from data_contracts.sources import kind_of_file
from data_contracts.words import counted

DELIMITERS = (",", ";", "\t")
RARE_DELIMITERS = ("|",)  # where none of these is there: names may hold it
SUFFIXES = (".csv", ".tsv", ".txt")

_HEAD = 1 << 18  # bytes in which the first lines are looked for
_PIECE = 1 << 22  # bytes
_LINES_COMPARED = 5
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Line:
    """One record of a file.

    Attributes:
        number: The line it ends on, counted from 1, as an editor shows it.
        cells: Its texts without blanks around them.
    """

    number: int
    cells: tuple[str, ...]


def sniff_delimiter(path: Path, rare: Sequence[str] = RARE_DELIMITERS) -> str:
    """Return what separates the columns: a comma, a semicolon, a tab, or without these `|`.

    It is the one that cuts the first lines into equally many columns, and into the most of them.

    Args:
        path: The file.
        rare: What may separate columns where none of `DELIMITERS` does.

    Raises:
        ContractError: The file cannot be read, is empty, or is no text in UTF-8.
    """
    text = _head(path)
    most, best = 1, DELIMITERS[0]
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _first_rows(text, delimiter)]
        if widths and min(widths) > most and len(set(widths)) == 1:
            most, best = widths[0], delimiter
    if most == 1:  # ragged lines: the first one decides, and the line that differs is told later
        every = (*DELIMITERS, *rare)
        counts = {each: len(next(_first_rows(text, each), ())) for each in every}
        best = max(DELIMITERS, key=lambda each: counts[each])
        if counts[best] < 2:
            best = max(every, key=lambda each: counts[each])
    return best


def read_lines(path: Path, row_names: bool = False) -> list[Line]:
    """Return every record of a small file, the header among them; blank lines are passed over.

    Args:
        path: The file.
        row_names: Whether it may be as R's `write.table` writes it: blanks between columns, and
            names of rows that the first line has no cell above. That gets an empty one.

    Raises:
        ContractError: The file cannot be read, is empty, is no text in UTF-8, quotes are not
            closed, or a line has more or fewer columns than the first; names the line.
    """
    lines = list(iterate_lines(path, row_names))
    if not lines:
        raise ContractError(f"{path} is empty: is it the right file?")
    if len(lines) > 1 and len(lines[1].cells) > len(lines[0].cells):
        lines[0] = Line(lines[0].number, ("", *lines[0].cells))
    return lines


def iterate_lines(path: Path, row_names: bool = False) -> Iterator[Line]:
    """Yield every record of a file of any size; arguments and errors as in `read_lines`."""
    delimiter = sniff_delimiter(path, (*RARE_DELIMITERS, " ") if row_names else RARE_DELIMITERS)
    width = rows = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            for row in reader:
                if not row:
                    continue
                width = width or len(row)
                rows += 1
                if row_names and rows == 2 and len(row) == width + 1:
                    width += 1
                if len(row) != width:
                    raise ContractError(
                        f"{path}, line {reader.line_num}: it has {counted(len(row), 'column')}, "
                        f"but the first line has {width}: is the file cut off, or is a "
                        "separator part of a name that is not quoted?"
                    )
                yield Line(reader.line_num, tuple(cell.strip() for cell in row))
    except csv.Error as error:
        raise ContractError(
            f"{path}, line {reader.line_num}: it cannot be read as separated columns ({error}): "
            "is a quote not closed?"
        ) from error
    except UnicodeDecodeError as error:
        raise _no_utf8(path, error) from error
    except OSError as error:
        raise unreadable(path, error) from error


def check_quotes(path: Path, rows: int) -> None:
    """Refuse a text whose quotes do not close, which a lenient reader takes for fewer rows.

    Where quotes are odd in number, or lines are not as many as rows, the file is read again by
    a reader that is strict; that costs about a microsecond a row and is needed for few files.

    Args:
        path: The file.
        rows: The rows that were read, the header not among them.

    Raises:
        ContractError: A quote is not closed, or the strict reader finds other rows.
    """
    quotes = ends = 0
    last = b""
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            quotes += piece.count(b'"')
            ends += piece.count(b"\n")
            last = piece
    lines = ends + (not last.endswith(b"\n"))
    if quotes % 2 or (quotes and lines != rows + 1):
        records = sum(1 for _ in iterate_lines(path))
        if records != rows + 1:
            raise ContractError(
                f"{path}: quotes stand where they open a name that never ends ({rows + 1:,} or "
                f"{records:,} lines, as they are read): quote names whole, or not at all"
            )


def refuse_repeated(header: Sequence[str], path: Path) -> None:
    """Refuse a header that names a column twice.

    Raises:
        ContractError: It does; names the column.
    """
    for name, times in Counter(header).items():
        if times > 1 and name:
            raise ContractError(f"{path}: column {name!r} is there {times} times: keep one")


def _head(path: Path) -> str:
    """Return the first lines of a text file, none of them cut off."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise unreadable(path, error) from error
    if not head.removeprefix(_BYTE_ORDER_MARK).strip():
        raise ContractError(f"{path} is empty: is it the right file?")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ContractError(f"{path} is text in UTF-16: save it as UTF-8")
    if b"\0" in head:
        kind = kind_of_file(head)
        raise ContractError(f"{path} is {kind}, no text with separated columns: check its name")
    if len(head) == _HEAD:
        head = head[: head.rfind(b"\n") + 1] or head
    try:
        return head.removeprefix(_BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        raise _no_utf8(path, error) from error


def _no_utf8(path: Path, error: UnicodeDecodeError) -> ContractError:
    return ContractError(
        f"{path} is no text in UTF-8 (byte {error.object[error.start]:#04x} after "
        f"{error.start:,} others): save it as UTF-8"
    )


def _first_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the first few records under a separator, until one cannot be read."""
    rows = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                yield row
                rows += 1
            if rows == _LINES_COMPARED:
                return
    except csv.Error:
        return
