"""A table cast to the contract, column by column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.columns import BoolArray, Columns
from data_contracts.errors import ROWS_SHOWN, ContractError, Violation
from data_contracts.schema import RATIO_DECIMALS, RECALL_TABLE

_CORRECT = ("n_correct", "n_predicted", "n_both_correct")
_LOOKS_LIKE = ((1, "recalls as fractions"), (100, "recalls in per cent"))


class ColumnRefused(Exception):  # noqa: N818 -- told as a violation or as a ContractError
    """A column that is not as the contract wants it: the rule it breaks, why, and in which rows.

    `rows`, shape (rows,), says where values would be lost; None if the whole type is wrong.
    """

    def __init__(self, why: str, rows: BoolArray | None = None, rule: str = "types") -> None:
        super().__init__(why)
        self.rule, self.why, self.rows = rule, why, rows


def cast_column(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    """Return the column in the field's type: text, int32, int64 or double."""
    try:
        column.validate(full=True)
        if pa.types.is_dictionary(column.type):
            column = pc.cast(column, column.type.value_type)
        if column.type == field.type:
            return column
        if pa.types.is_null(column.type):
            return pc.cast(column, field.type)
        return (_text if pa.types.is_string(field.type) else _numbers)(column, field)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ColumnRefused(
            f"column {field.name!r} cannot be read as {field.type} ({error}): write it again"
        ) from error


def _text(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pc.cast(column, field.type)
    example = f", such as '{column[0]}'" if len(column) and pa.types.is_integer(kind) else ""
    raise ColumnRefused(f"column {field.name!r} holds {kind}, not text: write it as text{example}")


def _numbers(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise ColumnRefused(
            f"column {field.name!r} holds {kind}, not numbers: write it as {field.type}"
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
    raise ColumnRefused(
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


_RECALL_NAMES = ("recall", "recalls", "class_recall", "accuracy", "class_accuracy")


@dataclass(frozen=True)
class Conformed:
    """A table as far as it could be brought under the contract's schema.

    `violations` say what could not be cast or was not there; the columns concerned, `missing`,
    are all null in `table`.
    """

    table: pa.Table
    violations: tuple[Violation, ...]
    missing: frozenset[str]


def cast_to_contract(table: pa.Table, source: str) -> pa.Table:
    """Return the table under the contract's schema, every value kept as it is.

    Whole numbers of any width become int32 or int64, floats that hold whole numbers too;
    whole numbers and decimals become double; large, view and dictionary strings become
    strings. Nullable columns that are not there are filled with nulls, unknown columns are
    left out. Nulls are not judged here: `violations` does.

    Args:
        table: A table from any writer.
        source: What the error calls it: its file, or "the table".

    Raises:
        ContractError: A required column is missing, or a value would be changed by its cast;
            names column, row and value.

    Example:
        >>> import rdstats as rd, data_contracts as dc
        >>> of = {"study": "mine", "dataset": "pets", "architecture": "cnn", "model": "seed-0"}
        >>> counts = rd.from_counts([100, 100], [90, 70], ratio=1, **of)
        >>> dc.cast_to_contract(counts.drop_columns(["selected_on"]), "my loop").num_columns
        18
    """
    conformed = conform(table)
    if conformed.violations:
        raise ContractError.from_violations(source, conformed.violations)
    return conformed.table


def conform(table: pa.Table, source: str = "") -> Conformed:
    """Return what can be cast, beside everything that cannot (see `cast_to_contract`).

    `source` is its file, where violations have to name it because there are several.
    """
    arrays: list[pa.ChunkedArray] = []
    refused: dict[str, ColumnRefused] = {}
    for field in RECALL_TABLE:
        try:
            arrays.append(_column(table, field))
        except ColumnRefused as refusal:
            refused[field.name] = refusal
            arrays.append(_nulls(table, field))
    whole = pa.Table.from_arrays(arrays, schema=RECALL_TABLE)
    columns = Columns(whole, frozenset(refused), [(source, table.num_rows)])
    found: list[Violation] = []
    for problem in refused.values():
        if problem.rows is None:
            why = f"{source}: {problem.why}" if source else problem.why
            found.append(Violation(problem.rule, table.num_rows, (), why))
        else:
            found += columns.violations_of(problem.rule, problem.rows, problem.why)
    return Conformed(whole, tuple(found), frozenset(refused))


def _column(table: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    positions = table.schema.get_all_field_indices(field.name)
    if len(positions) == 1:
        return cast_column(table.column(positions[0]), field)
    if field.nullable and not positions:
        return _nulls(table, field)
    why = f"is there {len(positions)} times: keep one"
    if not positions:
        why = f"is missing: {_what_to_do(table, field.name)}"
    raise ColumnRefused(f"column {field.name!r} {why}", rule="columns present")


def _nulls(table: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(table.num_rows, field.type)])


def _what_to_do(table: pa.Table, name: str) -> str:
    """Say where a missing column may be hiding."""
    by_plain_name = {other.strip().lower(): other for other in table.column_names}
    if name in by_plain_name:
        return f"rename column {by_plain_name[name]!r}"
    recalls = [by_plain_name[other] for other in _RECALL_NAMES if other in by_plain_name]
    if name == "n_correct" and recalls:
        return (
            f"the table stores counts, not recalls; n_correct is {recalls[0]} x n_samples, taken "
            "from the predictions themselves where you have them"
        )
    if name == "count_quality":
        return "write 'exact' where counts were counted, 'rounded' where they were recovered"
    return "docs/recall-table.md lists every column"
