"""The tests of the report: each family on the class-mean slope and in paper mode, in words."""

from typing import Final

import pandas as pd

from rdstats.errors import StatsError
from rdstats.output.words import reach, records
from rdstats.report.changes import number
from rdstats.tables.compare import compare
from rdstats.tables.designs import FAMILIES
from rdstats.tables.reading import Tables
from rdstats.tables.selection import Selection

_SIGNIFICANT: Final = 0.05  # Section 6.2: the usual level, after the correction
_NAMED: Final = 8
_SLOPES: Final = {"class-mean": "class-mean slope", "paper": "α per model, paper mode"}


def comparable(conditions: pd.DataFrame) -> list[str]:
    """Return the columns of which a conditions table has several values to compare."""
    compressed = conditions[conditions["stage"] != "control"]
    return [along for along in FAMILIES if compressed[along].nunique() > 1]


def comparisons(
    table: Tables, along: str, selection: Selection, *, delta: float, student: bool
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Compare along one column, by either slope.

    Args:
        table: A recall table, prepared or not.
        along: One of `comparable`.
        selection: What of the table.
        delta: Margin of the equivalence.
        student: Student's test for independent arms, not Welch's.

    Returns:
        What `compare` returns, by the stem of its files, `compare-ratio-class-mean`; and a
        sentence for each, or one that says why there are no tests.
    """
    frames, sentences = {}, []
    for slope in _SLOPES:
        try:
            frame = compare(table, along, selection, slope=slope, delta=delta, student=student)
        except StatsError as reason:
            sentences.append(f"No tests along {along}: {reason}.")
            break
        frames[f"compare-{along}-{slope}"] = frame
        sentences.append(_sentence(along, slope, frame))
    return frames, sentences


def _sentence(along: str, slope: str, frame: pd.DataFrame) -> str:
    """Return which tests of a family show something, and how many do not."""
    hypothesis = FAMILIES[along].hypothesis
    shown = frame[frame["p_adjusted"] < _SIGNIFICANT]
    untested = int(frame["p"].isna().sum())
    told = f"{_SLOPES[slope]}; {reach(frame['scope'])}"
    text = (
        f"{hypothesis[0].upper()}{hypothesis[1:]} ({told}): shown "
        f"in {len(shown)} of {len(frame)} tests (Bonferroni-adjusted p < {_SIGNIFICANT:g})"
    )
    if len(shown):
        found = [
            f"{row['comparison']} in {row['group']} (difference {number(row['difference'], 2)})"
            for row in records(shown.head(_NAMED))
        ]
        more = len(shown) - len(found)
        text += f": {'; '.join(found)}{f'; and {more} more' if more else ''}"
    return f"{text}.{f' {untested} could not be tested.' if untested else ''}"
