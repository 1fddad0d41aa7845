"""Reports of two decimals: the counts they leave hold the true ones, and so do the verdicts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_contracts import ContractError
from data_contracts.importers import ImportOptions, evaluated_models
from rdstats import StatsError, check_models

CLASSES = ("ant", "bee", "cat")
Counts = npt.NDArray[np.int64]


@st.composite
def confusions(draw: st.DrawFn) -> tuple[Counts, Counts]:
    """Two confusion matrices of the same samples per class, rows true."""
    found = []
    sizes = [draw(st.integers(10, 400)) for _ in CLASSES]
    for _ in range(2):
        rows = []
        for place, size in enumerate(sizes):
            right = draw(st.integers(size // 2, size))
            other = draw(st.integers(0, size - right))
            row = [other, size - right - other]
            rows.append([*row[:place], right, *row[place:]])
        found.append(np.array(rows))
    return found[0], found[1]


def report(matrix: npt.NDArray[Any]) -> str:
    """Print a confusion matrix as scikit-learn's classification_report does."""
    right, support, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    rows = [f"{'':>12}{'precision':>10}{'recall':>10}{'f1-score':>10}{'support':>10}", ""]
    for place, name in enumerate(CLASSES):
        k, n, p = right[place], support[place], predicted[place]
        precision, score = (k / p if p else 0.0), (2 * k / (n + p))
        rows.append(f"{name:>12}{precision:10.2f}{k / n:10.2f}{score:10.2f}{n:10d}")
    total = support.sum()
    rows += ["", f"{'accuracy':>12}{'':20}{right.sum() / total:10.2f}{total:10d}"]
    return "\n".join([*rows, f"{'macro avg':>12}{0.5:10.2f}{0.5:10.2f}{0.5:10.2f}{total:10d}", ""])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(confusions())
def test_a_verdict_from_two_decimals_is_that_of_the_true_counts(
    matrices: tuple[Counts, Counts],
) -> None:
    """Wherever one is given at all; and the true count is never ruled out."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}.txt" for name in ("before", "after")]
        for path, matrix in zip(paths, matrices, strict=True):
            path.write_text(report(matrix))
            (found,) = evaluated_models("sklearn-report", path, ImportOptions(between=True))
            ends = found.counts.between or (found.counts.n_correct, found.counts.n_correct)
            assert (ends[0] <= np.diag(matrix)).all()
            assert (np.diag(matrix) <= ends[1]).all()
        told = check_models(*paths, format_name="sklearn-report", margin=0.1)
    truth = np.repeat(CLASSES, matrices[0].sum(axis=1))
    answers = [np.concatenate([np.repeat(CLASSES, row) for row in each]) for each in matrices]
    true = check_models(truth, *answers, margin=0.1, matched=False)
    for word, right in zip(told.classes["verdict"], true.classes["verdict"], strict=True):
        assert word in ("inconclusive", "not testable") or word == right
    assert told.gate in ("inconclusive", true.gate)


def test_where_two_decimals_do_not_tell_it_is_said(tmp_path: Path) -> None:
    """What is told holds for every count they leave; nothing is imported of them."""
    paths = [tmp_path / "before.txt", tmp_path / "after.txt"]
    for path, right in zip(paths, ((900, 450, 180), (600, 443, 176)), strict=True):
        lost = np.array([1000, 500, 200]) - np.array(right)
        path.write_text(report(np.diag(right) + np.roll(np.diag(lost), 1, axis=1)))
    check = check_models(*paths, format_name="sklearn-report")
    assert check.classes["verdict"].tolist()[:2] == ["harmed", "inconclusive"]
    assert check.overall["not_told"] == ["bee"]
    assert check.classes["status"][1].startswith("the decimals do not tell; right: ")
    assert "of bee the decimals do not tell" in check.summary()
    with pytest.raises(StatsError, match="print more decimals"):
        check_models(*paths, format_name="sklearn-report", quantity="excess")
    with pytest.raises(ContractError, match="decimals would do"):
        evaluated_models("sklearn-report", paths[0])
