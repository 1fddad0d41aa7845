"""The `rdstats` command: thin; each command has a file, and is a function of rdstats besides.

pandas, pyarrow, scipy and altair are imported inside the commands: --help answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NoReturn

import typer

from rd_cli import edge
from rd_cli.edge import VersionOption, leave_with_version
from rd_cli.stats import (
    check,
    classes,
    compare,
    conditions,
    imports,
    paper,
    power,
    report,
    sensitivity,
    simulate,
    slopes,
    validate,
)

PROGRAM: Final = "rdstats"
COMMANDS: Final[Sequence[tuple[str, Callable[..., None], Sequence[str]]]] = (
    ("validate", validate.validate, validate.EXAMPLES),
    ("slopes", slopes.slopes, slopes.EXAMPLES),
    ("conditions", conditions.conditions, conditions.EXAMPLES),
    ("compare", compare.compare, compare.EXAMPLES),
    ("report", report.report, report.EXAMPLES),
    ("classes", classes.classes, classes.EXAMPLES),
    ("paper", paper.paper, paper.EXAMPLES),
    ("check", check.check, check.EXAMPLES),
    ("sensitivity", sensitivity.sensitivity, sensitivity.EXAMPLES),
    ("power", power.power, power.EXAMPLES),
    ("simulate", simulate.simulate, simulate.EXAMPLES),
    ("import", imports.import_, imports.EXAMPLES),
)
"""Each command's name, function and examples, in the order of --help."""


def examples(lines: Sequence[str]) -> str:
    """Return command lines for the end of a help text; the mark keeps click from joining them."""
    title = "Example:" if len(lines) == 1 else "Examples:"
    return "\b\n" + "\n".join((title, *(f"  {line}" for line in lines)))


app = typer.Typer(
    epilog=examples(
        (
            "rdstats report demo/recall.parquet --out demo/report",
            "rdstats conditions demo/recall.parquet",
            "rdstats compare --help",
        )
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for name, command, lines in COMMANDS:
    app.command(name=name, epilog=examples(lines))(command)


@app.callback(invoke_without_command=True)
def about(version: VersionOption = False) -> None:
    """Did compression hurt some classes? Statistics on per-class recall tables.

    A recall table holds, for every class of every evaluated model, how many test samples it has
    and how many were predicted right; rdtrain writes such tables, other frameworks can.

    Exit codes: 0 fine, 1 an error told in one line, 2 misuse of the command line.
    """
    if version:
        leave_with_version(PROGRAM)


def main() -> NoReturn:
    """Run `rdstats` and leave with its exit code."""
    edge.run(app, PROGRAM, stopped="stopped; files written so far are whole")


if __name__ == "__main__":
    main()
