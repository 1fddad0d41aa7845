"""The recall table, version 1, has the columns, types and nulls that DESIGN.md gives it."""

from __future__ import annotations

import pyarrow as pa

from data_contracts import KEY, RECALL_TABLE, VERSION

# Written out by hand from the design's table, not from the code: column, type, null.
DESIGN = """
study string no
dataset string no
architecture string no
method string no
ratio double no
stage string no
model string no
class_index int32 no
class_name string yes
n_samples int64 no
n_correct int64 no
n_predicted int64 yes
n_both_correct int64 yes
parameters int64 yes
parameters_nonzero int64 yes
split string no
selected_on string yes
count_quality string no
"""


def test_columns_types_and_nulls_are_the_designs() -> None:
    """Order, type and nullability, column by column."""
    written = [
        f"{field.name} {field.type} {'yes' if field.nullable else 'no'}" for field in RECALL_TABLE
    ]
    assert written == DESIGN.split("\n")[1:-1]


def test_the_key_is_the_designs() -> None:
    """Nine columns make a row unique; none of them may be null."""
    assert KEY == (
        "study",
        "dataset",
        "architecture",
        "method",
        "ratio",
        "stage",
        "model",
        "split",
        "class_index",
    )
    assert not any(RECALL_TABLE.field(name).nullable for name in KEY)


def test_the_version_is_one() -> None:
    """A file of this schema says 1.0, and the schema itself carries no metadata."""
    assert VERSION == "1.0"
    assert RECALL_TABLE.metadata is None
    assert isinstance(RECALL_TABLE, pa.Schema)
