"""The report: a folder with index.html and every table and figure beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa

from data_contracts.provenance import Provenance
from rdstats.charts.chosen import SlopeName
from rdstats.charts.drawing import drawing, processes_for
from rdstats.charts.saving import inline, write_picture
from rdstats.output.files import write_whole
from rdstats.output.formats import write_frame
from rdstats.output.shown import (
    ShownTable,
    shown_classes,
    shown_collapse,
    shown_comparison,
    shown_conditions,
    shown_sensitivity,
    shown_slopes,
)
from rdstats.pages.frame import Progress
from rdstats.pages.origins import analysis_lines, provenance_lines
from rdstats.report.comparisons import Comparison, comparable, comparisons
from rdstats.report.figures import count_figures, report_figures
from rdstats.report.options import DEFAULTS, ReportOptions, option_lines
from rdstats.report.page import MOST_ROWS, Page, PageFigure, PageTable, render_page
from rdstats.report.paid import harm_sentence
from rdstats.report.sentences import collapse_sentence, collapsed_conditions, summary_sentence
from rdstats.report.verdicts import verdict_sections
from rdstats.tables.classes import classes_table
from rdstats.tables.conditions import conditions_table
from rdstats.tables.prepared import prepare
from rdstats.tables.selection import EVERYTHING, Selection
from rdstats.tables.sensitivity import sensitivity_table
from rdstats.tables.slopes import balances_table, class_means_table, slopes_table

_READ: Final = ("csv", "md", "tex", "parquet")
_LONG: Final = ("csv", "parquet")


def write_report(
    table: pa.Table,
    out: Path | str,
    selection: Selection = EVERYTHING,
    options: ReportOptions = DEFAULTS,
    *,
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
        options: Margins, and which tests.
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
    prepared = prepare(table, selection.split)
    conditions = conditions_table(prepared, selection, delta=options.delta)
    classes = classes_table(prepared, selection, margin=options.margin, quantity=options.quantity)
    families = comparable(conditions)
    count = count_figures(conditions)
    total = len(families) + count + 2

    tested: list[Comparison] = []
    tests: list[str] = []
    drawn = []
    with drawing(processes or processes_for(count)) as draw:  # they start while we compute
        slopes = slopes_table(prepared, selection)
        balances = balances_table(prepared, selection)
        points = balances if slope == "paper" else class_means_table(prepared, selection)
        figures = report_figures(slopes, conditions, points, slope=slope)
        awaited = [(figure, draw(figure)) for figure in figures]  # other processes draw, while we
        sensitivity = sensitivity_table(prepared, selection, iterative=False)
        for step, along in enumerate(families):
            tell(f"tests along {along}", step, total)
            for found in comparisons(prepared, along, selection, options):
                if isinstance(found, Comparison):
                    tested.append(found)
                    tests.append(found.sentence)
                else:
                    tests.append(found)
        tell("tables", len(families), total)
        collapsed = collapsed_conditions(conditions)
        frames = {
            "conditions": conditions,
            "classes": classes,
            "slopes": slopes,
            "collapsed": collapsed,
            "sensitivity": sensitivity,
        }
        frames |= {comparison.name: comparison.frame for comparison in tested}
        _write_frames(out, frames, _READ)
        _write_frames(out, {"balances": balances}, _LONG)
        shown: dict[str, ShownTable] = {
            "conditions": shown_conditions(conditions, MOST_ROWS),
            "classes": shown_classes(classes, MOST_ROWS),
        }
        shown |= {one.name: shown_comparison(one.frame, MOST_ROWS) for one in tested}
        if len(collapsed):
            shown["collapsed"] = shown_collapse(collapsed, MOST_ROWS)
        shown["sensitivity"] = shown_sensitivity(sensitivity, MOST_ROWS)
        shown["slopes"] = shown_slopes(slopes, MOST_ROWS)
        sections = tuple(verdict_sections(conditions, classes))

        for number, (figure, picture) in enumerate(awaited, start=1):
            tell(f"figure {number}: {figure.kind}", len(families) + number, total)
            name = f"figure-{number:02}-{figure.kind}"
            svg = write_picture(picture(), out / name)
            drawn.append(PageFigure(name, figure.title, figure.caption, inline(svg, number)))

    tell("page", total - 1, total)
    page = Page(
        studies=tuple(dict.fromkeys(conditions["study"])),
        metric=selection.metric,
        summary=summary_sentence(conditions),
        harm=harm_sentence(classes),
        sections=sections,
        collapse=collapse_sentence(collapsed, len(conditions), int(conditions["classes"].max())),
        tests=tuple(tests),
        figures=tuple(drawn),
        tables=tuple(PageTable(name, table, _READ) for name, table in shown.items()),
        files=tuple(f"balances.{suffix}" for suffix in _LONG),
        analysis=(*analysis_lines(table, selection), *option_lines(options)),
        sources=tuple(
            (name, provenance_lines(found)) for name, found in (provenance or {}).items()
        ),
    )
    index = write_whole(out / "index.html", render_page(page).encode())
    tell("done", total, total)
    return index


def _write_frames(out: Path, frames: Mapping[str, pd.DataFrame], suffixes: Sequence[str]) -> None:
    for name, frame in frames.items():
        for suffix in suffixes:
            write_frame(frame, out / f"{name}.{suffix}")
