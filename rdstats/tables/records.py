"""A frame as rows, for what is worded or drawn row by row."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

Row = Mapping[str, Any]
"""One row of a table, by column."""


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as dictionaries, with Python's own numbers."""
    names = [str(name) for name in frame.columns]
    # By column: `frame.to_dict("records")` makes a frame's every row a series first.
    columns = [
        [None if value is pd.NA else value for value in column.tolist()]
        for _, column in frame.items()
    ]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
