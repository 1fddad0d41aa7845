"""What the commands of `rdstats` read: tables, what they say of themselves, and a selection."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rd_cli.stats import options

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from data_contracts import Provenance
    from rdstats.output.shown import ShownTable
    from rdstats.tables.prepared import Tables
    from rdstats.tables.selection import Selection


ROWS_AT_ONCE = 10_000_000
"""Rows of a table that are read at once, some 2 GB; of more, a study and data set at a time."""


def selection(
    where: list[str] | None,
    split: options.Split,
    stage: options.Stage | None,
    metric: options.Metric,
    average: options.Average,
) -> Selection:
    """Return the common options as the library takes them.

    Raises:
        typer.BadParameter: A `--where` is no COLUMN=VALUE.
        StatsError: It names an unknown column, or its ratio is no number.
    """
    from rdstats.tables.selection import Selection

    return Selection(
        where=options.split_where(where),
        split=split.value,
        stage=stage.value if stage else None,
        metric=metric.value,
        average=average.value,
    )


class _NoteLine(logging.Formatter):
    """Makes a line of a note, whatever the names in it hold."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        from rdstats.output.escaping import for_terminal

        return for_terminal(f"rdstats: note: {record.getMessage()}")


@contextmanager
def notes_on_stderr() -> Iterator[None]:
    """Print what readers note on stderr, a line each."""
    notes = logging.StreamHandler()
    notes.setFormatter(_NoteLine())
    loggers = [logging.getLogger(room) for room in ("data_contracts", "rdstats")]
    for logger in loggers:
        logger.setLevel(logging.INFO)
        logger.addHandler(notes)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(notes)


def read_tables(tables: list[str], split: options.Split) -> Tables:
    """Read the union of the tables; one too large for memory study by study, as arrays.

    Both give the same results. What the reader notes goes to stderr.
    """
    from data_contracts import count_rows, read_recall_blocks
    from rdstats.tables.prepared import prepare_blocks

    if count_rows(tables) <= ROWS_AT_ONCE:
        return read_rows(tables)
    with notes_on_stderr():
        return prepare_blocks(read_recall_blocks(tables), split.value)


def read_rows(tables: list[str]) -> pa.Table:
    """Read every row at once, however many; what the reader notes goes to stderr.

    For the commands that choose rows by themselves: `check` two models with what both got right,
    which arrays do not keep; `paper` the rows of each figure.
    """
    from data_contracts import read_recall_table

    with notes_on_stderr():
        return read_recall_table(tables)


def read_provenances(tables: list[str]) -> dict[str, Provenance | None]:
    """Return what each file says of itself, by name without folders where names differ."""
    from data_contracts import read_provenance
    from data_contracts.sources import find_files

    files = find_files(tables)
    names = [Path(file.name).name for file in files]
    if len(set(names)) < len(names):
        names = [file.name for file in files]
    return {
        name: read_provenance(file.path, filesystem=file.filesystem)
        for name, file in zip(names, files, strict=True)
    }


def refuse_unknown_suffix(out: Path | None) -> None:
    """Refuse a file that cannot be written before the work, not after it."""
    if out is not None:
        from rdstats.output.formats import known_suffix

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
    from rdstats.output.formats import write_frame

    typer.echo(f"{write_frame(frame, out)}: {len(frame):,} rows, {frame.shape[1]} columns")
