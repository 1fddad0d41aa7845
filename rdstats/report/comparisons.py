"""The tests of the report: each family on the class-mean slope and in paper mode, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from rdstats.errors import StatsError
from rdstats.output.rounding import records
from rdstats.report.options import DEFAULTS, ReportOptions
from rdstats.report.sentences import number
from rdstats.tables.compare import compare_table
from rdstats.tables.designs import FAMILIES
from rdstats.tables.prepared import Tables
from rdstats.tables.selection import Selection

SIGNIFICANT: Final = 0.05  # Section 6.2: the usual level, after the correction
_NAMED: Final = 8
_SLOPES: Final = ("class-mean", "paper")


@dataclass(frozen=True)
class Comparison:
    """One family of tests on one kind of slope.

    Attributes:
        name: Stem of its files, `compare-ratio-class-mean`.
        frame: As `compare_table` returns it.
        sentence: What it shows.
    """

    name: str
    frame: pd.DataFrame
    sentence: str


def comparable(conditions: pd.DataFrame) -> list[str]:
    """Return the columns of which a conditions table has several values to compare."""
    compressed = conditions[conditions["stage"] != "control"]
    return [along for along in FAMILIES if compressed[along].nunique() > 1]


def comparisons(
    table: Tables, along: str, selection: Selection, options: ReportOptions = DEFAULTS
) -> Iterator[Comparison | str]:
    """Yield the tests along one column, or the reason why there are none.

    Args:
        table: A recall table, prepared or not.
        along: One of `comparable`.
        selection: What of the table.
        options: Margin of the equivalence; Welch's test or Student's.
    """
    for slope in _SLOPES:
        try:
            frame = compare_table(
                table,
                along,
                selection,
                slope=slope,
                delta=options.delta,
                student=options.student,
            )
        except StatsError as reason:
            yield f"No tests along {along}: {reason}."
            return
        yield Comparison(f"compare-{along}-{slope}", frame, _sentence(along, slope, frame))


def _sentence(along: str, slope: str, frame: pd.DataFrame) -> str:
    """Return which tests of a family show something, and how many do not."""
    kind = "class-mean slope" if slope == "class-mean" else "α per model, paper mode"
    shown = frame[frame["p_adjusted"] < SIGNIFICANT]
    untested = int(frame["p"].isna().sum())
    text = (
        f"{FAMILIES[along].hypothesis[0].upper()}{FAMILIES[along].hypothesis[1:]} ({kind}): shown "
        f"in {len(shown)} of {len(frame)} tests (Bonferroni-adjusted p < {SIGNIFICANT:g})"
    )
    if len(shown):
        found = [
            f"{row['comparison']} in {row['group']} (difference {number(row['difference'], 2)})"
            for row in records(shown.head(_NAMED))
        ]
        more = len(shown) - len(found)
        text += f": {'; '.join(found)}{f'; and {more} more' if more else ''}"
    return f"{text}.{f' {untested} could not be tested.' if untested else ''}"
