"""Figures 1 to 13, one after the other, from whatever part of the design a table has."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from rdstats.charts.boxplots import slope_boxplots
from rdstats.charts.chosen import PER_MODEL, ChosenSlope, SlopeName, chosen_slope
from rdstats.charts.figure import Figure
from rdstats.charts.intervals import slope_intervals
from rdstats.charts.panel_table import PanelTable
from rdstats.charts.panels import PanelGroup, PanelKey
from rdstats.charts.paper.designs import PAPER_FIGURES, RATIOS, FigureDesign
from rdstats.charts.paper.rows import (
    has_compressed,
    missing_rows,
    rows_of_figures,
    studies_of,
)
from rdstats.charts.scatter_matrix import balance_scatter_matrix
from rdstats.charts.tradeoff import tradeoff_figure
from rdstats.tables.balances import balances_table
from rdstats.tables.class_means import class_means_table
from rdstats.tables.conditions import conditions_table
from rdstats.tables.layout import read_panels
from rdstats.tables.order import ratio_text
from rdstats.tables.records import records
from rdstats.tables.selecting import refuse_unknown_values
from rdstats.tables.selection import CONDITION_COLUMNS, EVERYTHING, Selection
from rdstats.tables.slopes import slopes_table
from rdstats.tables.tradeoff import tradeoff_of
from rdstats.tables.wording import OK


@dataclass(frozen=True)
class PaperFigure:
    """One figure of the paper, made again.

    Attributes:
        number: As printed, 1 to 13.
        caption: The paper's, then how to read it and what is not as printed.
        chart: What `saving.to_svg` draws; None where the table has no row of it.
        missing: The conditions that the table has no rows of, data set, architecture, method
            and ratios; empty where the figure is whole.
    """

    number: int
    caption: str
    chart: Figure | None
    missing: tuple[str, ...]


@dataclass(frozen=True)
class _Numbers:
    """The finished numbers that figures show."""

    conditions: pd.DataFrame
    slopes: pd.DataFrame
    balances: pd.DataFrame


def paper_figures(
    table: pa.Table, selection: Selection = EVERYTHING, *, slope: SlopeName = "paper"
) -> Iterator[PaperFigure]:
    """Yield Figures 1 to 13 in order.

    Intervals are at 99 %, the paper's level for five ratios, however many the table has.

    Args:
        table: A recall table, or the union of several; of the paper's design any part.
        selection: What of it, by which metric.
        slope: `paper`, a slope per model; `class-mean`, the class-mean slope in its place:
            pseudo-values in the boxplots, class means in the scatter plots.

    Raises:
        StatsError: The selection names what the table has not, or the slope is unknown.
        StatsError: Two studies have the same condition.
        ContractError: A compressed or control row has no baseline row.
    """
    chosen = chosen_slope(slope)
    numbers = _numbers(table, selection, chosen)
    for design in PAPER_FIGURES:
        yield _figure(design, numbers, chosen)


def _numbers(table: pa.Table, selection: Selection, slope: ChosenSlope) -> _Numbers:
    """Compute what the figures show, from the rows of the paper's design."""
    rows = rows_of_figures(table, PAPER_FIGURES, selection)
    anything = has_compressed(rows, selection.stage)
    if selection.where or not anything:  # say what is wrong in the words of every command
        refuse_unknown_values(read_panels(table, selection.split), selection)
    if not anything:
        nothing = pd.DataFrame(columns=[*CONDITION_COLUMNS, "stage"])
        return _Numbers(nothing, nothing, nothing)
    selected = replace(selection, where=())
    points = balances_table if slope is PER_MODEL else class_means_table
    return _Numbers(
        conditions_table(rows, selected, ratios_in_family=len(RATIOS)),
        slopes_table(rows, selected),
        points(rows, selected),
    )


def _figure(design: FigureDesign, numbers: _Numbers, slope: ChosenSlope) -> PaperFigure:
    """Draw one figure, or say what it lacks."""
    conditions = numbers.conditions
    cells = [cell for cell, _ in design.panels]
    studies = [studies_of(cell, conditions, design.ratios) for cell in cells]
    missing = missing_rows(cells, conditions, design.ratios)
    caption = _paper_caption(design, slope)
    if not any(studies):
        return PaperFigure(design.number, caption, None, missing)
    # A panel that the table has nothing of keeps its place: no study is called "".
    panels = tuple(
        (PanelKey(found[0] if found else "", *cell), label)
        for found, (cell, label) in zip(studies, design.panels, strict=True)
    )
    group = PanelGroup(design.along, design.fixed, panels, design.ratios)
    chart = _draw(design, group, numbers, slope)
    chosen = [
        f"{label} is taken from study {found[0]}, which has the most of these ratios; left out: "
        f"{', '.join(found[1:])}."
        for found, (_, label) in zip(studies, design.panels, strict=True)
        if len(found) > 1
    ]
    caption = " ".join([caption, chart.caption, *chosen, *_remarks(group, conditions)])
    title = f"Figure {design.number}. {chart.title}"
    return PaperFigure(
        design.number, caption, replace(chart, title=title, caption=caption), missing
    )


def _draw(design: FigureDesign, group: PanelGroup, numbers: _Numbers, slope: ChosenSlope) -> Figure:
    match design.kind:
        case "slopes":
            return slope_boxplots(numbers.slopes, numbers.conditions, group, slope=slope)
        case "balances":
            return balance_scatter_matrix(numbers.balances, numbers.conditions, group, slope=slope)
        case "intervals":
            return slope_intervals(numbers.conditions, group, slopes=(slope,), references=False)
        case "tradeoff":
            shown = numbers.slopes[numbers.slopes["ratio"].isin(design.ratios)]
            return tradeoff_figure(tradeoff_of(shown), group, slope=slope)


def _paper_caption(design: FigureDesign, slope: ChosenSlope) -> str:
    """Return the paper's caption, and what is put in the place of its slope."""
    if slope is PER_MODEL:
        return design.caption
    return f"{design.caption} Here with the class-mean slope in the place of α per model."


def _remarks(group: PanelGroup, conditions: pd.DataFrame) -> list[str]:
    """Say which of the shown conditions are not fine-tuned, or have models that do not count."""
    remarks = []
    table = PanelTable(conditions)
    for key, label in group.panels:
        rows = table.rows(key)
        for row in records(rows[rows["ratio"].isin(group.ratios)]):
            where = f"{label}, t = {ratio_text(row['ratio'])}"
            if row["stage"] == "pruned":
                remarks.append(f"{where}: pruned, not fine-tuned.")
            if row["status"] != OK:
                remarks.append(f"{where}: {row['status']}.")
    return remarks
