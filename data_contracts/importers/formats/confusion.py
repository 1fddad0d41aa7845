"""A confusion matrix: which side is true is asked for, never guessed."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data_contracts.errors import ContractError
from data_contracts.importers.described import DESCRIBED_COLUMNS, Described, ImportOptions, Rows
from data_contracts.importers.evaluated import ClassCounts, Evaluated, IntArray, counts_of_classes
from data_contracts.importers.formats.columns import is_list_of_pairs
from data_contracts.importers.formats.printed import Matrix, printed_matrix
from data_contracts.importers.labels import fault_of_label, in_class_order, plain_label, text_of
from data_contracts.importers.names import PAIR_ALIASES
from data_contracts.importers.read.arrays import described_by, load_arrays, names_in
from data_contracts.importers.read.containers import suffix_of, with_packed
from data_contracts.importers.read.records import (
    JSON,
    number_in,
    parsed_json,
    records_of_json,
    records_of_lines,
)
from data_contracts.importers.read.text import Line, read_lines, read_text
from data_contracts.words import counted, listed

SUFFIXES = with_packed(".csv", ".tsv", ".txt", ".npy", ".npz", ".json")

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
_MATRICES = ("confusion_matrix", "matrix", "Matrix", "cm", "confmat", "data")
_NAMES = ("class_names", "classes", "labels", "names", "columns")


def read(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield the model of a confusion matrix; errors name the file and the entry."""
    matrix = _read(path, options)
    said = {
        "the file": matrix.rows,
        f"the preset {options.preset}": (
            None if matrix.is_list else PRESET_ROWS.get(options.preset or "")
        ),
        f"--{options.rows}-rows": options.rows,
    }
    sides = {where: side for where, side in said.items() if side is not None}
    if len(set(sides.values())) > 1:
        (first, side), *_, (last, _) = sides.items()
        raise ContractError(
            f"{path}: {first} says that rows are {side} classes, and {last} says otherwise: leave "
            "out what is wrong"
        )
    rows = next(iter(sides.values()), None)
    entries, confirmed = matrix.cells, set(options.confirmed)
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


def _read(path: Path, options: ImportOptions) -> Matrix:
    suffix = suffix_of(path)
    if suffix in (".npy", ".npz"):
        return _of_arrays(load_arrays(path), path)
    if suffix in JSON:
        return _of_json(parsed_json(read_text(path), str(path)), options, path)
    printed = printed_matrix(read_text(path), str(path))
    if printed is not None:
        return printed._replace(cells=_square(printed.cells, path))
    return _of_lines(read_lines(path, row_names=True), options, path)


def _of_arrays(loaded: Mapping[str, npt.NDArray[Any]] | npt.NDArray[Any], path: Path) -> Matrix:
    """Return the matrix of a numpy file: its one array, or the one that is called so."""
    if isinstance(loaded, np.ndarray):
        return Matrix(loaded)
    square = [name for name, array in loaded.items() if array.ndim == 2]
    known = [name for name in _MATRICES if name in loaded] or square
    if len(known) != 1:
        raise ContractError(
            f"{path} holds arrays {', '.join(map(repr, loaded))}: call the matrix confusion_matrix"
        )
    return Matrix(loaded[known[0]], names_in(loaded, _NAMES), described=described_by(loaded, path))


def _of_json(value: Any, options: ImportOptions, path: Path) -> Matrix:
    """Return the matrix of a JSON file, whose numbers are text.

    It is a list of rows; an object, at any depth, with the rows under `confusion_matrix`
    (`matrix`, `cm`, `data`) and names under `class_names` (`classes`, `labels`), beside what it
    says of the model; PyCM's object; or a table, of rows or of a true class, a predicted class
    and a count.
    """
    if _is_rows(value):
        return Matrix(_square(value, path))
    found = [
        (each, name) for each in _objects(value) for name in _MATRICES if _is_rows(each.get(name))
    ]
    if len(found) > 1:
        raise ContractError(f"{path} holds {len(found)} matrices: keep the one that is meant")
    if not found or is_list_of_pairs(_names_of(found[0][0]) or (), options):
        if isinstance(value, dict) and not found and not isinstance(value.get("data"), list):
            raise ContractError(
                f"{path} has no list of rows under any of {', '.join(_MATRICES)}: an object of "
                "objects does not say which of its levels are rows (pandas: "
                "to_json(orient='split'))"
            )
        rows = list(records_of_json(value, str(path)))
        header = Line(0, tuple(dict.fromkeys(name for row in rows for name in row.cells)))
        lines = [
            Line(number, tuple(row.cells.get(name, "") for name in header.cells))
            for number, row in enumerate(rows, start=1)
        ]
        return _of_lines([header, *lines], options, path)
    (holder, key), names = found[0], _names_of(found[0][0])
    rows = holder[key]
    if key == "Matrix":  # PyCM's: of each true class its name, and pairs of a name and a count
        names = [name for name, _ in rows]
        return Matrix(_square([[cell for _, cell in row] for _, row in rows], path), names, "true")
    if "index" in holder and "columns" in holder and holder["index"] != holder["columns"]:
        raise ContractError(
            f"{path}: index and columns must name the same classes in the same order"
        )
    said = {name: holder[name] for name in DESCRIBED_COLUMNS if holder.get(name) is not None}
    described = Described.from_text({n: text_of(text) for n, text in said.items()}, str(path))
    return Matrix(_square(rows, path), names, described=described)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield a JSON object and those inside of it."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, list) for row in value)


def _names_of(holder: Mapping[str, Any]) -> list[str] | None:
    names = next((holder[name] for name in _NAMES if isinstance(holder.get(name), list)), None)
    return None if names is None else [text_of(name) for name in names]


def _square(rows: Sequence[Sequence[Any]], path: Path) -> npt.NDArray[Any]:
    """Return the entries of a matrix that is given by its rows."""
    if {len(row) for row in rows} != {len(rows)}:
        raise ContractError(f"{path} is no square matrix: give as many rows as each row is long")
    return np.array([_entries(f"{path}, row {number}", row) for number, row in enumerate(rows)])


def _of_pairs(lines: Sequence[Line], options: ImportOptions, path: Path) -> Matrix:
    """Return the matrix of a list, whose columns name the sides; other pairs are 0."""
    header = lines[0].cells
    columns = [options.columns_meant(our, header, also)[0] for our, also in PAIR_ALIASES.items()]
    counts: dict[tuple[str, str], float] = {}
    for row in records_of_lines(lines, path):
        true, predicted, count = (row.cells[column] for column in columns)
        pair = plain_label(true), plain_label(predicted)
        for column, label in zip(columns, pair, strict=False):
            if fault := fault_of_label(label):
                raise ContractError(f"{row.place}: {column} {fault}")
        number = number_in(count)
        if number is None:
            raise ContractError(f"{row.place}: {columns[-1]} is {count!r}, which is no count")
        if pair in counts:
            raise ContractError(
                f"{row.place}: true {pair[0]!r} predicted {pair[1]!r} is there twice: add the "
                "counts up, or is the file of several models?"
            )
        counts[pair] = float(number)
    names = in_class_order({label for pair in counts for label in pair})
    matrix = pd.Series(counts).unstack(fill_value=0).reindex(names, columns=names, fill_value=0)
    return Matrix(matrix.to_numpy(), names, "true", is_list=True)


def _of_lines(lines: Sequence[Line], options: ImportOptions, path: Path) -> Matrix:
    """Return a list of pairs, or a matrix with names above, above and beside, or without."""
    if is_list_of_pairs(lines[0].cells, options):
        return _of_pairs(lines, options, path)
    if options.columns:
        raise ContractError(
            f"{path} has columns {listed(lines[0].cells, 8)}, and is no list of true class, "
            "predicted class and count: see which columns --column names"
        )
    lines, rows = _without_margins(lines, path)
    width = len(lines[0].cells)
    row_names = len(lines) == width > 1 and number_in(lines[0].cells[0]) is None
    column_names = row_names or len(lines) == width + 1
    if not column_names and len(lines) != width:
        margins = {"Total", "Error", "Rate"} & {cell for line in lines for cell in line.cells}
        raise ContractError(
            f"{path} has {counted(len(lines), 'line')} of {counted(width, 'column')}, which is no "
            "square matrix, with or without names above, or above and beside"
            + (f" (leave out {', '.join(sorted(margins))}: no classes)" if margins else "")
            + "; a list needs columns such as Actual, Predicted, count"
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
    entries = [_entries(f"{path}, line {line.number}", line.cells[row_names:]) for line in body]
    return Matrix(np.array(entries), above, rows)


def _without_margins(lines: Sequence[Line], path: Path) -> tuple[Sequence[Line], Rows | None]:
    """Return the lines without H2O's Error, Rate and Total, whose rows are true classes."""
    if lines[0].cells[-2:] != ("Error", "Rate") or lines[-1].cells[0] != "Total":
        return lines, None
    header, *body = [Line(line.number, line.cells[:-2]) for line in lines[:-1]]
    counts = np.array([_entries(f"{path}, line {line.number}", line.cells[1:]) for line in body])
    said = [_entries(f"{path}, line {line.number}", line.cells[-2:-1]) for line in lines[1:-1]]
    total = _entries(f"{path}, line {lines[-1].number}", lines[-1].cells[1:-2])
    square = counts.shape == (len(body), len(body))
    with np.errstate(invalid="ignore"):
        errors = 1 - np.diag(counts) / counts.sum(axis=1) if square else counts
    if (
        not square
        or not np.allclose(errors, np.ravel(said), atol=1e-4)
        or (counts.sum(axis=0) != total).any()
    ):
        raise ContractError(
            f"{path}: its columns Error and Rate and its row Total are not those of its counts: "
            "leave them out, and say --true-rows or --predicted-rows"
        )
    return [header, *body], "true"


def _entries(place: str, cells: Sequence[Any]) -> list[float]:
    """Return the entries of one row."""
    numbers = [number_in(cell) if isinstance(cell, str) else None for cell in cells]
    if None in numbers:
        cell = cells[numbers.index(None)]
        text = cell if isinstance(cell, str) else repr(cell)
        comma = "; write a decimal point" if "," in text else ""
        raise ContractError(f"{place}: an entry is {text[:40]!r}, but entries count samples{comma}")
    return [float(number) for number in numbers if number is not None]
