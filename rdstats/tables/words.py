"""Columns that repeat a few words, as pandas holds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
from pandas.api.extensions import ExtensionArray

from rdstats.statistics.arrays import IntArray


def repeated(words: Iterable[Any], positions: IntArray) -> ExtensionArray:
    """Return the word at each position; each is made pandas' own once, and not once per row.

    Args:
        words: The words (or ratios), None where there is none.
        positions: Which of them, shape (rows,).
    """
    column: ExtensionArray = pd.Series(list(words)).array
    return column.take(positions)
