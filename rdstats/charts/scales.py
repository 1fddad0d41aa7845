"""Axis ranges that hold every value: shared where that is readable, else per column or panel.

Slopes explode where a method destroys a model (random pruning at 50×). Nothing is clipped:
such panels get an axis of their own, or one that is symmetric-log around 1, and the caption
says so.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

Range = tuple[float, float]

READABLE: Final = 4.0
"""An axis may be at most so many times as long as what one of its panels holds."""

EXPLODED: Final = 4.0
"""A slope this far from 1 puts its panel on a symmetric-log axis."""

_NO_SLOPES: Final = (0.5, 1.5)  # the range where no panel has any
_NEARLY_LINEAR: Final = 0.25  # that axis is nearly linear so far around 1, where verdicts fall
_TICKS_AROUND_ONE: Final = (-2.0, 0.0, 0.5, 1.0, 1.5, 2.0, 4.0)


class Panel(NamedTuple):
    """A panel's place in its figure."""

    row: str
    column: str


class SharedRanges(NamedTuple):
    """The range of each panel, and which columns do not share it with the others."""

    ranges: dict[Panel, Range]
    own_column: list[str]
    own_panels: list[str]


def span_of(values: Sequence[float]) -> Range:
    """Return the range of the values with a margin on both sides; never of zero length."""
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or 0.05 * max(abs(high), 1.0)
    return low - room, high + room


def shared_ranges(own: Mapping[Panel, Range]) -> SharedRanges:
    """Return the range on which each panel is drawn, given what each holds.

    As many columns as can be read on it share one range; a column whose own panels differ too
    much for that is drawn panel by panel.
    """
    columns: dict[str, list[Panel]] = {}
    for panel in own:
        columns.setdefault(panel.column, []).append(panel)
    smallest = {name: min(_length(own[p]) for p in panels) for name, panels in columns.items()}
    joined = {name: _union([own[p] for p in panels]) for name, panels in columns.items()}
    own_panels = [name for name in columns if _length(joined[name]) > READABLE * smallest[name]]
    even = [name for name in columns if name not in own_panels]
    even.sort(key=lambda name: _length(joined[name]))
    together: list[str] = []
    for first in range(len(even)):
        alike = _alike(even[first:], joined, smallest)
        together = max(together, alike, key=len)
    if len(together) == 1 and len(columns) > 1:
        together = []  # one alone shares with nobody
    ranges = dict(own)
    for name, panels in columns.items():
        if name not in own_panels:
            range_ = _union([joined[m] for m in together]) if name in together else joined[name]
            ranges.update(dict.fromkeys(panels, range_))
    own_column = [name for name in columns if name not in (*together, *own_panels)]
    return SharedRanges(ranges, own_column, own_panels)


def _alike(
    columns: Sequence[str], joined: Mapping[str, Range], smallest: Mapping[str, float]
) -> list[str]:
    """Return the columns that can be read on one range with the first, the narrowest of them."""
    together: list[str] = []
    for name in columns:
        members = [*together, name]
        union = _union([joined[member] for member in members])
        if _length(union) <= READABLE * min(smallest[member] for member in members):
            together = members
    return together


def scale_note(shared: SharedRanges, axis: str = "vertical") -> str:
    """Say in the caption which columns have an axis of their own."""
    columns = {panel.column for panel in shared.ranges}
    if len(columns) <= 1 and not shared.own_panels:
        return ""
    if not shared.own_column and not shared.own_panels:
        return f"All panels share one {axis} axis."
    if len(shared.own_column) == len(columns):
        kind = "columns" if len(shared.ranges) > len(columns) else "panels"
        notes = [f"No two {kind} share a {axis} axis."]
    else:
        own = f"On a {axis} axis of its own: {', '.join(shared.own_column)}."
        notes = [own] if shared.own_column else []
    if shared.own_panels:
        notes.append(f"A {axis} axis for every panel: {', '.join(shared.own_panels)}.")
    return f"{' '.join(notes)} (On a shared one the narrower panels could not be read.)"


def symlog_note(exploded: Sequence[str]) -> str:
    """Say in the caption where an axis is not linear."""
    note = f"Symmetric-log axis around 1, because slopes explode: {', '.join(exploded)}."
    return note if exploded else ""


def is_exploded(range_: Range) -> bool:
    """Say whether a range of slopes needs a symmetric-log axis."""
    return max(abs(range_[0] - 1.0), abs(range_[1] - 1.0)) > EXPLODED


def slope_ranges(values: Mapping[str, Sequence[float]]) -> tuple[dict[str, Range], str]:
    """Return the range of each panel's slopes, 1 among them, and what the caption says of it.

    Args:
        values: The slopes of each panel, by its label; one without any is drawn like most others.
    """
    shared = shared_ranges(
        {Panel("", label): span_of([1.0, *found]) for label, found in values.items() if found}
    )
    drawn = list(shared.ranges.values())
    usual = max(drawn, key=drawn.count) if drawn else _NO_SLOPES
    ranges = {label: shared.ranges.get(Panel("", label), usual) for label in values}
    exploded = [label for label in values if values[label] and is_exploded(ranges[label])]
    return ranges, f"{scale_note(shared)} {symlog_note(exploded)}"


def from_one(slope: float | None) -> float | None:
    """Return the distance of a slope from 1, which is what slope charts draw.

    Vega's symmetric-log scale is symmetric around 0; the axis labels add the 1 again.
    """
    return None if slope is None else slope - 1.0


def linear_scale(range_: Range) -> dict[str, Any]:
    """Return the scale that holds a range and nothing more."""
    return {"domain": list(range_), "nice": False, "zero": False}


def slope_scale(range_: Range) -> dict[str, Any]:
    """Return the scale of slopes, drawn `from_one`: linear, or symmetric-log if exploded."""
    linear = linear_scale((range_[0] - 1.0, range_[1] - 1.0))
    if not is_exploded(range_):
        return linear
    return {"type": "symlog", "constant": _NEARLY_LINEAR, "domain": linear["domain"], "nice": False}


def slope_axis(range_: Range, **properties: Any) -> dict[str, Any]:
    """Return the axis that goes with `slope_scale`, with more properties; it labels slopes."""
    label = "format(datum.value + 1, '.4~f')"
    if is_exploded(range_):
        properties["values"] = [tick - 1.0 for tick in _symlog_ticks(range_)]
    return {"grid": True, "tickCount": 6, "labelExpr": label, **properties}


def _symlog_ticks(range_: Range) -> list[float]:
    """Return slopes around 1 and powers of ten with both signs, as far as the range goes."""
    largest = math.floor(math.log10(max(abs(range_[0]), abs(range_[1]))))
    step = 1 + largest // 5
    powers = [10.0**power for power in range(1, largest + 1, step)]
    ticks = sorted({*_TICKS_AROUND_ONE, *powers, *(-power for power in powers)})
    return [tick for tick in ticks if range_[0] <= tick <= range_[1]]


def _union(ranges: Sequence[Range]) -> Range:
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _length(range_: Range) -> float:
    return range_[1] - range_[0]
