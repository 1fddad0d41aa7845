"""The `rdstats` command: thin; each command is a function of rdstats that can be imported.

pandas, pyarrow, scipy and altair are imported inside the commands: --help answers at once.
"""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from rd_cli import edge, inputs, options, outputs
from rd_cli.check import check
from rd_cli.classes import classes
from rd_cli.imports import EXAMPLES, import_
from rd_cli.paper import paper
from rd_cli.power import power
from rd_cli.sensitivity import sensitivity
from rd_cli.simulate import simulate
from rd_cli.version import VersionOption, leave_with_version

PROGRAM = "rdstats"


def examples(*lines: str) -> str:
    """Return command lines for the end of a help text; the mark keeps click from joining them."""
    return "\b\n" + "\n".join(
        ("Example:" if len(lines) == 1 else "Examples:", *(f"  {x}" for x in lines))
    )


app = typer.Typer(
    epilog=examples(
        "rdstats report demo/recall.parquet --out demo/report",
        "rdstats conditions demo/recall.parquet",
        "rdstats compare --help",
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def about(version: VersionOption = False) -> None:
    """Did compression hurt some classes? Statistics on per-class recall tables.

    A recall table holds, for every class of every evaluated model, how many test samples it has
    and how many were predicted right; rdtrain writes such tables, other frameworks can.

    Exit codes: 0 fine, 1 an error told in one line, 2 misuse of the command line.
    """
    if version:
        leave_with_version(PROGRAM)


@app.command(
    epilog=examples(
        "rdstats validate demo/recall.parquet",
        "rdstats validate 'studies/*/recall.parquet' --out broken.csv",
    )
)
def validate(tables: options.Tables, out: options.Out = None) -> None:
    """Check tables against the contract; exit 1 if one breaks it.

    Prints what each file holds and every broken rule with how many rows break it and the first
    of them. --out writes the broken rules as a table.
    """
    from rd_cli.validation import judged
    from rd_cli.validation_report import broken_rules, print_verdicts

    outputs.refuse_unknown_suffix(out)
    verdicts = list(judged(tables))
    print_verdicts(verdicts, tables)
    if out is not None:
        outputs.write(broken_rules(verdicts), out)
    if any(verdict.error for verdict in verdicts):
        raise typer.Exit(1)


@app.command(
    epilog=examples(
        "rdstats slopes demo/recall.parquet --where method=MP --where ratio=10",
        "rdstats slopes demo/recall.parquet --out slopes.csv",
    )
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
    from rdstats.tables.shown import shown_slopes
    from rdstats.tables.slopes import slopes_table

    outputs.refuse_unknown_suffix(out)
    frame = slopes_table(
        inputs.read_tables(tables, split), inputs.selection(where, split, stage, metric, average)
    )
    outputs.show_or_write(frame, shown_slopes(frame), out)


@app.command(
    epilog=examples(
        "rdstats conditions demo/recall.parquet",
        "rdstats conditions demo/recall.parquet --where method=UP --out up.tex",
    )
)
def conditions(
    tables: options.Tables,
    where: options.Where = None,
    split: options.SplitOption = options.Split.TEST,
    stage: options.StageOption = None,
    metric: options.MetricOption = options.Metric.RECALL,
    average: options.AverageOption = options.Average.MICRO,
    delta: Annotated[
        float,
        typer.Option("--delta", help="Margin of the equivalence column: a slope of 1 ± delta."),
    ] = 0.10,
    permutation: Annotated[
        bool, typer.Option("--permutation", help="Test the slope against 1 by sign flips too.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the permutations.")] = 0,
    out: options.Out = None,
) -> None:
    """Give a verdict per condition: <, > or ?, with intervals.

    The class-mean slope is the headline: seeds' luck does not pull it towards 0. The mean of
    alpha per model, the paper's, stands beside it. The level is 1 - 0.05 / ratios.
    """
    from rdstats.tables.conditions import conditions_table
    from rdstats.tables.shown import shown_conditions

    outputs.refuse_unknown_suffix(out)
    selection = inputs.selection(where, split, stage, metric, average)
    frame = conditions_table(
        inputs.read_tables(tables, split),
        selection,
        delta=delta,
        permutation=permutation,
        seed=seed,
    )
    outputs.show_or_write(frame, shown_conditions(frame), out)


@app.command(
    epilog=examples(
        "rdstats compare demo/recall.parquet --along method",
        "rdstats compare demo/recall.parquet --along ratio --slope class-mean --where method=MP",
        "rdstats compare mnist.parquet cifar.parquet --along dataset --pairs 'MNIST vs CIFAR-10'",
    )
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
    from rdstats.tables.compare import compare_table
    from rdstats.tables.shown import shown_comparison

    outputs.refuse_unknown_suffix(out)
    selection = inputs.selection(where, split, stage, metric, average)
    frame = compare_table(
        inputs.read_tables(tables, split),
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
    outputs.show_or_write(frame, shown_comparison(frame), out)


@app.command(
    epilog=examples(
        "rdstats report demo/recall.parquet --out demo/report",
    )
)
def report(
    tables: options.Tables,
    out: options.Folder,
    where: options.Where = None,
    split: options.SplitOption = options.Split.TEST,
    stage: options.StageOption = None,
    metric: options.MetricOption = options.Metric.RECALL,
    average: options.AverageOption = options.Average.MICRO,
    delta: Annotated[
        float, typer.Option("--delta", help="Slopes within 1 ± delta count as unchanged.")
    ] = 0.10,
    margin: options.MarginOption = 0.05,
    quantity: options.QuantityOption = options.Quantity.DROP,
    student: options.StudentOption = False,
    slope: Annotated[
        options.Slope,
        typer.Option(
            "--slope", help="What boxplots and scatter plots show; intervals show both slopes."
        ),
    ] = options.Slope.PAPER,
) -> None:
    """Write a page, with every table and figure beside it.

    The page, DIR/index.html, begins with the verdict in words and opens without a network.
    Tables are csv, md, tex and parquet, figures svg and png.
    """
    from rd_cli.progress import steps
    from rdstats.pages.options import ReportOptions
    from rdstats.pages.report import write_report

    table = inputs.read_union(tables)
    selection = inputs.selection(where, split, stage, metric, average)
    with steps("report") as progress:
        index = write_report(
            table,
            out,
            selection,
            ReportOptions(delta, margin, quantity.value, student),
            slope=slope.value,
            provenance=inputs.read_provenances(tables),
            progress=progress,
        )
    typer.echo(index)


app.command(
    epilog=examples(
        "rdstats classes demo/recall.parquet --where method=MP --where ratio=10",
        "rdstats classes demo/recall.parquet --quantity excess --margin 0.02 --out classes.csv",
    )
)(classes)

app.command(
    epilog=examples(
        "rdstats paper 'studies/*/recall.parquet' --out paper",
        "rdstats paper 'studies/*/recall.parquet' --slope class-mean --out paper-class-mean",
    )
)(paper)

app.command(
    epilog=examples(
        "rdstats check before.csv after.csv",
        "rdstats check before.csv after.csv --margin 0.03 --gate --page verdict",
        "rdstats check before.npy after.npy --format confusion --true-rows",
        "rdstats check recall.parquet --after method=MP --after ratio=10 --after model=m0",
    )
)(check)

app.command(
    epilog=examples(
        "rdstats sensitivity demo/recall.parquet --where method=MP",
    )
)(sensitivity)

app.command(
    epilog=examples(
        "rdstats power --effect 0.10 --effect 0.05 --sd 0.1",
        "rdstats power --effect 0.10 --pilot demo/recall.parquet --where ratio=10 --simulate 1000",
        "rdstats power --sd 0.1 --models 30",
        "rdstats power --drop 0.10 --churn 0.15 --classes 10",
        "rdstats power --effect 0.10 --effect 0.05 --sd 0.1 --out power.svg",
    )
)(power)

app.command(
    epilog=examples(
        "rdstats simulate --where classes=10 --where models=5 --repetitions 200",
        "rdstats simulate --out reports/simulation",
        "rdstats simulate --out reports/simulation --print",
        "rdstats simulate --gate --out reports/simulation/gate",
    )
)(simulate)


app.command(name="import", epilog=examples(*EXAMPLES))(import_)


def main() -> NoReturn:
    """Run `rdstats` and leave with its exit code."""
    edge.run(app, PROGRAM, stopped="stopped; files written so far are whole")


if __name__ == "__main__":
    main()
