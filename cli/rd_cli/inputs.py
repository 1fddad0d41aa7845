"""What the commands of `rdstats` read: tables, what they say of themselves, and a selection."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from rd_cli import options

if TYPE_CHECKING:
    import pyarrow as pa

    from data_contracts import Provenance
    from rdstats.tables.selection import Selection


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


def read_union(tables: list[str]) -> pa.Table:
    """Read the union of the tables; what the reader notes goes to stderr."""
    from data_contracts import read_recall_table

    notes = logging.StreamHandler()
    notes.setFormatter(logging.Formatter("rdstats: note: %(message)s"))
    logger = logging.getLogger("data_contracts")
    logger.setLevel(logging.INFO)
    logger.addHandler(notes)
    try:
        return read_recall_table(tables)
    finally:
        logger.removeHandler(notes)


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
