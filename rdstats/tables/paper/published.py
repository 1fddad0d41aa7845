"""The numbers that the paper prints, as facts: Tables 1 to 13 and Appendix G.

`published_tables.csv` holds one number per line, with the table and the labels of its row and
column there; `relation` is `<` where the paper prints "< 0.001", else `=`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple

EXACTLY: Final = "="
BELOW: Final = "<"


class Entry(NamedTuple):
    """Where a number stands: the table and the labels of its row and column."""

    table: str
    row: str
    column: str


@dataclass(frozen=True)
class Printed:
    """A printed number.

    Attributes:
        relation: `=`, or `<` for a p-value of which only a bound is printed.
        value: The number, or the bound.
    """

    relation: str
    value: float


DOUBTFUL_ROWS: Final = (
    ("11", "MNIST @ LeNet -> MP"),
    ("11", "CIFAR-100 @ ResNet-56 -> MP"),
)
"""Rows that look like counts divided by 1000, whatever the class's size: no recall to compare."""


@cache
def published() -> Mapping[Entry, Printed]:
    """Return every printed number by its place in the paper, in the paper's order."""
    text = files(__package__).joinpath("published_tables.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            Entry(line["table"], line["row"], line["column"]): Printed(
                line["relation"], float(line["value"])
            )
            for line in csv.DictReader(text.splitlines())
        }
    )


def is_doubtful(entry: Entry) -> bool:
    """Say whether a printed number is not the quantity that its table is of."""
    return (entry.table, entry.row) in DOUBTFUL_ROWS
