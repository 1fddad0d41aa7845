"""Settings out of a TOML table: each key known, each value of its kind, or refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from train_backend.errors import TrainError, nearest

Kind = Callable[[Any], Any]
"""Returns the value as the dataclass holds it; raises ValueError with what it must be."""

LONGEST_VALUE = 100


def read_settings(table: Any, kinds: Mapping[str, Kind], where: str) -> dict[str, Any]:
    """Return the checked settings of one TOML table.

    Args:
        table: What TOML holds under the table's name.
        kinds: Every key that may stand there, and what its value must be.
        where: What to call the table in an error, e.g. "study.toml [recipe]".

    Raises:
        TrainError: It is no table, holds an unknown key, or a value of another kind.
    """
    if not isinstance(table, dict):
        raise TrainError(f"{where} is {_shown(table)}: it must be a table, with a line {where}")
    settings = {}
    for key, value in table.items():
        if key not in kinds:
            raise TrainError(f"{where} has an unknown key {key!r}{nearest(key, kinds)}")
        try:
            settings[key] = kinds[key](value)
        except ValueError as kind:
            raise TrainError(f"{where}: {key} is {_shown(value)}, but it must be {kind}") from kind
    return settings


def _shown(value: object) -> str:
    """Return a value for a sentence; a long list would hide what is wrong with it."""
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def whole(least: int, most: int | None = None) -> Kind:
    """Return the kind of whole numbers from `least` on, up to `most`."""

    def kind(value: object) -> int:
        # bool is an int to Python, not to a reader of a study.
        if isinstance(value, int) and not isinstance(value, bool):
            is_within = value >= least and (most is None or value <= most)
            if is_within:
                return value
        raise ValueError(
            f"a whole number from {least}" + (f" to {most}" if most is not None else " on")
        )

    return kind


def real(least: float, below: float = math.inf, *, above_least: bool = False) -> Kind:
    """Return the kind of numbers from `least` (or above it) to below `below`."""

    def kind(value: object) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            is_enough = value > least if above_least else value >= least
            if is_enough and value < below:
                return float(value)
        bound = f"above {least:g}" if above_least else f"from {least:g} on"
        raise ValueError(
            f"a number {bound}" + (f" and below {below:g}" if below < math.inf else "")
        )

    return kind


def word(*known: str) -> Kind:
    """Return the kind of texts that are one of `known`."""

    def kind(value: object) -> str:
        if isinstance(value, str) and value in known:
            return value
        raise ValueError("one of " + ", ".join(f"{each!r}" for each in known))

    return kind


def text(value: object) -> str:
    """Return a text; any will do."""
    if isinstance(value, str):
        return value
    raise ValueError("a text")


def flag(value: object) -> bool:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


def several(kind: Kind, what: str) -> Kind:
    """Return the kind of lists, not empty, whose members are of `kind`."""

    def kind_of_list(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list) or not value:
            raise ValueError(f"a list of {what}, not empty")
        try:
            return tuple(kind(each) for each in value)
        except ValueError as error:
            raise ValueError(f"a list of {what}: each {error}") from error

    return kind_of_list
