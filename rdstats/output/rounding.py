"""A frame as rows, for what is worded or drawn row by row."""

import math
from collections.abc import Hashable, Mapping
from typing import Any, Final

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


MISSING: Final = "–"
_WHOLE: Final = frozenset(
    {"models", "n", "n_samples", "class_index", "lost", "gained", "images_that_settle"}
)
_TRIMMED: Final = {"ratio": 4, "dof": 1}  # decimals at most


def is_p_value(column: Hashable) -> bool:
    """Say whether a column holds p-values: `p`, `p_adjusted`, `p_holm`."""
    return column == "p" or str(column).startswith("p_")


def rounded(value: object, column: Hashable = "") -> str:
    """Return a cell as text for a reader.

    p-values have three decimals and never read 0; ratios and counts have no more digits than
    they need; other numbers have three decimals, or two significant digits where three
    decimals would show nothing. Text stays; missing values are a dash.
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, float) and math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if column in _WHOLE or isinstance(value, int):
        return f"{value:.0f}"
    if column in _TRIMMED:
        return f"{value:.{_TRIMMED[column]}f}".rstrip("0").rstrip(".")
    if is_p_value(column):
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    if 0 < abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:.3f}"
