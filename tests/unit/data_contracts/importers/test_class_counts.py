"""Counts per class are whole, within each other, and named; models' counts become a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from data_contracts import ContractError, violations
from data_contracts.importers import ClassCounts, Described, Evaluated, recall_table_of

GOOD: dict[str, Any] = {
    "class_names": ("cat", "dog"),
    "n_samples": np.array([10, 20]),
    "n_correct": np.array([8, 15]),
    "n_predicted": np.array([12, 18]),
    "n_both_correct": np.array([7, 15]),
}


def test_whole_numbers_of_any_type_become_int64() -> None:
    """Frameworks store counts as floats."""
    counts = ClassCounts(("a",), np.array([3.0]), np.array([2], dtype=np.uint8))
    assert counts.n_samples.dtype == counts.n_correct.dtype == np.int64
    assert counts.n_predicted is None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"n_correct": np.array([11, 15])}, "n_correct of class 'cat' is 11 of 10: it exceeds"),
        ({"n_samples": np.array([10, 0])}, "n_samples of class 'dog' is 0: a class without"),
        ({"n_correct": np.array([8, -1])}, "n_correct of class 'dog' is -1 of 20"),
        ({"n_predicted": np.array([7, 18])}, "n_predicted of class 'cat' is 7 of 10: it is less"),
        ({"n_predicted": np.array([12, 19])}, "n_predicted adds up to 31, n_samples to 30"),
        ({"n_both_correct": np.array([9, 15])}, "n_both_correct of class 'cat' is 9 of 10"),
        ({"n_both_correct": np.array([-1, 15])}, "n_both_correct of class 'cat' is -1"),
        ({"n_correct": np.array([8.5, 15])}, "n_correct of class 'cat' is 8.5, but counts are"),
        ({"n_correct": np.array([np.nan, 15])}, "n_correct of class 'cat' is nan"),
        ({"n_correct": np.array([1e300, 15])}, "n_correct of class 'cat' is 1e+300"),
        ({"n_correct": np.array([8])}, "n_correct has shape (1,), but there are 2 classes"),
        ({"n_correct": np.array(["8", "9"])}, "n_correct holds <U1, but counts are whole"),
        ({"class_names": ("cat", "cat")}, "class 'cat' is there twice"),
        ({"class_names": ("cat", " ")}, "a class has an empty name"),
        ({"class_names": ()}, "there are no classes"),
        ({"count_quality": "good"}, "count_quality is 'good', but can only be exact or rounded"),
    ],
)
def test_a_broken_count_is_refused_with_its_class(change: dict[str, Any], error: str) -> None:
    """What, why, and the value."""
    with pytest.raises(ContractError) as caught:
        ClassCounts(**{**GOOD, **change})
    assert str(caught.value).startswith(error)


UNPRUNED = Described(study="s", dataset="d", architecture="a", model="m0", ratio=1.0)
PRUNED = Described(
    study="s", dataset="d", architecture="a", model="m0", method="MP", ratio=10 / 7, stage="pruned"
)


def model(described: Described, names: Sequence[str], correct: Sequence[int]) -> Evaluated:
    """A model with ten samples per class."""
    samples = np.full(len(names), 10)
    counts = ClassCounts(tuple(names), samples, np.array(correct))
    return Evaluated(described, counts, f"{described.method}.csv")


@pytest.mark.parametrize("names", [["1", "2", "10"], ["class 2", "class 10", "dog"]])
def test_classes_are_in_the_order_of_their_numbers_or_names(names: list[str]) -> None:
    """In whatever order the file has them; numbers inside names count as numbers."""
    table = recall_table_of([model(UNPRUNED, names[::-1], [3, 2, 1])])
    assert table["class_name"].to_pylist() == names
    assert table["class_index"].to_pylist() == [0, 1, 2]
    assert table["n_correct"].to_pylist() == [1, 2, 3]


def test_the_table_keeps_the_contract_and_rounds_the_ratio() -> None:
    """1 / 0.7 is 1.4286 in every file."""
    names = ["a", "b"]
    table = recall_table_of([model(UNPRUNED, names, [9, 8]), model(PRUNED, names, [7, 8])])
    assert violations(table) == []
    assert table["ratio"].to_pylist() == [1.0, 1.0, 1.4286, 1.4286]
    assert table["n_predicted"].null_count == 4


@pytest.mark.parametrize(
    ("models", "error"),
    [
        (
            [model(UNPRUNED, "ab", [9, 8]), model(PRUNED, "a", [7])],
            r"MP\.csv has no sample of class 'b', which None\.csv has",
        ),
        ([model(UNPRUNED, "a", [9])] * 2, "unique key"),  # by the contract's own rule
        ([], "no evaluated model"),
    ],
)
def test_what_is_no_table_is_refused(models: list[Evaluated], error: str) -> None:
    """By the files, and the class that one of them lacks."""
    with pytest.raises(ContractError, match=error):
        recall_table_of(models)
