"""What the commands of `rdstats` read and write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import pandas as pd

    from data_contracts import Provenance
    from rdstats.output.shown import ShownTable


def read_provenances(tables: list[str]) -> dict[str, Provenance | None]:
    """Return what each file says of itself, by name without folders where names differ."""
    from data_contracts import read_provenance
    from data_contracts.reading import recall_files

    files = recall_files(tables, told=False)
    names = [Path(file.name).name for file in files]
    if len(set(names)) < len(names):
        names = [file.name for file in files]
    return {
        name: read_provenance(file.path, filesystem=file.filesystem)
        for name, file in zip(names, files, strict=True)
    }


def show_or_write(frame: pd.DataFrame, shown: ShownTable, out: Path | None) -> None:
    """Write every column to the file that was asked for, else print what fits."""
    if out is not None:
        write(frame, out)
        return
    from rd_cli.terminal import print_shown

    print_shown(shown)


def write(frame: pd.DataFrame, out: Path) -> None:
    """Write a table and say what was written."""
    from rdstats.output.formats import write_frame

    typer.echo(f"{write_frame(frame, out)}: {len(frame):,} rows, {frame.shape[1]} columns")
