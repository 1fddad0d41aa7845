"""What the commands of `rdstats` leave: a file with every column, or a table in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import pandas as pd

    from rdstats.tables.shown import ShownTable


def refuse_unknown_suffix(out: Path | None) -> None:
    """Refuse a file that cannot be written before the work, not after it."""
    if out is not None:
        from rdstats.tables.formats import known_suffix

        known_suffix(out)


def show_or_write(frame: pd.DataFrame, shown: ShownTable, out: Path | None) -> None:
    """Write every column to the file that was asked for, else print what fits."""
    if out is not None:
        write(frame, out)
        return
    from rd_cli.terminal import print_shown

    print_shown(shown)


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write a table and say what was written."""
    from rdstats.tables.formats import write_frame

    typer.echo(f"{write_frame(frame, out)}: {len(frame):,} rows, {frame.shape[1]} columns")
