"""A confusion matrix: which side is true is asked for, never guessed."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.described import DESCRIBED_COLUMNS, Described, ImportOptions, Rows
from data_contracts.importers.evaluated import ClassCounts, Evaluated, IntArray, counts_of_classes
from data_contracts.importers.formats.columns import is_list_of_pairs
from data_contracts.importers.labels import fault_of_label, in_class_order, plain_label, text_of
from data_contracts.importers.names import PAIR_ALIASES
from data_contracts.importers.read.arrays import described_by, load_arrays, names_in
from data_contracts.importers.read.record import Record, number_in
from data_contracts.importers.read.records import records_of_lines
from data_contracts.importers.read.text import Line, read_lines, read_text
from data_contracts.words import counted

SUFFIXES = (".csv", ".tsv", ".txt", ".npy", ".npz", ".json")

PRESET_ROWS: dict[str, Rows] = {
    "sklearn": "true",
    "torchmetrics": "true",
    "ultralytics": "predicted",
    "caret": "predicted",
}
"""What the rows of each program's matrices are."""

CONFIRMED = {
    "labels": "true labels that are never answered and answers that are never true are right",
    "counts": "rows that add up to about 100 are counts of samples, and no per cents",
}
_BACKGROUND = "background"
_AGAINST_THE_REST = {"tn", "fp", "fn", "tp"}
_MATRICES = ("confusion_matrix", "matrix", "cm", "confmat", "data")
_NAMES = ("class_names", "classes", "labels", "names", "columns")


@dataclass(frozen=True, eq=False)
class _Matrix:
    """A confusion matrix as a file has it; `names` and `rows` are None where it does not say."""

    entries: npt.NDArray[Any]
    names: Sequence[str] | None = None
    rows: Rows | None = None
    described: Described = field(default_factory=Described)


def read(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield the model of a confusion matrix; errors name the file and the entry."""
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
    entries, confirmed = matrix.entries, set(options.confirmed)
    if options.preset == "ultralytics" and matrix.names and matrix.names[-1] == _BACKGROUND:
        # Boxes found where there is nothing: of no true class. What was missed is its last row.
        entries = entries.copy()
        entries[:, -1] = 0
        confirmed.add("labels")
    counts, notes = counts_of_confusion(entries, rows, matrix.names, str(path), confirmed)
    yield Evaluated(matrix.described, counts, str(path), notes)


def counts_of_confusion(
    matrix: npt.NDArray[Any],
    rows: Rows | None,
    class_names: Sequence[str] | None,
    source: str,
    confirmed: Container[str] = (),
) -> tuple[ClassCounts, tuple[str, ...]]:
    """Return the counts per class of a confusion matrix, and notes.

    `matrix` has shape (classes, classes); `rows` says whether they are `true` or `predicted`
    classes, None is refused; without names the classes are 0 ... C - 1. Entries that are
    fractions (a normalised matrix), negative or not finite are refused.
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
    seen: set[str] = set()
    for number, name in enumerate(names):
        if fault := fault_of_label(name):
            raise ContractError(f"{source}: the name of class {number} {fault}")
        if name in seen:
            raise ContractError(f"{source} names class {name!r} twice")
        seen.add(name)
    counts = _whole_counts(matrix, source, names)
    true, predicted = counts.sum(axis=1), counts.sum(axis=0)
    if rows == "predicted":
        true, predicted = predicted, true
    if "counts" not in confirmed and (np.abs(true - 100) <= 3).all() and (true != 100).any():
        raise ContractError(
            f"{source}: the samples of each true class add up to 97 to 103, and not all to 100: "
            "are the entries per cents? Export counts, or say --confirm counts"
        )
    return counts_of_classes(true, np.diag(counts), predicted, names, source, confirmed)


def _whole_counts(matrix: npt.NDArray[Any], source: str, names: Sequence[str]) -> IntArray:
    """Return the entries as int64, or refuse what is no count."""
    if matrix.dtype.kind not in "iuf":
        raise ContractError(f"{source} holds {matrix.dtype}, but its entries count samples")
    with np.errstate(invalid="ignore"):
        strange = ~np.isfinite(matrix) | (matrix < 0) | (np.abs(matrix) >= 2**53)
        fraction = ~strange & (matrix != np.rint(matrix))
    for wrong, why in (
        (strange, ", but entries count samples"),
        (
            fraction,
            ": a normalised matrix has lost how many samples each class has; export counts "
            "(scikit-learn: normalize=None)",
        ),
    ):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise ContractError(
                f"{source}: the entry in row {names[row]!r}, column {names[column]!r} is "
                f"{matrix[row, column]}{why}"
            )
    counts = matrix.astype(np.int64)
    for axis, side in ((1, "row"), (0, "column")):
        if len(counts) > 1 and (counts.sum(axis=axis) == 1).all():
            raise ContractError(
                f"{source}: every {side} adds up to 1: a normalised matrix has lost how many "
                "samples each class has; export counts"
            )
    inner = counts[:-1, :-1]
    if (
        len(counts) > 2
        and counts[-1, -1] == inner.sum() > 0
        and np.array_equal(counts[-1, :-1], inner.sum(axis=0))
        and np.array_equal(counts[:-1, -1], inner.sum(axis=1))
    ):
        raise ContractError(
            f"{source}: the last row and column, {names[-1]!r}, are the sums of the others and no "
            "class: leave them out (pandas: margins=False)"
        )
    return counts


def _read(path: Path, options: ImportOptions) -> _Matrix:
    suffix = path.suffix.lower()
    if suffix in (".npy", ".npz"):
        return _of_arrays(load_arrays(path), path)
    if suffix == ".json":
        return _of_json(path, options)
    lines = read_lines(path, row_names=True)
    if is_list_of_pairs(lines[0].cells, options):
        return _of_pairs(records_of_lines(lines, path), options, path)
    return _of_lines(lines, path)


def _of_arrays(loaded: Mapping[str, npt.NDArray[Any]] | npt.NDArray[Any], path: Path) -> _Matrix:
    """Return the matrix of a numpy file: its one array, or the one that is called so."""
    if isinstance(loaded, np.ndarray):
        return _Matrix(loaded)
    square = [name for name, array in loaded.items() if array.ndim == 2]
    known = [name for name in _MATRICES if name in loaded] or square
    if len(known) != 1:
        raise ContractError(
            f"{path} holds arrays {', '.join(map(repr, loaded))}: call the matrix confusion_matrix"
        )
    return _Matrix(loaded[known[0]], names_in(loaded, _NAMES), described=described_by(loaded, path))


def _of_json(path: Path, options: ImportOptions) -> _Matrix:
    """Return the matrix of a JSON file.

    It is a list of rows; an object with the rows under `confusion_matrix` (`matrix`, `cm`,
    `data`) and names under `class_names` (`classes`, `labels`), beside what it says of the
    model; or a list of objects with a true class, a predicted class and a count.
    """
    try:
        value = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{path} is no JSON ({error}): is it cut off?") from error
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        pairs = [
            Record(f"{path}, entry {number}", {key: text_of(cell) for key, cell in each.items()})
            for number, each in enumerate(value)
        ]
        return _of_pairs(pairs, options, path)
    if isinstance(value, list):
        return _Matrix(_entries(value, path))
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
    names = next((value[name] for name in _NAMES if isinstance(value.get(name), list)), None)
    said = {name: text_of(value[name]) for name in DESCRIBED_COLUMNS if value.get(name) is not None}
    return _Matrix(
        _entries(value[found], path),
        None if names is None else [text_of(name) for name in names],
        described=Described.from_text(said, str(path)),
    )


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


def _of_pairs(pairs: Sequence[Record], options: ImportOptions, path: Path) -> _Matrix:
    """Return the matrix of a list, whose columns name the sides; other pairs are 0."""
    columns: dict[str, str] = {}
    for ours, aliases in PAIR_ALIASES.items():
        meant = options.columns_meant(ours, list(pairs[0].cells), aliases)
        if not meant:
            raise ContractError(
                f"{path} has no column {ours}, only {', '.join(map(repr, pairs[0].cells))}: say "
                f"which it is with --column {ours}=NAME"
            )
        columns[ours] = meant[0]
    counts: dict[tuple[str, str], float] = {}
    for row in pairs:
        true, predicted = (plain_label(row.cells.get(columns[o], "")) for o in ("y_true", "y_pred"))
        for ours, label in (("y_true", true), ("y_pred", predicted)):
            if fault := fault_of_label(label):
                raise ContractError(f"{row.place}: {columns[ours]} {fault}")
        text = row.cells.get(columns["count"], "")
        number = number_in(text)
        if number is None:
            raise ContractError(f"{row.place}: {columns['count']} is {text!r}, which is no count")
        if (true, predicted) in counts:
            raise ContractError(
                f"{row.place}: true {true!r} predicted {predicted!r} is there twice: add the "
                "counts up, or is the file of several models?"
            )
        counts[true, predicted] = float(number)
    names = in_class_order({label for pair in counts for label in pair})
    place_of = {name: number for number, name in enumerate(names)}
    entries = np.zeros((len(names), len(names)))
    for (true, predicted), count in counts.items():
        entries[place_of[true], place_of[predicted]] = count
    return _Matrix(entries, names, "true")


def _of_lines(lines: Sequence[Line], path: Path) -> _Matrix:
    """Return a matrix that stands in lines: with names above, above and beside, or without."""
    width = len(lines[0].cells)
    row_names = len(lines) == width > 1 and number_in(lines[0].cells[0]) is None
    column_names = row_names or len(lines) == width + 1
    if not column_names and len(lines) != width:
        raise ContractError(
            f"{path} has {counted(len(lines), 'line')} of "
            f"{counted(width, 'column')}, which is no square matrix, with or without "
            "names above, or above and beside; a list needs columns such as Actual, Predicted, "
            "count"
        )
    body = lines[1:] if column_names else lines
    above = lines[0].cells[1 if row_names else 0 :] if column_names else None
    if above is not None and {name.casefold() for name in above} >= _AGAINST_THE_REST:
        raise ContractError(
            f"{path}: its columns are TN, FP, FN and TP, counts of a class against all others and "
            "no matrix: say --format table --column true_positives=TP --column false_negatives=FN "
            "--column false_positives=FP --column class=NAME"
        )
    if row_names:
        for line, name in zip(body, above or (), strict=True):
            if line.cells[0] != name:
                raise ContractError(
                    f"{path}, line {line.number}: row {line.cells[0]!r} stands where the columns "
                    f"have {name!r}: both sides must name the same classes in the same order"
                )
    elif column_names:  # or counts, if a line is there twice or lost
        numbers, classes = [number_in(cell) for cell in lines[0].cells], range(width)
        if None not in numbers and numbers not in (list(classes), [each + 1 for each in classes]):
            raise ContractError(
                f"{path}, line {lines[0].number}: the matrix has one line more than columns, and "
                f"the first, {', '.join(lines[0].cells[:3])} ..., could be names or counts: write "
                "names above and beside"
            )
    entries = [[_entry(line, cell, path) for cell in line.cells[row_names:]] for line in body]
    return _Matrix(np.array(entries), above)


def _entry(line: Line, cell: str, path: Path) -> float:
    number = number_in(cell)
    if number is None:
        comma = "; write a decimal point" if "," in cell else ""
        raise ContractError(
            f"{path}, line {line.number}: an entry is {cell!r}, but entries count samples{comma}"
        )
    return float(number)
