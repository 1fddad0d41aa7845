"""The format `confusion`: a confusion matrix, or a list of true, predicted, count."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from data_contracts.counted import counted
from data_contracts.errors import ContractError
from data_contracts.importers import delimited
from data_contracts.importers.confusion_matrix import PRESET_ROWS, counts_of_confusion
from data_contracts.importers.confusion_pairs import is_long, matrix_of_pairs
from data_contracts.importers.described import Described
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.matrix_files import Matrix, matrix_of_arrays, matrix_of_json
from data_contracts.importers.numbers_in_text import number_in
from data_contracts.importers.options import ImportOptions
from data_contracts.importers.prediction_files import load_arrays
from data_contracts.importers.source_files import unreadable

SUFFIXES = (".csv", ".tsv", ".txt", ".npy", ".npz", ".json")


def read_confusion(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield the model of a confusion matrix.

    Raises:
        ContractError: The file cannot be read, which side is true is not said, or an entry is no
            count; names the file and the entry.
    """
    matrix = _read(path, options)
    rows = matrix.rows or options.rows
    if matrix.rows is None and options.preset is not None:
        preset = PRESET_ROWS[options.preset]
        if options.rows not in (None, preset):
            raise ContractError(
                f"the preset {options.preset} says that rows are {preset} classes, and "
                f"--{options.rows}-rows says otherwise: give one of them"
            )
        rows = preset
    counts, notes = counts_of_confusion(matrix.entries, rows, matrix.names, str(path))
    samples = int(counts.n_samples.sum())
    yield Evaluated(matrix.described, counts, str(path), notes, samples=samples)


def _read(path: Path, options: ImportOptions) -> Matrix:
    suffix = path.suffix.lower()
    if suffix in (".npy", ".npz"):
        return matrix_of_arrays(load_arrays(path), path)
    if suffix == ".json":
        return matrix_of_json(_json(path), path, options)
    lines = delimited.read_lines(path, row_names=True)
    if is_long(lines[0].cells, options):
        delimited.refuse_repeated(lines[0].cells, path)
        records = [
            (dict(zip(lines[0].cells, line.cells, strict=True)), f"line {line.number}")
            for line in lines[1:]
        ]
        return matrix_of_pairs(records, lines[0].cells, path, options)
    return _of_lines(lines, path)


def _of_lines(lines: Sequence[delimited.Line], path: Path) -> Matrix:
    """Return a matrix that stands in lines: with names above, above and beside, or without."""
    width = len(lines[0].cells)
    names_beside = len(lines) == width > 1 and number_in(lines[0].cells[0]) is None
    names_above = names_beside or len(lines) == width + 1
    if not names_above and len(lines) != width:
        raise ContractError(
            f"{path} has {counted(len(lines), 'line')} of "
            f"{counted(width, 'column')}, which is no square matrix, with or without "
            "names above, or above and beside; a list needs columns such as Actual, Predicted, "
            "count"
        )
    if names_above and not names_beside:
        _refuse_counts_as_names(lines[0], path)
    body = lines[1:] if names_above else lines
    above = lines[0].cells[1 if names_beside else 0 :] if names_above else None
    beside = tuple(line.cells[0] for line in body) if names_beside else None
    if above is not None and beside is not None and above != beside:
        place = next(i for i, (a, b) in enumerate(zip(above, beside, strict=True)) if a != b)
        raise ContractError(
            f"{path}, line {body[place].number}: row {beside[place]!r} stands where the columns "
            f"have {above[place]!r}: both sides must name the same classes in the same order"
        )
    entries = np.array(
        [[_entry(line, cell, path) for cell in line.cells[names_beside:]] for line in body]
    )
    return Matrix(entries, above or beside, None, Described())


def _refuse_counts_as_names(line: delimited.Line, path: Path) -> None:
    """Refuse a first line that may be counts as well, if a line is there twice or lost."""
    numbers = [number_in(cell) for cell in line.cells]
    if all(number is not None for number in numbers) and numbers not in (
        list(range(len(numbers))),
        list(range(1, len(numbers) + 1)),
    ):
        raise ContractError(
            f"{path}, line {line.number}: the matrix has one line more than columns, and the "
            f"first, {', '.join(line.cells[:3])} ..., could be names or counts: write names "
            "above and beside"
        )


def _entry(line: delimited.Line, cell: str, path: Path) -> float:
    number = number_in(cell)
    if number is None:
        comma = "; write a decimal point" if "," in cell else ""
        raise ContractError(
            f"{path}, line {line.number}: an entry is {cell!r}, but entries count samples{comma}"
        )
    return number


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{path} is no JSON ({error}): is it cut off?") from error
