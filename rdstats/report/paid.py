"""Which classes paid: the verdicts per class in words, a sentence per method."""

import math
from typing import Final

import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from rdstats.charts.panels import ratio_label
from rdstats.output.rounding import records
from rdstats.output.shown import class_label
from rdstats.report.sentences import joined
from rdstats.statistics.class_verdicts import HARMED, NOT_TESTABLE, UNHARMED
from rdstats.tables.classes import SUBTRACTED

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
    beyond = " beyond that of accuracy" if _is_excess(classes) else ""
    return f"Which classes paid: the drop of recall over models{beyond}{less}"


def harm_sentence(classes: pd.DataFrame) -> str:
    """Return in how many conditions single classes paid, and where most did; "" without any.

    "In 2 of 15 conditions single classes are shown to have lost more than 5 points of recall, most
    of them with MP at 10× (4 of 10 classes)."

    Args:
        classes: As `classes_table` returns it; the control arm is not counted.
    """
    compressed = classes[classes["stage"] != "control"]
    conditions = compressed.groupby(list(STAGED_CONDITION), sort=False)["verdict"]
    harmed = conditions.agg(lambda verdicts: int((verdicts == HARMED).sum()))
    amount = f"{_points(classes)} of recall{_beyond(classes)}"
    if harmed.empty or (compressed["verdict"] == NOT_TESTABLE).all():
        return ""
    if not harmed.any():
        cleared = bool((compressed["verdict"] == UNHARMED).all())
        if cleared:
            return f"Every class is shown to have lost less than {amount}, in every condition."
        return f"No class is shown to have lost more than {amount}; not every class is cleared."
    most = harmed.reset_index(name="classes").sort_values("classes", kind="stable").iloc[-1]
    of = len(compressed) // len(harmed)
    noun = "condition" if len(harmed) == 1 else "conditions"
    where = f"In {int((harmed > 0).sum())} of {len(harmed)} {noun}"
    return (
        f"{where} single classes are shown to have lost more than {amount}, most of them with "
        f"{most['method']} at {ratio_label(most['ratio'])} ({most['classes']} of {of} classes)."
    )


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
    judged = "excess_drop" if _is_excess(classes) else "drop"
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
    points = f"{_points(classes)}{_beyond(classes)}"
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


def _is_excess(classes: pd.DataFrame) -> bool:
    return not (classes["quantity"] == "drop").all()


def _points(classes: pd.DataFrame) -> str:
    return f"{100 * float(classes['margin'].iloc[0]):g} points"


def _beyond(classes: pd.DataFrame) -> str:
    return " beyond the drop of accuracy" if _is_excess(classes) else ""


def _named(names: list[str], classes: int) -> str:
    if len(names) > _MOST_NAMES:
        return f"{len(names)} of {classes} classes"
    return f"{'class' if len(names) == 1 else 'classes'} {joined(names)}"
