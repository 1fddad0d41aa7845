"""What makes an interval doubtful."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rdstats.statistics.suspicions import duplicates, fingerprints, skewness
from references import AS_R, cases


@pytest.mark.parametrize("case", cases("beside"))
def test_skewness_equals_r(case: dict[str, Any]) -> None:
    """Of the recall of each class over models."""
    recalls = np.array(case["after"]) / np.array(case["n_samples"])
    assert skewness(recalls.T) == pytest.approx(case["skewness"], rel=AS_R, abs=1e-12)


def test_skewness_needs_three_values_that_differ() -> None:
    """Two are always symmetric."""
    assert np.isnan(skewness(np.array([1.0, 2.0])))
    assert np.isnan(skewness(np.array([0.1, 0.1, 0.1])))


def test_models_with_the_same_counts_are_found() -> None:
    """In every class, not in the sum."""
    assert duplicates(np.array([[1, 2], [2, 1], [1, 2], [3, 0], [2, 1]])) == [(0, 2), (1, 4)]
    assert duplicates(np.array([[1, 2], [2, 1]])) == []


def test_rows_that_are_the_same_have_the_same_fingerprint() -> None:
    """Whatever their length; here the others differ."""
    counts = np.array([[9, 8, 7], [9, 7, 8], [9, 8, 7]])
    marks = fingerprints(counts)
    assert marks[0] == marks[2]
    assert marks[0] != marks[1]
