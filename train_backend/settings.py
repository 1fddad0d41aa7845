"""Settings out of a TOML table: each key known, each value of its type, or refused by name.

The types stand at the attributes of the dataclasses that hold the settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError

from train_backend.errors import TrainError, nearest

# Strict: true is no number to a reader of a study, nor is "2".
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Index = Annotated[int, Field(strict=True, ge=0)]
Share = Annotated[float, Field(strict=True, ge=0, lt=1)]
Ratio = Annotated[float, Field(strict=True, ge=1, allow_inf_nan=False)]
Ratios = Annotated[tuple[Ratio, ...], Field(min_length=1, max_length=1_000)]
# From 1e9 on float32 overflows before the loss says so.
Rate = Annotated[float, Field(strict=True, gt=0, lt=1e9)]
Decay = Annotated[float, Field(strict=True, ge=0, lt=1e9)]

LONGEST_VALUE = 100

MUST_BE = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "a text",
    "tuple_type": "a list",
    "too_short": "a list that is not empty",
    "too_long": "a shorter list",
    "dataclass_type": "a table such as { epochs = 10, learning_rate = 0.01 }",
}
"""What pydantic calls otherwise than TOML does."""


def types_of(settings: type) -> dict[str, Any]:
    """Return what the value of each attribute of a dataclass must be, by name."""
    return get_type_hints(settings, include_extras=True)


def read_settings(table: Any, types: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the checked settings of one TOML table.

    `types` has every key that may stand there; `where` is what errors call the table.

    Raises:
        TrainError: It is no table, holds an unknown key, or a value of another type.
    """
    if not isinstance(table, dict):
        raise TrainError(f"{where} is {_shown(table)}: it must be a table, with a line {where}")
    settings = {}
    for key, value in table.items():
        if key not in types:
            raise TrainError(f"{where} has an unknown key {key!r}{nearest(key, types)}")
        try:
            settings[key] = TypeAdapter(types[key]).validate_python(value)
        except ValidationError as wrong:
            raise TrainError(f"{where}: {key}{_in_words(wrong)}") from wrong
    return settings


def _in_words(wrong: ValidationError) -> str:
    """Return what is wrong with a value first, and where in it."""
    first = wrong.errors()[0]
    kind = first["type"]
    place = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in first["loc"])
    if kind == "missing":
        return f"{place} is missing: write it there"
    if kind == "unexpected_keyword_argument":
        return f"{place} is unknown: leave it out"
    must = MUST_BE.get(kind) or first["msg"].removeprefix("Input should be ")
    return f"{place} is {_shown(first['input'])}, but it must be {must}"


def _shown(value: object) -> str:
    """Return a value for a sentence; a long list would hide what is wrong with it."""
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
