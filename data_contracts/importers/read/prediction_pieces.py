"""Prediction files of every kind as pieces of some hundred thousand rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described
from data_contracts.importers.read.arrays import text_of
from data_contracts.importers.samples import UIntArray, hashed_ids, hashed_numbers

PIECE_ROWS = 1 << 18


class Piece(Protocol):
    """Some rows of a file."""

    @property
    def rows(self) -> int:
        """How many rows there are."""

    def labels(self, column: str) -> tuple[list[str], npt.NDArray[Any]]:
        """Return the distinct texts of a column, and the place of each row's among them."""

    def ids(self, column: str) -> UIntArray:
        """Return a number for each row's id (`sample_ids.py`), shape (rows,)."""

    def scores(self, columns: Sequence[str]) -> npt.NDArray[Any]:
        """Return scores, shape (rows, classes)."""


@dataclass(frozen=True)
class PredictionFile:
    """A file that can be read piece by piece.

    Attributes:
        names: Its columns.
        pieces: Yields its rows, as far as the named columns go; the second argument names those
            of them that hold scores, the third those that hold ids.
        place: Says where a row, counted from 0, is in the file.
        matrices: Columns that hold a score per class, with the classes' labels.
        unnamed: Those of them whose classes the file does not name: they are 0, 1, 2 ...
        described: What the file says of its model outside its rows.
    """

    names: tuple[str, ...]
    pieces: Callable[[Sequence[str], Sequence[str], Sequence[str]], Iterator[Piece]]
    place: Callable[[int], str]
    matrices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unnamed: frozenset[str] = frozenset()
    described: Described = field(default_factory=Described)


@dataclass(frozen=True)
class ArrowPiece:
    """Rows of a table. Labels are dictionaries where the reader can give them."""

    batch: pa.RecordBatch
    names: Mapping[str, str]
    source: str

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.batch.num_rows)

    def labels(self, column: str) -> tuple[list[str], npt.NDArray[Any]]:
        """Return the distinct texts of a column, and the place of each row's among them."""
        values = self.batch.column(self.names[column])
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
        """Return a number for each row's id, shape (rows,)."""
        values = self.batch.column(self.names[column])
        if not values.null_count:
            if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
                with self._readable(column):
                    return hashed_ids(values)
            if pa.types.is_integer(values.type):
                return hashed_numbers(values.to_numpy())
        return hashed_ids(*self.labels(column))

    @contextmanager
    def _readable(self, column: str) -> Iterator[None]:
        """Tell of text that cannot be read.

        Raises:
            ContractError: It is no UTF-8.
        """
        try:
            yield
        except UnicodeDecodeError as error:
            raise ContractError(
                f"{self.source}: column {column!r} holds text that is no UTF-8: is it damaged?"
            ) from error

    def scores(self, columns: Sequence[str]) -> npt.NDArray[Any]:
        """Return scores, shape (rows, classes); a missing one is NaN."""
        found = []
        for column in columns:
            values = self.batch.column(self.names[column])
            if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
                raise ContractError(
                    f"{self.source}: column {column!r} holds {values.type}, but scores are numbers"
                )
            found.append(values.to_numpy(zero_copy_only=False).astype(np.float64))
        return np.column_stack(found)


@dataclass(frozen=True)
class ArrayPiece:
    """Rows of numpy arrays."""

    arrays: Mapping[str, npt.NDArray[Any]]
    first: int
    rows: int
    source: str

    def labels(self, column: str) -> tuple[list[str], npt.NDArray[Any]]:
        """Return the distinct texts of a column, and the place of each row's among them."""
        array = self.arrays[column][self.first : self.first + self.rows]
        if array.ndim != 1 or array.dtype.kind not in "iubfUS":
            raise ContractError(
                f"{self.source}: {column} has shape {self.arrays[column].shape} of {array.dtype}, "
                "but labels are numbers or text, one per sample"
            )
        values, codes = np.unique(array, return_inverse=True)
        return [text_of(value) for value in values.tolist()], codes

    def ids(self, column: str) -> UIntArray:
        """Return a number for each row's id, shape (rows,)."""
        array = self.arrays[column][self.first : self.first + self.rows]
        if array.ndim == 1 and array.dtype.kind in "iu":
            return hashed_numbers(array)
        return hashed_ids(*self.labels(column))

    def scores(self, columns: Sequence[str]) -> npt.NDArray[Any]:
        """Return scores, shape (rows, classes)."""
        (column,) = columns
        return self.arrays[column][self.first : self.first + self.rows]
