"""The command `rdstats`: each of its commands has a file, and is thin over functions of rdstats.

pandas, pyarrow, scipy and altair are imported inside the commands: --help answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from rd_cli import edge
from rd_cli.edge import VersionOption, examples, grouped, new_app
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

app = new_app(
    examples(
        (
            "rdstats report demo/recall.parquet --out demo/report",
            "rdstats conditions demo/recall.parquet",
            "rdstats compare --help",
        )
    )
)
for name, command, lines in COMMANDS:
    app.command(name, epilog=examples(lines))(grouped(command))


@app.callback(invoke_without_command=True)
def about(version: VersionOption = False) -> None:  # answered by its callback
    """Did compression hurt some classes? Statistics on per-class recall tables.

    A recall table holds, for every class of every evaluated model, how many test samples it has
    and how many were predicted right; rdtrain writes such tables, other frameworks can.

    Exit codes: 0 fine, 1 an error told in one line, 2 misuse of the command line.
    """


def main() -> NoReturn:
    """Run `rdstats` and leave with its exit code."""
    edge.run(app, "rdstats", stopped="stopped; files written so far are whole")


if __name__ == "__main__":
    main()
