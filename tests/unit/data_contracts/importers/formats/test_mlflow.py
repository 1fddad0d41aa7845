"""MLflow's per_class_metrics.csv; real runs are kept in tests/fixtures/mlflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts import ContractError
from data_contracts.importers import Described, Evaluated, ImportOptions
from data_contracts.importers.files import import_files
from data_contracts.importers.formats.mlflow import read
from kept_files import FIXTURES, true_counts

HEADER = (
    "positive_class,true_negatives,false_positives,false_negatives,true_positives,"
    "example_count,accuracy_score\n"
)
ROWS = "ant,3,0,1,2,6,0.83\nbee,2,1,0,3,6,0.83\n"


def imported(folder: Path, text: str) -> Evaluated:
    """The one model of a file with that text."""
    path = folder / "per_class_metrics.csv"
    path.write_text(text)
    (model,) = read(path, ImportOptions())
    return model


def test_support_is_found_and_missed_together(tmp_path: Path) -> None:
    """TP + FN = 2 + 1; example_count is every image of the test set, and is not read."""
    counts = imported(tmp_path, HEADER + ROWS).counts
    assert counts.n_samples.tolist() == [3, 3]
    assert counts.n_correct.tolist() == [2, 3]
    assert counts.n_predicted is not None
    assert counts.n_predicted.tolist() == [2, 4]


def test_a_tree_of_runs_is_one_table() -> None:
    """The runs' own parameters say which is the unpruned model; options say the rest."""
    about = Described(study="s", dataset="digits", architecture="linear")
    table = import_files("mlflow", [FIXTURES / "mlflow"], options=ImportOptions(about))
    assert table.num_rows == 20
    rows = table.to_pylist()
    pruned = [row for row in rows if row["method"] == "MP"]
    assert {(row["ratio"], row["stage"], row["model"]) for row in pruned} == {
        (4.0, "pruned", "seed-0")
    }
    assert [row["n_correct"] for row in pruned] == true_counts("after").n_correct.tolist()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEADER + ROWS.replace("bee,2", "bee,3"), "line 3: its four counts add up to 7 images"),
        (HEADER + ROWS.splitlines()[0], "have 3 images, but each class was judged on 6"),
        (HEADER.replace("true_positives", "tp") + ROWS, "no column 'true_positives'"),
        (HEADER + ROWS.replace("2,6", "2.5,6"), "line 2: column 'true_positives' is '2.5'"),
        (HEADER + ROWS.replace("2,6", ",6"), "line 2: column 'true_positives' is empty"),
        (HEADER + ROWS.replace("2,6", "-2,6"), "whole numbers"),
        (HEADER + ROWS.replace("2,6", "1e999999,6"), "whole numbers"),
        (HEADER + ROWS.replace("ant", "bee"), "class 'bee' is there already at"),
        (HEADER + ROWS.replace("ant", ""), "the class's label is empty"),
        (HEADER, "holds no rows"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """In one line that names file, line and column."""
    with pytest.raises(ContractError, match=why) as caught:
        imported(tmp_path, text)
    assert "per_class_metrics.csv" in str(caught.value)
    assert "\n" not in str(caught.value)
