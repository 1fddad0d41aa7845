"""The paper's figures, made of a recall table: which rows of it, and what it lacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from rdstats import charts
from rdstats.charts.panels import PanelGroup, PanelKey, PanelTable
from rdstats.charts.shown_slope import PER_MODEL, ShownSlope, SlopeName, shown_slope
from rdstats.output.words import OK, ratio_text, records
from rdstats.paper.conditions import best_studies
from rdstats.paper.design import (
    RATIOS,
    FigureDesign,
    PaperCondition,
    Subject,
    figure_designs,
    listed_conditions,
)
from rdstats.tables.conditions import conditions
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.slopes import balances, class_means, slopes, tradeoff_of


@dataclass(frozen=True)
class PaperFigure:
    """One figure of the paper, made again."""

    number: int  # as printed, 1 to 13
    caption: str  # the paper's, then how to read it and what is not as printed
    kind: str  # `slopes`, `balances`, `intervals` or `tradeoff`
    chart: Any  # an altair chart; None where the table has no row of it
    missing: tuple[str, ...]  # conditions that the table has no rows of, in words


class _Numbers(NamedTuple):
    """The finished tables that figures show."""

    conditions: pd.DataFrame
    slopes: pd.DataFrame
    balances: pd.DataFrame


def paper_figures(
    table: Tables, selection: Selection = EVERYTHING, *, slope: SlopeName = "paper"
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
    shown = shown_slope(slope)
    arrays = as_arrays(table, selection)
    points = balances if shown is PER_MODEL else class_means
    numbers = _Numbers(
        conditions(arrays, selection, ratios_in_family=len(RATIOS)),
        slopes(arrays, selection),
        points(arrays, selection),
    )
    for design in figure_designs():
        yield _figure(design, numbers, shown)


def _figure(design: FigureDesign, numbers: _Numbers, slope: ShownSlope) -> PaperFigure:
    """Draw one figure, or say what it lacks."""
    names = list(PaperCondition._fields)
    there = set(numbers.conditions[names].itertuples(index=False, name=None))
    wanted = [
        PaperCondition(*subject, ratio)
        for subject in design.panels.values()
        for ratio in design.ratios
    ]
    missing = listed_conditions((one for one in wanted if one not in there), separator=", ")
    caption = design.caption
    if slope is not PER_MODEL:
        caption += " Here with the class-mean slope in the place of α per model."
    studies = {
        label: _studies_of(subject, numbers.conditions, design.ratios)
        for label, subject in design.panels.items()
    }
    if not any(studies.values()):
        return PaperFigure(design.number, caption, design.kind, None, missing)
    # A panel that the table has nothing of keeps its place: no study is called "".
    panels = tuple(
        (PanelKey(studies[label][0] if studies[label] else "", *subject), label)
        for label, subject in design.panels.items()
    )
    group = PanelGroup(design.along, design.fixed, panels, design.ratios)
    chart = _draw(design, group, numbers, slope)
    chosen = [
        f"{label} is taken from study {found[0]}, which has the most of these ratios; left out: "
        f"{', '.join(found[1:])}."
        for label, found in studies.items()
        if len(found) > 1
    ]
    caption = " ".join([caption, chart.description, *chosen, *_remarks(group, numbers.conditions)])
    return PaperFigure(design.number, caption, design.kind, chart, missing)


def _studies_of(subject: Subject, frame: pd.DataFrame, ratios: Sequence[float]) -> list[str]:
    """Return the studies that have a panel, the one to show first; none if there is none.

    That is the one with the most of the figure's ratios, and of several such the one with the
    most of all figures'.
    """
    here = frame
    for column, value in zip(("dataset", "architecture", "method"), subject, strict=True):
        here = here[here[column] == value]
    covered = {
        str(study): (int(found.isin(ratios).sum()), len(found))
        for study, found in here.groupby("study", sort=True)["ratio"]
        if found.isin(ratios).any()
    }
    return best_studies(subject, covered)


def _draw(design: FigureDesign, group: PanelGroup, numbers: _Numbers, slope: ShownSlope) -> Any:
    """Return the chart of a figure's panels and ratios, panels in the paper's order."""
    labels = dict(group.panels)
    order = {label: place for place, label in enumerate(labels.values())}

    def shown(frame: pd.DataFrame) -> pd.DataFrame:
        keys = map(PanelKey._make, frame[list(PanelKey._fields)].itertuples(index=False, name=None))
        rows = frame.assign(panel=[labels.get(key, "") for key in keys])
        rows = rows[(rows["panel"] != "") & rows["ratio"].isin((1.0, *design.ratios))]
        return rows.iloc[rows["panel"].map(order).argsort(kind="stable")]

    of_conditions = shown(numbers.conditions)
    match design.kind:
        case "slopes":
            return charts.slopes(shown(numbers.slopes), of_conditions, slope=slope)
        case "balances":
            return charts.balances(shown(numbers.balances), of_conditions, slope=slope)
        case "intervals":
            return charts.intervals(of_conditions, only=slope)
    of_ratios = numbers.slopes[numbers.slopes["ratio"].isin(design.ratios)]
    return charts.tradeoff(shown(tradeoff_of(of_ratios)), slope=slope)


def _remarks(group: PanelGroup, frame: pd.DataFrame) -> list[str]:
    """Say which of the shown conditions are not fine-tuned, or have models that do not count."""
    remarks = []
    table = PanelTable(frame)
    for key, label in group.panels:
        rows = table.rows(key)
        for row in records(rows[rows["ratio"].isin(group.ratios)]):
            where = f"{label}, t = {ratio_text(row['ratio'])}"
            if row["stage"] == "pruned":
                remarks.append(f"{where}: pruned, not fine-tuned.")
            if row["status"] != OK:
                remarks.append(f"{where}: {row['status']}.")
    return remarks
