"""The conditions of the paper, and the names it prints for them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, NamedTuple

from rdstats.output.words import ratio_text

RATIOS: Final = (2.0, 4.0, 10.0, 20.0, 50.0)
"""Of Tables 1 to 9 and 11 (Section 6.1)."""

RESNETS: Final = ("ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56", "ResNet-110")
LTH_LEVELS: Final = tuple(0.8**-level for level in range(1, 21))
CHIP_RATIOS: Final = (1.75, 3.33, 8.27, 19.11)

BEFORE: Final = 1.0
"""The ratio of a place that is about the unpruned models."""

SHORT_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"LeNet5": "LeNet", "Fashion-MNIST": "Fashion"}
)


class Subject(NamedTuple):
    """What was trained and how it is pruned: D, M and P."""

    dataset: str
    architecture: str
    method: str

    def at(self, ratio: float) -> Place:
        """Return one of its conditions."""
        return Place(*self, ratio)

    @property
    def label(self) -> str:
        """The subject in words."""
        return ", ".join(self)


class Place(NamedTuple):
    """A condition (D, M, P, t) of the paper; it has no study, for the paper has one of each."""

    dataset: str
    architecture: str
    method: str
    ratio: float

    @property
    def subject(self) -> Subject:
        """The condition without its ratio."""
        return Subject(self.dataset, self.architecture, self.method)

    @property
    def label(self) -> str:
        """The condition in words."""
        return f"{self.subject.label}, t = {ratio_text(round(self.ratio, 4))}"


def short(name: str) -> str:
    """Return a name as the paper's tables print it."""
    return SHORT_NAMES.get(name, name)


def listed_places(places: Iterable[Place]) -> tuple[str, ...]:
    """Name conditions, a line per subject: `CIFAR-10, ResNet-20, MP: t = 2, 4`.

    Unpruned models are named only where nothing else of their subject is.
    """
    ratios: dict[Subject, set[float]] = {}
    for place in places:
        ratios.setdefault(place.subject, set()).add(place.ratio)
    lines = []
    for subject, found in ratios.items():
        texts = ", ".join(ratio_text(round(ratio, 2)) for ratio in sorted(found - {BEFORE}))
        lines.append(f"{subject.label}: t = {texts}" if texts else f"{subject.label}: any ratio")
    return tuple(lines)


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
