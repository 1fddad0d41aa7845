"""`--version`, which both commands know."""

from typing import Annotated

import typer

VersionOption = Annotated[
    bool, typer.Option("--version", is_eager=True, help="Print the version and leave.")
]


def leave_with_version(program: str) -> None:
    """Print the version of the distribution under the program's name, and leave with 0."""
    from importlib.metadata import version

    typer.echo(f"{program} {version('rdstats')}")
    raise typer.Exit
