"""The command `rdstats report`: a page with every table and figure beside it."""

from __future__ import annotations

from typing import Annotated

import typer

from rd_cli.edge import show
from rd_cli.stats import options


def report(
    tables: options.Tables,
    out: options.Folder,
    rows: options.Rows,
    metric: options.Metric = "recall",
    average: options.Average = "micro",
    delta: Annotated[
        float, typer.Option(help="Slopes within 1 ± delta count as unchanged.")
    ] = 0.10,
    margin: options.Margin = 0.05,
    quantity: options.Quantity = "drop",
    student: options.Student = False,
    slope: Annotated[
        options.Slope,
        typer.Option(help="Of which slope models and lines are shown; intervals show both."),
    ] = "paper",
    figures: options.Figures = "",
    *,
    told: options.Told,
) -> None:
    """Write a page that answers at a glance, with every table beside it.

    The page, DIR/index.html, begins with the verdict in words and draws its figures itself,
    without a network: hover for numbers, click to light up a class. Tables are csv, md, tex and
    parquet.

    Examples:
        rdstats report demo --out demo/report
        rdstats report recall.parquet --out report --figures svg,pdf
    """
    from data_contracts.reading import read_provenances
    from rd_cli.progress import steps
    from rd_cli.terminal import tell
    from rdstats.report.report import write_report

    kinds = options.figure_kinds(figures)
    with steps("report", quiet=told.quiet) as progress:
        index = write_report(
            tables,
            out,
            rows.selection(metric, average),
            delta=delta,
            margin=margin,
            quantity=quantity,
            student=student,
            slope=slope,
            figures=kinds,
            provenance=read_provenances(tables),
            progress=progress,
        )
    tell(told, {"written": [str(index)]}, lambda: show(str(index)))
