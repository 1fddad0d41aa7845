"""The command `rdstats compare`: tests of slopes between conditions."""

from __future__ import annotations

from typing import Annotated

import typer

from rd_cli.stats import files, options

EXAMPLES = (
    "rdstats compare demo/recall.parquet --along method",
    "rdstats compare demo/recall.parquet --along ratio --slope class-mean --where method=MP",
    "rdstats compare mnist.parquet cifar.parquet --along dataset --pairs 'MNIST vs CIFAR-10'",
)


def compare(
    tables: options.Tables,
    along: Annotated[options.Along, typer.Option("--along", help="What to compare.")],
    where: options.Where = None,
    split: options.SplitOption = options.Split.TEST,
    stage: options.StageOption = None,
    metric: options.MetricOption = options.Metric.RECALL,
    average: options.AverageOption = options.Average.MICRO,
    slope: Annotated[
        options.Slope,
        typer.Option("--slope", help="A slope per model, or the class-mean slope's pseudo-values."),
    ] = options.Slope.PAPER,
    student: options.StudentOption = False,
    alternative: Annotated[
        options.Alternative | None,
        typer.Option(
            "--alternative", help="Side of the tests, not the paper's.", show_default=False
        ),
    ] = None,
    family: Annotated[
        options.FamilyOf,
        typer.Option("--family", help="Adjust p within each group, or over all rows (Table 9)."),
    ] = options.FamilyOf.GROUP,
    order: Annotated[
        str | None,
        typer.Option(
            "--order",
            metavar="A,B,C",
            help="Levels to compare, in this order, not the natural one.",
            show_default=False,
        ),
    ] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option(
            "--pairs",
            metavar="'A vs B'",
            help="Compare this pair, first minus second; repeat for several.",
            show_default=False,
        ),
    ] = None,
    delta: Annotated[
        float, typer.Option("--delta", help="Margin of the equivalence column: 0 ± delta.")
    ] = 0.10,
    permutation: Annotated[
        bool, typer.Option("--permutation", help="A permutation test beside each t test.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the permutations.")] = 0,
    out: options.Out = None,
) -> None:
    """Test slopes by ratio, method, architecture or data set.

    Defaults are the paper's (Tables 1 to 9): a slope per model; ratios and architectures
    pairwise in order, methods all against all, data sets by its three pairs; its sides; paired
    over models where both arms are the same models, else Welch's t; Bonferroni within a group,
    Holm beside it.
    """
    from rdstats.output.shown import shown_comparison
    from rdstats.tables.compare import compare_table

    files.refuse_unknown_suffix(out)
    selection = files.selection(where, split, stage, metric, average)
    frame = compare_table(
        files.read_tables(tables, split),
        along.value,
        selection,
        slope=slope.value,
        student=student,
        alternative=alternative.value if alternative else None,
        family=family.value,
        order=options.split_order(order),
        pairs=options.split_pairs(pairs),
        delta=delta,
        permutation=permutation,
        seed=seed,
    )
    files.show_or_write(frame, shown_comparison(frame), out)
