"""Recall tables from arrays of any library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from data_contracts import ContractError, violations
from data_contracts.importers import from_confusion, from_counts, from_predictions
from data_contracts.importers.in_memory import About

ABOUT: About = {"study": "s", "dataset": "d", "architecture": "a", "model": "m0"}
UNPRUNED: About = {**ABOUT, "ratio": 1.0}
PRUNED: About = {**ABOUT, "method": "MP", "ratio": 4.0, "stage": "finetuned"}
TRUE = [0, 0, 0, 1, 1, 2]
PRED = [0, 0, 1, 1, 2, 2]
SAMPLES, CORRECT, PREDICTED = [3, 2, 1], [2, 1, 1], [2, 2, 2]


def counts(table: Any, *columns: str) -> list[list[int]]:
    """Columns as lists."""
    return [table[name].to_pylist() for name in columns]


@pytest.mark.parametrize(
    "container",
    [
        list,
        np.array,
        pd.Series,
        torch.tensor,
        lambda values: torch.tensor(values, dtype=torch.float32, requires_grad=True),
        lambda values: np.array(values, dtype=float),
        lambda values: pd.Series(values, dtype="Int64"),
        lambda values: pd.Categorical(values),
        lambda values: [str(value) for value in values],
    ],
)
def test_any_container_of_labels_gives_the_same_counts(container: Any) -> None:
    """Lists, numpy, pandas, tensors; 3.0 and "3" are 3."""
    table = from_predictions(container(TRUE), container(PRED), **UNPRUNED)
    found = counts(table, "n_samples", "n_correct", "n_predicted")
    assert found == [SAMPLES, CORRECT, PREDICTED]
    assert table["class_name"].to_pylist() == ["0", "1", "2"]


def test_scores_give_the_class_with_the_highest_and_of_equals_the_first() -> None:
    """As argmax does; the last sample has a tie between classes 0 and 1."""
    scores = torch.nn.functional.one_hot(torch.tensor(PRED)).float()
    scores[-1] = torch.tensor([0.4, 0.4, 0.2])
    table = from_predictions(TRUE, scores, **UNPRUNED)
    assert counts(table, "n_correct", "n_predicted") == [[2, 1, 0], [3, 2, 1]]
    # Columns that no sample is of: a network of 1,000 classes.
    table = from_predictions(TRUE, np.eye(1000)[PRED], **UNPRUNED)
    assert counts(table, "n_samples", "n_correct", "n_predicted") == [SAMPLES, CORRECT, PREDICTED]


def test_with_the_baseline_both_are_counted_together() -> None:
    """The baseline's rows come from its own call, so that calls concatenate."""
    before = [0, 1, 0, 1, 1, 2]
    table = from_predictions(TRUE, PRED, baseline=before, **PRUNED)
    assert table["stage"].to_pylist() == ["finetuned"] * 3
    assert counts(table, "n_correct", "n_both_correct") == [[2, 1, 1], [1, 1, 1]]
    stronger: About = {**PRUNED, "ratio": 8}
    another = from_predictions(TRUE, PRED, baseline=before, **stronger)
    unpruned = from_predictions(TRUE, before, **UNPRUNED)
    assert not violations(pa.concat_tables([unpruned, table, another]))


def test_labels_name_the_classes_of_numbers() -> None:
    """And of the columns of scores."""
    names = ["cat", "dog", "eel"]
    one = from_predictions(TRUE, PRED, labels=names, **UNPRUNED)
    two = from_predictions([names[i] for i in TRUE], np.eye(3)[PRED], labels=names, **UNPRUNED)
    assert one.equals(two)
    assert one["class_name"].to_pylist() == names


@pytest.mark.parametrize(
    ("true", "pred", "error"),
    [
        ([0, 1], [0], "y_true has 2 labels, but y_pred has 1"),
        ([0, np.nan], [0, 1], "y_true, row 1: the label is 'nan', which reads as missing"),
        ([0, None], [0, 1], "y_true, row 1: the label is 'nan'"),
        ([0, 1], [0, 0.5], "y_pred, row 1: the label is '0.5': a number with a fraction"),
        (["a", "b"], [0, 1], "y_pred: labels and predictions have no value in common"),
        ([0, 1], [[0.1, np.nan], [0.5, 0.5]], "y_pred, row 0: a score is missing or NaN"),
        ([1, 3, 2], np.eye(3), "y_true holds '3', but the columns of scores in y_pred are 0 to 2"),
        (["a", "b"], np.eye(2), "y_true holds 'a', but the columns of scores in y_pred are 0 to"),
        ([-1, 1], np.eye(2), "y_true holds '-1', but the columns"),
        ([True, False], np.eye(2), "y_true holds 'False', but the columns"),
        ([0, 1], [[0.1, 0.2], [0.5]], "y_pred cannot be read as an array"),
        ([[0, 1], [1, 0]], [0, 1], "y_true has shape (2, 2): give one label per sample"),
        (3, [0], "y_true is 3, which is one value"),
        ([], [], "y_true has shape (0,)"),
        ([0j], [0], "y_true holds complex128, but labels are numbers or text"),
    ],
)
def test_predictions_that_cannot_be_counted_are_refused(true: Any, pred: Any, error: str) -> None:
    """With the array, the row and the value."""
    with pytest.raises(ContractError) as caught:
        from_predictions(true, pred, **UNPRUNED)
    assert str(caught.value).startswith(error)


def test_scores_of_the_baseline_need_the_same_labels() -> None:
    """Labels from 1 beside scores: refused by name, and healed by saying the labels."""
    scores = np.eye(3)[PRED]
    true = [label + 1 for label in TRUE]
    with pytest.raises(ContractError) as caught:
        from_predictions(true, [label + 1 for label in PRED], baseline=scores, **PRUNED)
    assert str(caught.value) == (
        "y_true holds '3', but the columns of scores in baseline are 0 to 2: say labels=[...], "
        "the label of each column in order, or number the true labels from 0"
    )
    table = from_predictions(true, scores, baseline=scores, labels=[1, 2, 3], **PRUNED)
    assert counts(table, "n_correct") == [CORRECT]


def test_the_side_of_a_matrix_decides_what_recall_is() -> None:
    """The same matrix, both ways."""
    matrix = [[2, 1], [0, 3]]
    true = from_confusion(matrix, rows="true", **UNPRUNED)
    assert counts(true, "n_samples", "n_correct", "n_predicted") == [[3, 3], [2, 3], [2, 4]]
    predicted = from_confusion(matrix, rows="predicted", **UNPRUNED)
    assert counts(predicted, "n_samples", "n_predicted") == [[2, 4], [3, 3]]


def test_the_index_of_a_data_frame_names_the_classes() -> None:
    """As pandas' crosstab gives it."""
    table = from_confusion(
        pd.crosstab(pd.Series(["b", "a", "b"]), pd.Series(["b", "a", "a"])), rows="true", **UNPRUNED
    )
    assert table["class_name"].to_pylist() == ["a", "b"]
    assert counts(table, "n_samples", "n_correct") == [[1, 2], [1, 1]]


@pytest.mark.parametrize(
    ("matrix", "rows", "error"),
    [
        ([[2, 1], [0, 3]], None, "the matrix does not say whether its rows are true or predicted"),
        ([[2, 1]], "true", "the matrix has shape (1, 2), but a confusion matrix is square"),
        ([[0.9, 0.1], [0, 1]], "true", "the matrix: the entry in row '0', column '0' is 0.9: a"),
        ([[1, -1], [0, 3]], "true", "the matrix: the entry in row '0', column '1' is -1"),
        ([[1.0, 0], [0, 1]], "true", "the matrix: every row adds up to 1"),
        ([[0, 0], [0, 0]], "true", "the matrix counts no samples"),
    ],
)
def test_matrices_that_count_nothing_are_refused(matrix: Any, rows: Any, error: str) -> None:
    """With the entry."""
    with pytest.raises(ContractError) as caught:
        from_confusion(matrix, rows=rows, **UNPRUNED)
    assert str(caught.value).startswith(error)


def test_counts_become_a_table() -> None:
    """As they are; what is not said of them is asked for."""
    with pytest.raises(ContractError, match="the counts does not say study"):
        from_counts([10], [8], ratio=1.0)
    table = from_counts([10, 20], [8, 15], class_names=["a", "b"], **UNPRUNED)
    assert counts(table, "n_samples", "n_correct") == [[10, 20], [8, 15]]
    assert table["count_quality"].to_pylist() == ["exact", "exact"]
