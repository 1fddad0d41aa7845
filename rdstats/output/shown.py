"""Tables as people read them, on the page and in a terminal; files have every column."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from rdstats.output.rounding import MISSING, Row, records, rounded
from rdstats.output.words import NO_WARNING, OK

_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"dataset": "data set", "ratio": "ratio", "accuracy": "accuracy before → after"}
)
_IDENTITY: Final = (*STAGED_CONDITION, "model")


@dataclass(frozen=True)
class ShownTable:
    """A table as texts.

    Attributes:
        title: Its heading.
        caption: What it holds, and what all its rows share.
        header: Names of the columns, the most telling first.
        rows: Their texts.
        remarks: Whether the last column, the status, holds anything but `ok`.
        notes: What a reader must know of some rows, whichever columns fit: their warnings.
    """

    title: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    remarks: bool
    notes: tuple[str, ...] = ()


Cell = Callable[[Row], str]

_CONDITIONS: Final[Mapping[str, Cell]] = MappingProxyType(
    {
        "class-mean slope": lambda row: _interval(
            row, "alpha_class_mean", "class_mean_low", "class_mean_high"
        ),
        "verdict": lambda row: rounded(row["class_mean_verdict"]),
        "against ±δ": lambda row: rounded(row["equivalence"]),
        "mean α per model": lambda row: _interval(row, "alpha_mean", "ci_low", "ci_high"),
        "paper’s mark": lambda row: rounded(row["verdict"]),
        "α if retrained": lambda row: _number(row["retrain_reference"], "retrain_reference"),
        "accuracy": lambda row: _change(row, "accuracy"),
        "variance of recall": lambda row: _change(row, "recall_variance"),
        "realised ratio": lambda row: _number(row["realised_ratio"], "realised_ratio"),
        "models": lambda row: rounded(row["models_evaluated"], "models"),
        "largest excess drop": lambda row: _largest_excess(row),
        "against the control": lambda row: _interval(
            row, "control_difference", "control_difference_low", "control_difference_high"
        ),
        "warnings": lambda row: rounded(row["warnings"]),
        "status": lambda row: rounded(row["status"]),
    }
)
_SLOPES: Final[Mapping[str, Cell]] = MappingProxyType(
    {
        "α": lambda row: _number(row["alpha"], "alpha"),
        "r²": lambda row: _number(row["r_squared"], "r_squared"),
        "accuracy": lambda row: _change(row, "accuracy"),
        "variance of recall": lambda row: _change(row, "recall_variance"),
        "status": lambda row: rounded(row["status"]),
    }
)
_COMPARISONS: Final[Mapping[str, Cell]] = MappingProxyType(
    {
        "family": lambda row: row["group"],
        "comparison": lambda row: row["comparison"],
        "difference": lambda row: _interval(row, "difference", "difference_low", "difference_high"),
        "t": lambda row: _number(row["t"], "t"),
        "dof": lambda row: _number(row["dof"], "dof"),
        "p": lambda row: rounded(row["p"], "p"),
        "p, Bonferroni": lambda row: rounded(row["p_adjusted"], "p"),
        "p, Holm": lambda row: rounded(row["p_holm"], "p"),
        "effect": lambda row: _effect(row),
        "n": lambda row: rounded(row["n"], "n"),
        "status": lambda row: rounded(row["status"]),
    }
)
_CLASSES: Final[Mapping[str, Cell]] = MappingProxyType(
    {
        "class": lambda row: class_label(row),
        "verdict": lambda row: rounded(row["verdict"]),
        "recall": lambda row: _change(row, "recall"),
        "judged": lambda row: _interval(
            row, "drop" if row["quantity"] == "drop" else "excess_drop", "low", "high"
        ),
        "p, Holm": lambda row: rounded(row["p_adjusted"], "p"),
        "visible from": lambda row: _number(row["smallest_visible_drop"]),
        "samples": lambda row: rounded(row["n_samples"], "n_samples"),
        "models": lambda row: rounded(row["models"], "models"),
        "control": lambda row: rounded(row["control"]),
        "warnings": lambda row: rounded(row["warnings"]),
        "status": lambda row: rounded(row["status"]),
    }
)
_SENSITIVITY: Final[Mapping[str, Cell]] = MappingProxyType(
    {
        "estimator": lambda row: row["estimator"],
        "slope": lambda row: _interval(row, "estimate", "low", "high"),
        "verdict": lambda row: rounded(row["verdict"]),
        "interval by": lambda row: row["interval"],
        "models": lambda row: rounded(row["models"], "models"),
        "note": lambda row: row["note"],
        "status": lambda row: rounded(row["status"]),
    }
)
_COLLAPSED: Final[Mapping[str, Cell]] = MappingProxyType(
    {
        "models affected": lambda row: f"{row['models_affected']} of {row['models']}",
        "collapsed classes, mean": lambda row: (
            f"{row['classes_collapsed']:.1f} of {row['classes']}"
        ),
        "collapsed models": lambda row: row["collapsed_models"] or "none",
    }
)


def shown_conditions(conditions: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the conditions table of the page."""
    caption = (
        "Means over models; intervals at the level of the family of ratios. δ is the margin "
        f"{conditions['delta'].iloc[0]:g}."
    )
    return _shown("Conditions", caption, conditions, _CONDITIONS, most)


def shown_slopes(slopes: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the table of every model's slope."""
    caption = "A row per model and condition; an undefined slope has its reason in the status."
    return _shown("Slopes of models", caption, slopes, _SLOPES, most)


def shown_comparison(frame: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the tests of one family."""
    first = frame.iloc[0]
    slope = "class-mean slope" if first["slope"] == "class-mean" else "α per model, paper mode"
    caption = (
        f"Differences are first minus second; alternative: {first['alternative']}; "
        f"{first['test']}. p is adjusted within a family."
    )
    title = f"By {_NAMES.get(first['along'], first['along'])}: {slope}"
    return _shown(title, caption, frame, _COMPARISONS, most)


def shown_classes(frame: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the verdicts per class."""
    first = frame.iloc[0]
    what = "the drop of recall" if first["quantity"] == "drop" else "the drop beyond accuracy's"
    caption = (
        f"Judged: {what}, less the control's where it is subtracted, against a margin of "
        f"{first['margin']:g}. Bounds are Bonferroni over the classes of a condition, each "
        "one-sided at 95 %; visible from: the true drop that so many models would call harm four "
        "times in five."
    )
    return _shown("Classes", caption, frame, _CLASSES, most)


def shown_sensitivity(frame: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the slopes of other estimators."""
    caption = "The class-mean slope is the headline; the others remove luck in other ways."
    return _shown("Sensitivity", caption, frame, _SENSITIVITY, most)


def shown_collapse(collapsed: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the conditions in which classes collapsed."""
    caption = (
        "A class has collapsed where its recall is below 1/C; a model where half of its classes "
        "have, or more."
    )
    return _shown("Collapsed classes and models", caption, collapsed, _COLLAPSED, most)


def _shown(
    title: str, caption: str, frame: pd.DataFrame, columns: Mapping[str, Cell], most: int | None
) -> ShownTable:
    """Return a frame as texts, at most so many rows of it: those with a remark go first."""
    identity = [column for column in _IDENTITY if column in frame.columns]
    constant = [c for c in identity if len(frame) and frame[c].nunique(dropna=False) == 1]
    varying = [column for column in identity if column not in constant]
    if constant:
        shared = [f"{_NAMES.get(c, c)} {rounded(frame[c].tolist()[0], c)}" for c in constant]
        caption = f"{caption} All rows: {', '.join(shared)}."
    remarks = frame["status"] != OK if "status" in frame.columns else pd.Series(False, frame.index)
    kept = frame
    if most is not None and len(frame) > most:
        first = remarks.sort_values(ascending=False, kind="stable").index[:most]
        kept = frame.loc[first.sort_values()]
        caption = (
            f"{caption} {most:,} of {len(frame):,} rows, those with a remark before others; the "
            "files have all."
        )
    rows = tuple(
        (
            *(rounded(row[column], column) for column in varying),
            *(cell(row) for cell in columns.values()),
        )
        for row in records(kept)
    )
    header = tuple(_NAMES.get(column, column) for column in (*varying, *columns))
    return ShownTable(title, caption, header, rows, bool(remarks.any()), _warnings_of(kept))


def _warnings_of(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return each warning once, with the rows that it is of."""
    if "warnings" not in frame.columns:
        return ()
    counts = frame.loc[frame["warnings"] != NO_WARNING, "warnings"].value_counts(sort=False)
    total = len(frame)
    return tuple(
        f"Warning, {'all' if count == total else f'{count:,} of {total:,}'} "
        f"row{'s' * (total > 1)}: {words}."
        for words, count in counts.items()
    )


def _interval(row: Row, middle: str, low: str, high: str) -> str:
    estimate, bounds = _number(row[middle]), [_number(row[low]), _number(row[high])]
    return estimate if MISSING in bounds else f"{estimate} ({bounds[0]} to {bounds[1]})"


def _change(row: Row, what: str) -> str:
    return f"{_number(row[f'{what}_before'])} → {_number(row[f'{what}_after'])}"


def _largest_excess(row: Row) -> str:
    return f"{_number(row['largest_excess_drop'])} ({row['largest_excess_drop_class']})"


def class_label(row: Row) -> str:
    """Return the class's name, its index where it has none."""
    name = row["class_name"]
    return name if isinstance(name, str) else str(row["class_index"])


def _effect(row: Row) -> str:
    effect = _number(row["effect_size"])
    return effect if effect == MISSING else f"{row['effect_name']} {effect}"


def _number(value: object, column: str = "") -> str:
    """Return a number with a true minus sign."""
    return rounded(value, column).replace("-", "−")
