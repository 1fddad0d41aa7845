"""The simulation study in a page's space: the median and the worst cell, as numbers and texts."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from rdstats.output.formats import FORMATS
from rdstats.output.shown import ShownTable
from rdstats.output.words import MISSING, Row, records
from rdstats.simulation.estimators import ESTIMATORS
from rdstats.simulation.named import NAMED_ESTIMATORS

# Chance that any cell of a row is called beyond simulation error where all are at their rate.
CHANCE: Final = 0.001
_KEYS: Final = ("estimator", "classes", "models", "luck")
_HEADS: Final = ("false alarms at 1 %", "at 5 %", "coverage of 99 %", "of 95 %")
_WORST: Final = {
    "false_alarms_1": "max",
    "false_alarms_5": "max",
    "coverage_99": "min",
    "coverage_95": "min",
}


def simulation_summary(rates: pd.DataFrame) -> pd.DataFrame:
    """Return a row per estimator, classes, models and luck: the median and the worst cell.

    Args:
        rates: As `simulate` returns it.

    Returns:
        estimator, classes, models, luck: Whose cells.
        cells: How many of them have nothing to find, so that false alarms can be counted.
        false_alarms_1_median, false_alarms_1_worst: Over those; likewise _5. Null without any.
        coverage_99_median, coverage_99_worst: Over all cells of the row; likewise _95.
        beyond_error: Cells with more false alarms, at 1 % or at 5 %, than simulation error
            explains: exact binomial tests, Bonferroni over the row, `CHANCE` in all.

    Example:
        >>> import tempfile, rdstats as rd
        >>> from rdstats.simulation.cells import Cell
        >>> rates = rd.simulate(tempfile.mkdtemp(), [Cell(10, 5, 0.008)], repetitions=50)
        >>> rd.simulation_summary(rates)[["estimator", "cells"]].values.tolist()[0]
        ['class-mean slope', 1]
    """
    groups = rates.groupby(list(_KEYS), sort=False)
    frame = groups["false_alarms_1"].count().rename("cells").to_frame()
    for column, worst in _WORST.items():
        frame[f"{column}_median"] = groups[column].median()
        frame[f"{column}_worst"] = groups[column].agg(worst)
    alarms = (group.dropna(subset=["false_alarms_1"]) for _, group in groups)
    frame["beyond_error"] = [int(beyond_error(found).sum()) for found in alarms]
    frame = frame.reset_index()
    place = frame["estimator"].map([*ESTIMATORS, *NAMED_ESTIMATORS].index)
    order = frame.assign(estimator=place).sort_values(list(_KEYS), kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def beyond_error(alarms: pd.DataFrame) -> pd.Series[bool]:
    """Say of each cell whether it has more false alarms than simulation error explains.

    Args:
        alarms: Rows of `simulate` with false alarms; together they make one family of tests.

    Checked against R: pbinom(seen - 1, repetitions, nominal, lower.tail = FALSE).
    """
    beyond = pd.Series(False, index=alarms.index)
    for nominal in (1, 5):
        seen = np.rint(alarms[f"false_alarms_{nominal}"] * alarms["repetitions"])
        chance = stats.binom.sf(seen - 1, alarms["repetitions"], nominal / 100.0)
        beyond |= chance < CHANCE / (2 * max(len(alarms), 1))
    return beyond


def shown_simulation(summary: pd.DataFrame) -> ShownTable:
    """Return the summary as texts: "median (worst)" in percent."""
    header = ("estimator", "C", "M", "luck", *_HEADS, "beyond error")
    rows = tuple(
        (
            str(row["estimator"]),
            str(row["classes"]),
            str(row["models"]),
            f"{row['luck']:g}",
            *(_percent(row, what) for what in _WORST),
            f"{row['beyond_error']} of {row['cells']}",
        )
        for row in records(summary)
    )
    caption = (
        "Median (worst) over cells, which differ in memory, coverage also in effect. Beyond error: "
        "cells with more false alarms than simulation error explains."
    )
    return ShownTable("Simulated false alarms and coverage", caption, header, rows, False)


def _percent(row: Row, what: str) -> str:
    median, worst = row[f"{what}_median"], row[f"{what}_worst"]
    return MISSING if pd.isna(median) else f"{100 * median:.1f} ({100 * worst:.1f}) %"


def markdown(shown: ShownTable) -> str:
    """Return a table of texts as Markdown, as it stands in docs/simulation.md and docs/check.md."""
    texts = pd.DataFrame(list(shown.rows), columns=list(shown.header), dtype=object)
    return FORMATS[".md"](texts).decode()
