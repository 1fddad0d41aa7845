"""The command `rdstats report`: a page with every table and figure beside it."""

from __future__ import annotations

from typing import Annotated

import typer

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
        typer.Option(help="What boxplots and scatter plots show; intervals show both slopes."),
    ] = "paper",
) -> None:
    """Write a page, with every table and figure beside it.

    The page, DIR/index.html, begins with the verdict in words and opens without a network.
    Tables are csv, md, tex and parquet, figures svg and png.

    Examples:
        rdstats report demo/recall.parquet --out demo/report
    """
    from data_contracts.reading import read_provenances
    from rd_cli.progress import steps
    from rdstats.report.report import write_report

    with steps("report") as progress:
        index = write_report(
            tables,
            out,
            rows.selection(metric, average),
            delta=delta,
            margin=margin,
            quantity=quantity,
            student=student,
            slope=slope,
            provenance=read_provenances(tables),
            progress=progress,
        )
    typer.echo(index)
