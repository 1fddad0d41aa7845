"""What must be known to read the printed numbers, table by table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from rdstats.output.rounding import MISSING, rounded
from rdstats.output.words import OK, status
from rdstats.paper.estimates import MEASURES, Estimate, Evaluated
from rdstats.paper.marks import MARKS, UNJUDGED, mark_of_mean, mark_of_p, noise
from rdstats.paper.p_values import P_VALUE_TABLES, Line, PValueTable
from rdstats.paper.places import (
    BEFORE,
    BELOW,
    EXACTLY,
    Entry,
    Place,
    Printed,
    is_doubtful,
    listed_places,
    published,
)
from rdstats.paper.sources import Sources, read_sources
from rdstats.paper.summaries import SUMMARY_TABLES, Cell, SummaryTable
from rdstats.statistics.intervals import FAMILY_ERROR
from rdstats.statistics.multiplicity import BONFERRONI, corrected
from rdstats.tables.arms import compare_arms
from rdstats.tables.compare import SLOPES
from rdstats.tables.designs import Comparison
from rdstats.tables.selection import EVERYTHING, Selection, known_value

_CONFLICT = (
    "Tables 8 and 9 both print the test of MP against UP on ResNet-56, adjusted for 6 and for 25 "
    "tests. At t = 10 they disagree: 0.004 in Table 8 stands for 0.015 to 0.019 in Table 9, "
    "which prints 0.010. Neither is taken for right here."
)
_COUNTS = (
    "The printed rows of MNIST and CIFAR-100 look like counts divided by 1000, not recalls: "
    "MNIST's test classes have 892 to 1135 images, and the variance of those counts / 1000, at "
    "accuracy 0.989, is the printed 0.0038; CIFAR-100 has 100 images a class, so such numbers "
    "are a tenth of a recall and their variance a hundredth. Those two rows are shown, not judged."
)
_TWO_SIDED = (
    "The sign of a two-sided test is not printed; where conclusions differ, sizes are compared."
)

NOTES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "8": (_CONFLICT, _TWO_SIDED),
        "9": (_CONFLICT, _TWO_SIDED),
        "10": ("A number is over all unpruned models of the study that its method was run in.",),
        "11": (_COUNTS,),
        "12": (
            "LTH counts the weights that it may prune; over all parameters level 20 is 61.5, not "
            "86.74. Ratios are asked for, not found: that they agree says nothing. The learning "
            "rate and the rewind step of the paper are not given.",
        ),
        "13": (
            "The paper does not say how it fine-tuned; at 1.75 and 3.33 its accuracies are above "
            "those before. Asked 3.33, the method’s layer sparsities reach 3.54.",
        ),
        "G": (
            "Slopes per model in either slope mode. The ratio of a class whose recall was exactly "
            "the accuracy before pruning is undefined: it is left out of its model's mean.",
        ),
    }
)


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


PAPER_SLOPE: Final = "paper"


def paper_tables(
    table: pa.Table, selection: Selection = EVERYTHING, *, slope: str = PAPER_SLOPE
) -> tuple[list[MadeTable], tuple[str, ...]]:
    """Make Tables 1 to 13 and Appendix G; what the tables lack is blank and listed.

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
    """
    known_value("slope", slope, SLOPES)
    sources = read_sources(table, selection, slope)
    made = [_p_values(tests, sources, slope) for tests in P_VALUE_TABLES]
    made += [_summary(summary, sources, slope) for summary in SUMMARY_TABLES]
    return made, sources.notes


def _p_values(tests: PValueTable, sources: Sources, slope: str) -> MadeTable:
    """Make one of Tables 1 to 9."""
    missing: dict[Place, None] = {}
    rows = []
    for row in tests.rows:
        numbers = []
        for column in tests.columns:
            arms = tests.arms(row, column)
            found = [sources.find(place) for place in arms]
            missing |= dict.fromkeys(
                place for place, one in zip(arms, found, strict=True) if one is None
            )
            numbers.append(_p_value(tests, row, column, found, slope))
        rows.append(((row.label,), tuple(numbers)))
    return MadeTable(
        tests.name,
        tests.caption,
        (tests.corner, *(column.label.replace("=", " = ") for column in tests.columns)),
        tuple(rows),
        NOTES.get(tests.name, ()),
        tuple(missing),
    )


def _p_value(
    tests: PValueTable, row: Line, column: Line, found: list[Evaluated | None], slope: str
) -> MadeNumber:
    """Carry out the test of one cell; the size of its family is the printed one."""
    family = tests.family
    places = tests.arms(row, column)
    number = MadeNumber(
        row.label,
        column.label,
        math.nan,
        published().get(Entry(tests.name, row.label, column.label)),
        UNJUDGED,
        P_VALUE,
        details={
            "family_size": tests.family_size,
            "alternative": family.alternative,
            "paired": family.paired,
            "slope": slope,
        },
    )
    first, second = found
    if first is None or second is None:
        gone = [place.label for place, one in zip(places, found, strict=True) if one is None]
        return replace(number, status=f"no models of {'; '.join(gone)}", is_absent=True)
    one, other = first.arm.condition, second.arm.condition
    details = {**number.details, "first": one.label, "second": other.label}
    if family.paired and one.key.study != other.key.study:
        words = f"not paired: models of study {one.key.study} and of study {other.key.study}"
        return replace(number, status=words, details=details)
    compared = Comparison(one.key, other.key, (places[0].label, places[1].label))
    error = FAMILY_ERROR / tests.family_size
    done = compare_arms(compared, first.arm, second.arm, family, error=error)
    p, test = done.test.p, {"p": done.test.p, "t": done.test.t, "dof": done.test.dof}
    models = done.n_first + (0 if family.paired else done.n_second)
    return replace(
        number,
        value=float(corrected(np.array([p]), tests.family_size, BONFERRONI)[0]),
        mark=_mark_of_p(tests, p, min(done.n_first, done.n_second), number.printed),
        status=done.status,
        details={**details, **test, "models": models},
    )


def _mark_of_p(tests: PValueTable, p: float, models: int, printed: Printed | None) -> str:
    if printed is None:
        return UNJUDGED
    return mark_of_p(
        p,
        models,
        printed,
        family_size=tests.family_size,
        alternative=tests.family.alternative,
        paired=tests.family.paired,
    )


def _summary(summary: SummaryTable, sources: Sources, slope: str) -> MadeTable:
    """Make one of Tables 10 to 13, or the numbers of Appendix G."""
    missing: dict[Place, None] = {}
    rows = []
    for labels, cells in summary.rows:
        numbers: list[MadeNumber | None] = []
        first = math.nan
        for position, cell in enumerate(cells):
            if cell is None:
                numbers.append(None)
                continue
            found = sources.find(cell.place, summary.tolerance)
            if found is None:
                missing[cell.place] = None
            number = _mean(summary, cell, found, first, slope)
            first = number.value if position == 0 else first
            numbers.append(number)
        rows.append((labels, tuple(numbers)))
    return MadeTable(
        summary.name,
        summary.caption,
        summary.headings,
        tuple(rows),
        NOTES.get(summary.name, ()),
        tuple(missing),
    )


def _mean(
    summary: SummaryTable, cell: Cell, found: Evaluated | None, first: float, slope: str
) -> MadeNumber:
    """Make the number of one cell."""
    entry = Entry(summary.name, cell.row, cell.column)
    number = MadeNumber(
        cell.row,
        cell.column,
        math.nan,
        published().get(entry),
        UNJUDGED,
        cell.decimals,
        details={"slope": slope if cell.measure == "slope" else None},
    )
    if found is None:
        return replace(number, status=f"no models of {_named(cell.place)}", is_absent=True)
    estimate = MEASURES[cell.measure](found)
    reach = noise(estimate, summary.models)
    low, high = estimate.value - reach, estimate.value + reach
    return replace(
        number,
        value=estimate.value,
        mark=_mark_of_mean(entry, estimate, number.printed, summary.models, cell.decimals),
        status=status(estimate.remarks),
        is_bold=summary.bold_above_first and estimate.value > first,
        details={**number.details, "models": estimate.models, "low": low, "high": high},
    )


def _mark_of_mean(
    entry: Entry, estimate: Estimate, printed: Printed | None, models: int, decimals: int
) -> str:
    if printed is None or is_doubtful(entry):
        return UNJUDGED
    return mark_of_mean(estimate, printed, models, decimals)


def _named(place: Place) -> str:
    return place.subject.label if place.ratio == BEFORE else place.label
