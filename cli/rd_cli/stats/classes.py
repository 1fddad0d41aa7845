"""The command `rdstats classes`: a verdict per class, over models."""

from __future__ import annotations

from typing import Annotated

import typer

import rdstats as rd
from rd_cli.stats import options


def classes(
    tables: options.Tables,
    rows: options.Rows,
    average: options.Average = "micro",
    margin: options.Margin = 0.05,
    quantity: options.Quantity = "drop",
    control: Annotated[
        bool,
        typer.Option(
            "--control/--no-control", help="Take off the control arm's drop, where there is one."
        ),
    ] = True,
    out: options.Out = None,
) -> None:
    """Give a verdict per class: harmed, unharmed or inconclusive.

    Harmed: over the models, the class fell by more than the margin (t test, Holm over the
    classes). Unharmed: its own 95 % upper bound is below the margin. With the smallest drop that
    so many models and samples could have shown.

    Examples:
        rdstats classes demo/recall.parquet --where method=MP --where ratio=10
        rdstats classes demo/recall.parquet --quantity excess --margin 0.02 --out classes.csv
    """
    from rd_cli.terminal import show_or_write
    from rdstats.output.shown import shown_classes

    selection = rows.selection(average=average)
    frame = rd.classes(tables, selection, margin=margin, quantity=quantity, control=control)
    show_or_write(frame, shown_classes(frame), out)
