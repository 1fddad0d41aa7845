"""Counts per class as a model's answers or a confusion matrix give them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from data_contracts.errors import ContractError
from data_contracts.importers.class_counts import ClassCounts, IntArray


def counts_of_matrix(
    matrix: IntArray, class_names: Sequence[str], source: str
) -> tuple[ClassCounts, tuple[str, ...]]:
    """Return counts per class of a confusion matrix, and notes; see `counts_of_classes`.

    Args:
        matrix: Entry (i, j) counts samples of class i predicted as class j, shape
            (classes, classes), no entry negative.
        class_names: The classes' labels, shape (classes,).
        source: What messages call the place.
    """
    return counts_of_classes(
        matrix.sum(axis=1), np.diag(matrix), matrix.sum(axis=0), class_names, source
    )


def counts_of_classes(
    samples: IntArray,
    correct: IntArray,
    predicted: IntArray,
    class_names: Sequence[str],
    source: str,
) -> tuple[ClassCounts, tuple[str, ...]]:
    """Return counts of the classes that have samples, and notes on those that have none.

    A class without test samples has no recall and gets no row; samples that were predicted as
    it count as wrong for their own class.

    Args:
        samples: Samples of each class, shape (classes,); 0 where a label was predicted only.
        correct: Of those, predicted right.
        predicted: Samples of any class predicted as this one.
        class_names: The classes' labels, shape (classes,).
        source: What messages call the place.

    Raises:
        ContractError: There is no sample at all, or nothing is ever predicted that is true of
            any sample.
    """
    there = samples > 0
    if not there.any():
        raise ContractError(f"{source} counts no samples: is it empty?")
    names = np.array(class_names, dtype=object)
    if not (predicted[there] > 0).any():
        raise ContractError(
            f"{source}: labels and predictions have no value in common (labels "
            f"{_some(names[there])}; predictions {_some(names[predicted > 0])}): are both names, "
            "or both numbers?"
        )
    lost = ~there & (predicted > 0)
    notes: tuple[str, ...] = ()
    if lost.any():
        notes = (
            f"{source}: {int(predicted[lost].sum()):,} samples are predicted as "
            f"{_some(names[lost])}, which is no sample's true class: they count as wrong, and the "
            "class has no row",
        )
    kept = tuple(str(name) for name in names[there])
    try:
        return ClassCounts(kept, samples[there], correct[there], predicted[there]), notes
    except ContractError as error:
        raise ContractError(f"{source}: {error}") from error


def _some(names: Iterable[str]) -> str:
    words = [repr(str(name)) for name in names]
    return ", ".join(words[:3]) + (", ..." if len(words) > 3 else "")
