"""A confusion matrix as a list: true class, predicted class, count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described, ImportOptions, Rows
from data_contracts.importers.labels import fault_of_label, in_class_order, plain_label
from data_contracts.importers.read.records import number_in

_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "y_true": ("y_true", "true", "actual", "reference", "truth", "label", "target"),
    "y_pred": ("y_pred", "pred", "predicted", "prediction"),
    "count": ("count", "n", "freq", "frequency", "npredictions"),
}


@dataclass(frozen=True, eq=False)
class Matrix:
    """A confusion matrix as a file has it.

    Attributes:
        entries: Whatever numbers stand there.
        names: The classes, where the file names them.
        rows: What rows are, where the file says it.
        described: What the file says of its model.
    """

    entries: npt.NDArray[Any]
    names: tuple[str, ...] | None
    rows: Rows | None
    described: Described


def is_long(header: Sequence[str], options: ImportOptions) -> bool:
    """Return whether these columns are a list and no matrix."""
    return all(_column(header, ours, options) is not None for ours in _ALIASES)


def matrix_of_pairs(
    records: Sequence[tuple[Mapping[str, str], str]],
    header: Sequence[str],
    path: Path,
    options: ImportOptions,
) -> Matrix:
    """Return the matrix of a list; pairs that it does not have are 0. Its columns name the sides.

    Args:
        records: The texts of each record by column, and where it stands.
        header: The columns.
        path: The file.
        options: `columns` says what the columns are called.

    Raises:
        ContractError: A column is missing, a pair is there twice, or a label or count is none.
    """
    columns = {ours: _column(header, ours, options) for ours in _ALIASES}
    missing = [ours for ours, theirs in columns.items() if theirs is None]
    if missing:
        raise ContractError(
            f"{path} has no column {missing[0]}, only {', '.join(map(repr, header))}: say which "
            f"it is with --column {missing[0]}=NAME"
        )
    pairs: dict[tuple[str, str], float] = {}
    for record, place in records:
        where = f"{path}, {place}"
        labels = []
        for ours in ("y_true", "y_pred"):
            label = plain_label(record.get(str(columns[ours]), ""))
            fault = fault_of_label(label)
            if fault:
                raise ContractError(f"{where}: {columns[ours]} {fault}")
            labels.append(label)
        text = record.get(str(columns["count"]), "")
        number = number_in(text)
        if number is None:
            raise ContractError(f"{where}: {columns['count']} is {text!r}, which is no count")
        pair = (labels[0], labels[1])
        if pair in pairs:
            raise ContractError(
                f"{where}: true {pair[0]!r} predicted {pair[1]!r} is there twice: add the counts "
                "up, or is the file of several models?"
            )
        pairs[pair] = number
    names = in_class_order({label for pair in pairs for label in pair})
    place_of = {name: number for number, name in enumerate(names)}
    entries = np.zeros((len(names), len(names)))
    for (true, predicted), number in pairs.items():
        entries[place_of[true], place_of[predicted]] = number
    return Matrix(entries, tuple(names), "true", Described())


def _column(header: Sequence[str], ours: str, options: ImportOptions) -> str | None:
    if ours in options.columns:
        return options.columns[ours] if options.columns[ours] in header else None
    taken = set(options.columns.values())
    return next(
        (name for name in header if name not in taken and name.casefold() in _ALIASES[ours]), None
    )
