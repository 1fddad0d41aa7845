"""The command `rdstats conditions`: a verdict per condition."""

from __future__ import annotations

from typing import Annotated

import typer

import rdstats as rd
from rd_cli.stats import options


def conditions(
    tables: options.Tables,
    rows: options.Rows,
    printed: options.Printed,
    metric: options.Metric = "recall",
    average: options.Average = "micro",
    delta: Annotated[
        float, typer.Option(help="Margin of the equivalence column: a slope of 1 ± delta.")
    ] = 0.10,
    permutation: Annotated[
        bool, typer.Option("--permutation", help="Test the slope against 1 by sign flips too.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the permutations.")] = 0,
    out: options.Out = None,
) -> None:
    """Give a verdict per condition: <, > or ?, with intervals.

    The class-mean slope is the headline: seeds' luck does not pull it towards 0. The mean of
    alpha per model, the paper's, stands beside it. The level is 1 - 0.05 / ratios.

    Examples:
        rdstats conditions demo
        rdstats conditions demo --where method=UP --out up.tex
    """
    from rd_cli.terminal import show_or_write
    from rdstats.output.shown import shown_conditions

    selection = rows.selection(metric, average)
    frame = rd.conditions(tables, selection, delta=delta, permutation=permutation, seed=seed)
    show_or_write(frame, shown_conditions(frame), out, printed)
