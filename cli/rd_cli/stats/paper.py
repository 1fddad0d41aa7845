"""The command `rdstats paper`: the paper's tables and figures beside the printed numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rd_cli.edge import show
from rd_cli.stats import options


def paper(
    tables: options.Tables,
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            help="The folder for index.html, the tables (csv, md, tex) and the figures (svg).",
            file_okay=False,
            callback=options.refuse_missing_folder,
        ),
    ],
    *,
    slope: Annotated[
        options.Slope, typer.Option(help="A slope per model, as printed, or the class-mean slope.")
    ] = "paper",
    rows: options.Rows,
    metric: options.Metric = "recall",
    average: options.Average = "micro",
    told: options.Told,
) -> None:
    """Make the paper's Tables 1 to 13 and Figures 1 to 13 again.

    Every number stands beside the printed one, marked as agreeing, within the noise of seeds, or
    differing. What the tables do not hold is blank and listed, and p-values are adjusted for as
    many tests as the paper did all the same.

    Examples:
        rdstats paper 'studies/*/recall.parquet' --out paper
        rdstats paper 'studies/*/recall.parquet' --slope class-mean --out paper-class-mean
    """
    from data_contracts.reading import read_provenances
    from rd_cli.progress import steps
    from rd_cli.terminal import tell
    from rdstats.paper.page import write_paper

    with steps("paper", quiet=told.quiet) as progress:
        index = write_paper(
            tables,
            out,
            rows.selection(metric, average),
            slope=slope,
            provenance=read_provenances(tables),
            progress=progress,
        )
    tell(told, {"written": [str(index)]}, lambda: show(str(index)))
