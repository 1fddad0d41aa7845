"""Names as they are shown: their order, and small pieces of sentences about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from data_contracts.words import NaturalKey, natural_key

OK = "ok"  # the status of a row with nothing to remark
NO_WARNING = "none"  # the warnings of a row with nothing to warn of
_NAMED = 10  # names in a status; the rest are counted, `rdstats slopes` lists them
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
