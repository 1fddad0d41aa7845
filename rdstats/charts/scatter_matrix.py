"""Normalized recall balance before against after pruning, one line per panel (Figures 5 to 8)."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from rdstats.charts.chosen import PER_MODEL, ChosenSlope
from rdstats.charts.figure import DataSets, Drawing, Figure, PanelGrid
from rdstats.charts.panels import PanelGroup, PanelKey, PanelTable, Table, panel_table, ratio_label
from rdstats.charts.scales import (
    Panel,
    SharedRanges,
    scale_note,
    shared_ranges,
    span_of,
)
from rdstats.charts.scatter_panel import HEIGHT, WIDTH, Cloud, scatter_panel
from rdstats.charts.theme import no_rows

MOST_DOTS: Final = 2_000
"""Figures of more points draw them as pictures: a dot of an SVG takes 150 bytes."""


def balance_scatter_matrix(
    balances: Table,
    conditions: Table,
    group: PanelGroup,
    *,
    slope: ChosenSlope = PER_MODEL,
) -> Figure:
    """Return the scatter-plot matrix of one group: a row per ratio, a column per panel label.

    Args:
        balances: As `balances_table` returns it; for the class-mean slope as
            `class_means_table` does.
        conditions: As `conditions_table` returns it, of the same selection.
        group: Which panels stand side by side.
        slope: Of the line and the points: every class of every model, or class means.
    """
    balances, conditions = panel_table(balances), panel_table(conditions)
    clouds: dict[Panel, Cloud] = {}
    for key, label in group.panels:
        clouds |= _clouds(balances, conditions, key, label, slope)
    ratios = group.ratios or tuple(sorted({float(panel.row) for panel in clouds}))
    columns = [label for _, label in group.panels]
    vertical = shared_ranges({p: span_of([0.0, *cloud.after]) for p, cloud in clouds.items()})
    horizontal = shared_ranges({p: span_of([0.0, *cloud.before]) for p, cloud in clouds.items()})
    raster = sum(len(cloud.before) for cloud in clouds.values()) > MOST_DOTS
    data = DataSets()
    panels = [
        scatter_panel(
            data,
            f"{column}, {ratio_label(ratio)}",
            clouds[place],
            (horizontal.ranges[place], vertical.ranges[place]),
            titles=(ratio == ratios[-1], column == columns[0]),
            labels=(
                not _alike(horizontal, place, _beside(place, ratios, columns, down=1)),
                not _alike(vertical, place, _beside(place, ratios, columns, right=-1)),
            ),
            slope=slope,
            raster=raster,
        )
        if (place := Panel(repr(ratio), column)) in clouds
        else _nothing(data, f"{column}, {ratio_label(ratio)}")
        for ratio in ratios
        for column in columns
    ]
    caption = (
        f"{_what(slope)} Ā is the mean accuracy after pruning. Dashed line: no change (slope 1). "
        "An axis without numbers is that of the panel to its left, or below it. "
        f"{scale_note(vertical)} {scale_note(horizontal, 'horizontal')}"
    )
    what = "Recall balance" if slope is PER_MODEL else "Class means of recall balance"
    title = f"{what} before and after: {group.title}"
    chart = PanelGrid(panels, columns=len(columns))
    return Figure("balances", title, " ".join(caption.split()), _in_words(clouds), chart, data)


def _beside(
    place: Panel, ratios: Sequence[float], columns: Sequence[str], *, down: int = 0, right: int = 0
) -> Panel | None:
    """Return the place so many panels further down and to the right; None beyond the borders."""
    row, column = ratios.index(float(place.row)) + down, columns.index(place.column) + right
    if 0 <= row < len(ratios) and 0 <= column < len(columns):
        return Panel(repr(ratios[row]), columns[column])
    return None


def _alike(shared: SharedRanges, place: Panel, other: Panel | None) -> bool:
    """Say whether another panel is drawn, on the same range: one of two needs the numbers."""
    return other in shared.ranges and shared.ranges[other] == shared.ranges[place]


def _what(slope: ChosenSlope) -> str:
    if slope is PER_MODEL:
        return (
            "A point is one class of one model: its normalized recall balance B̄ before "
            "(horizontal) and after (vertical). Orange line: least squares through the origin "
            "over all points, with slope α and uncentred r²;"
        )
    return (
        "A point is one class: the mean over models of its normalized recall balance B̄ before "
        "(horizontal) and after (vertical). Orange line: the class-mean slope α_cm, by jackknife; "
        "r² is that of the means, uncentred;"
    )


def _clouds(
    balances: PanelTable,
    conditions: PanelTable,
    key: PanelKey,
    label: str,
    slope: ChosenSlope,
) -> dict[Panel, Cloud]:
    """Return a cloud per ratio of one column."""
    points = balances.numbers(key, ["balance_before", "balance_after"])
    found: dict[Panel, Cloud] = {}
    for row in conditions.records(key):
        here = points.get((row["ratio"], row["stage"]))
        if here is not None and len(pairs := here[~np.isnan(here).any(axis=1)]):
            found[Panel(repr(row["ratio"]), label)] = Cloud(
                pairs[:, 0],
                pairs[:, 1],
                row[slope.line],
                row[slope.r_squared],
                row["accuracy_after"],
            )
    return found


def _nothing(data: DataSets, title: str) -> Drawing:
    """Return the place of a condition that the table does not have."""
    titles = {"text": title, "subtitle": " ", "fontSize": 12}
    return no_rows(data, title=titles, width=WIDTH, height=HEIGHT)


def _in_words(clouds: dict[Panel, Cloud]) -> str:
    columns: dict[str, list[Any]] = {}
    for panel, cloud in clouds.items():
        columns.setdefault(panel.column, []).append(
            f"{ratio_label(float(panel.row))} slope {cloud.slope:.2f}, r² {cloud.r_squared:.2f}"
        )
    return " ".join(f"{column}: {'; '.join(parts)}." for column, parts in columns.items())
