"""Prediction files of every kind give the same counts, or an error that names the row."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts import ContractError
from data_contracts.importers import Described, ImportOptions, import_files
from data_contracts.importers.read.pieces import open_predictions

ABOUT = Described(study="s", dataset="d", architecture="a", model="m0")
UNPRUNED = ABOUT.merged(Described(ratio=1.0))
FINETUNED = ABOUT.merged(Described(method="MP", stage="finetuned"))
TRUE = [0, 0, 0, 1, 1, 2]
PRED = [0, 0, 1, 1, 2, 2]
FOUND = {"n_samples": [3, 2, 1], "n_correct": [2, 1, 1], "n_predicted": [2, 2, 2]}


def imported(path: Path, about: Described = UNPRUNED, **options: Any) -> pa.Table:
    """Import one file."""
    return import_files("predictions", [path], options=ImportOptions(described=about, **options))


def counts(table: pa.Table, *columns: str) -> dict[str, list[int]]:
    """Columns as lists."""
    return {name: table[name].to_pylist() for name in columns or FOUND}


def written(folder: Path, text: str, name: str = "p.csv") -> Path:
    """Write a text file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def npz(**arrays: Any) -> Any:
    """A writer of these arrays."""
    return lambda _frame, path: np.savez(path, **arrays)


WRITERS = {
    "pandas.csv": lambda frame, path: frame.to_csv(path),
    "spreadsheet.csv": lambda frame, path: frame.astype(float).to_csv(
        path, sep=";", index=False, lineterminator="\r\n", encoding="utf-8-sig"
    ),
    "tabs.tsv": lambda frame, path: frame.to_csv(path, sep="\t", index=False),
    "dictionaries.parquet": lambda frame, path: frame.astype("category").to_parquet(path),
    "labels.npz": npz(y_true=TRUE, y_pred=PRED),
    "scores.npz": npz(y_true=TRUE, y_score=np.eye(3)[PRED]),
    "columns.npy": lambda frame, path: np.save(path, frame.to_records(index=False)),
    "described.npz": npz(y_true=TRUE, y_pred=PRED, model="m0", ratio=1.0),
}


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_predictions_in_any_file_give_the_same_counts(tmp_path: Path, name: str) -> None:
    """As pandas and numpy write them; an array without a dimension is a field."""
    path = tmp_path / name
    WRITERS[name](pd.DataFrame({"y_true": TRUE, "y_pred": PRED}), path)
    table = imported(path, ABOUT if name == "described.npz" else UNPRUNED)
    assert counts(table) == FOUND
    assert table["class_name"].to_pylist() == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("y_true,score_cat,score_dog\ncat,0.7,0.3\ndog,0.5,0.5\ndog,-1,2e3\n", {}),
        ("y_true,score_2.0,score_3.0\n2,1,0\n3,1,0\n3,0,1\n", {}),
        ("Label,guess\n0,0\n1,0\n1,1\n", {"y_pred": "guess"}),
        ("Ground Truth,Preds\na,a\nb,a\nb,b\n", {}),
        ("y_true,y_pred\n<b>,<b>\n=cmd(),<b>\n=cmd(),=cmd()\n", {}),  # all of it is data
    ],
)
def test_columns_are_found_by_name_alias_or_beginning(
    tmp_path: Path, text: str, columns: dict[str, str]
) -> None:
    """Of scores the highest is the prediction, the first of equals; 3.0 is the label 3."""
    table = imported(written(tmp_path, text), columns=columns)
    found = counts(table, "n_samples", "n_correct", "n_predicted")
    assert found == {"n_samples": [1, 2], "n_correct": [1, 1], "n_predicted": [2, 1]}


def test_whole_numbers_in_scientific_notation_are_labels(tmp_path: Path) -> None:
    """As numpy.savetxt writes them by default; 12 stays 12."""
    path = tmp_path / "p.csv"
    pairs = [(0, 0), (12, 12), (12, 0)]
    np.savetxt(path, pairs, delimiter=",", header="y_true,y_pred", comments="")
    assert "1.200000000000000000e+01" in path.read_text()
    table = imported(path)
    assert table["class_name"].to_pylist() == ["0", "12"]
    assert table["n_correct"].to_pylist() == [1, 1]


@pytest.mark.parametrize(
    ("header", "format_name"),
    [
        ("              precision    recall  f1-score   support", "sklearn-report"),
        (",precision,recall,f1-score,support", "sklearn-report"),
        ("positive_class,true_negatives,false_positives,false_negatives,true_positives", "mlflow"),
        ('"","Sensitivity","Specificity","Pos Pred Value"', "table --preset caret"),
        ("class,n_samples,n_correct", "table"),
        ("Class_Name,Accuracy", "table"),
        ("Accuracy for class: plane is 54.9 %", "table"),
        ("[[50  2]", "confusion --true-rows"),
        ("0,1,2", "confusion --true-rows"),
        ("step,tag,value", "keys"),
    ],
)
def test_a_file_of_another_format_is_told_by_its_header(
    tmp_path: Path, header: str, format_name: str
) -> None:
    """With the words for both commands."""
    with pytest.raises(ContractError) as caught:
        imported(written(tmp_path, header + "\n" + ",".join("1" * (header.count(",") + 1)) + "\n"))
    assert f"or `rdstats import {format_name}`" in str(caught.value)


def test_a_long_file_holds_several_models(tmp_path: Path) -> None:
    """Columns say which row is of which; the baseline is paired row by row."""
    text = "model,method,ratio,stage,y_true,y_pred\n"
    text += "m0,none,1,baseline,0,0\nm0,none,1,baseline,1,0\nm0,none,1,baseline,1,1\n"
    text += "m0,MP,4,pruned,0,1\nm0,MP,4,pruned,1,1\nm0,MP,4,pruned,1,1\n"
    about = Described(study="s", dataset="d", architecture="a")
    table = imported(written(tmp_path, text), about)
    assert table["method"].to_pylist() == ["none", "none", "MP", "MP"]
    found = counts(table, "n_correct", "n_both_correct")
    assert found == {"n_correct": [1, 1, 0, 2], "n_both_correct": [1, 1, 0, 1]}


def test_the_baseline_may_be_a_column(tmp_path: Path) -> None:
    """Before and after in one file."""
    path = written(tmp_path, "y_true,before,after\n0,0,0\n0,0,1\n1,1,1\n")
    about = FINETUNED.merged(Described(ratio=4.0))
    table = imported(path, about, columns={"baseline": "before", "y_pred": "after"})
    assert counts(table, "n_both_correct") == {"n_both_correct": [2, 1, 1, 1]}


def test_the_files_of_the_papers_authors_are_read_by_their_preset(tmp_path: Path) -> None:
    """A column per ratio; 0 PR is the unpruned model."""
    text = "Image Index,Image Label,0 PR,2 PR,4 PR\n0,0,0,0,1\n1,1,1,0,1\n2,1,0,1,1\n"
    path = written(tmp_path, text)
    table = imported(path, FINETUNED, preset="aarlbench")
    assert table["ratio"].to_pylist() == [1, 1, 2, 2, 4, 4]
    assert table["stage"].to_pylist() == ["baseline"] * 2 + ["finetuned"] * 4
    found = counts(table, "n_correct", "n_both_correct")
    assert found == {"n_correct": [1, 1, 1, 1, 0, 2], "n_both_correct": [1, 1, 1, 0, 0, 1]}
    with pytest.raises(ContractError, match="rdstats import predictions --preset aarlbench"):
        imported(path, FINETUNED)


@pytest.mark.parametrize("truth", ["y_true", "labels"])
def test_columns_of_an_array_of_scores_are_named_by_classes(tmp_path: Path, truth: str) -> None:
    """`labels` are the true ones unless y_true is there."""
    path = tmp_path / "p.npz"
    arrays: dict[str, Any] = {truth: ["dog", "cat"], "classes": ["cat", "dog"]}
    np.savez(path, y_score=[[1, 2], [1, 0]], **arrays)
    assert counts(imported(path), "n_correct") == {"n_correct": [1, 1]}


def test_many_pieces_are_counted_as_one(tmp_path: Path) -> None:
    """A file of several blocks, with a label that appears in the last alone."""
    generator = np.random.default_rng(0)
    truth = np.append(generator.integers(0, 50, 1_200_000), 50)
    answer = np.append(generator.integers(0, 50, 1_200_000), 50)
    path = tmp_path / "p.csv"
    stream = io.BytesIO()
    np.savetxt(stream, np.column_stack([truth, answer]), "%d", delimiter=",")
    path.write_bytes(b"y_true,y_pred\n" + stream.getvalue())
    table = imported(path)
    assert table["n_samples"].to_pylist() == np.bincount(truth).tolist()
    assert table["n_correct"].to_pylist() == np.bincount(truth[truth == answer]).tolist()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("y_true,y_pred\n0,0\n1,\n", ", line 3: y_pred is empty"),
        ("y_true,y_pred\n0,0\n\nNaN,1\n", ", line 4: y_true is 'NaN', which reads as missing"),
        ("y_true;y_pred\n0;0\n1;1,5\n", ", line 3: y_pred is '1,5': a decimal comma"),
        ("y_true,y_pred\n0,1e0\n", ", line 2: y_pred is '1e0', scientific notation: it is a"),
        (
            "y_true y_pred\n0 0\n",
            " has no column y_true and no y_pred, only 'y_true y_pred': are columns sepa",
        ),
        (
            "a.png,2,1\nb.png,0,0\n",
            " has no column y_true and no y_pred, only 'a.png', '2', '1': is the first line a row",
        ),
        (
            "klass,guess\na,a\n",
            " has no column y_true and no y_pred, only 'klass', 'guess': say which holds the true "
            "labels with --column y_true=NAME (of another file: --truth FILE), and the predicted",
        ),
        ("y_true,y_pred\n0,0.25\n", ", line 2: y_pred is '0.25': a number with a fraction"),
        ("y_true,y_pred\n0,0\n1\n", ", line 3: it has 1 column, but the first line has 2"),
        ('y_true,y_pred\n0,0\n1,"1\n', ", line 3: it cannot be read as separated columns"),
        ('y_true,y_pred\n0,"0\n1,1\n0,0\n', ", line 4: it cannot be read"),
        ("y_true,y_pred\n", " has no rows"),
        ("Label,guess\n0,0\n", " has no column y_pred, only 'Label', 'guess'"),
        ("Actual,Predicted,nPredictions\na,a,7\n", " has a count for each pair of labels"),
        ("Prediction,Reference,Freq\na,a,7\n", " has a count for each pair of labels"),
        (
            "y_true,score_0,score_1,score_2\n1,1,0,0\n3,0,0,1\n",
            ": y_true has the label '3', but the columns of scores are of 0, 1, 2: name each",
        ),
        ("y_true,y_pred,y_pred\n0,0,0\n", ": column 'y_pred' is there 2 times"),
        ("y_true,y_pred\ncat,0\ndog,1\n", ": labels and predictions have no value in common"),
        ("label,target,y_pred\n0,0,0\n", " has columns 'label', 'target', and each could be"),
        ("y_true,score_a,score_b\na,0.1,x\n", ", line 2: score_b is 'x', but scores are numbers"),
        ("y_true;score_a;score_b\na;0,1;1\n", ", line 2: score_a is '0,1', but scores are"),
        ("y_true,score_a,score_b\na,1,2\na,,1\n", ": scores, line 3: a score is missing or NaN"),
        ("ratio,y_true,y_pred\n1,0,0\n,1,1\n", ", line 3: ratio is empty"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_line(
    tmp_path: Path, text: str, error: str
) -> None:
    """The line is the one an editor shows."""
    path = written(tmp_path, text)
    with pytest.raises(ContractError) as caught:
        imported(path)
    assert str(caught.value).startswith(f"{path}{error}")


def test_an_array_without_names_needs_to_be_told_which_column_is_which(tmp_path: Path) -> None:
    """Neither order is more usual."""
    path = tmp_path / "p.npy"
    np.save(path, np.column_stack([TRUE, PRED]))
    with pytest.raises(ContractError, match="has no column y_true and no y_pred, only '0', '1'"):
        imported(path)
    assert counts(imported(path, columns={"y_true": "0", "y_pred": "1"})) == FOUND


@pytest.mark.parametrize(
    ("arrays", "error"),
    [
        ({"y_true": np.eye(2), "y_pred": [0, 1]}, "y_true has shape (2, 2) of float64, but labels"),
        ({"y_true": [1j], "y_pred": [1j]}, "y_true has shape (1,) of complex128, but labels"),
        ({"y_true": [0, 1, 1], "y_pred": [0, 1]}, "arrays differ in length (y_true 3, y_pred 2)"),
        ({"y_true": [], "y_pred": []}, "has no rows"),
        ({"y_true": [0, np.nan], "y_pred": [0, 1]}, "row 1: y_true is 'nan'"),
        ({"y_true": [0, 1], "y_score": [[0, np.nan], [1, 0]]}, "y_score, row 0: a score is"),
        ({"y_true": ["a", "b"], "y_score": np.eye(2)}, "an array `classes` is missing"),
        ({"y_true": [1, 2, 1], "y_score": np.eye(3)[:, :2]}, "y_true has the label '2', but the"),
        ({"y_true": [0], "y_pred": [0], "stage": "tuned"}, "stage is 'tuned', but can only be"),
    ],
)
def test_arrays_that_cannot_be_counted_are_refused(
    tmp_path: Path, arrays: dict[str, Any], error: str
) -> None:
    """With the file and the array."""
    path = tmp_path / "p.npz"
    np.savez(path, **arrays)
    with pytest.raises(ContractError) as caught:
        imported(path)
    assert str(caught.value).startswith(str(path))
    assert error in str(caught.value)


def test_damaged_files_and_pickles_are_refused_by_name(tmp_path: Path) -> None:
    """Pickles can run code; an npy whose header is no header, and Parquet text that is no text."""
    path = tmp_path / "p.npz"
    np.savez(path, y_true=np.array([object()]), y_pred=np.array([0]))
    with pytest.raises(ContractError, match="cannot be read"):
        imported(path)
    path = tmp_path / "p.npy"
    np.save(path, np.array([[1, 2]]))
    path.write_bytes(path.read_bytes().replace(b"'descr'", b"('descr"))
    with pytest.raises(ContractError, match=r"p\.npy cannot be read"):
        imported(path)
    path = tmp_path / "p.parquet"
    buffers = [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")]
    text = pa.Array.from_buffers(pa.string(), 1, buffers)
    pq.write_table(pa.table({"y_true": text, "y_pred": text}), path)
    with pytest.raises(ContractError, match=r"p\.parquet: column 'y_true' holds text that is no"):
        imported(path)
    label = pa.array(["cat"])
    pq.write_table(pa.table({"id": text, "y_true": label, "y_pred": label}), path)
    with pytest.raises(ContractError, match=r"p\.parquet: column 'id' holds text that is no"):
        next(open_predictions(path).pieces(["id"], [], ["id"])).ids("id")
