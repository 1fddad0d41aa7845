"""Which rows of a recall table the paper's figures are made of, and which are missing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.schema import STAGED_CONDITION
from rdstats.charts.boxplots import slope_boxplots
from rdstats.charts.chosen import PER_MODEL, ChosenSlope, SlopeName, chosen_slope
from rdstats.charts.figure import Figure
from rdstats.charts.intervals import slope_intervals
from rdstats.charts.panels import PanelGroup, PanelKey, PanelTable
from rdstats.charts.scatter_matrix import balance_scatter_matrix
from rdstats.charts.tradeoff import tradeoff_figure
from rdstats.errors import StatsError
from rdstats.output.rounding import records
from rdstats.output.words import OK, ratio_text
from rdstats.paper.figure_designs import PAPER_FIGURES, RATIOS, Cell, FigureDesign
from rdstats.tables.conditions import conditions_table
from rdstats.tables.counts import read_counts
from rdstats.tables.selection import COMPRESSED_STAGES, EVERYTHING, Selection, refuse_unknown_values
from rdstats.tables.slopes import balances_table, class_means_table, slopes_table, tradeoff_of


def rows_of_figures(
    table: pa.Table, designs: Sequence[FigureDesign], selection: Selection
) -> pa.Table:
    """Return the selected compressed rows that the figures show, with their baselines.

    A table may hold much more than the paper: other methods and ratios would cost time.

    Args:
        table: A recall table, or the union of several.
        designs: The figures.
        selection: What of it; of the result everything is to be analysed.
    """
    cells = dict.fromkeys(cell for design in designs for cell, _ in design.panels)
    ratios = sorted({ratio for design in designs for ratio in design.ratios})
    compressed = pc.and_(
        pc.is_in(table["stage"], pa.array(COMPRESSED_STAGES)),
        pc.is_in(table["ratio"], pa.array(ratios)),
    )
    for column in {name for name, _ in selection.where}:
        for value in selection.values_of(column):
            compressed = pc.and_(compressed, pc.equal(table[column], value))
    baseline = pc.equal(table["stage"], "baseline")
    wanted = []
    for network in dict.fromkeys((cell.dataset, cell.architecture) for cell in cells):
        methods = [cell.method for cell in cells if (cell.dataset, cell.architecture) == network]
        of_network = pc.and_(
            pc.equal(table["dataset"], network[0]), pc.equal(table["architecture"], network[1])
        )
        pruned = pc.and_(compressed, pc.is_in(table["method"], pa.array(methods)))
        wanted.append(pc.and_(of_network, pc.or_(baseline, pruned)))
    return table.filter(pc.and_(pc.equal(table["split"], selection.split), reduce(pc.or_, wanted)))


def has_compressed(rows: pa.Table, stage: str | None) -> bool:
    """Say whether anything is to be analysed, at the asked stage if one is asked for."""
    stages = COMPRESSED_STAGES if stage is None else (stage,)
    return bool(pc.any(pc.is_in(rows["stage"], pa.array(stages))).as_py())


def studies_of(cell: Cell, conditions: pd.DataFrame, ratios: Sequence[float]) -> list[str]:
    """Return the studies that have a cell, the one to show first; none if there is none.

    That is the one with the most of the figure's ratios, and of several such the one with the
    most of all figures'.

    Raises:
        StatsError: Two have equally many; models of two studies are never pooled.
    """
    here = _here(conditions, cell)
    covered = {
        str(study): (int(found.isin(ratios).sum()), len(found))
        for study, found in here.groupby("study", sort=True)["ratio"]
        if found.isin(ratios).any()
    }
    best = sorted(covered, key=lambda study: covered[study], reverse=True)
    if len(best) > 1 and covered[best[0]] == covered[best[1]]:
        raise StatsError(
            f"{', '.join(cell)} is in several studies ({', '.join(sorted(covered))}), and models "
            "of two are never pooled; give the table of one of them only"
        )
    return best


def missing_rows(
    cells: Iterable[Cell], conditions: pd.DataFrame, ratios: Sequence[float]
) -> tuple[str, ...]:
    """Name the conditions that the table has no rows of, a text per cell."""
    texts = []
    for cell in cells:
        found = set(_here(conditions, cell)["ratio"])
        absent = [ratio_text(ratio) for ratio in ratios if ratio not in found]
        if absent:
            texts.append(f"{', '.join(cell)}, t = {', '.join(absent)}")
    return tuple(texts)


def _here(conditions: pd.DataFrame, cell: Cell) -> pd.DataFrame:
    mask = conditions["dataset"] == cell.dataset
    for column in ("architecture", "method"):
        mask &= conditions[column] == getattr(cell, column)
    return conditions[mask]


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
        refuse_unknown_values(read_counts(table, selection.split), selection)
    if not anything:
        nothing = pd.DataFrame(columns=list(STAGED_CONDITION))
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
