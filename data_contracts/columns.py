"""The recall table's columns as numpy arrays, which the rules compare.

Text and other key columns become ordered integer codes, so that "the same model" is one
comparison of integers. Nothing here loops over rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.errors import ROWS_SHOWN, BrokenRow, Violation
from data_contracts.schema import KEY, RATIO_DECIMALS

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

Why = str | Callable[[int], str]
"""Why rows break a rule: words, or the words for the first of them."""

_LARGEST_CODE = 2**62
_DENSE = 8  # Codes per row up to which marking the used ones beats sorting.


@dataclass(frozen=True)
class Coded:
    """One or several columns as codes that sort as the values do."""

    codes: IntArray  # 0 ... size - 1, shape (rows,); a null is a value of its own, the largest
    size: int

    def compact(self) -> Coded:
        """Return the same order with codes 0, 1, 2 ... and none unused."""
        if self.size <= _DENSE * len(self.codes):
            used = np.zeros(self.size, dtype=np.bool_)
            used[self.codes] = True
            rank = np.cumsum(used) - 1
            return Coded(rank[self.codes], int(used.sum()))
        values, codes = np.unique(self.codes, return_inverse=True)
        return Coded(codes.astype(np.int64, copy=False), len(values))

    def first_rows(self) -> IntArray:
        """Return the first row of each code, shape (size,); the codes must be compact."""
        rows = np.empty(self.size, dtype=np.int64)
        rows[self.codes[::-1]] = np.arange(len(self.codes))[::-1]
        return rows


class Columns:
    """A table under the contract's schema, read column by column and kept."""

    def __init__(
        self,
        table: pa.Table,
        missing: frozenset[str] = frozenset(),
        files: Sequence[tuple[str, int]] = (),
    ) -> None:
        """Keep a table, and where its rows came from: the name and length of each file."""
        self.table = table  # columns, order and types as in `RECALL_TABLE`
        # Columns that were not there or could not be cast: nulls, and rules on them are not judged.
        self.missing = missing
        self.rows: int = table.num_rows
        self._files = [name for name, _ in files] or [""]
        self._starts = np.cumsum([0, *(rows for _, rows in files)])[: len(self._files)]
        self._joint_codes: dict[tuple[str, ...], Coded] = {}
        self._coded: dict[tuple[str, ...], Coded] = {}
        self._numbers: dict[str, npt.NDArray[np.generic]] = {}
        self._dictionaries: dict[str, tuple[pa.Array, IntArray]] = {}

    def valid(self, name: str) -> BoolArray:
        """Return where the column is not null, shape (rows,)."""
        column = self.table.column(name)
        if column.null_count == 0:
            return np.ones(self.rows, dtype=np.bool_)
        return pc.is_valid(column).to_numpy()  # type: ignore[no-any-return]

    def integers(self, name: str) -> IntArray:
        """Return a whole-number column as int64, nulls as 0, shape (rows,)."""
        return self._number(name).astype(np.int64, copy=False)

    def ratio(self) -> FloatArray:
        """Return the column `ratio`, nulls as 0, shape (rows,)."""
        return self._number("ratio").astype(np.float64, copy=False)

    def dictionary(self, name: str) -> tuple[pa.Array, IntArray]:
        """Return a column's distinct values, sorted, and each row's position among them.

        A null's position is one past the last value.
        """
        if name not in self._dictionaries:
            encoded = self.table.column(name).combine_chunks().dictionary_encode()
            order = pc.sort_indices(encoded.dictionary)
            rank = np.empty(len(order) + 1, dtype=np.int64)
            rank[order.to_numpy()] = np.arange(len(order))
            rank[-1] = len(order)
            positions = pc.fill_null(encoded.indices, len(order)).to_numpy()
            self._dictionaries[name] = (encoded.dictionary.take(order), rank[positions])
        return self._dictionaries[name]

    def coded(self, *names: str) -> Coded:
        """Return the named columns together, as codes 0, 1, 2 ... in their joint order."""
        if names not in self._coded:
            self._coded[names] = self._joint(names).compact()
        return self._coded[names]

    def value(self, name: str, row: int) -> object:
        """Return one value as Python would show it."""
        return self.table.column(name)[row].as_py()

    def rows_where(self, name: str, holds: Callable[[str], bool]) -> BoolArray:
        """Return the rows whose text fulfils `holds`, asked once per distinct text; never nulls."""
        values, positions = self.dictionary(name)
        return np.array([*(holds(text) for text in values.to_pylist()), False])[positions]

    def baseline_rows(self, key: Sequence[str]) -> IntArray:
        """Return for each row the baseline row of the same key, -1 where there is none."""
        pairs = self.coded(*key)
        rows = np.flatnonzero(self.rows_where("stage", lambda text: text == "baseline"))
        found = np.full(pairs.size, -1, dtype=np.int64)
        found[pairs.codes[rows]] = rows
        return found[pairs.codes]

    def violations_of(self, rule: str, broken: BoolArray, why: Why) -> list[Violation]:
        """Return one violation for the rows where `broken` holds, or none if there are none."""
        rows = np.flatnonzero(broken)
        if len(rows) == 0:
            return []
        first = tuple(self.broken_row(int(row)) for row in rows[:ROWS_SHOWN])
        words = why if isinstance(why, str) else why(int(rows[0]))
        return [Violation(rule, len(rows), first, words)]

    def broken_row(self, row: int) -> BrokenRow:
        """Return one row as data: its number in its file, its key, its file."""
        file = int(np.searchsorted(self._starts, row, side="right")) - 1
        key = {name: self.value(name, row) for name in KEY if name not in self.missing}
        return BrokenRow(row - int(self._starts[file]), key, self._files[file])

    def _joint(self, names: tuple[str, ...]) -> Coded:
        if names not in self._joint_codes:
            *head, last = names
            values, positions = self.dictionary(last)
            nulls = self.table.column(last).null_count > 0
            joint = Coded(positions, max(1, len(values) + nulls))
            if head:
                before = self._joint(tuple(head))
                if before.size > _LARGEST_CODE // joint.size:
                    before = before.compact()
                joint = Coded(before.codes * joint.size + joint.codes, before.size * joint.size)
            self._joint_codes[names] = joint
        return self._joint_codes[names]

    def _number(self, name: str) -> npt.NDArray[np.generic]:
        if name not in self._numbers:
            column = self.table.column(name)
            if column.null_count:
                column = pc.fill_null(column, pa.scalar(0, column.type))
            self._numbers[name] = column.to_numpy()
        return self._numbers[name]


def rounded_ratio(ratio: FloatArray) -> FloatArray:
    """Return ratios with the table's 4 decimals; one too large to have any stays as it is."""
    with np.errstate(over="ignore"):
        rounded = np.round(ratio, RATIO_DECIMALS)
    return np.where(np.isfinite(rounded), rounded, ratio)
