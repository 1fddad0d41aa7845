"""The paper's figures: what each shows, as data, and how it is made of a recall table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from typing import Final, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.schema import STAGED_CONDITION
from rdstats.charts.boxplots import slope_boxplots
from rdstats.charts.figure import Figure
from rdstats.charts.intervals import slope_intervals
from rdstats.charts.panels import PanelGroup, PanelKey, PanelTable
from rdstats.charts.scatter_matrix import balance_scatter_matrix
from rdstats.charts.slopes import PER_MODEL, ShownSlope, SlopeName, shown_slope
from rdstats.charts.tradeoff import tradeoff_figure
from rdstats.output.rounding import records
from rdstats.output.words import OK, PAPER_METHODS, ratio_text
from rdstats.paper.conditions import best_studies
from rdstats.paper.design import RATIOS, PaperCondition, Subject, listed_conditions
from rdstats.tables.conditions import conditions
from rdstats.tables.counts import read_counts
from rdstats.tables.designs import DEFAULT_ARCHITECTURES
from rdstats.tables.reading import Source, as_table
from rdstats.tables.selection import COMPRESSED_STAGES, EVERYTHING, Selection, refuse_unknown_values
from rdstats.tables.slopes import balances, class_means, slopes, tradeoff_of

LOW_RATIOS: Final = (2.0, 4.0, 6.0, 8.0, 10.0)
"""Appendix E."""

_CIFAR, _RESNET = "CIFAR-10", DEFAULT_ARCHITECTURES["CIFAR-10"]
_RESNETS: Final = ("ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56", "ResNet-110")
_DATASETS: Final = ("MNIST", "Fashion-MNIST", "CIFAR-10", "CIFAR-100")


@dataclass(frozen=True)
class FigureDesign:
    """One figure of the paper.

    Attributes:
        number: As printed.
        kind: `slopes` (boxplots), `balances` (scatter plots), `intervals` or `tradeoff`.
        caption: What the paper says of it.
        along: What differs from panel to panel.
        fixed: What the panels share, for the title.
        panels: What each panel holds, and its label.
        ratios: The ratios of every panel.
    """

    number: int
    kind: str
    caption: str
    along: str
    fixed: str
    panels: tuple[tuple[Subject, str], ...]
    ratios: tuple[float, ...] = RATIOS

    @property
    def conditions(self) -> list[PaperCondition]:
        """What it shows, panel by panel."""
        return [
            PaperCondition(*subject, ratio) for subject, _ in self.panels for ratio in self.ratios
        ]


class _Sweep(NamedTuple):
    """Panels that three figures share: what varies, how captions say so, and what is fixed."""

    along: str
    symbol: str
    given: str
    fixed: str
    panels: tuple[tuple[Subject, str], ...]


def _by_architecture(method: str) -> _Sweep:
    panels = tuple(((_CIFAR, resnet, method), resnet) for resnet in _RESNETS)
    return _Sweep("architecture", "M", f" for P = {method}", f"{_CIFAR}, {method}", panels)


_SWEEPS: Final = (
    _Sweep(
        *("method", "P", "", f"{_CIFAR}, {_RESNET}"),
        tuple(((_CIFAR, _RESNET, method), method) for method in PAPER_METHODS),
    ),
    _by_architecture("MP"),
    _Sweep(
        *("dataset", "D", "", "MP"),
        tuple(((name, DEFAULT_ARCHITECTURES[name], "MP"), name) for name in _DATASETS),
    ),
    _by_architecture("UP"),
)
_CAPTIONS: Final = {
    "slopes": "Boxplots of α(m) across m, at each t within each {symbol}{given}. Marks <, > or ? "
    "denote where 99 % CIs were below 1, above 1 or overlapped 1.",
    "balances": "Scatterplot matrix of B̄(m) (x-axis) vs B̄ₜ(m) (y-axis), at several values of t "
    "(rows) and {symbol} (columns){given}.",
    "intervals": "99 % confidence intervals for α at each t within each {symbol}{given}, "
    "associated with Figure {boxplots}.",
}
PAPER_FIGURES: Final = (
    *(
        FigureDesign(
            number,
            kind,
            caption.format(symbol=sweep.symbol, given=sweep.given, boxplots=number - 8),
            *(sweep.along, sweep.fixed, sweep.panels),
        )
        for number, ((kind, caption), sweep) in enumerate(
            product(_CAPTIONS.items(), _SWEEPS), start=1
        )
    ),
    # The text of Appendix E does not say which networks Figure 13 shows but that they are trained
    # on CIFAR-10: here all five, with the two methods that the paper prunes all of them by.
    FigureDesign(
        *(13, "tradeoff"),
        "Mean accuracy and mean intensification with their standard errors, for models trained on "
        "CIFAR-10 and pruned with ratios 2, 4, 6, 8 and 10.",
        *("architecture", _CIFAR),
        tuple(
            ((_CIFAR, resnet, method), f"{resnet}, {method}")
            for method in ("MP", "UP")
            for resnet in _RESNETS
        ),
        LOW_RATIOS,
    ),
)
"""Figures 1 to 13."""


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


class _Numbers(NamedTuple):
    """The finished tables that figures show."""

    conditions: pd.DataFrame
    slopes: pd.DataFrame
    balances: pd.DataFrame


def paper_figures(
    table: Source, selection: Selection = EVERYTHING, *, slope: SlopeName = "paper"
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
    numbers = _numbers(as_table(table), selection, shown)
    for design in PAPER_FIGURES:
        yield _figure(design, numbers, shown)


def _numbers(table: pa.Table, selection: Selection, slope: ShownSlope) -> _Numbers:
    """Compute what the figures show, from the rows of the paper's design."""
    rows = _rows_of_figures(table, selection)
    stages = COMPRESSED_STAGES if selection.stage is None else (selection.stage,)
    anything = bool(pc.any(pc.is_in(rows["stage"], pa.array(stages))).as_py())
    if selection.where or not anything:  # say what is wrong in the words of every command
        refuse_unknown_values(read_counts(table, selection.split), selection)
    if not anything:
        nothing = pd.DataFrame(columns=list(STAGED_CONDITION))
        return _Numbers(nothing, nothing, nothing)
    selected = replace(selection, where=())
    points = balances if slope is PER_MODEL else class_means
    return _Numbers(
        conditions(rows, selected, ratios_in_family=len(RATIOS)),
        slopes(rows, selected),
        points(rows, selected),
    )


def _rows_of_figures(table: pa.Table, selection: Selection) -> pa.Table:
    """Return the selected compressed rows that the figures show, with their baselines.

    A table may hold much more than the paper: other methods and ratios would cost time.
    """
    methods: dict[tuple[str, str], set[str]] = {}
    for dataset, architecture, method in (s for d in PAPER_FIGURES for s, _ in d.panels):
        methods.setdefault((dataset, architecture), set()).add(method)
    compressed = pc.is_in(table["ratio"], pa.array(sorted({*RATIOS, *LOW_RATIOS})))
    compressed = pc.and_(compressed, pc.is_in(table["stage"], pa.array(COMPRESSED_STAGES)))
    for column in {name for name, _ in selection.where}:
        for value in selection.values_of(column):
            compressed = pc.and_(compressed, pc.equal(table[column], value))
    baseline = pc.equal(table["stage"], "baseline")
    wanted = []
    for (dataset, architecture), pruned_by in methods.items():
        of_network = pc.and_(
            pc.equal(table["dataset"], dataset), pc.equal(table["architecture"], architecture)
        )
        pruned = pc.and_(compressed, pc.is_in(table["method"], pa.array(sorted(pruned_by))))
        wanted.append(pc.and_(of_network, pc.or_(baseline, pruned)))
    return table.filter(pc.and_(pc.equal(table["split"], selection.split), reduce(pc.or_, wanted)))


def _figure(design: FigureDesign, numbers: _Numbers, slope: ShownSlope) -> PaperFigure:
    """Draw one figure, or say what it lacks."""
    condition_rows = numbers.conditions
    found = condition_rows[["dataset", "architecture", "method", "ratio"]].itertuples(index=False)
    there = set(map(tuple, found))
    absent = [one for one in design.conditions if tuple(one) not in there]
    missing = listed_conditions(absent, separator=", ")
    caption = design.caption
    if slope is not PER_MODEL:
        caption += " Here with the class-mean slope in the place of α per model."
    studies = [_studies_of(subject, condition_rows, design.ratios) for subject, _ in design.panels]
    if not any(studies):
        return PaperFigure(design.number, caption, None, missing)
    # A panel that the table has nothing of keeps its place: no study is called "".
    panels = tuple(
        (PanelKey(of_panel[0] if of_panel else "", *subject), label)
        for of_panel, (subject, label) in zip(studies, design.panels, strict=True)
    )
    group = PanelGroup(design.along, design.fixed, panels, design.ratios)
    chart = _draw(design, group, numbers, slope)
    chosen = [
        f"{label} is taken from study {of_panel[0]}, which has the most of these ratios; left out: "
        f"{', '.join(of_panel[1:])}."
        for of_panel, (_, label) in zip(studies, design.panels, strict=True)
        if len(of_panel) > 1
    ]
    caption = " ".join([caption, chart.caption, *chosen, *_remarks(group, condition_rows)])
    title = f"Figure {design.number}. {chart.title}"
    return PaperFigure(
        design.number, caption, replace(chart, title=title, caption=caption), missing
    )


def _studies_of(
    subject: Subject, condition_rows: pd.DataFrame, ratios: Sequence[float]
) -> list[str]:
    """Return the studies that have a panel, the one to show first; none if there is none.

    That is the one with the most of the figure's ratios, and of several such the one with the
    most of all figures'.
    """
    here = condition_rows
    for column, value in zip(("dataset", "architecture", "method"), subject, strict=True):
        here = here[here[column] == value]
    covered = {
        str(study): (int(found.isin(ratios).sum()), len(found))
        for study, found in here.groupby("study", sort=True)["ratio"]
        if found.isin(ratios).any()
    }
    return best_studies(subject, covered)


def _draw(design: FigureDesign, group: PanelGroup, numbers: _Numbers, slope: ShownSlope) -> Figure:
    of_conditions = PanelTable(numbers.conditions)
    match design.kind:
        case "slopes":
            return slope_boxplots(PanelTable(numbers.slopes), of_conditions, group, slope=slope)
        case "balances":
            points = PanelTable(numbers.balances)
            return balance_scatter_matrix(points, of_conditions, group, slope=slope)
        case "intervals":
            return slope_intervals(of_conditions, group, slopes=(slope,), references=False)
    shown = numbers.slopes[numbers.slopes["ratio"].isin(design.ratios)]
    return tradeoff_figure(PanelTable(tradeoff_of(shown)), group, slope=slope)


def _remarks(group: PanelGroup, condition_rows: pd.DataFrame) -> list[str]:
    """Say which of the shown conditions are not fine-tuned, or have models that do not count."""
    remarks = []
    table = PanelTable(condition_rows)
    for key, label in group.panels:
        rows = table.rows(key)
        for row in records(rows[rows["ratio"].isin(group.ratios)]):
            where = f"{label}, t = {ratio_text(row['ratio'])}"
            if row["stage"] == "pruned":
                remarks.append(f"{where}: pruned, not fine-tuned.")
            if row["status"] != OK:
                remarks.append(f"{where}: {row['status']}.")
    return remarks
