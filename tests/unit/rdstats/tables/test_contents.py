"""What a page tells of the rows of a table."""

from __future__ import annotations

import pyarrow as pa

from rdstats.tables.prepared import Contents, read_contents, together
from synthetic import baseline, table_of_counts

SMALL = table_of_counts({baseline("m0"): [9, 19]}, n_samples=[10, 20], dataset="digits")
LARGE = table_of_counts({baseline("m0"): [9]}, n_samples=[30], dataset="digits", study="large")
TRAIN = table_of_counts({baseline("m0"): [9]}, n_samples=[99], dataset="digits", split="train")


def test_samples_are_of_one_split_and_rows_of_all() -> None:
    """Two classes of 10 and 20 test images; a third row is of the training set."""
    contents = read_contents(pa.concat_tables([SMALL, TRAIN]), "test")
    assert (contents.rows, contents.samples) == (3, {"digits": {0: 10, 1: 20}})


def test_what_is_not_said_is_said_so() -> None:
    """A null has a word of its own, beside those that are there."""
    position = SMALL.schema.get_field_index("selected_on")
    half = SMALL.set_column(position, "selected_on", pa.array(["validation", None]))
    assert read_contents(half, "test").selected_on == ("not said", "validation")


def test_tables_together_are_told_as_one() -> None:
    """The larger support of a class, as one table of both would have; rows add up."""
    parts = [read_contents(table, "test") for table in (LARGE, SMALL, TRAIN)]
    whole = read_contents(pa.concat_tables([LARGE, SMALL, TRAIN]), "test")
    assert together(parts) == whole
    assert whole.samples == {"digits": {0: 30, 1: 20}}


def test_nothing_of_a_split_is_no_error_here() -> None:
    """A block without the split adds its rows and no more."""
    assert read_contents(TRAIN, "test") == Contents(1, {}, (), ())
