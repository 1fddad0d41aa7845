"""The command `rdstats classes`: a verdict per class, over models."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

import rdstats as rd
from rd_cli.stats import options


def classes(
    tables: options.Tables,
    rows: options.Rows,
    printed: options.Printed,
    average: options.Average = "micro",
    margin: options.Margin = 0.05,
    quantity: options.Quantity = "drop",
    control: Annotated[
        bool,
        typer.Option(
            "--control/--no-control", help="Take off the control arm's drop, where there is one."
        ),
    ] = True,
    scope: Annotated[
        Literal["these samples", "samples like these"] | None,
        typer.Option(
            metavar="these samples|samples like these",
            help="How far verdicts reach; the latter needs predictions beside the counts, or is "
            "judged conservatively from n_both_correct.",
            show_default="as far as the tables know",
        ),
    ] = None,
    safe_ratio: Annotated[
        bool,
        typer.Option(
            "--safe-ratio", help="How far each method is shown to cost no class the margin."
        ),
    ] = False,
    out: options.Out = None,
) -> None:
    """Give a verdict per class: harmed, unharmed or inconclusive.

    Harmed: over the models, the class fell by more than the margin, less the control's fall where
    there is one (Holm over the classes). Unharmed: its own 95 % upper bound is below the margin,
    with and without the control's fall. With the smallest drop that would have been seen.

    Examples:
        rdstats classes demo --where method=MP --where ratio=10
        rdstats classes study --safe-ratio
        rdstats classes demo --quantity excess --margin 0.02 --out classes.csv
    """
    from rd_cli.terminal import show_or_write
    from rdstats.output.shown import shown_classes, shown_safe_ratios
    from rdstats.tables.safe_ratios import safe_ratios_of

    selection = rows.selection(average=average)
    frame = rd.classes(
        tables, selection, margin=margin, quantity=quantity, control=control, scope=scope
    )
    if safe_ratio:
        ratios = safe_ratios_of(frame)
        show_or_write(ratios, shown_safe_ratios(ratios), out, printed)
    else:
        show_or_write(frame, shown_classes(frame), out, printed)
