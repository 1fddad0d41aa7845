"""The paper's tables made from recall tables, every number with the printed one."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from rdstats.output.words import MISSING, OK, rounded, status
from rdstats.paper.conditions import GivenCondition, GivenConditions, read_conditions
from rdstats.paper.design import (
    BELOW,
    P_VALUE,
    Cell,
    PaperCondition,
    Printed,
    TableDesign,
    listed_conditions,
    table_designs,
)
from rdstats.paper.marks import MARKS, UNJUDGED, mark_of_mean, mark_of_p, noise
from rdstats.paper.quantities import QUANTITIES
from rdstats.statistics.intervals import FAMILY_ERROR
from rdstats.statistics.multiplicity import BONFERRONI, corrected
from rdstats.tables.arms import compare_arms
from rdstats.tables.compare import SLOPES
from rdstats.tables.designs import Comparison
from rdstats.tables.reading import Tables
from rdstats.tables.selection import EVERYTHING, Selection, known_value

AS_P_VALUE: Final = -1
"""In place of a number of decimals: three, but never 0."""

_COLUMNS: Final = (
    *("table", "row", "column", "value", "printed_relation", "printed", "difference", "mark"),
    *("models", "low", "high", "p", "t", "dof", "family_size", "alternative", "paired"),
    *("first", "second", "slope", "bold", "status"),
)


@dataclass(frozen=True)
class PaperNumber:
    """One number of a table."""

    row: str  # labels of its row and of its column in `printed_numbers.csv`
    column: str
    value: float  # what the given tables say, NaN where they do not
    printed: Printed
    mark: str  # one of `MARKS`
    decimals: int  # that both are shown with, or `AS_P_VALUE`
    status: str = OK  # or why there is no number, or what it leaves out
    is_bold: bool = False  # by the paper's rule
    absent: tuple[PaperCondition, ...] = ()  # needed, and not in the given tables
    details: dict[str, Any] = field(default_factory=dict)  # further columns of its csv row

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
        """The printed number."""
        value = self.printed.value
        return f"< {value:g}" if self.printed.relation == BELOW else self._rounded(value)

    def _rounded(self, value: float) -> str:
        if self.decimals == AS_P_VALUE:
            return rounded(value, "p")
        text = f"{value:.{self.decimals}f}"
        # A variance of 0.00003 is not 0.
        return f"{value:.1e}" if value != 0 and float(text) == 0 else text


@dataclass(frozen=True)
class PaperTable:
    """A table of the paper with the numbers of the given tables; fields as of `TableDesign`."""

    name: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[PaperNumber | None, ...]], ...]
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """`Table 3`, or `Appendix G`."""
        return f"Table {self.name}" if self.name.isdigit() else f"Appendix {self.name}"

    @property
    def stem(self) -> str:
        """Stem of its files: `table-03`, `appendix-g`."""
        return f"table-{self.name:0>2}" if self.name.isdigit() else f"appendix-{self.name.lower()}"

    @property
    def absent(self) -> tuple[PaperCondition, ...]:
        """The conditions that the given tables lack."""
        return tuple(dict.fromkeys(one for number in self.numbers for one in number.absent))

    @property
    def missing(self) -> tuple[str, ...]:
        """The same in words."""
        return listed_conditions(self.absent)

    @property
    def numbers(self) -> list[PaperNumber]:
        """All its numbers, row by row."""
        return [number for _, numbers in self.rows for number in numbers if number is not None]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of single numbers that are there or could not be computed."""
        told = (one for one in self.numbers if one.status != OK and not one.absent)
        return tuple(dict.fromkeys(f"{one.row}, {one.column}: {one.status}" for one in told))

    def counts(self) -> dict[str, int]:
        """Return how many numbers have each mark, and how many are missing."""
        found = Counter("missing" if one.is_missing else one.mark for one in self.numbers)
        return {mark: found[mark] for mark in (*MARKS, "missing")}

    def frame(self) -> pd.DataFrame:
        """Return a row per number, with every digit.

        Returns:
            table, row, column: Where it stands in the paper.
            value: The number of the given tables; null where they do not say it.
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
        rows = []
        for number in self.numbers:
            value, printed = number.value, number.printed.value
            is_bound = number.printed.relation == BELOW
            # Words: a cell that begins with = is a formula to a spreadsheet.
            where = (self.name, number.row, number.column, value, "below" if is_bound else "equal")
            difference = math.nan if is_bound else value - printed
            cells = zip(_COLUMNS, (*where, printed, difference, number.mark), strict=False)
            rows.append(
                {**dict(cells), **number.details, "bold": number.is_bold, "status": number.status}
            )
        return pd.DataFrame(rows, columns=list(_COLUMNS))


def paper_tables(
    table: Tables, selection: Selection = EVERYTHING, *, slope: str = "paper"
) -> tuple[list[PaperTable], tuple[str, ...]]:
    """Make Tables 1 to 13 and Appendix G; what the given tables lack is blank and listed.

    Args:
        table: A recall table, or the union of several.
        selection: What of it, by which metric.
        slope: `paper`, a slope per model, or `class-mean`: its pseudo-values are tested in
            Tables 1 to 9 and their mean is the intensification of Tables 12 and 13.

    Returns:
        The tables in the order of the paper, and notes on studies that were left out.

    Raises:
        StatsError: An unknown slope; two studies have the same condition; nothing of the paper is
            in the tables, or nothing matches the selection.
        ContractError: A compressed or control row has no baseline row.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "p", "dataset": "CIFAR-10", "architecture": "ResNet-20", "model": "m"}
        >>> before = rd.from_counts([100] * 10, [90] * 5 + [70] * 5, ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100] * 10, [88] * 5 + [60] * 5, **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> tables, _ = rd.paper_tables(table)
        >>> len(tables), tables[0].title
        (14, 'Table 1')
    """
    known_value("slope", slope, SLOPES)
    given = read_conditions(table, selection, slope)
    return [_table(design, given, slope) for design in table_designs()], given.notes


def _table(design: TableDesign, given: GivenConditions, slope: str) -> PaperTable:
    """Make one table."""
    rows = []
    for labels, cells in design.rows:
        numbers = [cell and _number(design, cell, given, slope) for cell in cells]
        if design.bold_above_first:
            numbers = [
                one and numbers[0] and replace(one, is_bold=one.value > numbers[0].value)
                for one in numbers
            ]
        rows.append((labels, tuple(numbers)))
    return PaperTable(design.name, design.caption, design.headings, tuple(rows), design.notes)


def _number(design: TableDesign, cell: Cell, given: GivenConditions, slope: str) -> PaperNumber:
    """Make the number of one cell."""
    is_p_value = cell.quantity == P_VALUE
    details: dict[str, Any] = {"slope": slope if cell.quantity in ("slope", P_VALUE) else None}
    if is_p_value:
        family = design.family
        details |= {"alternative": family.alternative, "paired": family.paired}
        details |= {"family_size": design.family_size}
    number = PaperNumber(
        *(cell.row, cell.column, math.nan, cell.printed, UNJUDGED),
        AS_P_VALUE if is_p_value else cell.decimals,
        details=details,
    )
    found = {one: given.find(one, design.tolerance) for one in cell.conditions}
    there = [one for one in found.values() if one is not None]
    if len(there) < len(found):
        absent = tuple(one for one, condition in found.items() if condition is None)
        words = "; ".join(one.label for one in absent)
        return replace(number, status=f"no models of {words}", absent=absent)
    if is_p_value:
        return _p_value(design, cell, number, *there)
    return _mean(design, cell, number, *there)


def _p_value(
    design: TableDesign,
    cell: Cell,
    number: PaperNumber,
    first: GivenCondition,
    second: GivenCondition,
) -> PaperNumber:
    """Carry out a test; the size of its family is the printed one."""
    family = design.family
    one, other = first.arm.condition, second.arm.condition
    details = {**number.details, "first": one.label, "second": other.label}
    if family.paired and one.key.study != other.key.study:
        words = f"not paired: models of study {one.key.study} and of study {other.key.study}"
        return replace(number, status=words, details=details)
    levels = (cell.conditions[0].label, cell.conditions[1].label)
    compared = Comparison(one.key, other.key, levels)
    error = FAMILY_ERROR / design.family_size
    done = compare_arms(compared, first.arm, second.arm, family, error=error)
    p = done.test.p
    return replace(
        number,
        value=float(corrected(np.array([p]), design.family_size, BONFERRONI)[0]),
        mark=mark_of_p(
            p, min(done.n_first, done.n_second), cell.printed, family, design.family_size
        ),
        status=done.status,
        details={
            **details,
            "p": p,
            "t": done.test.t,
            "dof": done.test.dof,
            "models": done.n_first + (0 if family.paired else done.n_second),
        },
    )


def _mean(
    design: TableDesign, cell: Cell, number: PaperNumber, given: GivenCondition
) -> PaperNumber:
    """Return what one of Tables 10 to 13 or Appendix G has of a condition."""
    estimate = QUANTITIES[cell.quantity](given)
    reach = noise(estimate, design.models)
    mark = mark_of_mean(estimate, cell.printed, design.models, cell.decimals)
    return replace(
        number,
        value=estimate.value,
        mark=UNJUDGED if cell.row in design.doubtful else mark,
        status=status(estimate.remarks),
        details={
            **number.details,
            "models": estimate.models,
            "low": estimate.value - reach,
            "high": estimate.value + reach,
        },
    )
