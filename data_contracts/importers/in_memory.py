"""Recall tables from what is in memory: predictions, a confusion matrix, or counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict, Unpack

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers.described import UNPRUNED, Described, Rows
from data_contracts.importers.evaluated import ClassCounts, Evaluated, IntArray, counts_of_classes
from data_contracts.importers.formats.confusion import counts_of_confusion
from data_contracts.importers.labels import LabelCodes
from data_contracts.importers.read.arrays import as_array, distinct_texts, labels_of
from data_contracts.importers.recall_table import recall_table_of


class About(TypedDict, total=False):
    """What is said of a model, as in `Described`: each is a column of the recall table."""

    study: str
    dataset: str
    architecture: str
    method: str
    ratio: float
    stage: str
    model: str
    split: str
    selected_on: str
    parameters: int
    parameters_nonzero: int


def from_predictions(
    y_true: object,
    y_pred: object,
    *,
    baseline: object | None = None,
    labels: Sequence[object] | None = None,
    **about: Unpack[About],
) -> pa.Table:
    """Return the recall table of one model from its predictions.

    Args:
        y_true: True labels, shape (samples,): numbers, text, or anything numpy can read (lists,
            pandas, torch and TensorFlow tensors).
        y_pred: Predicted labels of the same samples, shape (samples,); or scores, shape
            (samples, classes), of which the highest is the prediction (the first of equals).
        baseline: The unpruned model's predictions or scores of the same samples, for
            `n_both_correct`. Its own rows come from a call of its own, so that the tables of
            several calls can be concatenated.
        labels: The classes' labels where `y_true` or `y_pred` are numbers 0 ... C - 1 into them,
            or where scores have columns in this order. Without them columns are 0 ... C - 1.
        **about: What is said of the model: study, dataset, architecture, model, method, ratio,
            stage; split is `test` unless another is said.

    Raises:
        ContractError: Lengths differ, a label is missing, a score is NaN, a true label has no
            column among the scores, or something about the model is not said.

    Example:
        >>> import rdstats as rd
        >>> table = rd.from_predictions(
        ...     ["cat", "cat", "dog"], ["cat", "dog", "dog"], study="mine", dataset="pets",
        ...     architecture="cnn", model="seed-0", ratio=1,
        ... )
        >>> table.select(["class_name", "n_samples", "n_correct"]).to_pylist()[0]
        {'class_name': 'cat', 'n_samples': 2, 'n_correct': 1}
    """
    described = Described(**about)
    names = None if labels is None else [str(label) for label in labels]
    truth = labels_of(y_true, "y_true", names)
    answers = {"y_pred": labels_of(y_pred, "y_pred", names, truth)}
    if baseline is not None:
        answers = {"baseline": labels_of(baseline, "baseline", names, truth), **answers}
    for name, each in answers.items():
        if len(each) != len(truth):
            raise ContractError(
                f"y_true has {len(truth):,} labels, but {name} has {len(each):,}: give one of each "
                "per sample, in the same order"
            )
    known = LabelCodes()
    every = np.concatenate([truth, *answers.values()])
    coded = known.coded("the label", *distinct_texts(every), "row {}".format)
    true, *answered = np.split(coded, 1 + len(answers))

    def counted(codes: npt.NDArray[np.int32]) -> IntArray:
        return np.bincount(codes, minlength=len(known.texts))

    samples = counted(true)
    unpruned = UNPRUNED.merged(described.without_condition())
    found = {}
    for name, codes in zip(answers, answered, strict=True):
        right = true == codes
        counts, _ = counts_of_classes(
            samples,
            counted(true[right]),
            counted(codes),
            known.texts,
            name,
            () if labels is None else ("labels",),
        )
        if baseline is not None:
            both = counted(true[right & (true == answered[0])])
            counts = replace(counts, n_both_correct=both[samples > 0])
        found[name] = Evaluated(unpruned if name == "baseline" else described, counts, name)
    whole = recall_table_of(list(found.values()))  # both, so that each is held to the other
    return whole.slice(whole.num_rows - len(found["y_pred"].counts.class_names))


def from_confusion(
    matrix: object,
    *,
    rows: Rows,
    class_names: Sequence[object] | None = None,
    **about: Unpack[About],
) -> pa.Table:
    """Return the recall table of one model from its confusion matrix.

    Args:
        matrix: Counts, shape (classes, classes); a data frame's index names the classes.
        rows: `true` where rows are true classes (scikit-learn, torchmetrics), `predicted` where
            they are predicted ones (Ultralytics, caret). There is no default: a matrix does not
            say it, and the wrong one swaps recall and precision.
        class_names: The classes' labels; by default a data frame's index, else 0 ... C - 1.
        **about: As in `from_predictions`.

    Raises:
        ContractError: It is not square, holds fractions or negative numbers, or names differ.

    Example:
        >>> import rdstats as rd
        >>> table = rd.from_confusion(
        ...     [[90, 10], [20, 80]], rows="true", class_names=["cat", "dog"],
        ...     study="mine", dataset="pets", architecture="cnn", model="seed-0", ratio=1,
        ... )
        >>> table.select(["class_name", "n_samples", "n_correct"]).to_pylist()[1]
        {'class_name': 'dog', 'n_samples': 100, 'n_correct': 80}
    """
    if class_names is None:
        class_names = _frame_names(matrix)
    names = None if class_names is None else [str(name) for name in class_names]
    counts, _ = counts_of_confusion(as_array(matrix, "the matrix"), rows, names, "the matrix")
    return recall_table_of([Evaluated(Described(**about), counts, "the matrix")])


def from_counts(
    n_samples: object,
    n_correct: object,
    *,
    n_predicted: object | None = None,
    n_both_correct: object | None = None,
    class_names: Sequence[object] | None = None,
    count_quality: str = "exact",
    **about: Unpack[About],
) -> pa.Table:
    """Return the recall table of one model from its counts per class.

    Args:
        n_samples: Test samples of each class, shape (classes,).
        n_correct: Of those, predicted right.
        n_predicted: Samples of any class predicted as this one, where known.
        n_both_correct: Right here and in the baseline of the same model, where known.
        class_names: The classes' labels; by default 0 ... C - 1.
        count_quality: `rounded` where counts were recovered from rounded recalls.
        **about: As in `from_predictions`.

    Raises:
        ContractError: Lengths differ or counts contradict each other.

    Example:
        >>> import rdstats as rd
        >>> table = rd.from_counts(
        ...     [100, 80], [90, 60], study="mine", dataset="pets", architecture="cnn",
        ...     model="seed-0", ratio=1,
        ... )
        >>> table["n_correct"].to_pylist()
        [90, 60]
    """
    samples = as_array(n_samples, "n_samples")
    names = range(len(samples)) if class_names is None else class_names
    counts = ClassCounts(
        tuple(str(name) for name in names),
        samples,
        as_array(n_correct, "n_correct"),
        None if n_predicted is None else as_array(n_predicted, "n_predicted"),
        None if n_both_correct is None else as_array(n_both_correct, "n_both_correct"),
        count_quality,
    )
    return recall_table_of([Evaluated(Described(**about), counts, "the counts")])


def _frame_names(matrix: object) -> list[object] | None:
    """Return the names on both sides of a data frame, or None if it is another thing."""
    index, columns = getattr(matrix, "index", None), getattr(matrix, "columns", None)
    if index is None or columns is None:
        return None
    if list(index) != list(columns):
        raise ContractError(
            f"the matrix has rows {list(index)[:3]!r} and columns {list(columns)[:3]!r} ...: both "
            "must name the same classes in the same order"
        )
    return list(index)
