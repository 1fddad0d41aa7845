"""How rules word what they found: lists that end, and models by their names."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from data_contracts.columns import Columns, IntArray
from data_contracts.schema import EVALUATED_MODEL, UNPRUNED_METHOD
from data_contracts.violation import ROWS_SHOWN


def listed(values: Iterable[object], shown: int = ROWS_SHOWN) -> str:
    """Return the first few distinct values, for a sentence."""
    words = list(dict.fromkeys(f"{value!r}" for value in values))
    return ", ".join(words[:shown]) + (", ..." if len(words) > shown else "")


def model_name(columns: Columns, row: int) -> str:
    """Return what the evaluated model of a row is called in a sentence."""
    value = {name: columns.value(name, row) for name in EVALUATED_MODEL}
    condition = (
        "" if value["method"] == UNPRUNED_METHOD else f"{value['method']} at {value['ratio']}, "
    )
    return f"model {value['model']!r} ({value['architecture']}, {condition}{value['stage']})"


def others(models: IntArray) -> str:
    """Return how many evaluated models there are beside the one named, as an end of a sentence."""
    count = len(np.unique(models)) - 1
    return f"; so for {count} other evaluated model{'s' if count > 1 else ''}" if count else ""
