"""The report: a folder with index.html and every table and figure beside it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from data_contracts.provenance import Provenance
from rdstats.charts.boxplots import slope_boxplots
from rdstats.charts.drawing import drawing, processes_for
from rdstats.charts.figure import Figure, inline, write_picture
from rdstats.charts.intervals import slope_intervals
from rdstats.charts.panels import PanelTable, panel_groups
from rdstats.charts.scatter_matrix import balance_scatter_matrix
from rdstats.charts.slopes import SlopeName, shown_slope
from rdstats.output.formats import write_frame, write_whole
from rdstats.output.shown import (
    shown_classes,
    shown_collapse,
    shown_comparison,
    shown_conditions,
    shown_safe_ratios,
    shown_sensitivity,
    shown_slopes,
)
from rdstats.pages.frame import Progress, render
from rdstats.pages.origins import analysis_lines, source_lines
from rdstats.report.classes import harm_sentence, safe_sentences
from rdstats.report.comparisons import comparable, comparisons
from rdstats.report.sentences import collapse_sentence, collapsed_conditions, summary_sentence
from rdstats.report.verdicts import verdict_sections
from rdstats.statistics.intervals import DELTA
from rdstats.statistics.ttests import STUDENT, WELCH
from rdstats.statistics.verdicts import MARGIN
from rdstats.tables.classes import classes
from rdstats.tables.conditions import conditions
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.safe_ratios import safe_ratios_of
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.sensitivity import sensitivity
from rdstats.tables.slopes import balances, class_means, slopes

_SUFFIXES: Final = ("csv", "md", "tex", "parquet")
_POINTS: Final = ("balances.csv", "balances.parquet")

_MOST_ROWS: Final = 1_000
"""Rows of a table on the page, at most; the files beside it have all."""

_MANY_FINDINGS: Final = 24
"""More sentences than this, in all, are folded under the grids that sum them up."""

_MANY_FIGURES: Final = 6
"""Of more figures than this, all but the first three are folded."""


def write_report(
    table: Tables,
    out: Path | str,
    selection: Selection = EVERYTHING,
    *,
    delta: float = DELTA,
    margin: float = MARGIN,
    quantity: str = "drop",
    student: bool = False,
    slope: SlopeName = "paper",
    provenance: Mapping[str, Provenance | None] | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write a report and return the path of its page.

    `out` gets every table (csv, md, tex, parquet) and figure (svg, png), and last of all
    index.html, which holds the figures itself and needs neither them nor a network. Each file
    appears whole. The same table gives the same bytes.

    Args:
        table: A recall table, or the union of several.
        out: The folder; made where it is missing. Files of other names in it stay.
        selection: What of the table, by which metric.
        delta: Margin of the equivalence of slopes.
        margin: The largest drop of a class's recall that does not matter.
        quantity: What of a class is judged: `drop` or `excess`.
        student: Student's test for independent arms, instead of Welch's.
        slope: What boxplots and scatter plots show: a slope per model, or `class-mean`.
        provenance: What each source of the table says of itself, by the name to show.
        processes: How many draw figures at once; None for as many as pay on this machine. With
            more than one the figures are drawn while the tests and tables are made.
        progress: Called before every step.

    Raises:
        StatsError: Nothing matches the selection, or the metric needs what the table lacks.
        StatsError: A margin is none, or the quantity or the slope is unknown.
        ContractError: A compressed or control row has no baseline row.
        StatsError: A process that draws was ended from outside.
        OSError: The folder cannot be written.
    """
    out = Path(out)
    tell = progress or (lambda _what, _done, _total: None)
    arrays = as_arrays(table, selection)
    condition_rows = conditions(arrays, selection, delta=delta)
    class_rows = classes(arrays, selection, margin=margin, quantity=quantity)
    families = comparable(condition_rows)
    count = 3 * len(panel_groups(condition_rows))
    total = len(families) + count + 2

    tested: dict[str, pd.DataFrame] = {}
    tests: list[str] = []
    figures = []
    with drawing(processes or processes_for(count)) as draw:  # they start while we compute
        slope_rows = slopes(arrays, selection)
        balance_rows = balances(arrays, selection)
        points = balance_rows if slope == "paper" else class_means(arrays, selection)
        drawn = [
            (figure, draw(figure))  # other processes draw, while we
            for figure in report_figures(slope_rows, condition_rows, points, slope=slope)
        ]
        sensitivity_rows = sensitivity(arrays, selection, iterative=False)
        for step, along in enumerate(families):
            tell(f"tests along {along}", step, total)
            frames, sentences = comparisons(arrays, along, selection, delta=delta, student=student)
            tested |= frames
            tests += sentences
        tell("tables", len(families), total)
        collapsed = collapsed_conditions(condition_rows)
        shown = {
            "conditions": (condition_rows, shown_conditions),
            "classes": (class_rows, shown_classes),
            "safe-ratios": (safe_ratios_of(class_rows), shown_safe_ratios),
            **{name: (frame, shown_comparison) for name, frame in tested.items()},
            "collapsed": (collapsed, shown_collapse),
            "sensitivity": (sensitivity_rows, shown_sensitivity),
            "slopes": (slope_rows, shown_slopes),
        }
        for name, (frame, _) in shown.items():
            for suffix in _SUFFIXES:
                write_frame(frame, out / f"{name}.{suffix}")
        for file in _POINTS:
            write_frame(balance_rows, out / file)
        tables = [
            (name, show(frame, _MOST_ROWS))
            for name, (frame, show) in shown.items()
            if name != "collapsed" or len(frame)
        ]
        sections = verdict_sections(condition_rows, class_rows)
        for number, (figure, picture) in enumerate(drawn, start=1):
            tell(f"figure {number}: {figure.kind}", len(families) + number, total)
            name = f"figure-{number:02}-{figure.kind}"
            svg = inline(write_picture(picture(), out / name), number)
            shown_beside = {"title": figure.title, "caption": figure.caption}
            figures.append({"name": name, **shown_beside, "svg": svg})

    tell("page", total - 1, total)
    judged = "R − R_t" if quantity == "drop" else "beyond the fall of accuracy"
    page = render(
        "report.html.jinja",
        studies=list(dict.fromkeys(condition_rows["study"])),
        metric=selection.metric,
        summary=summary_sentence(condition_rows),
        safe=safe_sentences(safe_ratios_of(class_rows)),
        harm=harm_sentence(class_rows),
        sections=sections,
        fold_findings=sum(len(section["findings"]) for section in sections) > _MANY_FINDINGS,
        collapse=collapse_sentence(collapsed, condition_rows),
        tests=tests,
        figures=figures,
        fold_figures=len(figures) > _MANY_FIGURES,
        tables=tables,
        suffixes=_SUFFIXES,
        files=_POINTS,
        analysis=(
            *analysis_lines(arrays),
            ("slopes count as unchanged within", f"±{delta:g}"),
            ("drops of a class that do not matter", f"up to {margin:g} ({judged})"),
            ("tests of independent arms", (STUDENT if student else WELCH).test),
        ),
        sources=source_lines(provenance),
    )
    index = write_whole(out / "index.html", page.encode())
    tell("done", total, total)
    return index


def report_figures(
    slope_rows: pd.DataFrame,
    condition_rows: pd.DataFrame,
    balance_rows: pd.DataFrame,
    *,
    slope: SlopeName = "paper",
) -> Iterator[Figure]:
    """Yield intervals, boxplots and scatter-plot matrix of every group of panels.

    Args:
        slope_rows: As `slopes` returns them.
        condition_rows: As `conditions` returns them, of the same selection.
        balance_rows: As `balances` returns them, of the same selection; for `class-mean` as
            `class_means` does.
        slope: What boxplots and scatter plots show; the intervals show both slopes.
    """
    chosen = shown_slope(slope)
    of_models, of_conditions, points = map(PanelTable, (slope_rows, condition_rows, balance_rows))
    for group in panel_groups(condition_rows):
        yield slope_intervals(of_conditions, group)
        yield slope_boxplots(of_models, of_conditions, group, slope=chosen)
        yield balance_scatter_matrix(points, of_conditions, group, slope=chosen)
