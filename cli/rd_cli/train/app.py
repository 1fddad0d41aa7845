"""The command `rdtrain`: trains, prunes and evaluates models, and leaves recall tables.

Libraries that take long to load are imported inside the commands: `--help` answers at once.
"""

from __future__ import annotations

from typing import NoReturn

from rd_cli import edge
from rd_cli.edge import VersionOption, new_app
from rd_cli.train import data, demo, listing, plan, run

app = new_app()
for name, command in (
    ("demo", demo.demo),
    ("run", run.run),
    ("plan", plan.plan),
    ("list", listing.list_registries),
    ("data", data.data),
):
    app.command(name)(command)


@app.callback(invoke_without_command=True)
def about(version: VersionOption = False) -> None:  # answered by its callback
    """Train, prune and evaluate models; leave recall tables for `rdstats`.

    Start with: rdtrain demo

    Exit codes: 0 fine, 1 an error told in one line, 2 misuse of the command line, 130 stopped by
    Ctrl-C, 143 by SIGTERM: what is done is kept, and the same command goes on.
    """


def main() -> NoReturn:
    """Run the command; the entry point of the console script."""
    edge.run(app, "rdtrain")


if __name__ == "__main__":
    main()
