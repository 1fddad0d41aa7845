"""Counts per class are whole, within each other, and named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data_contracts import ContractError
from data_contracts.importers import ClassCounts

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
