"""Counts per class from pairs of a true and a predicted class, or from a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data_contracts.errors import ContractError
from data_contracts.importers.class_counts import ClassCounts, IntArray


def counts_of_matrix(
    matrix: IntArray, class_names: Sequence[str], source: str
) -> tuple[ClassCounts, tuple[str, ...]]:
    """Return counts per class, and notes on classes that were left out.

    A class without test samples has no recall and gets no row; samples that were predicted as
    it count as wrong for their own class.

    Args:
        matrix: Entry (i, j) counts samples of class i predicted as class j, shape
            (classes, classes), no entry negative.
        class_names: The classes' labels, shape (classes,).
        source: What messages call the place.

    Raises:
        ContractError: There is no sample at all, or nothing is ever predicted that is true of
            any sample.
    """
    samples, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    there = samples > 0
    if not there.any():
        raise ContractError(f"{source} counts no samples: is it empty?")
    if not (predicted[there] > 0).any():
        true = [name for name, is_there in zip(class_names, there, strict=True) if is_there]
        never = [name for name, n in zip(class_names, predicted, strict=True) if n]
        raise ContractError(
            f"{source}: labels and predictions have no value in common (labels {_some(true)}; "
            f"predictions {_some(never)}): are both names, or both numbers?"
        )
    notes = tuple(
        f"{source}: {predicted[place]:,} samples are predicted as {class_names[place]!r}, which is "
        "no sample's true class: they count as wrong, and the class has no row"
        for place in np.flatnonzero(~there & (predicted > 0)).tolist()
    )
    counts = ClassCounts(
        tuple(name for name, is_there in zip(class_names, there, strict=True) if is_there),
        samples[there],
        np.diag(matrix)[there],
        predicted[there],
    )
    return counts, notes


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:3])) + (", ..." if len(names) > 3 else "")
