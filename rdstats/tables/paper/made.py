"""A table of the paper as it came out here: every number beside the printed one."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from rdstats.tables.paper.marks import MARKS
from rdstats.tables.paper.places import Place, listed_places
from rdstats.tables.paper.published import BELOW, EXACTLY, Printed
from rdstats.tables.rounding import MISSING, rounded
from rdstats.tables.wording import OK

P_VALUE = -1
"""In place of a number of decimals: three, but never 0."""


@dataclass(frozen=True)
class MadeNumber:
    """One number.

    Attributes:
        row: Label of its row in `published_tables.csv`.
        column: Label of its column there.
        value: What the given tables say, NaN where they do not.
        printed: What the paper says.
        mark: agrees, within noise, differs, too few models or not judged.
        decimals: Decimals that both are shown with, or `P_VALUE`.
        status: `ok`, or why there is no number, or what it leaves out.
        is_bold: Whether the paper's rule prints it bold.
        is_absent: Whether a condition that it needs is not in the given tables.
        details: Further columns of its csv row, by name.
    """

    row: str
    column: str
    value: float
    printed: Printed | None
    mark: str
    decimals: int
    status: str = OK
    is_bold: bool = False
    is_absent: bool = False
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_missing(self) -> bool:
        """Whether there is no number: its condition is absent, or the number is undefined."""
        return math.isnan(self.value)

    @property
    def text(self) -> str:
        """The number with the paper's rounding; a dash where there is none."""
        return MISSING if self.is_missing else self._rounded(self.value)

    @property
    def printed_text(self) -> str:
        """The printed number; "" where there is none."""
        if self.printed is None:
            return ""
        if self.printed.relation == BELOW:
            return f"< {self.printed.value:g}"
        return self._rounded(self.printed.value)

    def _rounded(self, value: float) -> str:
        if self.decimals == P_VALUE:
            return rounded(value, "p")
        text = f"{value:.{self.decimals}f}"
        # A variance of 0.00003 is not 0.
        return f"{value:.1e}" if value != 0 and float(text) == 0 else text


@dataclass(frozen=True)
class MadeTable:
    """A table of the paper, made here.

    Attributes:
        name: Its number in the paper, or G.
        caption: What it holds.
        headings: Headings of the label columns, then of the numbers.
        rows: For each row its labels and its numbers; None where the paper prints a dash.
        notes: What must be known to read it.
        absent: The conditions that the given tables lack.
    """

    name: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[MadeNumber | None, ...]], ...]
    notes: tuple[str, ...] = ()
    absent: tuple[Place, ...] = ()

    @property
    def title(self) -> str:
        """`Table 3`, or `Appendix G`."""
        return f"Table {self.name}" if self.name.isdigit() else f"Appendix {self.name}"

    @property
    def stem(self) -> str:
        """Stem of its files: `table-03`, `appendix-g`."""
        return (
            f"table-{int(self.name):02}" if self.name.isdigit() else f"appendix-{self.name}".lower()
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """The conditions that the given tables lack, in words."""
        return listed_places(self.absent)

    @property
    def numbers(self) -> list[MadeNumber]:
        """All its numbers, row by row."""
        return [number for _, numbers in self.rows for number in numbers if number is not None]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of single numbers that are there or could not be computed."""
        return tuple(
            dict.fromkeys(
                f"{number.row}, {number.column}: {number.status}"
                for number in self.numbers
                if number.status != OK and not number.is_absent
            )
        )

    def counts(self) -> dict[str, int]:
        """Return how many numbers have each mark, and how many are missing."""
        found = Counter(number.mark for number in self.numbers if not number.is_missing)
        counts = {mark: found[mark] for mark in MARKS}
        counts["missing"] = sum(number.is_missing for number in self.numbers)
        return counts

    def frame(self) -> pd.DataFrame:
        """Return a row per number, with every digit.

        Returns:
            table, row, column: Where it stands in the paper.
            value: The number made here; null where the given tables do not say it.
            printed_relation, printed: What the paper prints: `equal`, or `below` a bound.
            difference: value minus printed; null for a printed bound.
            mark: agrees, within noise, differs, too few models or not judged.
            models: Models that it is of; of both arms in a test of independent models.
            low, high: Printed means between them would be within noise.
            p, t, dof, family_size, alternative, paired, first, second: The test behind a p-value.
            slope: `paper` or `class-mean`, where a slope is behind the number.
            bold: Whether the paper's rule prints it bold.
            status: `ok`, or why there is no number.
        """
        return pd.DataFrame([self._record(number) for number in self.numbers])

    def _record(self, number: MadeNumber) -> dict[str, Any]:
        printed = number.printed
        exact = printed is not None and printed.relation != BELOW
        numbers = {name: number.details.get(name, math.nan) for name in _NUMBERS}
        words = {name: number.details.get(name) for name in _WORDS}
        return {
            "table": self.name,
            "row": number.row,
            "column": number.column,
            "value": number.value,
            "printed_relation": _RELATIONS[printed.relation] if printed else None,
            "printed": printed.value if printed else math.nan,
            "difference": number.value - printed.value if printed and exact else math.nan,
            "mark": number.mark,
            **numbers,
            **words,
            "bold": number.is_bold,
            "status": number.status,
        }


# Words: a cell that begins with = is a formula to a spreadsheet.
_RELATIONS = {EXACTLY: "equal", BELOW: "below"}
_NUMBERS = ("models", "low", "high", "p", "t", "dof", "family_size")
_WORDS = ("alternative", "paired", "first", "second", "slope")
