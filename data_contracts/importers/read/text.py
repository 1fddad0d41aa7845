"""Text in UTF-8, and its separated columns: which separator, and rows with their lines."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, AnyStr

from data_contracts.errors import ContractError
from data_contracts.importers.read.containers import opened
from data_contracts.limits import LONGEST_LINE, PARSED, read_all, refuse_beyond
from data_contracts.sources import kind_of_file
from data_contracts.words import counted

DELIMITERS = (",", ";", "\t")
RARE_DELIMITERS = ("|",)  # where none of these is there: names may hold it

_HEAD = 1 << 18  # bytes in which the first lines are looked for
_PIECE = 1 << 22  # bytes
_LINES_COMPARED = 5


@dataclass(frozen=True)
class Line:
    """One record of a file."""

    number: int  # the line it ends on, counted from 1, as an editor shows it
    cells: tuple[str, ...]  # its texts without blanks around them


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, without the mark that some editors put first."""
    return _decoded(_head(path, -1), path)


def sniff_delimiter(path: Path, rare: Sequence[str] = RARE_DELIMITERS) -> str:
    """Return what separates the columns: a comma, a semicolon, a tab, or without these `|`.

    It is the one that cuts the first lines into equally many columns, and into the most of them.
    (`csv.Sniffer` says `e` where the lines are label, nine, one.)
    """
    head = _head(path, _HEAD)
    if len(head) == _HEAD:  # the last line may be cut off
        head = head[: head.rfind(b"\n") + 1] or head
    text = _decoded(head, path)
    rows = {each: _first_rows(text, each) for each in (*DELIMITERS, *rare)}

    def width(delimiter: str) -> int:
        return len(rows[delimiter][0]) if rows[delimiter] else 0

    even = [each for each in DELIMITERS if len({len(row) for row in rows[each]}) == 1]
    # Of ragged lines the first one decides, and the line that differs is told later.
    for known in (even, DELIMITERS, rows):
        best = max(known, key=width, default=DELIMITERS[0])
        if width(best) > 1:
            break
    return best


def read_lines(path: Path, row_names: bool = False) -> list[Line]:
    """Return every record of a small file, the header among them; blank lines are passed over.

    `row_names`: it may be as R's `write.table` writes it: blanks between columns, and names of
    rows that the first line has no cell above. That gets an empty one.

    Raises:
        ContractError: The file cannot be read, is empty, is no text in UTF-8, quotes are not
            closed, or a line has more or fewer columns than the first; names the line.
    """
    lines, size = [], 0
    for line in iterate_lines(path, row_names):
        lines.append(line)
        size += sum(map(len, line.cells)) + 4 * PARSED * len(line.cells)
        refuse_beyond(size, path)
    if not lines:
        raise ContractError(f"{path} is empty: is it the right file?")
    if len(lines) > 1 and len(lines[0].cells) > 1 and not any(line.cells[-1] for line in lines):
        lines = [Line(line.number, line.cells[:-1]) for line in lines]  # a trailing separator
    if len(lines) > 1 and len(lines[1].cells) > len(lines[0].cells):
        lines[0] = Line(lines[0].number, ("", *lines[0].cells))
    return lines


def iterate_lines(path: Path, row_names: bool = False) -> Iterator[Line]:
    """Yield every record of a file of any size; arguments and errors as in `read_lines`."""
    delimiter = sniff_delimiter(path, (*RARE_DELIMITERS, " ") if row_names else RARE_DELIMITERS)
    width = rows = 0
    try:
        with opened(path) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
            whole = whole_lines(text, path)
            source = map(_single_blanks, whole) if delimiter == " " else whole
            reader = csv.reader(source, delimiter=delimiter, strict=True)
            for row in filter(None, reader):
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


def whole_lines(text: IO[AnyStr], path: Path) -> Iterator[AnyStr]:
    """Yield lines; one without an end is told before it fills the memory.

    Raises:
        ContractError: A line has more than `LONGEST_LINE` signs, or bytes.
    """
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise ContractError(
                f"{path} has a line of more than {LONGEST_LINE:,} signs: is it a file of text?"
            )
        yield line


def check_quotes(path: Path, rows: int, in_labels: bool) -> bool:
    """Refuse a text whose quotes do not close, which a lenient reader takes for fewer rows.

    Returns whether there are more lines than rows: some texts go over several.

    Where quotes are odd in number, or `in_labels`, or lines are not as many as rows, the file is
    read again by a reader that is strict; that costs about a microsecond a row and is needed for
    few files.
    """
    quotes = ends = 0
    last = b""
    with opened(path) as stream:
        while piece := stream.read(_PIECE):
            quotes += piece.count(b'"')
            ends += piece.count(b"\n")
            last = piece
    lines = ends + (not last.endswith(b"\n"))
    if quotes % 2 or in_labels or (quotes and lines != rows + 1):
        records = sum(1 for _ in iterate_lines(path))
        if records != rows + 1:
            raise ContractError(
                f"{path}: quotes stand where they open a name that never ends ({rows + 1:,} or "
                f"{records:,} lines, as they are read): quote names whole, or not at all"
            )
    return bool(quotes) and lines > rows + 1


def refuse_swallowed(path: Path, columns: Mapping[int, Container[str]]) -> None:
    """Refuse a quote that closes lines later, and so makes rows part of a name.

    A text may go over several lines. But where a line inside of it has as many columns as the
    first, and known labels in the columns of labels, it is a row.

    Args:
        path: The file, in which there are more lines than rows.
        columns: Of each column of labels, by its place, the labels that were found.
    """
    delimiter = sniff_delimiter(path)
    width = 0
    for line in iterate_lines(path):
        width = width or len(line.cells)
        for inner in (part for cell in line.cells for part in cell.splitlines()[1:]):
            row = [cell.strip().strip('"') for cell in inner.split(delimiter)]
            if len(row) == width and all(row[place] in known for place, known in columns.items()):
                raise ContractError(
                    f"{path}, line {line.number}: rows of data stand inside of a quoted text, such "
                    f"as {inner.strip()[:60]!r}: a quote opens in one row and closes in another; "
                    "write a quote inside of a name twice"
                )


def refuse_repeated(header: Sequence[str], path: Path) -> None:
    """Refuse a header that names a column twice."""
    for name, times in Counter(header).items():
        if times > 1 and name:
            raise ContractError(f"{path}: column {name!r} is there {times} times: keep one")


def _head(path: Path, size: int) -> bytes:
    """Return the first bytes of a file that is not empty."""
    with opened(path) as stream:
        head = stream.read(size) if size >= 0 else read_all(stream, path, PARSED)
    if not head.removeprefix(b"\xef\xbb\xbf").strip():
        raise ContractError(f"{path} is empty: is it the right file?")
    return head


def _decoded(data: bytes, path: Path) -> str:
    if b"\0" in data:
        raise ContractError(f"{path} is {kind_of_file(data[:_HEAD])}, and no text: check its name")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _no_utf8(path, error) from error


def _no_utf8(path: Path, error: UnicodeDecodeError) -> ContractError:
    return ContractError(
        f"{path} is no text in UTF-8 (byte {error.object[error.start]:#04x} after "
        f"{error.start:,} others): save it as UTF-8"
    )


def _single_blanks(line: str) -> str:
    """Return a line whose columns are aligned by blanks with one between them."""
    return " ".join(line.split())


def _first_rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the first few records under a separator, until one cannot be read."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        lines = io.StringIO(text, newline="")
        source = map(_single_blanks, lines) if delimiter == " " else lines
        for row in filter(None, csv.reader(source, delimiter=delimiter)):
            rows.append(row)
            if len(rows) == _LINES_COMPARED:
                break
    return rows
