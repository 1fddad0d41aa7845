"""Tables 1 to 13 and the numbers of Appendix G, made from recall tables."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from rdstats.statistics.intervals import FAMILY_ERROR
from rdstats.statistics.multiplicity import bonferroni
from rdstats.tables.compare import SLOPES
from rdstats.tables.designs import Comparison
from rdstats.tables.outcomes import outcomes
from rdstats.tables.paper.made import P_VALUE, MadeNumber, MadeTable
from rdstats.tables.paper.marks import UNJUDGED, mark_of_mean, mark_of_p, noise
from rdstats.tables.paper.measured import MEASURES, Estimate, Evaluated
from rdstats.tables.paper.notes import NOTES
from rdstats.tables.paper.p_values import P_VALUE_TABLES, Line, PValueTable
from rdstats.tables.paper.places import BEFORE, Place
from rdstats.tables.paper.published import Entry, Printed, is_doubtful, published
from rdstats.tables.paper.sources import Sources, read_sources
from rdstats.tables.paper.summaries import SUMMARY_TABLES, Cell, SummaryTable
from rdstats.tables.selection import EVERYTHING, Selection, known_value
from rdstats.tables.wording import status

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
    if family.paired and one.study != other.study:
        words = f"not paired: models of study {one.study} and of study {other.study}"
        return replace(number, status=words, details=details)
    errors = np.array([FAMILY_ERROR / tests.family_size])
    compared = Comparison(one.key, other.key, (places[0].label, places[1].label))
    done = outcomes(
        [compared],
        {one.key: first.arm, other.key: second.arm},
        family,
        student=False,
        errors=errors,
        levels=1.0 - errors,
    )
    p, n_first, n_second = float(done.p[0]), int(done.n_first[0]), int(done.n_second[0])
    test = {"p": p, "t": float(done.t[0]), "dof": float(done.dof[0])}
    models = n_first + (0 if family.paired else n_second)
    return replace(
        number,
        value=float(bonferroni(np.array(p), tests.family_size)),
        mark=_mark_of_p(tests, p, min(n_first, n_second), number.printed),
        status=str(done.status[0]),
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
