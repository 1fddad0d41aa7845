"""The command `rdstats sensitivity`: other estimators beside the class-mean slope."""

from __future__ import annotations

from typing import Annotated

import typer

import rdstats as rd
from rd_cli.stats import options


def sensitivity(
    tables: options.Tables,
    rows: options.Rows,
    printed: options.Printed,
    metric: options.Metric = "recall",
    average: options.Average = "micro",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
    out: options.Out = None,
) -> None:
    """Set other estimators of the slope beside the class-mean slope.

    Instrument, corrected moments, Deming, a mixed model, and the bootstrap over models: where
    they tell another story than the headline, look at the note of each.

    Examples:
        rdstats sensitivity demo --where method=MP
    """
    from rd_cli.terminal import show_or_write
    from rdstats.output.shown import shown_sensitivity

    frame = rd.sensitivity(tables, rows.selection(metric, average), seed=seed)
    show_or_write(frame, shown_sensitivity(frame), out, printed)
