"""One row of a file as texts by column, and the numbers in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from data_contracts.errors import ContractError

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|[+-]?inf", re.IGNORECASE)

_MOST_DIGITS = 400  # of which no count and no recall needs a tenth; arithmetic on a million is slow


def number_in(text: str) -> Decimal | None:
    """Return the number that a text is, or None (`Decimal` would take `1_0` and other digits)."""
    text = text.strip()
    short = len(text) <= _MOST_DIGITS and text.isascii()
    return Decimal(text) if short and _NUMBER.fullmatch(text) else None


@dataclass(frozen=True)
class Record:
    """One row of a file."""

    place: str  # what messages call it: the file, and the line or row in it
    cells: Mapping[str, str]  # text by column, as printed; empty where the file has nothing

    def count(self, column: str) -> int:
        """Return the whole number from 0 to 2**53 in a column; 88.0 is one."""
        text = self.cells[column].strip()
        value = number_in(text)
        if value is None or not value.is_finite():
            comma = "; write a decimal point and no thousands" if "," in text else ""
            what = f"{text!r}, which is no number{comma}" if text else "empty"
            raise ContractError(f"{self.place}: column {column!r} is {what}")
        # Compared before anything is computed: 1e999999 has no place in memory.
        if not 0 <= value < 2**53 or value != value.to_integral_value():
            raise ContractError(
                f"{self.place}: column {column!r} is {self.cells[column]!r}, but counts are whole "
                "numbers below 2**53"
            )
        return int(value)
