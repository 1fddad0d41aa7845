"""The paper as a folder: its tables and figures, and a page that holds them all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from data_contracts.provenance import Provenance
from data_contracts.writing import whole_folder
from rdstats.charts.files import save
from rdstats.charts.shown_slope import SlopeName
from rdstats.output.formats import write_whole
from rdstats.pages.frame import PageFigure, Progress, render
from rdstats.pages.origins import analysis_lines, source_lines
from rdstats.paper.design import figure_designs, listed_conditions
from rdstats.paper.figures import paper_figures
from rdstats.paper.marks import AGREES, DIFFERS, NOISE, TOO_FEW, UNJUDGED
from rdstats.paper.tables import PaperTable, paper_tables
from rdstats.paper.writing import SIGNS, SUFFIXES, write_paper_table
from rdstats.tables.reading import Tables, as_arrays
from rdstats.tables.selection import EVERYTHING, Selection

_SLOPES: Final[Mapping[str, str]] = {
    "paper": "Slopes are the paper’s: α per model. It falls below 1 where only the luck of seeds "
    "is drawn anew; --slope class-mean makes the same tables without that.",
    "class-mean": "Slopes are class-mean slopes (their jackknife pseudo-values are tested), not "
    "the paper’s α per model: a number that differs may do so for that reason.",
}


def agreement_sentence(tables: Sequence[PaperTable]) -> str:
    """Say how many of the printed numbers could be made, and how they compare."""
    printed = [number for table in tables for number in table.numbers]
    counts = Counter(number.mark for number in printed if not number.is_missing)
    if not counts:
        return f"None of the {len(printed)} printed numbers can be made from the given tables."
    return (
        f"{counts.total()} of the {len(printed)} printed numbers can be made from the given "
        f"tables. Agreeing: {counts[AGREES]}; within the noise of seeds: {counts[NOISE]}; "
        f"differing: {counts[DIFFERS]}; too few models to say: {counts[TOO_FEW]}; not judged: "
        f"{counts[UNJUDGED]}."
    )


def write_paper(
    table: Tables,
    out: Path | str,
    selection: Selection = EVERYTHING,
    *,
    slope: SlopeName = "paper",
    provenance: Mapping[str, Provenance | None] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write the paper's tables and figures and return the path of the page.

    `out` gets table-01 to table-13 and appendix-g (csv, md, tex), figure-01 to figure-13
    (svg), and last of all index.html, which holds them all and needs neither them nor a network.
    What the tables lack is blank, and listed; families of tests keep the printed size. A figure
    of which nothing is there has no file: one that an older run left is removed. All files appear
    together at the end, or none does. The same table gives the same bytes.

    Args:
        table: A recall table, or the union of several.
        out: The folder; made where it is missing. Files of other names in it stay.
        selection: What of the table, by which metric.
        slope: `paper`, a slope per model, or `class-mean`.
        provenance: What each source of the table says of itself, by the name to show.
        progress: Called before every step.

    Raises:
        StatsError: An unknown slope; two studies have the same condition; nothing of the paper is
            in the tables, or nothing matches the selection.
        ContractError: A compressed or control row has no baseline row.
        OSError: The folder cannot be written.

    Example:
        >>> import pyarrow as pa, rdstats as rd
        >>> of = {"study": "p", "dataset": "CIFAR-10", "architecture": "ResNet-20", "model": "m"}
        >>> before = rd.from_counts([100] * 10, [90] * 5 + [70] * 5, ratio=1, **of)
        >>> pruned = {"method": "MP", "ratio": 4, "stage": "pruned"}
        >>> after = rd.from_counts([100] * 10, [88] * 5 + [60] * 5, **pruned, **of)
        >>> table = pa.concat_tables([before, after])
        >>> import tempfile
        >>> rd.write_paper(table, tempfile.mkdtemp()).name
        'index.html'
    """
    arrays, out = as_arrays(table, selection), Path(out)
    tell = progress or (lambda _what, _done, _total: None)
    total = len(figure_designs()) + 2

    tell("tables", 0, total)
    tables, notes = paper_tables(arrays, selection, slope=slope)
    with whole_folder(out) as beside:
        for one in tables:
            write_paper_table(one, beside)
        shown, drawn, data = [], [], {}
        for figure in paper_figures(arrays, selection, slope=slope):
            number = figure.number
            tell(f"figure {number}", number, total)
            name = f"figure-{number:02}"
            if figure.chart is not None:
                save(figure.chart, beside / f"{name}.svg")
                many = figure.kind == "balances"
                drawn.append(PageFigure(name, f"Figure {number}", name, figure.chart, canvas=many))
                data[name] = pd.DataFrame(json.loads(figure.chart.data.values))
            shown.append({**vars(figure), "name": name, "drawn": figure.chart is not None})

        tell("page", total - 1, total)
        page = render(
            "paper.html.jinja",
            studies=sorted({name for each in arrays.counts for name in each.names["study"]}),
            metric=selection.metric,
            summary=agreement_sentence(tables),
            slope=_SLOPES[slope],
            notes=notes,
            missing=listed_conditions(absent for one in tables for absent in one.absent),
            tables=tables,
            signs=SIGNS,
            suffixes=SUFFIXES,
            figures=drawn,
            data=data,
            shown_figures=shown,
            analysis=analysis_lines(arrays),
            sources=source_lines(provenance),
        )
        write_whole(beside / "index.html", page.encode())
    for old in shown:  # what older runs left
        (out / f"{old['name']}.png").unlink(missing_ok=True)
        if not old["drawn"]:
            (out / f"{old['name']}.svg").unlink(missing_ok=True)
    tell("done", total, total)
    return out / "index.html"
