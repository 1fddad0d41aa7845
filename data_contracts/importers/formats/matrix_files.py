"""Confusion matrices in numpy and JSON files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described, ImportOptions
from data_contracts.importers.formats.confusion_pairs import Matrix, matrix_of_pairs
from data_contracts.importers.formats.prediction_roles import DESCRIBED_COLUMNS
from data_contracts.importers.read.arrays import text_of

__all__ = ["Matrix", "matrix_of_arrays", "matrix_of_json"]

_MATRICES = ("confusion_matrix", "matrix", "cm", "confmat", "data")
_NAMES = ("class_names", "classes", "labels", "names", "columns")


def matrix_of_arrays(
    loaded: Mapping[str, npt.NDArray[Any]] | npt.NDArray[Any], path: Path
) -> Matrix:
    """Return the matrix of a numpy file: its one array, or the one that is called so.

    Raises:
        ContractError: There is none, or several.
    """
    if isinstance(loaded, np.ndarray):
        return Matrix(loaded, None, None, Described())
    square = [name for name, array in loaded.items() if array.ndim == 2]
    known = [name for name in _MATRICES if name in loaded] or square
    if len(known) != 1:
        raise ContractError(
            f"{path} holds arrays {', '.join(map(repr, loaded))}: call the matrix confusion_matrix"
        )
    names = [name for name in _NAMES if name in loaded and loaded[name].ndim == 1]
    texts = tuple(text_of(value) for value in loaded[names[0]].tolist()) if names else None
    said = {
        name: text_of(array.item())
        for name, array in loaded.items()
        if name in DESCRIBED_COLUMNS and array.ndim == 0
    }
    return Matrix(loaded[known[0]], texts, None, Described.from_text(said, str(path)))


def matrix_of_json(value: object, path: Path, options: ImportOptions) -> Matrix:
    """Return the matrix of a JSON value.

    It is a list of rows; an object with the rows under `confusion_matrix` (`matrix`, `cm`,
    `data`) and names under `class_names` (`classes`, `labels`), beside what it says of the
    model; or a list of objects with a true class, a predicted class and a count.

    Raises:
        ContractError: It is something else, or an entry is no number.
    """
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        records = [
            ({key: _text(cell) for key, cell in each.items()}, f"entry {number}")
            for number, each in enumerate(value)
        ]
        return matrix_of_pairs(records, tuple(records[0][0]), path, options)
    if isinstance(value, list):
        return Matrix(_entries(value, path), None, None, Described())
    if not isinstance(value, dict):
        raise ContractError(f"{path} holds {value!r}: give a list of rows of counts")
    found = next((name for name in _MATRICES if isinstance(value.get(name), list)), None)
    if found is None:
        raise ContractError(
            f"{path} has no list of rows under any of {', '.join(_MATRICES)}: an object of objects "
            "does not say which of its levels are rows (pandas: to_json(orient='split'))"
        )
    if "index" in value and "columns" in value and value["index"] != value["columns"]:
        raise ContractError(
            f"{path}: index and columns must name the same classes in the same order"
        )
    named = next((value[name] for name in _NAMES if isinstance(value.get(name), list)), None)
    names = None if named is None else tuple(_text(name) for name in named)
    said = {name: _text(value[name]) for name in DESCRIBED_COLUMNS if value.get(name) is not None}
    return Matrix(_entries(value[found], path), names, None, Described.from_text(said, str(path)))


def _entries(rows: list[object], path: Path) -> npt.NDArray[Any]:
    widths = {len(row) if isinstance(row, list) else -1 for row in rows}
    if widths != {len(rows)}:
        raise ContractError(f"{path} is no square matrix: give as many rows as each row is long")
    for number, row in enumerate(rows):
        for cell in row if isinstance(row, list) else []:
            if isinstance(cell, bool) or not isinstance(cell, int | float):
                raise ContractError(
                    f"{path}, row {number}: an entry is {cell!r}, but entries count samples"
                )
            if isinstance(cell, int) and abs(cell) >= 2**53:
                raise ContractError(f"{path}, row {number}: an entry is 2**53 or more: no count")
    return np.array(rows, dtype=np.float64)


def _text(value: object) -> str:
    return text_of(value)
