"""Opening a prediction file: text, Parquet, or numpy arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described
from data_contracts.importers.formats.prediction_roles import DESCRIBED_COLUMNS
from data_contracts.importers.read.arrays import text_of
from data_contracts.importers.read.delimited import (
    check_quotes,
    iterate_lines,
    refuse_repeated,
    sniff_delimiter,
)
from data_contracts.importers.read.prediction_pieces import (
    PIECE_ROWS,
    ArrayPiece,
    ArrowPiece,
    PredictionFile,
)
from data_contracts.importers.source_files import unreadable

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".npz", ".npy")

_BLOCK = 1 << 22  # bytes of text read at a time
_NPY = b"\x93NUMPY"


def open_predictions(path: Path) -> PredictionFile:
    """Return a prediction file, opened by its suffix; a name without a known one is text.

    Raises:
        ContractError: It cannot be read, or is another kind of file than its name says.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _open_parquet(path)
    if suffix in (".npz", ".npy"):
        return _open_arrays(path)
    return _open_text(path)


def _open_text(path: Path) -> PredictionFile:
    delimiter = sniff_delimiter(path)
    first = next(iterate_lines(path))
    refuse_repeated(first.cells, path)
    inner = [f"c{place}" for place in range(len(first.cells))]
    names = dict(zip(first.cells, inner, strict=True))

    def pieces(
        columns: Sequence[str], scores: Sequence[str], ids: Sequence[str]
    ) -> Iterator[ArrowPiece]:
        # A dictionary of ids, each of which is there once, would cost more than the rest.
        types = dict.fromkeys(columns, pa.dictionary(pa.int32(), pa.string()))
        types |= dict.fromkeys(ids, pa.string()) | dict.fromkeys(scores, pa.float64())
        try:
            reader = pa_csv.open_csv(
                path,
                read_options=pa_csv.ReadOptions(
                    block_size=_BLOCK, column_names=inner, skip_rows=first.number
                ),
                parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
                convert_options=pa_csv.ConvertOptions(
                    include_columns=[names[column] for column in columns],
                    column_types={names[column]: kind for column, kind in types.items()},
                ),
            )
            rows = 0
            for batch in reader:
                if batch.num_rows:
                    rows += batch.num_rows
                    yield ArrowPiece(batch, names, str(path))
            check_quotes(path, rows)
        except pa.ArrowInvalid as error:
            if _has_one_line(path):
                return
            raise _explained(path, first.cells, scores, error) from error
        except OSError as error:
            raise unreadable(path, error) from error

    return PredictionFile(first.cells, pieces, lambda row: f"line {_line_of(path, row)}")


def _open_parquet(path: Path) -> PredictionFile:
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        names = [str(name) for name in file.schema_arrow.names]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise unreadable(path, error) from error
    refuse_repeated(names, path)

    def pieces(
        columns: Sequence[str], scores: Sequence[str], ids: Sequence[str]
    ) -> Iterator[ArrowPiece]:
        del scores, ids
        try:
            for batch in file.iter_batches(PIECE_ROWS, columns=list(columns)):
                yield ArrowPiece(batch, {name: name for name in columns}, str(path))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise unreadable(path, error) from error

    return PredictionFile(tuple(names), pieces, lambda row: f"row {row}")


def _open_arrays(path: Path) -> PredictionFile:
    arrays = _columns_of(path, load_arrays(path))
    scalars = {name: array for name, array in arrays.items() if array.ndim == 0}
    said = {name: text_of(array.item()) for name, array in scalars.items()}
    described = Described.from_text(
        {name: text for name, text in said.items() if name in DESCRIBED_COLUMNS}, str(path)
    )
    class_names = _class_names(arrays)
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
        wanted: Sequence[str], scores: Sequence[str], ids: Sequence[str]
    ) -> Iterator[ArrayPiece]:
        del scores, ids
        lengths = {name: len(columns[name]) for name in wanted}
        if len(set(lengths.values())) > 1:
            words = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
            raise ContractError(f"{path}: arrays differ in length ({words}): give one per sample")
        for first in range(0, next(iter(lengths.values())), PIECE_ROWS):
            rows = min(PIECE_ROWS, lengths[wanted[0]] - first)
            yield ArrayPiece(columns, first, rows, str(path))

    return PredictionFile(
        tuple(columns),
        pieces,
        lambda row: f"row {row}",
        matrices=matrices,
        unnamed=frozenset(matrices if class_names is None else ()),
        described=described,
    )


def _class_names(arrays: Mapping[str, npt.NDArray[Any]]) -> list[str] | None:
    """Return the labels of the columns of scores; `labels` may be the true ones instead."""
    known = ("classes", "class_names", *(("labels",) if "y_true" in arrays else ()))
    name = next((name for name in known if name in arrays and arrays[name].ndim == 1), None)
    return None if name is None else [text_of(value) for value in arrays[name].tolist()]


def load_arrays(path: Path) -> Mapping[str, npt.NDArray[Any]] | npt.NDArray[Any]:
    """Return the array of an npy file, or the arrays of an npz file by name; never pickles.

    Raises:
        ContractError: It cannot be read.
    """
    try:
        with path.open("rb") as stream:  # numpy itself leaves a damaged archive open
            if path.suffix.lower() == ".npy" and stream.read(len(_NPY)) == _NPY:
                return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]
            stream.seek(0)
            loaded = np.load(stream)
            if isinstance(loaded, np.ndarray):
                return loaded
            return {name: loaded[name] for name in loaded.files}
    except MemoryError as error:
        raise ContractError(f"{path} asks for more memory than there is: is it damaged?") from error
    except Exception as error:  # a damaged header or archive raises a dozen kinds
        raise unreadable(path, error) from error


def _columns_of(
    path: Path, loaded: Mapping[str, npt.NDArray[Any]] | npt.NDArray[Any]
) -> dict[str, npt.NDArray[Any]]:
    """Return arrays by name; the columns of one array without names are 0, 1, 2 ..."""
    if isinstance(loaded, np.ndarray):
        if loaded.dtype.names:
            return {name: loaded[name] for name in loaded.dtype.names}
        if loaded.ndim != 2:
            raise ContractError(
                f"{path} holds one array of shape {loaded.shape}: give two columns (true and "
                "predicted), or an .npz with y_true and y_pred"
            )
        return {str(place): loaded[:, place] for place in range(loaded.shape[1])}
    for name, array in loaded.items():
        if array.ndim == 2 and array.shape[1] == 0:
            raise ContractError(f"{path}: {name} has shape {array.shape}: it holds nothing")
    return {
        name: array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
        for name, array in loaded.items()
    }


def _line_of(path: Path, row: int) -> int:
    """Return the line on which a row of text stands; row 0 follows the header."""
    for number, line in enumerate(iterate_lines(path)):
        if number == row + 1:
            return line.number
    return row + 2


def _has_one_line(path: Path) -> bool:
    """Return whether a file has a header and nothing else, which pyarrow calls an error."""
    lines = iterate_lines(path)
    next(lines)
    return next(lines, None) is None


def _explained(
    path: Path, header: Sequence[str], scores: Sequence[str], error: Exception
) -> ContractError:
    """Return the error of a text that pyarrow cannot read, with the line and the column."""
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
