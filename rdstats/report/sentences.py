"""Slopes as changes in words: what a slope of 1.21 with its interval says to a reader."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from rdstats.output.order import ratio_text
from rdstats.output.rounding import Row, records
from rdstats.output.words import NO_WARNING

_MOST_PERCENT: Final = 3.0
"""Slopes up to here read as per cent ("widened by 150 %"); beyond, as slopes."""


@dataclass(frozen=True)
class Change:
    """A slope and its interval; the bounds are NaN where there is none.

    Attributes:
        slope: The estimate.
        low: Lower bound of its interval.
        high: Upper bound.
        level: Confidence level, as 0.99.
    """

    slope: float
    low: float
    high: float
    level: float

    @property
    def is_defined(self) -> bool:
        """Whether there is an estimate."""
        return math.isfinite(self.slope)

    @property
    def has_interval(self) -> bool:
        """Whether there is an interval around it."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def reads_as_percent(self) -> bool:
        """Whether it reads well as a change in per cent: nothing below 0, nothing huge."""
        known = [v for v in (self.slope, self.low, self.high) if math.isfinite(v)]
        return all(0.0 <= value <= _MOST_PERCENT for value in known)

    def interval_name(self) -> str:
        """Name the interval by its level: `99 % interval`."""
        return f"{100.0 * self.level:.4g} % interval"

    def signed(self, *, named: bool = True) -> str:
        """Return the change with its sign: `+1 % (99 % interval −2 to 4 %)`."""
        if not self.is_defined:
            return "an undefined slope"
        name = f"{self.interval_name()} " if named else ""
        if not self.reads_as_percent:
            text = f"a slope of {number(self.slope, 2)}"
            return f"{text} ({name}{self._as_slopes()})" if self.has_interval else text
        shown = percents([self.slope - 1.0, self.low - 1.0, self.high - 1.0])
        estimate = shown[0] if shown[0].startswith("−") else f"+{shown[0]}"
        if float(shown[0].replace("−", "-")) == 0.0:
            # "+0 %" would be the wrong sign of a slope of 0.997.
            unit = 10.0 ** -(len(shown[0].partition(".")[2]))
            estimate = "0" if self.slope == 1.0 else f"less than {unit:g}"
        if not self.has_interval:
            return f"{estimate} %"
        return f"{estimate} % ({name}{shown[1]} to {shown[2]} %)"

    def amount(self) -> str:
        """Return the size of a change whose direction is said: `21 % (99 % interval 12 to 31 %)`.

        A narrowing is turned round: slope 0.8 (0.7 to 0.9) is a narrowing by 20 % (10 to 30 %).
        """
        sizes = [self.slope - 1.0, self.low - 1.0, self.high - 1.0]
        if self.slope < 1.0:
            sizes = [-sizes[0], -sizes[2], -sizes[1]]
        shown = percents(sizes)
        if not self.has_interval:
            return f"{shown[0]} %"
        return f"{shown[0]} % ({self.interval_name()} {shown[1]} to {shown[2]} %)"

    def as_slope(self) -> str:
        """Return the slope itself: `3.50 (99 % interval 2.10 to 4.90)`."""
        text = number(self.slope, 2)
        return f"{text} ({self.interval_name()} {self._as_slopes()})" if self.has_interval else text

    def _as_slopes(self) -> str:
        return f"{number(self.low, 2)} to {number(self.high, 2)}"


def percents(shares: Sequence[float]) -> list[str]:
    """Return an estimate and its bounds as whole per cent, finer where a bound would read 0.

    An interval that ends at 0.3 % must not read as one that holds 0.
    """
    decimals = 0
    while decimals < 2 and any(
        math.isfinite(share) and share != 0 and round(100.0 * share, decimals) == 0
        for share in shares[1:]
    ):
        decimals += 1
    return [number(100.0 * share, decimals) for share in shares]


def number(value: float, decimals: int) -> str:
    """Return a number with a true minus sign, and no sign before a zero."""
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


CANNOT_TELL: Final = "cannot tell whether gaps between classes widened or narrowed"

WIDENED: Final = "widened"
NARROWED: Final = "narrowed"
TURNED: Final = "turned"
SAME: Final = "same"
UNCLEAR: Final = "unclear"
UNDEFINED: Final = "undefined"
OUTCOMES: Final = (WIDENED, NARROWED, TURNED, SAME, UNCLEAR, UNDEFINED)


def class_mean_change(row: Row) -> Change:
    """Return the class-mean slope of a condition, the headline."""
    return Change(
        row["alpha_class_mean"], row["class_mean_low"], row["class_mean_high"], row["ci_level"]
    )


def per_model_change(row: Row) -> Change:
    """Return the mean slope per model of a condition, paper mode."""
    return Change(row["alpha_mean"], row["ci_low"], row["ci_high"], row["ci_level"])


def condition_sentence(row: Row, control: Row | None = None) -> str:
    """Return what happened to the gaps between classes in one condition.

    "MP at 10×: gaps between classes widened by 21 % (99 % interval 12 to 31 %); the unpruned
    control, trained as long, moved by +1 % (−2 to 4 %)."

    Args:
        row: The condition.
        control: Its control arm, told where the condition has a direction; not where it was
            never fine-tuned, because then the control had training that the condition lacks.
    """
    change = class_mean_change(row)
    text = f"{condition_name(row)}: {_finding(change, row)}"
    directed = row["class_mean_verdict"] in ("<", ">")
    if control is not None and directed and row["stage"] == "finetuned":
        moved = class_mean_change(control).signed(named=False)
        text += f"; the unpruned control, trained as long, moved by {moved}"
        if row["control_verdict"] == "?":
            text += ", and less that the change may be nothing"
    return f"{text}."


def control_sentence(control: Row) -> str:
    """Return what longer training alone did to the gaps."""
    change = class_mean_change(control)
    if not change.is_defined:
        return (
            f"The unpruned control, trained as long, has no class-mean slope: {control['status']}."
        )
    return f"The unpruned control, trained as long, moved by {change.signed()}."


def beside_sentence(row: Row) -> str:
    """Return what is read beside a headline: the control's difference, accuracies, paper mode.

    Paper mode is the mean of the slopes per model, with its mark.
    """
    accuracies = f"{number(row['accuracy_before'], 3)} → {number(row['accuracy_after'], 3)}"
    change = per_model_change(row)
    paper = "Paper mode: no model has a slope."
    if change.is_defined:
        mark = f", {row['verdict']}" if isinstance(row["verdict"], str) else ""
        paper = f"Paper mode: mean α per model {change.as_slope()}{mark}."
    warnings = "" if row["warnings"] == NO_WARNING else f" Take care: {row['warnings']}."
    return f"{_control_difference(row)}Accuracy {accuracies}. {paper}{warnings}"


def _control_difference(row: Row) -> str:
    """Return the slope less the control's, by the joint jackknife; "" where there is none."""
    difference = Change(
        row["control_difference"],
        row["control_difference_low"],
        row["control_difference_high"],
        row["ci_level"],
    )
    if not difference.has_interval:
        return ""
    mark = row["control_verdict"]
    return f"Slope less the control's: {difference.as_slope()}, {mark}. "


def condition_name(row: Row) -> str:
    """Name a condition within its group: `MP at 10×`."""
    before = ", before fine-tuning" if row["stage"] == "pruned" else ""
    return f"{row['method']} at {ratio_text(row['ratio'])}×{before}"


def summary_sentence(conditions: pd.DataFrame) -> str:
    """Return how many conditions ended how; the control arm is not counted.

    Args:
        conditions: As `conditions_table` returns it.
    """
    rows = records(conditions[conditions["stage"] != "control"])
    counts = Counter(outcome(row) for row in rows)
    places = {kind: f"in {counts[kind]}" for kind in OUTCOMES if counts[kind]}
    noun = "condition" if len(rows) == 1 else "conditions"
    return f"Of {len(rows)} {noun}, {_outcomes(places, rows[0]['delta'])}.{_explained(rows)}"


def _explained(rows: Sequence[Row]) -> str:
    """Return how many of the changes may be no more than what the control did; "" if none."""
    directed = [row for row in rows if outcome(row) in (WIDENED, NARROWED, TURNED)]
    maybe = sum(row["control_verdict"] == "?" for row in directed)
    if not maybe:
        return ""
    changes = "that change" if len(directed) == 1 else f"{maybe} of these {len(directed)} changes"
    return f" Less what the unpruned control did, {changes} may be nothing."


def method_sentence(method: str, rows: Sequence[Row]) -> str:
    """Return what one method did at each ratio.

    "MP: gaps between classes widened at 10× and 50× (by up to 54 %) and narrowed at 2×; the data
    cannot tell at 4×."

    Args:
        method: Its name.
        rows: Its conditions on one data set and architecture, by rising ratio.
    """
    at: dict[str, list[Row]] = {}
    for row in rows:
        at.setdefault(outcome(row), []).append(row)
    places: dict[str, str] = {}
    for kind in OUTCOMES:
        if kind in at:
            ratios = joined([f"{ratio_text(row['ratio'])}×" for row in at[kind]])
            places[kind] = f"at {ratios}{_most(at[kind]) if kind == WIDENED else ''}"
    return f"{method}: {_outcomes(places, rows[0]['delta'])}."


def outcome(row: Row) -> str:
    """Return which of `OUTCOMES` a condition is."""
    verdict = row["class_mean_verdict"]
    if not isinstance(verdict, str):
        return UNDEFINED
    if verdict == "?":
        return SAME if row["equivalence"] == "equivalent" else UNCLEAR
    if verdict == ">":
        return WIDENED
    if row["class_mean_high"] < 0:
        return TURNED
    # A slope of -1 or less is gaps as wide as before or wider, turned over.
    return NARROWED if row["class_mean_low"] > -1 else UNCLEAR


def _outcomes(places: Mapping[str, str], delta: float) -> str:
    """Return what happened where: "gaps between classes widened in 5; cannot tell in 10"."""
    words = {
        WIDENED: "widened",
        NARROWED: "narrowed",
        TURNED: "turned over",
        SAME: f"stayed within ±{100 * delta:g} %",
    }
    moved = [f"{words[kind]} {place}" for kind, place in places.items() if kind in words]
    parts = [f"gaps between classes {joined(moved)}"] if moved else []
    if UNCLEAR in places:
        what = "" if moved else " whether gaps between classes widened or narrowed"
        parts.append(f"the data cannot tell {places[UNCLEAR]}{what}")
    if UNDEFINED in places:
        parts.append(f"there is no verdict {places[UNDEFINED]}")
    return "; ".join(parts)


def _most(widened: Sequence[Row]) -> str:
    """Return by how much gaps widened at most, where that reads well."""
    changes = [class_mean_change(row) for row in widened]
    if not all(change.reads_as_percent for change in changes):
        return ""
    most = percents([max(change.slope for change in changes) - 1.0])[0]
    return f" (by {'up to ' if len(changes) > 1 else ''}{most} %)"


def joined(parts: Sequence[str]) -> str:
    """Return parts as a list: "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _finding(change: Change, row: Row) -> str:
    """Return what a class-mean slope and its verdict say."""
    found = outcome(row)
    if not change.is_defined:
        return f"no class-mean slope: {row['status']}"
    if found == UNDEFINED:
        return f"class-mean slope {change.as_slope()}, without an interval: {row['status']}"
    within = f", within ±{100 * row['delta']:g} %" if row["equivalence"] == "equivalent" else ""
    if found == SAME:
        return f"gaps between classes stayed as they were{within}: {change.signed()}"
    if found == UNCLEAR:
        if change.reads_as_percent:
            return f"{CANNOT_TELL}: {change.signed()}"
        return f"{CANNOT_TELL}{', or turned over' * (change.slope < 0)}: {change.signed()}"
    if found == TURNED:
        return (
            "gaps between classes turned over, classes that were ahead fell behind: "
            f"{change.signed()}"
        )
    if change.reads_as_percent:
        return f"gaps between classes {found} by {change.amount()}{within}"
    return (
        f"gaps between classes {found}{' or turned over' * (change.slope < 0)}: {change.signed()}"
    )


_COLUMNS = ["models", "models_affected", "classes_collapsed", "classes", "collapsed_models"]


def collapsed_conditions(conditions: pd.DataFrame) -> pd.DataFrame:
    """Return the conditions in which classes collapsed, R_t < 1/C, and which models did.

    Args:
        conditions: As `conditions_table` returns it.

    Returns:
        study, dataset, architecture, method, ratio, stage: the condition; those without any
            collapsed class are left out.
        models: Models evaluated there.
        models_affected: Of them, with at least one collapsed class.
        classes_collapsed: Mean number of collapsed classes, over all its models.
        classes: Classes of the data set.
        collapsed_models: Those with half of their classes or more collapsed, by name.
    """
    affected = conditions[conditions["models_with_collapse"] > 0].drop(columns="models")
    names = {"models_evaluated": "models", "models_with_collapse": "models_affected"}
    return affected.rename(columns=names)[[*STAGED_CONDITION, *_COLUMNS]].reset_index(drop=True)


def collapse_sentence(collapsed: pd.DataFrame, conditions: int, classes: int = 2) -> str:
    """Return how many conditions lost classes, and where most.

    Args:
        collapsed: As `collapsed_conditions` returns it.
        conditions: How many conditions there are, the control arms too.
        classes: The most classes that a data set has.
    """
    if classes < 2:
        return "There is one class only: none can be missed for another."
    if not len(collapsed):
        return "No model recalls any class less often than guessing would."
    worst = collapsed.sort_values("classes_collapsed", ascending=False, kind="stable").iloc[0]
    name = (
        "the control"
        if worst["stage"] == "control"
        else f"{worst['method']} at {ratio_text(worst['ratio'])}×"
    )
    return (
        f"In {len(collapsed)} of {conditions} conditions some models recall classes less often "
        f"than guessing would (R < 1/C); most in {name}, on average "
        f"{worst['classes_collapsed']:.1f} of {worst['classes']} classes."
    )
