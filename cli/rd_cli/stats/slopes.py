"""The command `rdstats slopes`: the slope of every model."""

from __future__ import annotations

import rdstats as rd
from rd_cli.stats import options


def slopes(
    tables: options.Tables,
    rows: options.Rows,
    printed: options.Printed,
    metric: options.Metric = "recall",
    average: options.Average = "micro",
    out: options.Out = None,
) -> None:
    """List the slope of every model in every condition.

    The slope alpha of a model says whether the gaps between its classes widened (above 1) or
    narrowed (below 1). Models of the control arm are listed too, and a model whose slope is
    undefined with the reason.

    Examples:
        rdstats slopes demo --where method=MP --where ratio=10
        rdstats slopes demo --out slopes.csv
    """
    from rd_cli.terminal import show_or_write
    from rdstats.output.shown import shown_slopes

    frame = rd.slopes(tables, rows.selection(metric, average))
    show_or_write(frame, shown_slopes(frame), out, printed)
