"""Small pieces of the sentences in statuses and errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from pandas.api.extensions import ExtensionArray

from rdstats.statistics.arrays import IntArray

OK = "ok"  # the status of a row with nothing to remark
NO_WARNING = "none"  # the warnings of a row with nothing to warn of
_NAMED = 10  # names in a status; the rest are counted, `rdstats slopes` lists them


def listed(names: Sequence[str]) -> str:
    """Return names as a list of at most ten, the others counted."""
    text = ", ".join(names[:_NAMED])
    return text if len(names) <= _NAMED else f"{text} and {len(names) - _NAMED} more"


def some_of(names: Sequence[str], total: int, predicate: tuple[str, str]) -> str:
    """Return for example "2 of 30 models have no slope (m3, m7)".

    Args:
        names: The models that are meant.
        total: Of how many.
        predicate: What is said of one, and of several: ("has no slope", "have no slope").
    """
    noun = "model" if total == 1 else "models"
    return f"{len(names)} of {total} {noun} {predicate[len(names) != 1]} ({listed(names)})"


def status(remarks: Iterable[str]) -> str:
    """Return remarks as one status, `ok` without any."""
    return "; ".join(remark for remark in remarks if remark) or OK


def warned(words: Iterable[str]) -> str:
    """Return warnings as one text, `none` without any."""
    return "; ".join(words) or NO_WARNING


def repeated(words: Iterable[Any], positions: IntArray) -> ExtensionArray:
    """Return the word at each position; each is made pandas' own once, and not once per row.

    Args:
        words: The words (or ratios), None where there is none.
        positions: Which of them, shape (rows,).
    """
    column: ExtensionArray = pd.Series(list(words)).array
    return column.take(positions)
