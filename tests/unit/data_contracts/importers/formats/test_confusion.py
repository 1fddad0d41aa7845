"""Confusion matrices in every form; the side that is true is never guessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data_contracts import ContractError
from data_contracts.importers import Described, ImportOptions, import_files

ABOUT = Described(study="s", dataset="d", architecture="a", model="m0", ratio=1.0)
MATRIX = [[2, 1, 0], [0, 3, 1], [0, 0, 4]]
NAMES = ["cat", "dog", "eel"]
TRUE_ROWS = {"n_samples": [3, 4, 4], "n_correct": [2, 3, 4], "n_predicted": [2, 4, 5]}
PREDICTED_ROWS = {"n_samples": [2, 4, 5], "n_correct": [2, 3, 4], "n_predicted": [3, 4, 4]}


def imported(path: Path, **options: Any) -> pa.Table:
    """Import one file."""
    return import_files("confusion", [path], options=ImportOptions(described=ABOUT, **options))


def counts(table: pa.Table) -> dict[str, list[int]]:
    """The three counts."""
    return {name: table[name].to_pylist() for name in TRUE_ROWS}


FRAME = pd.DataFrame(MATRIX, index=NAMES, columns=NAMES)

PRINTED_BY_R = """\
Confusion Matrix and Statistics

          Reference
Prediction cat dog eel
       cat   2   0   0
       dog   1   3   0
       eel   0   1   4

Overall Statistics

               Accuracy : 0.8182
"""  # caret; R's table() of two named factors
CROSSTAB = """\
Predicted  cat  dog  eel
Actual
cat          2    1    0
dog          0    3    1
eel          0    0    4
"""  # print(pandas.crosstab(...)), with blanks behind Actual
WEKA = """\
=== Confusion Matrix ===

 a b c   <-- classified as
 2 1 0 | a = cat
 0 3 1 | b = dog
 0 0 4 | c = eel
"""
H2O = """\
,cat,dog,eel,Error,Rate
cat,2.0,1.0,0.0,0.3333, (1.0/3.0)
dog,0.0,3.0,1.0,0.25, (1.0/4.0)
eel,0.0,0.0,4.0,0.0, (0.0/4.0)
Total,2.0,4.0,5.0,0.1818, (2.0/11.0)
"""
# ConfusionMatrix(...).save_obj of PyCM 4.6, shortened
PYCM: dict[str, Any] = {"Actual-Vector": None, "Predict-Vector": None, "Digit": 5}
PYCM["Matrix"] = [
    [true, list(zip(NAMES, row, strict=True))] for true, row in zip(NAMES, MATRIX, strict=True)
]
PAIRS = [[NAMES[i], NAMES[j], MATRIX[i][j]] for i in range(3) for j in range(3)]
SIDES_SAID = {
    "caret.txt": PRINTED_BY_R,
    "crosstab.txt": CROSSTAB,
    "weka.log": WEKA,
    "h2o.csv": H2O,
    "pycm.obj": json.dumps(PYCM),
    "wandb.table.json": json.dumps(
        {"columns": ["Actual", "Predicted", "nPredictions"], "data": PAIRS}
    ),
}


R_LINES = [" ".join(f'"{name}"' for name in NAMES)]  # write.table(as.data.frame.matrix(...))
R_LINES += [f'"{name}" ' + " ".join(map(str, row)) for name, row in zip(NAMES, MATRIX, strict=True)]
FORMS: dict[str, Callable[[Path], object]] = {
    "bare.csv": lambda path: np.savetxt(path, MATRIX, fmt="%d", delimiter=","),
    "names.csv": FRAME.to_csv,
    "names-above.csv": lambda path: FRAME.astype(float).to_csv(path, index=False, sep=";"),
    "names-from-R.csv": lambda path: path.write_text("\n".join(R_LINES)),
    "bare.txt": lambda path: np.savetxt(path, MATRIX),
    "bare.npy": lambda path: np.save(path, np.array(MATRIX, dtype=float)),
    "names.npz": lambda path: np.savez(path, confusion_matrix=MATRIX, class_names=NAMES),
    "bare.json": lambda path: path.write_text(json.dumps(MATRIX)),
    "names-split.json": lambda path: FRAME.to_json(path, orient="split"),
    "bare-numpy.txt": lambda path: path.write_text(f"Confusion matrix:\n{np.array(MATRIX)}\ndone"),
    "bare-torch.log": lambda path: path.write_text(f"tensor({MATRIX}, device='cuda:0')"),
    "names-printed.txt": lambda path: path.write_text(FRAME.to_string()),
    "bare-trailing.txt": lambda path: path.write_text(
        "".join(" ".join(map(str, row)) + " \n" for row in MATRIX)
    ),
    "names-trailing.csv": lambda path: path.write_text(FRAME.to_csv().replace("\n", ", \n")),
    "names-records.json": lambda path: FRAME.reset_index().to_json(path, orient="records"),
    "names.json": lambda path: path.write_text(
        json.dumps({"cm": MATRIX, "classes": NAMES, "model": "m0"})
    ),
}


def write(form: str, folder: Path) -> Path:
    """Write the matrix in a form."""
    FORMS[form](folder / form)
    return folder / form


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_counts(tmp_path: Path, form: str) -> None:
    """As numpy, pandas and json write it."""
    table = imported(write(form, tmp_path), rows="true")
    assert counts(table) == TRUE_ROWS
    bare = form.startswith("bare")
    assert table["class_name"].to_pylist() == (["0", "1", "2"] if bare else NAMES)


@pytest.mark.parametrize("name", SIDES_SAID)
def test_what_says_its_sides_needs_no_word(tmp_path: Path, name: str) -> None:
    """By the names of both sides, or as the program always has it; nobody may contradict."""
    path = tmp_path / name
    path.write_text(SIDES_SAID[name])
    table = imported(path)
    assert counts(table) == TRUE_ROWS
    assert table["class_name"].to_pylist() == NAMES
    wrong = "true" if name == "caret.txt" else "predicted"
    with pytest.raises(ContractError, match="says otherwise"):
        imported(path, rows=wrong)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[[1 2]\n [3 4]]\n\n[[1 2]\n [3 4]]\n", "prints 2 matrices"),
        ("[[1 0 ... 0 0]\n [1 0 ... 0 2]\n ...\n [0 0 ... 1 1]]", "rows are left out"),
        ("[[1 2]\n [3 4]\n [5 6]]", "no square matrix"),
        (H2O.replace("2.0,1.0", "1.0,2.0"), "are not those of its counts"),
        (H2O.replace("Total", "Sum"), "leave out Error, Rate: no classes"),
    ],
)
def test_a_printed_matrix_that_is_not_whole_is_refused(
    tmp_path: Path, text: str, error: str
) -> None:
    """Two of them, rows that numpy leaves out, H2O's margins that do not fit."""
    path = tmp_path / "cm.txt"
    path.write_text(text)
    with pytest.raises(ContractError, match=error):
        imported(path, rows="true")


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("sklearn", TRUE_ROWS),
        ("torchmetrics", TRUE_ROWS),
        ("ultralytics", PREDICTED_ROWS),
        ("caret", PREDICTED_ROWS),
    ],
)
def test_a_preset_says_the_side(tmp_path: Path, preset: str, expected: dict[str, Any]) -> None:
    """As each program documents it; nobody else guesses it, and an option may not contradict."""
    path = write("bare.npy", tmp_path)
    assert counts(imported(path, preset=preset)) == expected
    with pytest.raises(ContractError, match="--true-rows or --predicted-rows, or a --preset"):
        imported(path)
    other = "true" if expected == PREDICTED_ROWS else "predicted"
    with pytest.raises(ContractError, match=f"the preset {preset} says that rows are"):
        imported(path, preset=preset, rows=other)


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_a_list_says_its_sides_by_its_columns(tmp_path: Path, suffix: str) -> None:
    """As caret's and Weights & Biases' tables do; pairs that are not there are 0."""
    rows = [(NAMES[i], NAMES[j], MATRIX[i][j]) for i in range(3) for j in range(3) if MATRIX[i][j]]
    table = pd.DataFrame(rows, columns=["Reference", "Prediction", "Freq"])
    path = tmp_path / f"cm.{suffix}"
    if suffix == "csv":
        table.to_csv(path, index=False)
    else:
        table.to_json(path, orient="records")
    assert counts(imported(path)) == TRUE_ROWS


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1,2\n3,4\n5,6\n7,8\n", " has 4 lines of 2 columns, which is no square matrix"),
        ("0.5,0.5\n0,1\n", ": the entry in row '0', column '0' is 0.5: a normalised matrix"),
        ("3,x\n0,1\n", ", line 1: an entry is 'x', but entries count samples"),
        ("3;1,5\n0;1\n", ", line 1: an entry is '1,5', but entries count samples; write a decimal"),
        ("3,nan\n0,1\n", ": the entry in row '0', column '1' is nan"),
        ("3,-1\n0,1\n", ": the entry in row '0', column '1' is -1.0"),
        ("3,1e300\n0,1\n", ": the entry in row '0', column '1' is 1e+300"),
        (",a,b\na,1,2\nc,3,4\n", ", line 3: row 'c' stands where the columns have 'b'"),
        ("a,b\na,1,2\nc,3,4\n", ", line 3: row 'c' stands where the columns have 'b'"),
        ("a,b\na,1,2\nb,3\n", ", line 3: it has 2 columns, but"),
        ("a,a\n1,2\n3,4\n", " names class 'a' twice"),
        ("5,7\n1,2\n3,4\n", ", line 1: the matrix has one line more than columns"),
        (",a,b,All\na,1,2,3\nb,3,4,7\nAll,4,6,10\n", ": the last row and column, 'All', are the"),
        ("Actual,Predicted,n\na,a,1\na,a,2\n", ", line 3: true 'a' predicted 'a' is there twice"),
        ("Actual,Predicted,n\na,,1\n", ", line 2: Predicted is empty"),
        ("Actual,Predicted,n\na,a,many\n", ", line 2: n is 'many', which is no count"),
    ],
)
def test_what_is_no_matrix_of_counts_is_refused(tmp_path: Path, text: str, error: str) -> None:
    """With the file and the entry."""
    path = tmp_path / "cm.csv"
    path.write_text(text)
    with pytest.raises(ContractError) as caught:
        imported(path, rows="true")
    assert str(caught.value).startswith(f"{path}{error}")


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("[[1, 2], [3]]", "is no square matrix"),
        ('[[1, "x"], [3, 4]]', "row 0: an entry is 'x'"),
        ('{"cm": [[1]], "test": {"cm": [[2]]}}', "holds 2 matrices"),
        ('{"a": {"a": 1}}', "an object of objects does not say which"),
        ('{"cm": [[1]], "ratio": 0.5}', "ratio is 0.5, but"),
        ("[[1, 2], [3, 4]", "no JSON"),
        ("3", 'holds "3", but a table is a list'),
        ("[[1, 2], [3, 1" + "0" * 400 + "]]", "row 1: an entry is '10000"),
        ("[[1, 2], [3, 1e400]]", "the entry in row '1', column '1' is inf"),
        ("[[4503599627370496, 4503599627370496], [1, 2]]", "n_samples of class '0' is 90071992"),
    ],
)
def test_json_that_is_no_matrix_is_refused(tmp_path: Path, value: str, error: str) -> None:
    """With the file."""
    path = tmp_path / "cm.json"
    path.write_text(value)
    with pytest.raises(ContractError) as caught:
        imported(path, rows="true")
    assert str(caught.value).startswith(str(path))
    assert error in str(caught.value)
