"""The paper made again: a folder with a page, 13 tables and 13 figures beside printed numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.provenance import Provenance
from rdstats.charts.chosen import SlopeName
from rdstats.charts.drawing import Awaited, drawing, processes_for
from rdstats.charts.paper import PaperFigure, paper_figures
from rdstats.charts.saving import inline, write_picture
from rdstats.pages.origins import analysis_lines, provenance_lines
from rdstats.pages.paper_page import (
    PaperPage,
    PaperPageFigure,
    agreement_sentence,
    render_paper_page,
    slope_sentence,
)
from rdstats.pages.report import Progress
from rdstats.tables.files import write_whole
from rdstats.tables.paper.making import PAPER_SLOPE, paper_tables
from rdstats.tables.paper.places import listed_places
from rdstats.tables.paper.writing import write_paper_table
from rdstats.tables.selection import EVERYTHING, Selection

FIGURES: Final = 13


def write_paper(
    table: pa.Table,
    out: Path | str,
    selection: Selection = EVERYTHING,
    *,
    slope: SlopeName = PAPER_SLOPE,
    provenance: Mapping[str, Provenance | None] | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write the paper's tables and figures and return the path of the page.

    `out` gets table-01 to table-13 and appendix-g (csv, md, tex), figure-01 to figure-13 (svg,
    png), and last of all index.html, which holds them all and needs neither them nor a network.
    What the tables lack is blank, and listed; families of tests keep the printed size. A figure
    of which nothing is there has no file: one that an older run left is removed. Each file
    appears whole. The same table gives the same bytes.

    Args:
        table: A recall table, or the union of several.
        out: The folder; made where it is missing. Files of other names in it stay.
        selection: What of the table, by which metric.
        slope: `paper`, a slope per model, or `class-mean`.
        provenance: What each source of the table says of itself, by the name to show.
        processes: How many draw figures at once; None for as many as pay on this machine. With
            more than one the figures are drawn while the tables are made.
        progress: Called before every step.

    Raises:
        StatsError: An unknown slope; two studies have the same condition; nothing of the paper is
            in the tables, or nothing matches the selection.
        ContractError: A compressed or control row has no baseline row.
        StatsError: A process that draws was ended from outside.
        OSError: The folder cannot be written.
    """
    out = Path(out)
    tell = progress or (lambda _what, _done, _total: None)
    total = FIGURES + 2

    tell("tables", 0, total)
    drawn = []
    with drawing(processes or processes_for(FIGURES)) as draw:
        awaited = [
            (figure, draw(figure.chart) if figure.chart else None)
            for figure in paper_figures(table, selection, slope=slope)
        ]
        tables, notes = paper_tables(table, selection, slope=slope)
        for made in tables:
            write_paper_table(made, out)
        for number, (figure, picture) in enumerate(awaited, start=1):
            tell(f"figure {number}", number, total)
            drawn.append(_write(figure, picture, out))

    tell("page", total - 1, total)
    page = PaperPage(
        studies=tuple(sorted(pc.unique(table["study"]).to_pylist())),
        metric=selection.metric,
        summary=agreement_sentence(tables),
        slope=slope_sentence(slope),
        notes=notes,
        missing=listed_places(place for made in tables for place in made.absent),
        tables=tuple(tables),
        figures=tuple(drawn),
        analysis=analysis_lines(table, selection),
        sources=tuple(
            (name, provenance_lines(found)) for name, found in (provenance or {}).items()
        ),
    )
    index = write_whole(out / "index.html", render_paper_page(page).encode())
    tell("done", total, total)
    return index


def _write(figure: PaperFigure, picture: Awaited | None, out: Path) -> PaperPageFigure:
    """Write a figure's files, and return it as it stands on the page."""
    name, svg = f"figure-{figure.number:02}", ""
    if picture is None:
        for suffix in ("svg", "png"):
            (out / f"{name}.{suffix}").unlink(missing_ok=True)
    else:
        svg = inline(write_picture(picture(), out / name), figure.number)
    title = f"Figure {figure.number}" if figure.chart is None else figure.chart.title
    return PaperPageFigure(name, figure.number, title, figure.caption, svg, figure.missing)
