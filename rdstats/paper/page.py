"""The page of the paper's tables and figures as text: finished numbers in, HTML out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.provenance import Provenance
from rdstats.charts.chosen import SlopeName
from rdstats.charts.drawing import Awaited, drawing, processes_for
from rdstats.charts.saving import inline, write_picture
from rdstats.output.formats import write_whole
from rdstats.pages.frame import Progress, render
from rdstats.pages.origins import Lines, analysis_lines, source_lines
from rdstats.paper.figures import PaperFigure, paper_figures
from rdstats.paper.marks import AGREES, DIFFERS, NOISE, TOO_FEW, UNJUDGED
from rdstats.paper.places import listed_places
from rdstats.paper.tables import PAPER_SLOPE, MadeTable, paper_tables
from rdstats.paper.writing import SIGNS, SUFFIXES, write_paper_table
from rdstats.tables.reading import as_arrays
from rdstats.tables.selection import EVERYTHING, Selection

_SLOPES: Final = {
    "paper": "Slopes are the paper’s: α per model. It falls below 1 where only the luck of seeds "
    "is drawn anew; --slope class-mean makes the same tables without that.",
    "class-mean": "Slopes are class-mean slopes (their jackknife pseudo-values are tested), not "
    "the paper’s α per model: a number that differs may do so for that reason.",
}


@dataclass(frozen=True)
class PaperPageFigure:
    """A figure of the page; `svg` is empty where it cannot be made."""

    name: str
    number: int
    title: str
    caption: str
    svg: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class PaperPage:
    """Everything that the page says.

    Attributes:
        studies: Names of the studies.
        metric: What the balances are of.
        summary: How the numbers stand to the printed ones, in a sentence.
        slope: Which slope the numbers are of, in a sentence.
        notes: Which studies were left out, and why.
        missing: The conditions that no given table has.
        tables: The tables, in order.
        figures: The figures, in order.
        analysis: What was analysed.
        sources: What each table says of itself, by name.
    """

    studies: tuple[str, ...]
    metric: str
    summary: str
    slope: str
    notes: tuple[str, ...]
    missing: tuple[str, ...]
    tables: tuple[MadeTable, ...]
    figures: tuple[PaperPageFigure, ...]
    analysis: Lines
    sources: tuple[tuple[str, Lines], ...]


def render_paper_page(page: PaperPage) -> str:
    """Return the page as HTML; every name in it is escaped, whatever it holds."""
    return render("paper.html.jinja", **vars(page), signs=SIGNS, suffixes=SUFFIXES)


def slope_sentence(slope: str) -> str:
    """Say which slope the numbers are of."""
    return _SLOPES[slope]


def agreement_sentence(tables: Sequence[MadeTable]) -> str:
    """Say how many of the printed numbers could be made, and how they compare."""
    printed = [n for table in tables for n in table.numbers if n.printed is not None]
    made = [number for number in printed if not number.is_missing]
    if not made:
        return f"None of the {len(printed)} printed numbers can be made from the given tables."
    counts = Counter(number.mark for number in made)
    return (
        f"{len(made)} of the {len(printed)} printed numbers can be made from the given tables. "
        f"Agreeing: {counts[AGREES]}; within the noise of seeds: {counts[NOISE]}; differing: "
        f"{counts[DIFFERS]}; too few models to say: {counts[TOO_FEW]}; not judged: "
        f"{counts[UNJUDGED]}."
    )


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
        analysis=analysis_lines(as_arrays(table, selection)),
        sources=tuple(source_lines(provenance)),
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
