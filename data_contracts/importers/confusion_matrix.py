"""A confusion matrix: which side is true is asked for, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.class_counts import ClassCounts
from data_contracts.importers.counting import counts_of_matrix
from data_contracts.importers.labels import first_faulty, plain_label
from data_contracts.importers.options import Rows

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
