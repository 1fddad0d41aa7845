"""The command `rdstats`: each of its commands has a file, and is thin over functions of rdstats.

pandas, pyarrow, scipy and altair are imported inside the commands: --help answers at once.
"""

from __future__ import annotations

from typing import NoReturn

from rd_cli import edge
from rd_cli.edge import VersionOption, add_command, examples, new_app
from rd_cli.stats.check import check
from rd_cli.stats.classes import classes
from rd_cli.stats.compare import compare
from rd_cli.stats.conditions import conditions
from rd_cli.stats.imports import import_
from rd_cli.stats.paper import paper
from rd_cli.stats.power import power
from rd_cli.stats.report import report
from rd_cli.stats.sensitivity import sensitivity
from rd_cli.stats.simulate import simulate
from rd_cli.stats.slopes import slopes
from rd_cli.stats.validate import validate

app = new_app(
    examples(
        (
            "rdstats report demo --out demo/report",
            "rdstats conditions demo",
            "rdstats compare --help",
        )
    )
)
for command in (
    *(validate, slopes, conditions, compare, report, classes),
    *(paper, check, sensitivity, power, simulate, import_),
):  # the order of --help
    add_command(app, command)


@app.callback(invoke_without_command=True)
def about(version: VersionOption = False) -> None:  # answered by its callback
    """Did compression hurt some classes? Statistics on per-class recall tables.

    A recall table holds, for every class of every evaluated model, how many test samples it has
    and how many were predicted right; rdtrain writes such tables, other frameworks can.

    Exit codes: 0 fine, 1 an error told in one line (or a table that `validate` refuses), 2 misuse
    of the command line, 130 stopped by Ctrl-C, 143 by SIGTERM; `check
    --gate` has its own.
    """


def main() -> NoReturn:
    """Run `rdstats` and leave with its exit code."""
    edge.run(app, "rdstats", stopped="stopped; files written so far are whole")


if __name__ == "__main__":
    main()
