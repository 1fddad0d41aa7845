"""Bringing a table from any writer under the contract's schema, without loss or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from data_contracts.column_casts import ColumnRefusedError, cast_column
from data_contracts.columns import Columns
from data_contracts.errors import ContractError
from data_contracts.schema import RECALL_TABLE
from data_contracts.violation import Violation

_RECALL_NAMES = ("recall", "recalls", "class_recall", "accuracy", "class_accuracy")


@dataclass(frozen=True)
class Conformed:
    """A table as far as it could be brought under the contract's schema.

    Attributes:
        table: The contract's columns in the contract's order and types.
        violations: What could not be cast, or was not there.
        missing: The columns concerned: they are all null in `table`.
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
    """
    conformed = conform(table)
    if conformed.violations:
        raise ContractError.from_violations(source, conformed.violations)
    return conformed.table


def conform(table: pa.Table, source: str = "") -> Conformed:
    """Return what can be cast, beside everything that cannot (see `cast_to_contract`).

    Args:
        table: A table from any writer.
        source: Its file, where violations have to name it because there are several.
    """
    arrays: list[pa.ChunkedArray] = []
    refused: dict[str, ColumnRefusedError] = {}
    for field in RECALL_TABLE:
        try:
            arrays.append(_column(table, field))
        except ColumnRefusedError as refusal:
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
            found += columns.violation(problem.rule, problem.rows, problem.why)
    return Conformed(whole, tuple(found), frozenset(refused))


def _column(table: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    positions = table.schema.get_all_field_indices(field.name)
    if len(positions) == 1:
        return cast_column(table.column(positions[0]), field)
    if positions:
        why = f"column {field.name!r} is there {len(positions)} times: keep one"
        raise ColumnRefusedError("columns present", why)
    if field.nullable:
        return _nulls(table, field)
    why = f"column {field.name!r} is missing: {_what_to_do(table, field.name)}"
    raise ColumnRefusedError("columns present", why)


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
