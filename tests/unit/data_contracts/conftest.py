"""A recall table small enough to read, and a way to change one value of it."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from synthetic import baseline, table_of_counts

Change = Callable[..., pa.Table]


@pytest.fixture
def table() -> pa.Table:
    """Two models, three classes of 10 samples: rows 0-5 baseline, 6-11 MP at 2, 12-17 control."""
    return table_of_counts(
        {
            baseline("a"): [8, 6, 9],
            baseline("b"): [7, 7, 8],
            ("MP", 2.0, "finetuned", "a"): [7, 5, 9],
            ("MP", 2.0, "finetuned", "b"): [6, 7, 8],
            ("none", 1.0, "control", "a"): [8, 6, 8],
            ("none", 1.0, "control", "b"): [7, 8, 8],
        },
        n_samples=10,
    )


@pytest.fixture
def change(table: pa.Table) -> Change:
    """Return a function that gives the table with some values of one column changed."""

    def changed(column: str, values: dict[int, object], of: pa.Table = table) -> pa.Table:
        old = of.column(column).to_pylist()
        new = [values.get(row, value) for row, value in enumerate(old)]
        position = of.schema.get_field_index(column)
        field = of.schema.field(position)
        return of.set_column(position, field, pa.chunked_array([pa.array(new, field.type)]))

    return changed
