"""The verdict from files and from arrays: what is matched with what, and what is refused."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rdstats
from data_contracts import Provenance, write_recall_table
from data_contracts.errors import ContractError, RdstatsError
from data_contracts.importers import ImportOptions
from synthetic import baseline, table_of_counts

TRUE = ["cat"] * 60 + ["dog"] * 60
BEFORE = ["cat"] * 55 + ["dog"] * 65
AFTER = ["cat"] * 30 + ["dog"] * 90  # of 55 cats that were right 30 are left

Rows = Sequence[Sequence[object]]


def write(path: Path, rows: Rows, header: Sequence[str] = ("id", "y_true", "y_pred")) -> Path:
    """Write a csv file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Predictions of the model before, with ids."""
    return write(tmp_path / "before.csv", list(zip(range(120), TRUE, BEFORE, strict=True)))


@pytest.fixture
def after_rows() -> list[tuple[int, str, str]]:
    """Rows of the model after."""
    return list(zip(range(120), TRUE, AFTER, strict=True))


def test_arrays_lists_and_scores_give_the_same_verdict() -> None:
    """25 of 60 cats were lost; 25 of 120 answers changed."""
    check = rdstats.check_models(TRUE, BEFORE, AFTER, margin=0.1)
    assert check.harmed == ("cat",)
    assert check.gate == "fail"
    assert check.classes["lost"].tolist() == [25, 0]
    assert check.overall["answers_changed"] == pytest.approx(25 / 120)
    again = rdstats.check_models(pd.Series(TRUE), np.array(BEFORE), AFTER, margin=0.1)
    pd.testing.assert_frame_equal(again.classes, check.classes)
    scores = [np.eye(2)[[int(name == "dog") for name in names]] for names in (BEFORE, AFTER)]
    scored = rdstats.check_models(
        [int(name == "dog") for name in TRUE], *scores, labels=["cat", "dog"], margin=0.1
    )
    pd.testing.assert_frame_equal(scored.classes, check.classes)
    assert scored.overall["answers_changed"] == pytest.approx(25 / 120)


def test_a_model_is_unharmed_beside_itself() -> None:
    """Nothing changed, and 60 images are enough to say that at 10 points."""
    check = rdstats.check_models(TRUE, BEFORE, BEFORE, margin=0.1)
    assert (check.gate, check.harmed) == ("pass", ())
    assert check.overall["answers_changed"] == 0.0


def test_answers_of_other_lengths_are_refused() -> None:
    """Before anything is matched."""
    with pytest.raises(ContractError, match="119"):
        rdstats.check_models(TRUE, BEFORE, AFTER[:-1])


def test_two_files_are_matched_by_id(
    before: Path, after_rows: list[tuple[int, str, str]], tmp_path: Path
) -> None:
    """Whatever the order of the rows; the same counts as from arrays."""
    after = write(tmp_path / "after.csv", after_rows[::-1])
    check = rdstats.check_models(before, after, margin=0.1)
    expected = rdstats.check_models(TRUE, BEFORE, AFTER, margin=0.1).classes
    pd.testing.assert_frame_equal(check.classes, expected)
    assert check.overall["before"] == {"file": str(before)}
    assert check.overall["after"] == {"file": str(after)}


def test_two_files_are_matched_by_order_where_one_has_no_ids(
    before: Path, after_rows: list[tuple[int, str, str]], tmp_path: Path
) -> None:
    """With the same labels row by row; in another order nothing is compared."""
    plain = [row[1:] for row in after_rows]
    header = ("y_true", "y_pred")
    after = write(tmp_path / "after.csv", plain, header)
    assert rdstats.check_models(before, after, margin=0.1).harmed == ("cat",)
    shuffled = write(tmp_path / "shuffled.csv", plain[::-1], header)
    with pytest.raises(ContractError, match="same labels row by row"):
        rdstats.check_models(before, shuffled, margin=0.1)
    unmatched = rdstats.check_models(before, shuffled, margin=0.1, matched=False)
    assert not unmatched.overall["matched"]
    assert unmatched.harmed == ("cat",)


def test_one_file_may_hold_both_models(tmp_path: Path) -> None:
    """In the columns baseline and y_pred."""
    rows = list(zip(TRUE, AFTER, BEFORE, strict=True))
    path = write(tmp_path / "both.csv", rows, ("y_true", "y_pred", "baseline"))
    check = rdstats.check_models(path, margin=0.1)
    expected = rdstats.check_models(TRUE, BEFORE, AFTER, margin=0.1).classes
    pd.testing.assert_frame_equal(check.classes, expected)


def test_two_confusion_matrices_are_compared_by_recalls_alone(tmp_path: Path) -> None:
    """They do not say which images are right in both; their orientation must be said."""
    paths = []
    for name, answers in (("before", BEFORE), ("after", AFTER)):
        path = tmp_path / f"{name}.npy"
        np.save(path, pd.crosstab(pd.Series(TRUE), pd.Series(answers)).to_numpy())
        paths.append(path)
    check = rdstats.check_models(
        *paths, format_name="confusion", options=ImportOptions(rows="true"), margin=0.1
    )
    assert not check.overall["matched"]
    assert check.classes["recall_after"].tolist() == pytest.approx([0.5, 1.0])
    with pytest.raises(ContractError, match="rows"):
        rdstats.check_models(*paths, format_name="confusion", margin=0.1)


def test_two_recall_tables_are_a_pair(tmp_path: Path) -> None:
    """Each with one model of its own; the baseline may lie in both."""
    counts = {baseline("m"): [90, 80], ("MP", 2.0, "finetuned", "m"): [60, 80]}
    table = table_of_counts(counts)
    first, second, both = (tmp_path / name for name in ("a.parquet", "b.parquet", "c.parquet"))
    write_recall_table(table.slice(0, 2), first, Provenance())
    write_recall_table(table.slice(2, 2), second, Provenance())
    write_recall_table(table, both, Provenance())
    for after in (second, both):
        check = rdstats.check_models(first, after)
        assert check.classes["drop"].tolist() == pytest.approx([0.3, 0.0])
        assert check.overall["matched"]
    with pytest.raises(RdstatsError, match="holds 2 evaluated models"):
        rdstats.check_models(both, second)


def test_a_class_may_be_missing_from_the_answers_but_not_from_one_test_set(
    before: Path, tmp_path: Path
) -> None:
    """Never predicted is a recall of 0; other images are refused."""
    never = write(tmp_path / "never.csv", [(n, true, "dog") for n, true in enumerate(TRUE)])
    check = rdstats.check_models(before, never, margin=0.1)
    assert check.classes["recall_after"].tolist() == [0.0, 1.0]
    assert check.overall["collapsed_after"] == ["cat"]
    dogs = [(n, "dog", "dog") for n in range(60, 120)]
    alone = write(tmp_path / "alone.csv", dogs)
    with pytest.raises(ContractError, match=r"before\.csv, line 2: id '0' is not in .*alone"):
        rdstats.check_models(before, alone, margin=0.1)
    with pytest.raises(ContractError, match=r"class 'cat' has 60 samples in .* and 0 in"):
        rdstats.check_models(before, alone, margin=0.1, matched=False)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("missing.csv", None, "is not there"),
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
        rdstats.check_models(before, path)
    assert "\n" not in str(refused.value)


def test_formats_and_folders_are_refused_by_name(before: Path, tmp_path: Path) -> None:
    """With what is known."""
    with pytest.raises(ContractError, match=r"no format 'excel': formats are .*predictions"):
        rdstats.check_models(before, before, format_name="excel")
    with pytest.raises(ContractError, match="is a folder"):
        rdstats.check_models(before, tmp_path)
    with pytest.raises(ContractError, match="holds 1 evaluated model,"):
        rdstats.check_models(before)
