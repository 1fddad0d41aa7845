"""From files of other programs to one recall table, with where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers.assembling import recall_table_of
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.options import ImportOptions
from data_contracts.importers.registry import IMPORTERS
from data_contracts.importers.source_files import find_source_files


def import_files(
    format_name: str,
    sources: Sequence[str | Path],
    *,
    options: ImportOptions = ImportOptions(),  # noqa: B008  # frozen
    manifest: str | Path | None = None,
    pattern: str | None = None,
) -> pa.Table:
    """Return the recall table of files that another program wrote."""
    del manifest, pattern
    importer = IMPORTERS.get(format_name)
    if importer is None:
        known = ", ".join(IMPORTERS)
        raise ContractError(f"there is no format {format_name!r}: formats are {known}")
    found: list[Evaluated] = []
    for path in find_source_files(sources, importer.suffixes):
        found += importer.read(path, options)
    return recall_table_of(found)
