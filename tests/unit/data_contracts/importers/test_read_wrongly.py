"""Files that look like what they are not: counted as they stand, they would give wrong recalls.

Each was found in public, and was once read without a word.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data_contracts import ContractError
from data_contracts.importers import Described, ImportOptions, from_predictions, import_files

ABOUT = Described(study="s", dataset="d", architecture="a", model="m", ratio=1.0)


def counts(path: Path, kind: str, **options: object) -> dict[str, tuple[int, int]]:
    """Return samples and right answers by class."""
    table = import_files(kind, [path], options=ImportOptions(described=ABOUT, **options))  # type: ignore[arg-type]
    columns = (table[name].to_pylist() for name in ("class_name", "n_samples", "n_correct"))
    return {name: (samples, right) for name, samples, right in zip(*columns, strict=True)}


def ranked(rows: int = 20) -> str:
    """Scores of the three best classes of each sample, from high to low."""
    draws = np.random.default_rng(0)
    scores = -np.sort(-draws.dirichlet((1, 1, 1), rows), axis=1)
    lines = [f"{row % 3},{','.join(f'{each:.4f}' for each in scores[row])}" for row in range(rows)]
    return "\n".join(["label,prob_0,prob_1,prob_2", *lines])


NUMBERS = "y_true,y_pred\n" + "1,1\n2,2\n3,3\n"
PAIRS = "A,A,93\nA,B,7\nB,B,80\nB,A,20\n"
REPORT = """\
              precision    recall  f1-score   support

         cat       0.90      0.90      0.90        10
{row}
    accuracy                           0.90        20
   macro avg       0.90      0.90      0.90        20
weighted avg       0.90      0.90      0.90        20
"""
COMPOSED, DECOMPOSED = "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\N{COMBINING ACUTE ACCENT}"
PER_CENTS = "26 1 73\n9 56 36\n0 1 98\n"
AGAINST_THE_REST = "TN,FP,FN,TP\n9,1,2,8\n8,2,1,9\n7,3,2,8\n9,1,1,9\n"
OTHERWISE = "y_true,y_pred\ncat,dog\ndog,dog\nemu,fox\n"
COUNTS = "class,n_samples,n_correct\ncat,9,8\n"

REFUSED = [
    (
        "sklearn-report",
        REPORT.format(row=" dog 0.90 0.90 0.90 10").replace(
            "   0.90        20", " 99999999999999999999 20", 1
        ),
        {},
        "accuracy",
    ),
    ("table", "class,n_samples,recall\na,10,0.1_0\n", {}, "'0.1_0', which is no number"),
    ("table", "class,n_samples,recall\na,10,0.٣\n", {}, "'0.٣', which is no number"),
    (
        "table",
        f"class,n_samples,n_correct,parameters\na,10,5,{2**63}\n",
        {},
        "parameters is 2\\*\\*63 or more",
    ),
    ("predictions", 'y_true,y_pred\n"a, b","a," b"\nc,c"\n', {}, "quote not closed"),
    ("confusion", "12,", {"rows": "true"}, "1 line of 2 columns"),
    ("predictions", ranked(), {}, "the k best of each sample"),
    ("predictions", "ground_truth,predicted,count\n" + PAIRS, {}, "a count for each pair"),
    ("predictions", "row,y_true,y_pred,count\n1,A,A,9\n2,B,B,9\n", {}, "a count for each pair"),
    ("predictions", "y_true,y_pred\n1,0\n2,1\n3,2\n4,3\n", {}, "numbered from 0 and the other"),
    ("predictions", "y_true,y_pred\na b,a_b\nc,c\n", {}, "one class in two spellings"),
    ("predictions", OTHERWISE, {}, "--confirm labels"),
    ("predictions", NUMBERS + "y_true,y_pred\n" + "1,1\n", {}, "header stand there again"),
    (
        "predictions",
        "x.png,2,1\ny.png,2,2\nz.png,1,1\n",
        {"columns": {"y_true": "1", "y_pred": "2"}},
        "first line a row of data",
    ),
    (
        "predictions",
        'y_true,y_pred,text\ncat,cat,"one\ncat,dog,two\ndog,dog,three"\ndog,dog,four\n',
        {},
        "rows of data stand inside of a quoted text",
    ),
    (
        "confusion",
        "TN,FP,FN,TP\n9,1,2,8\n8,2,1,9\n7,3,2,8\n9,1,1,9\n",
        {"rows": "true"},
        "a class against",
    ),
    ("confusion", PER_CENTS, {"rows": "true"}, "are the entries per cents"),
    ("table", COUNTS + "Total,18,15\n", {}, "the sum of the classes"),
    ("table", COUNTS + "macro avg,9,7\n", {}, "looks like the average"),
    ("sklearn-report", REPORT.format(row=""), {}, "is of 20 samples, but the classes have 10"),
]


@pytest.mark.parametrize(("kind", "text", "options", "why"), REFUSED)
def test_what_looks_like_something_else_is_refused(
    tmp_path: Path, kind: str, text: str, options: dict[str, object], why: str
) -> None:
    """With the likely reason, and what to say if it is right after all."""
    path = tmp_path / "file.txt"
    path.write_text(text)
    with pytest.raises(ContractError, match=why) as refused:
        counts(path, kind, **options)
    assert "\n" not in str(refused.value)


def said(word: str) -> dict[str, object]:
    """The option that confirms something."""
    return {"confirmed": frozenset({word})}


CONFIRMED = [
    ("predictions", ranked(), said("class-order"), "0"),
    ("predictions", "y_true,y_pred\ncat,dog\ndog,dog\nemu,fox\n", said("labels"), "cat"),
    ("confusion", "26 1 73\n9 56 36\n0 1 98\n", {"rows": "true", **said("counts")}, "0"),
    ("table", COUNTS + "all,9,7\n", said("classes"), "all"),
]


@pytest.mark.parametrize(("kind", "text", "options", "name"), CONFIRMED)
def test_what_was_confirmed_is_read(
    tmp_path: Path, kind: str, text: str, options: dict[str, object], name: str
) -> None:
    """By the word that the refusal named."""
    path = tmp_path / "file.txt"
    path.write_text(text)
    assert name in counts(path, kind, **options)


READ = [
    ("predictions", "y_true,y_pred\n+1,1\n1.0,-1\n-1,-1\n", {}, {"-1": (1, 1), "1": (2, 1)}),
    (
        "predictions",
        f"y_true,y_pred\n{DECOMPOSED},{COMPOSED}\nb,b\n",
        {},
        {"b": (1, 1), COMPOSED: (1, 1)},
    ),
    (
        "predictions",  # a collapsed network answers all samples alike: no ranks
        "label,prob_0,prob_1,prob_2\n" + "0,0.5,0.3,0.2\n1,0.5,0.3,0.2\n2,0.5,0.3,0.2\n" * 3,
        {},
        {"0": (3, 3), "1": (3, 0), "2": (3, 0)},
    ),
    (
        "predictions",  # a text may go over lines, with separators in them
        'y_true,y_pred,text\ncat,cat,"one\ntwo, three, four"\ndog,dog,five\n',
        {},
        {"cat": (1, 1), "dog": (1, 1)},
    ),
    (
        "confusion",
        "Predicted,cat,dog,background\ncat,80,5,25\ndog,3,40,14\nbackground,17,5,0\n",
        {"preset": "ultralytics"},
        {"cat": (100, 80), "dog": (50, 40)},
    ),
    (
        "confusion",  # a hundred of each class is a test set like CIFAR-100's
        "90 10\n20 80\n",
        {"rows": "true"},
        {"0": (100, 90), "1": (100, 80)},
    ),
]


@pytest.mark.parametrize(("kind", "text", "options", "expected"), READ)
def test_what_is_right_is_read(
    tmp_path: Path,
    kind: str,
    text: str,
    options: dict[str, object],
    expected: dict[str, tuple[int, int]],
) -> None:
    """Spellings of one label, texts over lines, a background that is no class."""
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    assert counts(path, kind, **options) == expected


def test_text_beyond_unicode_in_an_array_is_refused(tmp_path: Path) -> None:
    """Python itself breaks over such a character."""
    path = tmp_path / "file.npz"
    labels = np.array([0x41, 0x7FFFFFFF], dtype=np.uint32).view("<U1")
    np.savez(path, y_true=labels, y_pred=labels)
    with pytest.raises(ContractError, match="0x7fffffff, which is no character"):
        counts(path, "predictions")


def test_arrays_are_held_to_the_same() -> None:
    """Ranked scores, and labels numbered from 0 and from 1."""
    scores = -np.sort(-np.random.default_rng(0).random((20, 3)), axis=1)
    about = {"study": "s", "dataset": "d", "architecture": "a", "model": "m", "ratio": 1.0}
    with pytest.raises(ContractError, match="the k best"):
        from_predictions(np.arange(20) % 3, scores, **about)  # type: ignore[arg-type]
    with pytest.raises(ContractError, match="numbered from 0"):
        from_predictions([1, 2, 3], [0, 1, 2], **about)  # type: ignore[arg-type]
