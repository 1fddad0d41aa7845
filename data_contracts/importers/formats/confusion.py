"""A confusion matrix: which side is true is asked for, never guessed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.counts import ClassCounts, Evaluated, counts_of_matrix
from data_contracts.importers.described import Described, ImportOptions, Rows
from data_contracts.importers.formats.confusion_pairs import is_long, matrix_of_pairs
from data_contracts.importers.formats.matrix_files import Matrix, matrix_of_arrays, matrix_of_json
from data_contracts.importers.formats.prediction_files import load_arrays
from data_contracts.importers.labels import first_faulty, plain_label
from data_contracts.importers.read import delimited
from data_contracts.importers.read.records import number_in
from data_contracts.importers.source_files import unreadable
from data_contracts.words import counted

PRESET_ROWS: dict[str, Rows] = {
    "sklearn": "true",
    "torchmetrics": "true",
    "ultralytics": "predicted",
    "caret": "predicted",
}
"""What the rows of each program's matrices are."""


def counts_of_confusion(
    matrix: npt.NDArray[Any], rows: Rows | None, class_names: Sequence[str] | None, source: str
) -> tuple[ClassCounts, tuple[str, ...]]:
    """Return the counts per class of a confusion matrix, and notes.

    Args:
        matrix: Counts of samples, shape (classes, classes).
        rows: Whether its rows are `true` or `predicted` classes; None is refused.
        class_names: The classes' labels; None for 0 ... C - 1.
        source: What messages call it.

    Raises:
        ContractError: The side is not said, it is not square, names do not fit, or entries are
            fractions (a normalised matrix), negative, or not finite.
    """
    if rows not in ("true", "predicted"):
        raise ContractError(
            f"{source} does not say whether its rows are true or predicted classes, and the wrong "
            "one swaps recall and precision: give --true-rows or --predicted-rows, or a --preset "
            f"({', '.join(PRESET_ROWS)}); in Python rows='true' or rows='predicted'"
        )
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ContractError(
            f"{source} has shape {matrix.shape}, but a confusion matrix is square, with a row and "
            "a column per class"
        )
    names = list(class_names) if class_names is not None else [str(i) for i in range(len(matrix))]
    names = [plain_label(name) for name in names]
    if len(names) != len(matrix):
        raise ContractError(f"{source} has {len(matrix)} classes, but {len(names)} names")
    faulty = first_faulty(names)
    if faulty:
        raise ContractError(f"{source}: the name of class {faulty[0]} {faulty[1]}")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ContractError(f"{source} names class {twice!r} twice")
    counts = whole_counts(matrix, source, names)
    return counts_of_matrix(counts if rows == "true" else counts.T, names, source)


def whole_counts(
    matrix: npt.NDArray[Any], source: str, names: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Return the entries as int64, or refuse what is no count."""
    if matrix.dtype.kind not in "iuf":
        raise ContractError(f"{source} holds {matrix.dtype}, but its entries count samples")
    with np.errstate(invalid="ignore"):
        strange = ~np.isfinite(matrix) | (matrix < 0) | (np.abs(matrix) >= 2**53)
        fraction = ~strange & (matrix != np.rint(matrix))
    if strange.any():
        place = tuple(int(i) for i in np.argwhere(strange)[0])
        raise ContractError(
            f"{source}: the entry in row {names[place[0]]!r}, column {names[place[1]]!r} is "
            f"{matrix[place]}, but entries count samples"
        )
    if fraction.any():
        place = tuple(int(i) for i in np.argwhere(fraction)[0])
        raise ContractError(
            f"{source}: the entry in row {names[place[0]]!r}, column {names[place[1]]!r} is "
            f"{matrix[place]}: a normalised matrix has lost how many samples each class has; "
            "export counts (scikit-learn: normalize=None)"
        )
    counts = matrix.astype(np.int64)
    for axis, side in ((1, "row"), (0, "column")):
        if len(counts) > 1 and (counts.sum(axis=axis) == 1).all():
            raise ContractError(
                f"{source}: every {side} adds up to 1: a normalised matrix has lost how many "
                "samples each class has; export counts"
            )
    _refuse_totals(counts, source, names)
    return counts


def _refuse_totals(counts: npt.NDArray[np.int64], source: str, names: Sequence[str]) -> None:
    """Refuse a last row and column that are the sums of the others (crosstab's margins)."""
    inner = counts[:-1, :-1]
    if (
        len(counts) > 2
        and counts[-1, -1] > 0
        and np.array_equal(counts[-1, :-1], inner.sum(axis=0))
        and np.array_equal(counts[:-1, -1], inner.sum(axis=1))
        and counts[-1, -1] == inner.sum()
    ):
        raise ContractError(
            f"{source}: the last row and column, {names[-1]!r}, are the sums of the others and no "
            "class: leave them out (pandas: margins=False)"
        )


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
