"""The command `rdstats compare`: tests of slopes between conditions."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

import rdstats as rd
from rd_cli.stats import options

Along = Literal["ratio", "architecture", "dataset", "method"]
Alternative = Literal["less", "greater", "two-sided"]
FamilyOf = Literal["group", "all"]


def compare(
    tables: options.Tables,
    along: Annotated[Along, typer.Option(help="What to compare.")],
    rows: options.Rows,
    printed: options.Printed,
    metric: options.Metric = "recall",
    average: options.Average = "micro",
    slope: Annotated[
        options.Slope,
        typer.Option(help="The class-mean slope (its pseudo-values), or the paper's per model."),
    ] = "class-mean",
    student: options.Student = False,
    alternative: Annotated[
        Alternative | None, typer.Option(help="Side of the tests, not the paper's.")
    ] = None,
    family: Annotated[
        FamilyOf, typer.Option(help="Adjust p within each group, or over all rows (Table 9).")
    ] = "group",
    order: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C", help="Levels to compare, in this order, not the natural one."
        ),
    ] = None,
    pairs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'A vs B'", help="Compare this pair, first minus second; repeat for several."
        ),
    ] = None,
    delta: Annotated[
        float, typer.Option(help="Margin of the equivalence column: 0 ± delta.")
    ] = 0.10,
    permutation: Annotated[
        bool, typer.Option("--permutation", help="A permutation test beside each t test.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the permutations.")] = 0,
    out: options.Out = None,
) -> None:
    """Test slopes by ratio, method, architecture or data set.

    The class-mean slope is compared, for samples like these where there are predictions; --slope
    paper compares the paper's slope per model (Tables 1 to 9). All else is the paper's: ratios and
    architectures pairwise in order, methods all against all, data sets by its three pairs; its
    sides; paired over models where both arms are the same models, else Welch's t; Bonferroni within
    a group, Holm beside it.

    Examples:
        rdstats compare demo --along method
        rdstats compare demo --along ratio --slope paper --where method=MP
        rdstats compare mnist.parquet cifar.parquet --along dataset --pairs 'MNIST vs CIFAR-10'
    """
    from rd_cli.terminal import show_or_write
    from rdstats.output.shown import shown_comparison

    frame = rd.compare(
        tables,
        along,
        rows.selection(metric, average),
        slope=slope,
        student=student,
        alternative=alternative,
        family=family,
        order=[level.strip() for level in order.split(",")] if order else None,
        pairs=[split_pair(pair) for pair in pairs] if pairs else None,
        delta=delta,
        permutation=permutation,
        seed=seed,
    )
    show_or_write(frame, shown_comparison(frame), out, printed)


def split_pair(text: str) -> tuple[str, str]:
    """Return a `--pairs` option as (first, second).

    Raises:
        typer.BadParameter: It does not read `FIRST vs SECOND`.
    """
    first, versus, second = (part.strip() for part in text.partition(" vs "))
    if not (first and versus and second):
        raise typer.BadParameter(
            f"{text!r} is not FIRST vs SECOND, as in --pairs 'MNIST vs CIFAR-10'"
        )
    return first, second
