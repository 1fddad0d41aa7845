"""Which classes paid: the verdicts per class in words, a sentence per method."""

import math
from typing import Final

import pandas as pd

from rdstats.charts.panels import ratio_label
from rdstats.pages.sentences import joined
from rdstats.statistics.class_verdicts import HARMED, NOT_TESTABLE, UNHARMED
from rdstats.tables.classes import SUBTRACTED
from rdstats.tables.records import records
from rdstats.tables.shown import class_label

_MOST_NAMES: Final = 5
"""More classes than this are counted, not named."""


def paid_heading(classes: pd.DataFrame) -> str:
    """Return what the sentences below it judge.

    Args:
        classes: As `classes_table` returns it.
    """
    compressed = classes[classes["stage"] != "control"]
    subtracted = (compressed["control"] == SUBTRACTED).all()
    less = ", less the control's" if subtracted else ""
    return f"Which classes paid: the drop of recall over models{less}"


def paid_sentence(method: str, classes: pd.DataFrame) -> str:
    """Return which classes one method harmed at each ratio.

    "MP: more than 5 points were lost by classes 1 and 8 at 20×; no class lost as much at 2× and
    4×; at 10× the data cannot clear every class."

    Args:
        method: Its name.
        classes: Its rows of `classes_table` on one data set and architecture.
    """
    harmed: list[str] = []
    at: dict[str, list[str]] = {}
    judged = "drop" if (classes["quantity"] == "drop").all() else "excess_drop"
    untested = -math.inf  # the largest drop where no class has a test
    for ratio, rows in classes.groupby("ratio"):
        place = ratio_label(float(str(ratio)))
        names = [class_label(row) for row in records(rows) if row["verdict"] == HARMED]
        found = set(rows["verdict"])
        if names:
            harmed.append(f"by {_named(names, len(rows))} at {place}")
        elif found == {UNHARMED}:
            at.setdefault(UNHARMED, []).append(place)
        else:
            kind = NOT_TESTABLE if found == {NOT_TESTABLE} else ""
            at.setdefault(kind, []).append(place)
            if kind == NOT_TESTABLE:
                untested = max(untested, float(rows[judged].max()))
    points = f"{100 * float(classes['margin'].iloc[0]):g} points"
    parts = [f"more than {points} were lost {joined(harmed)}"] if harmed else []
    if UNHARMED in at:
        amount = "as much" if harmed else f"more than {points}"
        parts.append(f"no class lost {amount} at {joined(at[UNHARMED])}")
    if "" in at:
        parts.append(f"at {joined(at[''])} the data cannot clear every class")
    if NOT_TESTABLE in at:
        drop = (
            f" (largest mean {judged.replace('_', ' ')}: {100 * untested:.1f} points)"
            * math.isfinite(untested)
        )
        parts.append(f"no class can be tested at {joined(at[NOT_TESTABLE])}{drop}")
    return f"{method}: {'; '.join(parts)}."


def _named(names: list[str], classes: int) -> str:
    if len(names) > _MOST_NAMES:
        return f"{len(names)} of {classes} classes"
    return f"{'class' if len(names) == 1 else 'classes'} {joined(names)}"
