"""Evaluated models become a recall table whose classes are in one order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from data_contracts import ContractError, violations
from data_contracts.importers import ClassCounts, Described, Evaluated, recall_table_of

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
