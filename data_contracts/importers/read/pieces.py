"""Prediction files (text, Parquet, numpy arrays) in pieces of some hundred thousand rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described
from data_contracts.importers.labels import UIntArray, hashed_ids, hashed_numbers, text_of
from data_contracts.importers.names import ALIASES
from data_contracts.importers.read.arrays import described_by, distinct_texts, load_arrays, names_in
from data_contracts.importers.read.containers import (
    ARROW,
    arrow_columns,
    is_plain,
    opened,
    suffix_of,
    with_packed,
)
from data_contracts.importers.read.records import JSON, Record, read_records
from data_contracts.importers.read.text import (
    Line,
    check_quotes,
    iterate_lines,
    refuse_repeated,
    sniff_delimiter,
)
from data_contracts.words import listed

# Of a folder; a .json in it is mostly something else.
SUFFIXES = with_packed(
    ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet", *ARROW, ".npz", ".npy"
)

_PIECE_ROWS = 1 << 18
_BLOCK = 1 << 22  # bytes of text read at a time


@dataclass(frozen=True)
class Piece:
    """Some rows of a file, whose name is `source`: columns of Arrow, or numpy arrays."""

    source: str
    rows: int
    columns: Mapping[str, pa.Array | npt.NDArray[Any]]

    def labels(self, column: str) -> tuple[list[str], npt.NDArray[Any]]:
        """Return the distinct texts of a column, and the place of each row's among them."""
        values = self.columns[column]
        if isinstance(values, np.ndarray):
            if values.ndim != 1 or values.dtype.kind not in "iubfUS":
                raise ContractError(
                    f"{self.source}: {column} has shape {values.shape} of {values.dtype}, but "
                    "labels are numbers or text, one per sample"
                )
            return distinct_texts(values)
        if pa.types.is_nested(values.type):
            raise ContractError(
                f"{self.source}: column {column!r} holds {values.type}, but labels are numbers or "
                "text"
            )
        if not pa.types.is_dictionary(values.type):
            values = values.dictionary_encode()
        with self._readable(column):
            texts = [text_of(value) for value in values.dictionary.to_pylist()]
        codes = values.indices
        if codes.null_count:
            codes = pc.fill_null(codes.cast(pa.int64()), len(texts))
            texts.append("")
        return texts, codes.to_numpy(zero_copy_only=False)

    def ids(self, column: str) -> UIntArray:
        """Return a number for each row's id (`labels.hashed_ids`), shape (rows,)."""
        values = self.columns[column]
        if isinstance(values, np.ndarray):
            if values.ndim == 1 and values.dtype.kind in "iu":
                return hashed_numbers(values)
        elif not values.null_count:
            if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
                with self._readable(column):
                    return hashed_ids(values)
            if pa.types.is_integer(values.type):
                return hashed_numbers(values.to_numpy())
        return hashed_ids(*self.labels(column))

    def scores(self, columns: Sequence[str]) -> npt.NDArray[Any]:
        """Return scores, shape (rows, classes); a missing one is NaN."""
        found = []
        for column in columns:
            values = self.columns[column]
            if isinstance(values, np.ndarray):  # one array holds the scores of every class
                return values
            if is_list(values.type):
                return self._matrix(column, values)
            if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
                raise ContractError(
                    f"{self.source}: column {column!r} holds {values.type}, but scores are numbers"
                )
            found.append(values.to_numpy(zero_copy_only=False).astype(np.float64))
        return np.column_stack(found)

    def _matrix(self, column: str, lists: pa.Array) -> npt.NDArray[Any]:
        """Return a column of lists as one row of scores each."""
        lengths = pc.unique(pc.list_value_length(lists)).to_pylist()
        if len(lengths) != 1 or not lengths[0]:
            raise ContractError(
                f"{self.source}: column {column!r} holds lists of lengths {listed(lengths)}: give "
                "every sample a score per class"
            )
        scores = lists.flatten().to_numpy(zero_copy_only=False).astype(np.float64)
        return scores.reshape(len(lists), lengths[0])  # type: ignore[no-any-return]

    @contextmanager
    def _readable(self, column: str) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError as error:
            raise ContractError(
                f"{self.source}: column {column!r} holds text that is no UTF-8: is it damaged?"
            ) from error


@dataclass(frozen=True)
class PredictionFile:
    """A file that can be read piece by piece.

    `pieces` yields its rows, as far as the named columns go; the second argument names those of
    them that hold scores, the third those that hold ids.
    """

    names: tuple[str, ...]  # its columns
    pieces: Callable[[Sequence[str], Sequence[str], Sequence[str]], Iterator[Piece]]
    place: Callable[[int], str] = "row {}".format  # where a row, counted from 0, is
    matrices: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of scores: their classes
    unnamed: frozenset[str] = frozenset()  # those whose classes are 0, 1, 2 ..., not the file's
    described: Described = field(default_factory=Described)  # what it says outside its rows
    has_header: bool = False  # its names are its first line, which may be a row of data
    over_lines: Sequence[Path] = ()  # itself, once it is read, if a text in it goes over lines


def open_predictions(path: Path, alone: str | None = None) -> PredictionFile:
    """Return a prediction file, opened by its suffix; a name without a known one is text.

    `alone` is what an array without a name is, where only one is expected: y_true or y_pred.
    """
    suffix = suffix_of(path)
    if suffix in (".parquet", *ARROW):
        return _open_arrow(path)
    if suffix in JSON:
        return _open_records(path)
    if suffix in (".npz", ".npy"):
        return _open_arrays(path, alone)
    return _open_text(path)


def _open_text(path: Path) -> PredictionFile:
    delimiter = sniff_delimiter(path)
    header = next(iterate_lines(path))
    refuse_repeated(header.cells, path)
    # Python's csv would count rows in 3.4 times the time that Arrow takes. But Arrow cannot say
    # on which line an error is, nor that a quote does not close: then the file is read again.
    texts: list[Path] = []

    def pieces(
        columns: Sequence[str], scores: Sequence[str], ids: Sequence[str]
    ) -> Iterator[Piece]:
        # A dictionary of ids, each of which is there once, would cost more than the rest.
        types = dict.fromkeys(columns, pa.dictionary(pa.int32(), pa.string()))
        types |= dict.fromkeys(ids, pa.string()) | dict.fromkeys(scores, pa.float64())
        with opened(path) as stream:
            source = path if is_plain(path) else stream
            rows, quoted = 0, False
            try:
                for batch in filter(len, _csv_batches(source, delimiter, header, types)):
                    rows += len(batch)
                    quoted = quoted or any(map(_has_quotes, batch.columns))
                    yield Piece(str(path), len(batch), dict(zip(types, batch.columns, strict=True)))
            except pa.ArrowInvalid as error:
                lines = iterate_lines(path)
                next(lines)
                if next(lines, None) is None:  # a header and nothing else: for Arrow an error
                    return
                raise _explained(path, header.cells, scores, error) from error
            if check_quotes(path, rows, quoted):
                texts.append(path)

    return PredictionFile(
        header.cells,
        pieces,
        lambda row: f"line {_line_of(path, row)}",
        has_header=True,
        over_lines=texts,
    )


def _has_quotes(column: pa.Array) -> bool:
    """Return whether a label has a quote in it: it may have been closed too early."""
    if not pa.types.is_dictionary(column.type):
        return False
    return bool(pc.any(pc.match_substring(column.dictionary, '"')).as_py())


def _csv_batches(
    source: Path | BinaryIO, delimiter: str, header: Line, types: Mapping[str, pa.DataType]
) -> Iterator[pa.RecordBatch]:
    """Yield the rows below a header, as far as columns have a type."""
    inner = {name: f"c{place}" for place, name in enumerate(header.cells)}
    yield from pa_csv.open_csv(
        source,
        read_options=pa_csv.ReadOptions(
            block_size=_BLOCK, column_names=list(inner.values()), skip_rows=header.number
        ),
        parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            include_columns=[inner[column] for column in types],
            column_types={inner[column]: kind for column, kind in types.items()},
        ),
    )


def _line_of(path: Path, row: int) -> int:
    """Return the line on which a row of text stands; row 0 follows the header."""
    for number, line in enumerate(iterate_lines(path)):
        if number == row + 1:
            return line.number
    return row + 2


def _explained(
    path: Path, header: Sequence[str], scores: Sequence[str], error: Exception
) -> ContractError:
    """Return the error of a text that Arrow cannot read, with the line and the column."""
    places = [(place, name) for place, name in enumerate(header) if name in scores]
    for line in iterate_lines(path):  # raises by itself where the line's form is wrong
        for place, name in places if line.cells != tuple(header) else []:
            try:
                float(line.cells[place] or "nan")
            except ValueError:
                comma = "; write a decimal point" if "," in line.cells[place] else ""
                return ContractError(
                    f"{path}, line {line.number}: {name} is {line.cells[place]!r}, but scores are "
                    f"numbers{comma}"
                )
    return ContractError(f"{path} cannot be read as separated columns ({error}): check the file")


def _open_arrow(path: Path) -> PredictionFile:
    with arrow_columns(path) as (schema, batches):
        names = [str(name) for name in schema.names]
        refuse_repeated(names, path)
        lists = [name for name in names if is_list(schema.field(name).type)]
        first = next(iter(batches(1, lists)), None) if lists else None

    def pieces(
        columns: Sequence[str], _scores: Sequence[str], _ids: Sequence[str]
    ) -> Iterator[Piece]:
        with arrow_columns(path) as (_, batches):
            for batch in batches(_PIECE_ROWS, list(columns)):
                yield Piece(str(path), len(batch), {name: batch.column(name) for name in columns})

    cells = {} if first is None else {name: first.column(name)[0].as_py() for name in lists}
    matrices = {name: list(map(str, range(len(cell)))) for name, cell in cells.items() if cell}
    return PredictionFile(tuple(names), pieces, matrices=matrices, unnamed=frozenset(matrices))


def is_list(kind: pa.DataType) -> bool:
    """Return whether a column holds a list of numbers in each row."""
    some = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    some = some or pa.types.is_fixed_size_list(kind)
    return bool(
        some and (pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type))
    )


def _open_records(path: Path) -> PredictionFile:
    """Return the rows of JSON; a list of numbers in each row is one of scores."""
    records = read_records(path, {*ALIASES, *chain(*ALIASES.values())})
    names = tuple(dict.fromkeys(name for record in records for name in record.cells))
    cells = {name: [record.cells.get(name, "") for record in records] for name in names}
    columns: dict[str, Any] = {
        name: _lists_of_numbers(texts) or pa.array(texts) for name, texts in cells.items()
    }
    matrices = {
        name: list(map(str, range(len(column[0]))))
        for name, column in columns.items()
        if is_list(column.type)
    }

    def pieces(
        wanted: Sequence[str], scores: Sequence[str], _ids: Sequence[str]
    ) -> Iterator[Piece]:
        found = {name: columns[name] for name in wanted}
        for name in set(scores) - matrices.keys():
            found[name] = pa.array([_score(record, name) for record in records])
        yield Piece(str(path), len(records), found)

    def place(row: int) -> str:
        return records[row].place.removeprefix(f"{path}, ")

    return PredictionFile(names, pieces, place, matrices, frozenset(matrices))


def _lists_of_numbers(texts: Sequence[str]) -> pa.Array | None:
    """Return JSON's lists of numbers as a column of lists; None where it holds something else."""
    if not all(text.startswith("[") for text in texts):
        return None
    try:
        return pa.array([list(map(float, json.loads(text))) for text in texts])
    except (ValueError, TypeError):
        return None


def _score(record: Record, column: str) -> float:
    text = record.cells.get(column, "")
    try:
        return float(text or "nan")
    except ValueError as error:
        raise ContractError(
            f"{record.place}: {column} is {text!r}, but scores are numbers"
        ) from error


def _open_arrays(path: Path, alone: str | None) -> PredictionFile:
    arrays = _columns_of(path, load_arrays(path), alone)
    # `labels` names the columns of scores where the true labels are called otherwise.
    known = ("classes", "class_names", *(("labels",) if "y_true" in arrays else ()))
    class_names = names_in(arrays, known)
    columns = {name: array for name, array in arrays.items() if array.ndim in (1, 2)}
    matrices: dict[str, Sequence[str]] = {}
    for name, array in columns.items():
        if array.ndim == 2:
            if class_names is not None and len(class_names) != array.shape[1]:
                raise ContractError(
                    f"{path}: {name} has {array.shape[1]} columns, but {len(class_names)} classes "
                    "are named"
                )
            matrices[name] = class_names or [str(place) for place in range(array.shape[1])]

    def pieces(
        wanted: Sequence[str], _scores: Sequence[str], _ids: Sequence[str]
    ) -> Iterator[Piece]:
        lengths = {name: len(columns[name]) for name in wanted}
        if len(set(lengths.values())) > 1:
            words = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
            raise ContractError(f"{path}: arrays differ in length ({words}): give one per sample")
        rows = lengths[wanted[0]]
        for first in range(0, rows, _PIECE_ROWS):
            end = min(first + _PIECE_ROWS, rows)
            yield Piece(str(path), end - first, {name: columns[name][first:end] for name in wanted})

    return PredictionFile(
        tuple(columns),
        pieces,
        matrices=matrices,
        unnamed=frozenset(matrices if class_names is None else ()),
        described=described_by(arrays, path),
    )


def _columns_of(
    path: Path, loaded: Mapping[str, npt.NDArray[Any]] | npt.NDArray[Any], alone: str | None
) -> dict[str, npt.NDArray[Any]]:
    """Return arrays by name; the columns of one array without names are 0, 1, 2 ..."""
    if isinstance(loaded, np.ndarray):
        if loaded.dtype.names:
            return {name: loaded[name] for name in loaded.dtype.names}
        if alone is not None and loaded.ndim in (1, 2):
            scores = alone == "y_pred" and loaded.ndim == 2 and loaded.shape[1] > 1
            loaded = {"y_score" if scores else alone: loaded}
        elif loaded.ndim != 2:
            raise ContractError(
                f"{path} holds one array of shape {loaded.shape}: if it is the answers of a model, "
                "name the file of the true labels with --truth y_true.npy; or give two columns "
                "(true and predicted), or an .npz with y_true and y_pred"
            )
    if isinstance(loaded, np.ndarray):
        return {str(place): loaded[:, place] for place in range(loaded.shape[1])}
    for name, array in loaded.items():
        if array.ndim == 2 and array.shape[1] == 0:
            raise ContractError(f"{path}: {name} has shape {array.shape}: it holds nothing")
    return {
        name: array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
        for name, array in loaded.items()
    }
