"""Counts of a pair from arrays, tables and files: what is matched with what, what is refused."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data_contracts.errors import ContractError
from data_contracts.importers import ImportOptions
from rdstats import check_models

TRUE = ["cat"] * 60 + ["dog"] * 60
BEFORE = ["cat"] * 55 + ["dog"] * 65
AFTER = ["cat"] * 30 + ["dog"] * 90  # of 55 cats that were right 30 are left
FRAMES = [pd.DataFrame({"y_true": TRUE, "y_pred": answers}) for answers in (BEFORE, AFTER)]
EXPECTED = check_models(TRUE, BEFORE, AFTER, margin=0.1)


def write(
    path: Path, rows: Sequence[Sequence[object]], header: Sequence[str] = ("id", "y_true", "y_pred")
) -> Path:
    """Write a csv file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Predictions of the model before, with ids."""
    return write(tmp_path / "before.csv", list(zip(range(120), TRUE, BEFORE, strict=True)))


def test_arrays_lists_and_scores_give_the_same_verdict() -> None:
    """25 of 60 cats were lost; 25 of 120 answers changed."""
    assert (EXPECTED.harmed, EXPECTED.gate) == (("cat",), "fail")
    assert EXPECTED.classes["lost"].tolist() == [25, 0]
    scores = [np.eye(2)[[int(name == "dog") for name in names]] for names in (BEFORE, AFTER)]
    numbers = [int(name == "dog") for name in TRUE]
    for check in (
        EXPECTED,
        check_models(pd.Series(TRUE), np.array(BEFORE), AFTER, margin=0.1),
        check_models(numbers, *scores, labels=["cat", "dog"], margin=0.1),
    ):
        pd.testing.assert_frame_equal(check.classes, EXPECTED.classes)
        assert check.overall["answers_changed"] == pytest.approx(25 / 120)
    same = check_models(TRUE, BEFORE, BEFORE, margin=0.1)
    assert (same.gate, same.harmed, same.overall["answers_changed"]) == ("pass", (), 0.0)


def test_two_tables_are_matched_by_id_or_by_order() -> None:
    """Of pandas or Arrow; without matching, in any order."""
    first, second = FRAMES
    by_id = [first.assign(id=range(120)), second.assign(id=range(120))[::-1]]
    for pair in (FRAMES, [pa.table(each) for each in FRAMES], by_id):
        check = check_models(*pair, margin=0.1)
        pd.testing.assert_frame_equal(check.classes, EXPECTED.classes)
    alone = check_models(first, second[::-1], margin=0.1, matched=False)
    expected = check_models(TRUE, BEFORE, AFTER, margin=0.1, matched=False)
    pd.testing.assert_frame_equal(alone.classes, expected.classes)
    assert not alone.overall["matched"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((), "two models cannot be read from nothing"),
        ((TRUE, BEFORE), "from list and list: give y_true, before and after as arrays"),
        (("before.csv", FRAMES[0]), "from str and DataFrame"),
        ((TRUE, BEFORE, AFTER[:-1]), "y_true has 120 labels, but after has 119"),
        ((TRUE, [0] * 120, AFTER), "y_true and before have no value in common"),
        (("cat", "dog", "cat"), "y_true is 'cat', which is one value"),
        ((FRAMES[0], FRAMES[1].rename(columns={"y_pred": "guess"})), "after has no column y_pred"),
        ((FRAMES[0], FRAMES[1][::-1]), "same labels row by row"),
        ((FRAMES[0].assign(id=1), FRAMES[1].assign(id=1)), "before has a sample with the id '1'"),
        (
            (FRAMES[0].assign(id=range(120)), FRAMES[1].assign(id=range(1, 121))),
            "the id '0' is in one of before and after only",
        ),
    ],
)
def test_what_is_no_pair_is_refused_in_words(given: tuple[Any, ...], message: str) -> None:
    """Never by Python's own errors."""
    with pytest.raises(ContractError, match=message):
        check_models(*given)


def test_two_files_are_matched_by_id(before: Path, tmp_path: Path) -> None:
    """Whatever the order of the rows; the same counts as from arrays."""
    rows = list(zip(range(120), TRUE, AFTER, strict=True))
    after = write(tmp_path / "after.csv", rows[::-1])
    check = check_models(before, str(after), margin=0.1)
    pd.testing.assert_frame_equal(check.classes, EXPECTED.classes)
    assert check.overall["before"] == {"file": str(before)}
    assert check.overall["after"] == {"file": str(after)}


def test_two_files_are_matched_by_order_where_one_has_no_ids(before: Path, tmp_path: Path) -> None:
    """With the same labels row by row; in another order nothing is compared."""
    plain, header = list(zip(TRUE, AFTER, strict=True)), ("y_true", "y_pred")
    after = write(tmp_path / "after.csv", plain, header)
    assert check_models(before, after, margin=0.1).harmed == ("cat",)
    shuffled = write(tmp_path / "shuffled.csv", plain[::-1], header)
    with pytest.raises(ContractError, match="same labels row by row"):
        check_models(before, shuffled, margin=0.1)
    unmatched = check_models(before, shuffled, margin=0.1, matched=False)
    assert not unmatched.overall["matched"]
    assert unmatched.harmed == ("cat",)


def test_one_file_may_hold_both_models(tmp_path: Path) -> None:
    """In the columns baseline and y_pred."""
    rows = list(zip(TRUE, AFTER, BEFORE, strict=True))
    path = write(tmp_path / "both.csv", rows, ("y_true", "y_pred", "baseline"))
    check = check_models(path, margin=0.1)
    pd.testing.assert_frame_equal(check.classes, EXPECTED.classes)


def test_two_confusion_matrices_are_compared_by_recalls_alone(tmp_path: Path) -> None:
    """They do not say which images are right in both; their orientation must be said."""
    paths = [tmp_path / "before.npy", tmp_path / "after.npy"]
    for path, answers in zip(paths, (BEFORE, AFTER), strict=True):
        np.save(path, pd.crosstab(pd.Series(TRUE), pd.Series(answers)).to_numpy())
    options = ImportOptions(rows="true")
    check = check_models(*paths, format_name="confusion", options=options, margin=0.1)
    assert not check.overall["matched"]
    assert check.classes["recall_after"].tolist() == pytest.approx([0.5, 1.0])
    with pytest.raises(ContractError, match="rows"):
        check_models(*paths, format_name="confusion", margin=0.1)


def test_counts_of_both_models_are_held_against_each_other(tmp_path: Path) -> None:
    """A table of classes may say how many are right in both, but not more than in one."""
    columns = ("class", "n_samples", "n_correct", "n_both_correct")
    before = write(tmp_path / "before.csv", [("cat", 60, 30, 30)], columns)
    after = write(tmp_path / "after.csv", [("cat", 60, 40, 35)], columns)
    with pytest.raises(ContractError, match="n_both_correct of class 'cat' is 35"):
        check_models(before, after, format_name="table")


def test_a_class_may_be_missing_from_the_answers_but_not_from_one_test_set(
    before: Path, tmp_path: Path
) -> None:
    """Never predicted is a recall of 0; other images are refused."""
    never = write(tmp_path / "never.csv", [(n, true, "dog") for n, true in enumerate(TRUE)])
    check = check_models(before, never, margin=0.1)
    assert check.classes["recall_after"].tolist() == [0.0, 1.0]
    assert check.overall["collapsed_after"] == ["cat"]
    alone = write(tmp_path / "alone.csv", [(n, "dog", "dog") for n in range(60, 120)])
    with pytest.raises(ContractError, match=r"before\.csv, line 2: id '0' is not in .*alone"):
        check_models(before, alone, margin=0.1)
    with pytest.raises(ContractError, match=r"class 'cat' has 60 samples in .* and 0 in"):
        check_models(before, alone, margin=0.1, matched=False)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("missing.csv", None, "is not there"),
        ("", None, "is a folder"),
        ("empty.csv", "", "is empty"),
        ("nan.csv", "id,y_true,y_pred\n0,cat,\n", "line 2: y_pred is empty"),
        ("columns.csv", "id,foo,bar\n0,cat,cat\n", "no column y_true"),
        ("labels.csv", "y_true,y_pred\ncat,cat\n", "same labels row by row"),
    ],
)
def test_files_that_are_no_second_half_of_a_pair_are_refused(
    before: Path, tmp_path: Path, name: str, text: str | None, message: str
) -> None:
    """In one line."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(ContractError, match=message) as refused:
        check_models(before, path)
    assert "\n" not in str(refused.value)


def test_a_single_model_and_an_unknown_format_are_refused(before: Path) -> None:
    """With what is known."""
    with pytest.raises(ContractError, match=r"no format 'excel': formats are .*predictions"):
        check_models(before, before, format_name="excel")
    with pytest.raises(ContractError, match="holds 1 evaluated model,"):
        check_models(before)
