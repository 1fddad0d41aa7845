"""Test samples per class from a file of their own, for logs that print recalls alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers.labels import plain_label
from data_contracts.importers.records import read_records


def read_supports(path: str | None) -> dict[str, int] | None:
    """Return the test samples of each class, or None where no file is given.

    Args:
        path: A table (csv, JSON, Parquet) with the columns `class` and `n_samples`.

    Raises:
        ContractError: A column is missing, a cell is no count, or a class is there twice.
    """
    if path is None:
        return None
    supports: dict[str, int] = {}
    for row in read_records(Path(path), ("class", "n_samples")):
        for column in ("class", "n_samples"):
            if column not in row.cells:
                raise ContractError(
                    f"{row.place}: there is no column {column!r}; test samples per class have the "
                    "columns class and n_samples"
                )
        name = plain_label(row.cells["class"])
        if name in supports:
            raise ContractError(f"{row.place}: class {name!r} is there twice: keep one")
        supports[name] = row.count("n_samples")
    return supports


def check_settings(settings: Mapping[str, str], known: Sequence[str], format_name: str) -> None:
    """Refuse settings that a format does not know: they would be misspelt ones.

    Raises:
        ContractError: There is another one.
    """
    for name in settings:
        if name not in known:
            choices = ", ".join(known) or "none"
            raise ContractError(
                f"--set {name}=...: the format {format_name} has no such setting; it has {choices}"
            )
