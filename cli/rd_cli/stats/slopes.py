"""The command `rdstats slopes`: the slope of every model."""

from __future__ import annotations

from rd_cli.stats import files, options

EXAMPLES = (
    "rdstats slopes demo/recall.parquet --where method=MP --where ratio=10",
    "rdstats slopes demo/recall.parquet --out slopes.csv",
)


def slopes(
    tables: options.Tables,
    where: options.Where = None,
    split: options.SplitOption = options.Split.TEST,
    stage: options.StageOption = None,
    metric: options.MetricOption = options.Metric.RECALL,
    average: options.AverageOption = options.Average.MICRO,
    out: options.Out = None,
) -> None:
    """List the slope of every model in every condition.

    The slope alpha of a model says whether the gaps between its classes widened (above 1) or
    narrowed (below 1). Models of the control arm are listed too, and a model whose slope is
    undefined with the reason.
    """
    from rdstats.output.shown import shown_slopes
    from rdstats.tables.slopes import slopes_table

    files.refuse_unknown_suffix(out)
    frame = slopes_table(
        files.read_tables(tables, split), files.selection(where, split, stage, metric, average)
    )
    files.show_or_write(frame, shown_slopes(frame), out)
