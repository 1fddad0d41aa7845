"""Rows of small files as text by column: csv, Parquet, and JSON in the shapes of other tools."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers.labels import plain_label
from data_contracts.importers.names import folded
from data_contracts.importers.read.containers import ARROW, arrow_columns, suffix_of, with_packed
from data_contracts.importers.read.text import Line, read_lines, read_text, refuse_repeated
from data_contracts.limits import PARSED, refuse_beyond, unfolded
from data_contracts.sources import note_input

_ROWS = ("log_history", "data", "predictions", "results", "samples", "records", "rows", "instances")
JSON = (".json", ".jsonl", ".ndjson")
SUFFIXES = with_packed(".csv", ".tsv", *JSON, ".parquet", *ARROW)


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|[+-]?inf", re.IGNORECASE)

_MOST_DIGITS = 400  # of which no count and no recall needs a tenth; arithmetic on a million is slow


def number_in(text: str) -> Decimal | None:
    """Return the number that a text is, or None (`Decimal` would take `1_0` and other digits)."""
    text = text.strip()
    short = len(text) <= _MOST_DIGITS and text.isascii()
    return Decimal(text) if short and _NUMBER.fullmatch(text) else None


@dataclass(frozen=True)
class Record:
    """One row of a file."""

    place: str  # what messages call it: the file, and the line or row in it
    cells: Mapping[str, str]  # text by column, as printed; empty where the file has nothing

    def count(self, column: str) -> int:
        """Return the whole number from 0 to 2**53 in a column; 88.0 is one."""
        text = self.cells[column].strip()
        value = number_in(text)
        if value is None or not value.is_finite():
            comma = "; write a decimal point and no thousands" if "," in text else ""
            what = f"{text!r}, which is no number{comma}" if text else "empty"
            raise ContractError(f"{self.place}: column {column!r} is {what}")
        # Compared before anything is computed: 1e999999 has no place in memory.
        if not 0 <= value < 2**53 or value != value.to_integral_value():
            raise ContractError(
                f"{self.place}: column {column!r} is {self.cells[column]!r}, but counts are whole "
                "numbers below 2**53"
            )
        return int(value)


def read_records(path: Path, columns: Collection[str] = ()) -> list[Record]:
    """Return the rows of a csv, tsv, JSON, JSON Lines or Parquet file, at least one, by its suffix.

    A file of another suffix is read as csv. `columns` tells which way a JSON object of objects is
    turned (`records_of_json`).
    """
    suffix = suffix_of(path)
    if suffix in (".parquet", *ARROW):
        found = _of_arrow(path)
    elif suffix in JSON:
        found = list(records_of_json(parsed_json(read_text(path), str(path)), str(path), columns))
    else:
        found = [] if suffix in (".csv", ".tsv") else _told(read_text(path), path)
        found = found or records_of_lines(read_lines(path), path)
    if not found:
        raise ContractError(f"{path} holds no rows: is it the right file?")
    return found


TOLD = re.compile(
    # Two runs of blanks never stand side by side: to divide many blanks between them takes time.
    r"(?=.{1,1000}\Z).*?\baccuracy (?:of|for)\s+(?:class\s*)?(?::\s*)?(?!the )(\S(?:.*?\S)??)\s*"
    r"(?:is\s*(?::\s*)?|[:=]\s*)"
    r"(\d+(?:\.\d+)?)\s*%\s*(?:\(\s*(\d+)\s*/\s*(\d+)\s*\)\s*)?",
    re.IGNORECASE,
)


def _told(text: str, path: Path) -> list[Record]:
    """Return the classes of lines such as `Accuracy for class: plane is 54.9 %`.

    PyTorch's tutorials print them; others with counts behind: `Accuracy of cat: 55% (550/1000)`.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if match := TOLD.fullmatch(line):
            name, share, correct, total = match.groups()
            if correct is None and "." not in share:
                raise ContractError(
                    f"{path}, line {number}: {share} % may be rounded or cut off: print decimals "
                    "(f'{accuracy:.2f} %'), or the counts"
                )
            counts = {"n_correct": correct, "n_samples": total} if correct else {}
            cells = counts or {"recall": f"{share}%"}
            found.append(Record(f"{path}, line {number}", {"class": name, **cells}))
    return found


def read_supports(path: str | None) -> dict[str, int]:
    """Return the test samples of each class in a file; of none where no file is given."""
    supports: dict[str, int] = {}
    if path is not None:
        note_input(path)
    for row in read_records(Path(path), ("class", "n_samples")) if path is not None else ():
        for column in ("class", "n_samples"):
            if column not in row.cells:
                raise ContractError(
                    f"{row.place}: there is no column {column!r}; test samples per class have the "
                    "columns class and n_samples"
                )
        name = plain_label(row.cells["class"])
        if name in supports:
            raise ContractError(f"{row.place}: class {name!r} is there twice: keep one")
        supports[name] = row.count("n_samples")
    return supports


def records_of_lines(lines: Sequence[Line], path: Path) -> list[Record]:
    """Return the rows below a header, which is refused if it names a column twice."""
    header, *rows = lines
    refuse_repeated(header.cells, path)
    if not rows:
        raise ContractError(f"{path} holds no rows, only names of columns: is it the right file?")
    return [
        Record(f"{path}, line {row.number}", dict(zip(header.cells, row.cells, strict=True)))
        for row in rows
    ]


def _of_arrow(path: Path) -> list[Record]:
    with arrow_columns(path) as (schema, batches):
        refuse_repeated(schema.names, path)
        rows: list[dict[str, Any]] = []
        size = 0
        for batch in batches(1 << 16, schema.names):
            size += (
                unfolded(pa.Table.from_batches([batch]))
                + 4 * PARSED * batch.num_rows * batch.num_columns
            )
            refuse_beyond(size, path)
            rows += batch.to_pylist()
    return [
        Record(
            f"{path}, row {row}",
            {name: "" if value is None else str(value) for name, value in cells.items()},
        )
        for row, cells in enumerate(rows, start=1)
    ]


def parsed_json(text: str, source: str) -> Any:
    """Return JSON, or a list of the lines of JSON Lines; numbers stay text, as printed.

    NaN is text too: a log may hold it where nobody looks. A key that is there twice is refused.
    """

    def parsed(part: str) -> Any:
        return json.loads(
            part, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=checked
        )

    def checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        often = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
        if often:
            raise ContractError(f"{source}: an object has the key {often[0]!r} twice: keep one")
        return dict(pairs)

    try:
        return _writable(parsed(text), text, source)
    except (json.JSONDecodeError, RecursionError) as error:
        try:
            lines = [line for line in text.splitlines() if line.strip()]
            if len(lines) > 1:
                return _writable([parsed(line) for line in lines], text, source)
        except (json.JSONDecodeError, RecursionError):
            pass
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        why = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        raise ContractError(f"{source}{where}: no JSON ({why}): is the file cut off?") from error


def logged_json(data: bytes, source: str) -> Any:
    """Return JSON with numbers as numbers, as logs of language models have them."""
    try:
        text = data.decode("utf-8-sig")
        return _writable(json.loads(text), text, source)
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{source}: no JSON ({error}): is the file cut off?") from error


def _writable(value: Any, text: str, source: str) -> Any:
    """Return a value unless a text in it is half a character, which no file can hold."""
    if "\\ud" in text or "\\uD" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ContractError(
                f"{source}: \\u{ord(error.object[error.start]):04x} is half a character: write "
                "both halves, or leave it out"
            ) from error
    return value


def records_of_json(value: Any, source: str, columns: Collection[str] = ()) -> Iterator[Record]:
    """Yield the rows of a JSON value.

    Shapes: a list of objects (pandas `records`, JSON Lines); `{"columns": [...], "data": [...]}`
    (pandas `split`, a W&B table); `{"schema": ..., "data": [...]}` (pandas `table`);
    rows under another of `_ROWS`, as `{"log_history": [...]}` (Hugging Face); an object of lists
    of one length, or with such lists called as one of `columns`, whatever else it holds; an
    object of objects, by column or by row, whichever way one of `columns` is a column (a row's
    name is then the column `index`); any other object is one row. Nested objects become columns
    like `a.b`.
    """
    if isinstance(value, dict):
        rows = next((value[name] for name in _ROWS if isinstance(value.get(name), list)), None)
        if rows is not None and isinstance(value.get("columns"), list):
            yield from _split(value["columns"], rows, source)
            return
        if rows is not None and all(isinstance(row, dict) for row in rows):
            value = rows
    if isinstance(value, list):
        for row, each in enumerate(value, start=1):
            if not isinstance(each, dict):
                raise ContractError(
                    f"{source}, row {row}: it is {_shown(each)}, but a row is an object with a "
                    "value per column (of a matrix of counts say --format confusion)"
                )
            yield _record(f"{source}, row {row}", each)
    elif isinstance(value, dict):
        yield from _of_object(value, source, {folded(name) for name in columns})
    else:
        raise ContractError(f"{source} holds {_shown(value)}, but a table is a list or an object")


def _of_object(value: Mapping[str, Any], source: str, columns: set[str]) -> Iterator[Record]:
    known = {name: part for name, part in value.items() if folded(name) in columns}
    lists = {name: part for name, part in known.items() if isinstance(part, list)}
    if len(lists) > 1 and len({len(part) for part in lists.values()}) == 1:
        value = lists
    parts = list(value.values())
    nested = bool(parts) and all(isinstance(part, dict) for part in parts)
    if parts and all(isinstance(part, list) for part in parts):
        if len({len(part) for part in parts}) > 1:
            raise ContractError(f"{source}: its columns have different lengths")
        yield from _split(list(value), list(zip(*parts, strict=True)), source)
    elif nested and known:
        for name in dict.fromkeys(name for part in parts for name in part):
            cells = {column: part.get(name) for column, part in value.items()}
            yield _record(f"{source}, row {name!r}", {"index": name, **cells})
    elif nested and any(folded(name) in columns for part in parts for name in part):
        for name, part in value.items():
            yield _record(f"{source}, row {name!r}", {"index": name, **part})
    else:
        yield _record(f"{source}, row 1", value)


def _split(names: Sequence[Any], data: Sequence[Any], source: str) -> Iterator[Record]:
    header = [_text(name) for name in names]
    if len(set(header)) < len(header):
        raise ContractError(f"{source}: two columns have one name: give each its name")
    for row, each in enumerate(data, start=1):
        if not isinstance(each, list | tuple) or len(each) != len(header):
            raise ContractError(
                f"{source}, row {row}: it is {_shown(each)}, but there are {len(header)} columns"
            )
        yield _record(f"{source}, row {row}", dict(zip(header, each, strict=True)))


def _record(place: str, value: Mapping[str, Any]) -> Record:
    return Record(place, dict(_flat(value)))


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{before}{name}.")
        else:
            yield f"{before}{name}", _text(inner)


def _text(value: Any) -> str:
    """Return a JSON value as text; null is nothing."""
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
