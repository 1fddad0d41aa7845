"""The order in which names are shown: numbers inside names count as numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data_contracts.words import NaturalKey, natural_key

PAPER_METHODS = ("MP", "GP", "UP", "RP")  # the order of Figure 1


def method_key(method: str) -> tuple[int, NaturalKey]:
    """Return a sort key: none (the control), then the paper's methods, then others by name."""
    known = ("none", *PAPER_METHODS)
    return (known.index(method) if method in known else len(known), natural_key(method))


def ratio_text(ratio: float) -> str:
    """Return a pruning ratio as it is written in labels: 2, 1.25, 86.7362."""
    return str(np.format_float_positional(ratio, trim="-"))


def column_key(column: str) -> Callable[[Any], Any]:
    """Return the sort key of a column of the recall table."""
    keys: dict[str, Callable[[Any], Any]] = {"ratio": float, "method": method_key}
    return keys.get(column, natural_key)


def together(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of several panels below each other, studies and data sets in their order.

    Args:
        frames: The rows of each panel, in order, with columns study and dataset.
    """
    parts = list(frames)
    if len(parts) == 1:
        return parts[0]
    return by_study(pd.concat(parts, ignore_index=True))


def by_study(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of their studies and data sets, else in the order they have."""
    ranks = [_ranks(frame[column], column_key(column)) for column in ("dataset", "study")]
    return frame.take(np.lexsort(ranks)).reset_index(drop=True)


def _ranks(names: pd.Series, key: Callable[[Any], Any]) -> npt.NDArray[np.int64]:
    """Return the place of each name in the order of a key."""
    codes, found = pd.factorize(names)
    places = np.argsort(sorted(range(len(found)), key=lambda position: key(found[position])))
    return np.asarray(places[codes])
