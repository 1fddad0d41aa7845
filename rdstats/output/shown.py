"""Tables as people read them, on the page and in a terminal; files have every column."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from data_contracts.schema import STAGED_CONDITION
from data_contracts.words import counted
from rdstats.errors import StatsError
from rdstats.output.words import (
    MISSING,
    NO_WARNING,
    OK,
    Row,
    class_label,
    per_cent,
    points,
    points_between,
    ratio_text,
    reach,
    records,
    rounded,
    up_to_ten,
    urgency,
)
from rdstats.statistics.verdicts import LIKE_THESE

_NAMES: Final = {"dataset": "data set", "accuracy": "accuracy before → after"}
_IDENTITY: Final = (*STAGED_CONDITION, "model")


@dataclass(frozen=True)
class ShownTable:
    """A table as texts."""

    title: str
    caption: str  # what it holds, and what all its rows share
    header: tuple[str, ...]  # the most telling first
    rows: tuple[tuple[str, ...], ...]
    remarks: bool  # whether the last column, the status, holds anything but `ok`
    notes: tuple[str, ...] = ()  # warnings of rows, told whichever columns fit
    urgent: tuple[float, ...] = ()  # how much each row is to be looked at; -inf: it is unharmed
    rest: str = ""  # what is said of rows that are left out
    keys: tuple[tuple[str, str], ...] = ()  # a column, and how it is read

    @property
    def seen(self) -> range:
        """The places of the columns that say anything: not a status that is always `ok`."""
        return range(len(self.header) - (not self.remarks))

    @property
    def reading(self) -> str:
        """The caption, and how its columns are read."""
        return " ".join((self.caption, *(how for _, how in self.keys)))


Cell = Callable[[Row], str]
Shown = str | tuple[str, ...] | Cell
"""A column; an estimate with its bounds, or before and after, as columns; or what writes it."""


def _largest_excess(row: Row) -> str:
    return f"{points(row['largest_excess_drop'])} ({row['largest_excess_drop_class']})"


_JUDGED: Final = {"drop": "drop", "excess": "excess_drop"}  # the column of each quantity


def _drop(row: Row) -> str:
    return points(row[_JUDGED[row["quantity"]]])


def _interval(row: Row) -> str:
    return points_between(row["low"], row["high"])


def _per_cent(before: str, after: str) -> Cell:
    return lambda row: f"{per_cent(row[before])} → {per_cent(row[after])}"


def _one_sided(levels: pd.Series) -> str:
    """Return the level of each of two bounds that have this level together: 0.99 is 99.5 %."""
    return " or ".join(f"{50 * (1 + level):g} %" for level in dict.fromkeys(levels))


def _ratio(ratio: float, nothing: str) -> str:
    return nothing if math.isnan(ratio) else f"{ratio_text(ratio)}×"


def _next_model(row: Row) -> str:
    bound = points(row["next_model_upper"])
    return bound if bound == MISSING else f"{bound} ({row['next_model_class']})"


def _settled_by(row: Row) -> str:
    found = {"models": row["models_to_settle"], "samples": row["samples_to_settle"]}
    return " or ".join(f"{n:,.0f} {what}" for what, n in found.items() if n == n) or MISSING


def _chance(row: Row) -> str:
    if math.isnan(row["p_harm"]):
        return MISSING
    return f"{row['p_harm']:.2f}{', suspect' if row['suspect'] else ''}"


def _effect(row: Row) -> str:
    effect = _number(row["effect_size"])
    return effect if effect == MISSING else f"{row['effect_name']} {effect}"


def _around(estimate: str, bounds: str) -> Cell:
    """Return an estimate with its bounds; for samples like these what lies in their middle.

    The finite test set dilutes the slope of these samples.
    """

    def text(row: Row) -> str:
        low, high = row[f"{bounds}_low"], row[f"{bounds}_high"]
        is_middle = row["scope"] == LIKE_THESE and not math.isnan(low + high)
        return _interval_text((low + high) / 2.0 if is_middle else row[estimate], low, high)

    return text


_ACCURACY: Final = _per_cent("accuracy_before", "accuracy_after")
_VARIANCE: Final = ("recall_variance_before", "recall_variance_after")
_CONTROL: Final = _around("control_difference", "control_difference")
_CONDITIONS: Final[Mapping[str, Shown]] = {
    "class-mean slope": _around("alpha_class_mean", "class_mean"),
    "verdict": "class_mean_verdict",
    "against ±δ": "equivalence",
    "mean α per model": ("alpha_mean", "ci_low", "ci_high"),
    "paper’s mark": "verdict",
    "α if retrained": "retrain_reference",
    "accuracy": _ACCURACY,
    "variance of recall": _VARIANCE,
    "realised ratio": "realised_ratio",
    "models": "models_evaluated",
    "luck / spread": "luck_over_spread",
    "largest excess drop, uncorrected": _largest_excess,
    "against the control": _CONTROL,
    "warnings": "warnings",
    "status": "status",
}
_SLOPES: Final[Mapping[str, Shown]] = {
    "α": "alpha",
    "r²": "r_squared",
    "accuracy": _ACCURACY,
    "variance of recall": _VARIANCE,
    "status": "status",
}
_COMPARISONS: Final[Mapping[str, Shown]] = {
    "family": "group",
    "comparison": "comparison",
    "difference": _around("difference", "difference"),
    "t": "t",
    "dof": "dof",
    "p": "p",
    "p, Bonferroni": "p_adjusted",
    "p, Holm": "p_holm",
    "effect": _effect,
    "n": "n",
    "status": "status",
}
_CLASSES: Final[Mapping[str, Shown]] = {
    "class": lambda row: class_label(row["class_name"], row["class_index"]),
    "verdict": "verdict",
    "drop": _drop,
    "interval": _interval,
    "recall": _per_cent("recall_before", "recall_after"),
    "at most": lambda row: f"{points(row['upper'])}, raw {points(row['raw_upper'])}",
    "p, Holm": "p_adjusted",
    "visible from": lambda row: points(row["smallest_visible_drop"]),
    "settled by": _settled_by,
    "samples": "n_samples",
    "models": "models",
    "control": "control",
    "warnings": "warnings",
    "status": "status",
}
_SAFE_RATIOS: Final[Mapping[str, Shown]] = {
    "safe up to": lambda row: _ratio(row["safe_ratio"], "none"),
    "next": lambda row: _ratio(row["next_ratio"], "none tested"),
    "harmed there": lambda row: row["harmed"] or "none",
    "not cleared there": lambda row: row["not_cleared"] or "none",
    "next model at most": _next_model,
    "models": "models",
    "warnings": "warnings",
}
_SENSITIVITY: Final[Mapping[str, Shown]] = {
    "estimator": "estimator",
    "slope": ("estimate", "low", "high"),
    "verdict": "verdict",
    "interval by": "interval",
    "models": "models",
    "note": "note",
    "status": "status",
}
_COLLAPSED: Final[Mapping[str, Shown]] = {
    "models affected": lambda row: f"{row['models_affected']} of {row['models']}",
    "collapsed classes, mean": lambda row: f"{row['classes_collapsed']:.1f} of {row['classes']}",
    "collapsed models": lambda row: row["collapsed_models"] or "none",
}


def shown_conditions(conditions: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the conditions table of the page."""
    caption = (
        "< gaps between classes narrowed, > widened, ? the data cannot tell. Means over models; "
        "intervals at the level of the family of ratios; the class-mean slope's "
        f"reaches to {reach(conditions['scope'])}. δ is the margin {conditions['delta'].iloc[0]:g}."
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
        f"Differences of the {slope}, first minus second; alternative: {first['alternative']}; "
        f"{' or '.join(dict.fromkeys(frame['test']))}; they reach to "
        f"{reach(frame['scope'])}. p is adjusted within a family."
    )
    title = f"By {_NAMES.get(first['along'], first['along'])}: {slope}"
    return _shown(title, caption, frame, _COMPARISONS, most)


def shown_classes(frame: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the verdicts per class."""
    first = frame.iloc[0]
    what = "the drop of recall" if first["quantity"] == "drop" else "the drop beyond accuracy's"
    caption = (
        f"Drops in points. Judged: {what}, less the control's where it is subtracted, against a "
        f"margin of {100 * first['margin']:g} points; it reaches to {reach(frame['scope'])}."
    )
    keys = {
        "interval": "Interval: Bonferroni over the classes of a condition, each bound one-sided at "
        f"{_one_sided(frame['bounds_level'])}.",
        "at most": "At most: the class's own one-sided 95 % bounds, of what is judged and (raw) of "
        "the drop with nothing taken off; unharmed rests on both.",
        "visible from": "Visible from: the true drop that so many models would call harm four "
        "times in five.",
        "settled by": "Settled by: how many models, or samples of the class, would end an "
        "inconclusive verdict so often if the drop is as estimated.",
    }
    columns = dict(_CLASSES)
    if frame["p_harm"].notna().any():
        columns["chance of harm"] = _chance
        keys["chance of harm"] = (
            "Chance of harm: by empirical Bayes over a condition's classes; of its suspects, at "
            "most 5 % are expected not to be harmed."
        )
    shown = _shown("Classes", caption, frame, columns, most)
    urgent = urgency(frame["verdict"], frame[_JUDGED[first["quantity"]]]) if most is None else ()
    return replace(shown, urgent=urgent, keys=tuple(keys.items()))


def shown_sensitivity(frame: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the slopes of other estimators."""
    caption = (
        "The class-mean slope is the headline; the others remove luck in other ways. All intervals "
        "here reach to these samples."
    )
    return _shown("Sensitivity", caption, frame, _SENSITIVITY, most)


def shown_collapse(collapsed: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the conditions in which classes collapsed."""
    caption = (
        "A class has collapsed where its recall is below 1/C; a model where half of its classes "
        "have, or more."
    )
    return _shown("Collapsed classes and models", caption, collapsed, _COLLAPSED, most)


def of_columns(
    frame: pd.DataFrame, shown: ShownTable, wanted: str
) -> tuple[pd.DataFrame, ShownTable]:
    """Return some columns of a frame, and the same as people read them.

    Args:
        frame: A result.
        shown: The same as people read it.
        wanted: Names of its columns, with commas between them, or `all`.

    Raises:
        StatsError: A column is not there.
    """
    names = column_names(frame, wanted)
    chosen = frame[names]
    rows = tuple(tuple(_number(row[name], name) for name in names) for row in records(chosen))
    return chosen, replace(shown, header=tuple(names), rows=rows, remarks=True)


def column_names(frame: pd.DataFrame, wanted: str | None) -> list[str]:
    """Return the names of columns that are `wanted`, as "drop,low", `all`, or None for all.

    Raises:
        StatsError: A column is not there, or is named twice.
    """
    if wanted is None or wanted.strip() == "all":
        return list(frame.columns)
    names = [name.strip() for name in wanted.split(",")]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise StatsError(f"column {twice!r} is wanted twice: name it once")
    for name in names:
        if name not in frame.columns:
            raise StatsError(
                f"there is no column {name!r}: --columns all, or of {', '.join(frame.columns)}"
            )
    return names


def _shown(
    title: str, caption: str, frame: pd.DataFrame, columns: Mapping[str, Shown], most: int | None
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
            *(_text(cell, row) for cell in columns.values()),
        )
        for row in records(kept)
    )
    header = tuple(_NAMES.get(column, column) for column in (*varying, *columns))
    notes: tuple[str, ...] = ()
    if "warnings" in kept.columns:
        notes = _notes(kept["warnings"], [row[: max(len(varying), 1)] for row in rows])
    return ShownTable(title, caption, header, rows, bool(remarks.any()), notes)


def _notes(warnings: Iterable[str], names: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return each warning once, with the rows that it is of, which are called by these texts."""
    warned: dict[str, list[str]] = {}
    for words, name in zip(warnings, names, strict=True):
        if words != NO_WARNING:
            warned.setdefault(words, []).append(" ".join(name))
    notes = []
    for words, rows in warned.items():
        where = f"{counted(len(rows), 'row')} ({up_to_ten(list(dict.fromkeys(rows)))})"
        notes.append(f"Warning, {'all rows' if len(rows) == len(names) else where}: {words}.")
    return tuple(notes)


def _text(cell: Shown, row: Row) -> str:
    """Return what a cell says of a row."""
    if isinstance(cell, str):
        return _number(row[cell], cell)
    if callable(cell):
        return cell(row)
    if len(cell) == 2:
        return " → ".join(_number(row[column]) for column in cell)
    return _interval_text(*(row[column] for column in cell))


def _interval_text(estimate: object, low: object, high: object) -> str:
    """Return an estimate with its bounds, where it has both."""
    first, *bounds = map(_number, (estimate, low, high))
    return first if MISSING in bounds else f"{first} ({' to '.join(bounds)})"


def _number(value: object, column: str = "") -> str:
    """Return a number with a true minus sign; a text as it is."""
    text = rounded(value, column)
    return text if isinstance(value, str) else text.replace("-", "−")


def shown_safe_ratios(frame: pd.DataFrame, most: int | None = None) -> ShownTable:
    """Return the safe ratio of each method."""
    first = frame.iloc[0]
    caption = (
        "Safe: the last tested ratio, going up, at which every class is shown to have lost less "
        f"than {100 * first['margin']:g} points, also with the control's change taken off where "
        "there is one (95 % for each method alone); it reaches to "
        f"{reach(frame['scope'])}. Next model: one "
        "model ships, not a mean; a 95 % bound of what it will lose, for each class alone and on "
        "these samples, the largest one."
    )
    return _shown("Safe ratios", caption, frame, _SAFE_RATIOS, most)
