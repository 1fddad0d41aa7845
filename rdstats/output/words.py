"""Names and numbers as they are shown, row by row, and small pieces of sentences about them."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd

from data_contracts.words import NaturalKey, natural_key
from rdstats.statistics.verdicts import HARMED, NOT_TESTABLE, UNHARMED

OK = "ok"  # the status of a row with nothing to remark
NO_WARNING = "none"  # the warnings of a row with nothing to warn of
_NAMED = 10  # names in a status; the rest are counted, `rdstats slopes` lists them
PAPER_METHODS = ("MP", "GP", "UP", "RP")  # the order of Figure 1


def method_key(method: str) -> tuple[int, NaturalKey]:
    """Return a sort key: none (the control), then the paper's methods, then others by name."""
    known = ("none", *PAPER_METHODS)
    return (known.index(method) if method in known else len(known), natural_key(method))


def ratio_text(ratio: float) -> str:
    """Return a pruning ratio as it is written in labels: 2, 1.25, 86.7362."""
    return str(np.format_float_positional(ratio, trim="-"))


def column_key(column: str) -> Callable[[Any], Any]:
    """Return the sort key of a column of the recall table."""
    keys: dict[str, Callable[[Any], Any]] = {"ratio": float, "method": method_key}
    return keys.get(column, natural_key)


def up_to_ten(names: Sequence[str]) -> str:
    """Return names as a list of at most ten, the others counted."""
    text = ", ".join(names[:_NAMED])
    return text if len(names) <= _NAMED else f"{text} and {len(names) - _NAMED:,} more"


UNITS: Final = (
    "recalls, drops, accuracies, margins and p are shares of 1 (a drop of 0.05 is 5 points); "
    "a ratio is the size before over the size after; slopes have no unit"
)
"""What `frame.attrs["units"]` of every table says."""


def class_label(name: object, index: object) -> str:
    """Return a class's name, its index where it has none."""
    return name if isinstance(name, str) else str(index)


def some_of(names: Sequence[str], total: int, predicate: tuple[str, str]) -> str:
    """Return for example "2 of 30 models have no slope (m3, m7)".

    The predicate is what is said of one, and of several: ("has no slope", "have no slope").
    """
    noun = "model" if total == 1 else "models"
    return f"{len(names)} of {total} {noun} {predicate[len(names) != 1]} ({up_to_ten(names)})"


def status(remarks: Iterable[str]) -> str:
    """Return remarks as one status, `ok` without any."""
    return "; ".join(remark for remark in remarks if remark) or OK


def warned(words: Iterable[str]) -> str:
    """Return warnings as one text, `none` without any."""
    return "; ".join(words) or NO_WARNING


Row = Mapping[str, Any]
"""One row of a table, by column."""


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as dictionaries, with Python's own numbers."""
    names = [str(name) for name in frame.columns]
    # By column: `frame.to_dict("records")` makes a frame's every row a series first.
    columns = [
        [None if value is pd.NA else value for value in column.tolist()]
        for _, column in frame.items()
    ]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


MISSING: Final = "–"
_WHOLE: Final = frozenset(
    {"models", "n", "n_samples", "class_index", "lost", "gained", "images_that_settle"}
)
_ROUNDING: Final = 1e-12  # what adding a few thousand numbers near 1 leaves of 0
_TRIMMED: Final = {"ratio": 4, "dof": 1}  # decimals at most


def per_cent(share: float) -> str:
    """Return a share in per cent, with one decimal."""
    return MISSING if math.isnan(share) else f"{100 * share:.1f} %"


@lru_cache(maxsize=1 << 16)  # many classes have the same few counts
def points(share: float) -> str:
    """Return a difference of shares as points with a true minus sign, with one decimal."""
    if math.isnan(share):
        return MISSING
    text = f"{100 * share:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def points_between(low: float, high: float) -> str:
    """Return the ends of an interval as points."""
    return f"{points(low)} … {points(high)}"


def is_p_value(column: Hashable) -> bool:
    """Say whether a column holds p-values: `p`, `p_adjusted`, `p_holm`, `q`."""
    return column in ("p", "q") or str(column).startswith("p_")


def rounded(value: object, column: Hashable = "") -> str:
    """Return a cell as text for a reader.

    p-values have three decimals and never read 0; ratios and counts have no more digits than
    they need; other numbers have three decimals, or two significant digits where three
    decimals would show nothing, and 0 where a sum of floats has no digits left. Text stays;
    missing values are a dash.
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, float) and math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if column in _WHOLE or isinstance(value, int):
        return f"{value:.0f}"
    if column in _TRIMMED:
        return f"{value:.{_TRIMMED[column]}f}".rstrip("0").rstrip(".")
    if is_p_value(column):
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    if _ROUNDING < abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{0.0 if abs(value) <= _ROUNDING else value:.3f}"


def reach(scopes: Iterable[str]) -> str:
    """Return how far the verdicts of a table reach: "samples like these", once."""
    return " or ".join(dict.fromkeys(scopes))


def urgency(verdicts: pd.Series, judged: pd.Series) -> tuple[float, ...]:
    """Return how much each class is to be looked at: harmed ones first, by what was lost."""
    rank = {HARMED: 2.0, UNHARMED: -math.inf, NOT_TESTABLE: -2.0}
    lost = judged.fillna(0.0)
    return tuple(rank.get(word, 0.0) + drop for word, drop in zip(verdicts, lost, strict=True))


_FEW_ROWS: Final = 10
_MANY_ROWS: Final = 1000


def worst_first(urgent: Sequence[float]) -> tuple[list[int], str]:
    """Return the places of the rows that a terminal shows, and what is said of the others.

    Of more than ten rows the unharmed are counted, and of the others a thousand are shown: nobody
    reads more, and texts of a hundred thousand take seconds.
    """
    places = sorted(range(len(urgent)), key=lambda place: -urgent[place])
    told = [place for place in places if urgent[place] > -math.inf]
    if len(places) <= _FEW_ROWS or len(told) == len(places) <= _MANY_ROWS:
        return places, ""
    counts = {"more": len(told) - _MANY_ROWS, UNHARMED: len(places) - len(told)}
    rest = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count > 0)
    where = "; all of them with --out FILE" if len(told) > _MANY_ROWS else ""
    return told[:_MANY_ROWS], f"{'and ' if told else ''}{rest}{where}"
