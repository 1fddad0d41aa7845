"""The cast of one column to the contract's type: every value kept, or refused."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.columns import BoolArray
from data_contracts.schema import RATIO_DECIMALS
from data_contracts.violation import ROWS_SHOWN

_CORRECT = ("n_correct", "n_predicted", "n_both_correct")
_LOOKS_LIKE = ((1, "recalls as fractions"), (100, "recalls in per cent"))


class ColumnRefusedError(Exception):
    """A column that is not there as the contract wants it and cannot be cast to be.

    Attributes:
        rule: The rule it breaks: "columns present" or "types".
        why: What is wrong and what to do, in one line.
        rows: Where values would be lost, shape (rows,); None if the whole type is wrong.
    """

    def __init__(self, rule: str, why: str, rows: BoolArray | None = None) -> None:
        super().__init__(why)
        self.rule = rule
        self.why = why
        self.rows = rows


def cast_column(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    """Return the column in the field's type.

    Args:
        column: The column as another writer left it.
        field: One of `RECALL_TABLE`: text, int32, int64 or double.

    Raises:
        ColumnRefusedError: A value would change, or the type is of another kind.
    """
    try:
        column.validate(full=True)
        if pa.types.is_dictionary(column.type):
            column = pc.cast(column, column.type.value_type)
        if column.type == field.type:
            return column
        if pa.types.is_null(column.type):
            return pc.cast(column, field.type)
        if pa.types.is_string(field.type):
            return _text(column, field)
        return _numbers(column, field)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ColumnRefusedError(
            "types",
            f"column {field.name!r} cannot be read as {field.type} ({error}): write it again",
        ) from error


def _text(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    kind = column.type
    is_view = getattr(pa.types, "is_string_view", lambda _: False)  # pyarrow 16 and later
    if pa.types.is_large_string(kind) or is_view(kind):
        return pc.cast(column, field.type)
    example = f", such as '{column[0]}'" if len(column) and pa.types.is_integer(kind) else ""
    raise ColumnRefusedError(
        "types", f"column {field.name!r} holds {kind}, not text: write it as text{example}"
    )


def _numbers(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise ColumnRefusedError(
            "types", f"column {field.name!r} holds {kind}, not numbers: write it as {field.type}"
        )
    doubles = _doubles(column)
    if pa.types.is_integer(field.type):
        # Strictly below 2**31 or 2**63: as a double, the largest int64 already reads 2**63.
        small = pc.less(pc.abs(doubles), 2.0 ** (field.type.bit_width - 1))
        _refuse_loss(column, field, pc.and_(small, pc.equal(pc.round(column), column)))
        return pc.cast(column, field.type)
    if pa.types.is_integer(kind):
        # From 2**53 on, not every whole number is a double.
        _refuse_loss(column, field, pc.less(pc.abs(doubles), 2.0**53))
        return doubles
    if pa.types.is_decimal(kind):
        return doubles
    # A float32 cannot hold 1.7575 better than as 1.75750005; widened as it is, it would no longer
    # equal the 1.7575 of another file. Where a double of few decimals is meant, that is taken.
    rounded = pc.round(doubles, RATIO_DECIMALS)
    meant = pc.equal(pc.cast(rounded, kind, safe=False), column)
    return pc.if_else(meant, rounded, doubles)


def _doubles(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers as the nearest doubles."""
    if pa.types.is_decimal(column.type):
        # Cast directly, the decimal 1.95312 becomes 1.9531200000000002 (pyarrow 26).
        column = pc.cast(column, pa.string())
    return pc.cast(column, pa.float64(), safe=False)


def _refuse_loss(column: pa.ChunkedArray, field: pa.Field, kept: pa.ChunkedArray) -> None:
    """Raise if a value is not kept, naming the first few; nulls are nulls in every type."""
    lost: BoolArray = ~pc.fill_null(kept, True).to_numpy()
    rows = np.flatnonzero(lost)
    if len(rows) == 0:
        return
    first = [column[int(row)].as_py() for row in rows[:ROWS_SHOWN]]
    values = ", ".join(f"{each:.10g}" if isinstance(each, float) else f"{each}" for each in first)
    more = ", ..." if len(rows) > len(first) else ""
    raise ColumnRefusedError(
        "types",
        f"column {field.name!r} holds {values}{more}, which {field.type} cannot hold without "
        f"loss{_remedy(column, field.name)}",
        lost,
    )


def _remedy(column: pa.ChunkedArray, name: str) -> str:
    """Say what values that are no counts look like, as the end of a sentence."""
    values = pc.drop_null(_doubles(column)).to_numpy()
    if np.isnan(values).any():
        return ": where there is no value, write a null, not NaN"
    for largest, words in _LOOKS_LIKE if name in _CORRECT else ():
        if values.min() >= 0 and values.max() <= largest:
            return (
                f": these look like {words}; the table stores counts of test samples, taken from "
                "the predictions themselves where you have them"
            )
    return ": write a whole number in its range"
