"""A frame as rows, for what is worded or drawn row by row."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

Row = Mapping[str, Any]
"""One row of a table, by column."""


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as dictionaries, with Python's own numbers."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
