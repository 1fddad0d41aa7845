"""Numbers as they stand in text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.errors import ContractError
from data_contracts.importers.read.delimited import read_lines, refuse_repeated
from data_contracts.importers.read.json_records import cells_of_json, parsed_json
from data_contracts.importers.source_files import unreadable
from data_contracts.sources import kind_of_file

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|[+-]?inf", re.IGNORECASE)


def number_in(text: str) -> float | None:
    """Return the number that a text is, or None (`float` would take `1_0` and other digits)."""
    text = text.strip()
    return float(text) if text.isascii() and _NUMBER.fullmatch(text) else None


SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")


@dataclass(frozen=True)
class Record:
    """One row of a file.

    Attributes:
        place: What messages call it: the file, and the line or row in it.
        cells: Text by column, as printed; empty where the file has nothing.
    """

    place: str
    cells: Mapping[str, str]

    def number(self, column: str) -> Decimal:
        """Return the number in a column.

        Raises:
            ContractError: The cell is empty or no number.
        """
        text = self.cells[column].strip()
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("nan")
        if not value.is_finite():
            comma = "; write a decimal point and no thousands" if "," in text else ""
            what = f"{text!r}, which is no number{comma}" if text else "empty"
            raise ContractError(f"{self.place}: column {column!r} is {what}")
        return value

    def count(self, column: str) -> int:
        """Return the whole number in a column; 88.0 is one.

        Raises:
            ContractError: The cell is no whole number from 0 to 2**53.
        """
        value = self.number(column)
        # Compared before anything is computed: 1e999999 has no place in memory.
        if not 0 <= value < 2**53 or value != value.to_integral_value():
            raise ContractError(
                f"{self.place}: column {column!r} is {self.cells[column]!r}, but counts are whole "
                "numbers below 2**53"
            )
        return int(value)


def read_records(path: Path, columns: Collection[str] = ()) -> list[Record]:
    """Return the rows of a csv, tsv, JSON, JSON Lines or Parquet file, by its suffix.

    Args:
        path: The file; one of another suffix is read as csv.
        columns: Names that columns may have: they tell which way a JSON object of objects is
            turned (`json_records.py`).

    Raises:
        ContractError: It cannot be read, is no such table, or holds no row.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        found = _parquet(path)
    elif suffix in (".json", ".jsonl", ".ndjson"):
        rows = cells_of_json(parsed_json(read_text(path), str(path)), str(path), columns)
        found = [Record(f"{path}, {place}", cells) for place, cells in rows]
    else:
        found = read_csv(path)
    if not found:
        raise ContractError(f"{path} holds no rows: is it the right file?")
    return found


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, without the mark that some editors put first.

    Raises:
        ContractError: It cannot be read or is no such text.
    """
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ContractError(
            f"{path}, line {line}: it is {kind_of_file(data[:512])}, not text in UTF-8: save it "
            "as UTF-8"
        ) from error
    if not text.strip():
        raise ContractError(f"{path} is empty")
    if "\0" in text:
        raise ContractError(f"{path} holds zero bytes, so it is no text: was it cut off or broken?")
    return text


def read_csv(path: Path) -> list[Record]:
    """Return the rows of a csv file, whatever separates its columns (`delimited.py`).

    Raises:
        ContractError: There is no row, two columns have one name, or a line has more or fewer
            cells than the first; names the line.
    """
    first, *others = read_lines(path)
    refuse_repeated(first.cells, path)
    if not others:
        raise ContractError(f"{path} holds no rows, only names of columns: is it the right file?")
    return [
        Record(f"{path}, line {line.number}", dict(zip(first.cells, line.cells, strict=True)))
        for line in others
    ]


def _parquet(path: Path) -> list[Record]:
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(path, error) from error
    refuse_repeated(table.column_names, path)
    return [
        Record(
            f"{path}, row {row}",
            {name: "" if value is None else str(value) for name, value in cells.items()},
        )
        for row, cells in enumerate(table.to_pylist(), start=1)
    ]
