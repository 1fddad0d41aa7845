"""classification_report in all its forms; real reports are in test_agreement.py."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest
from sklearn.metrics import classification_report

from data_contracts import ContractError
from data_contracts.importers import Evaluated, ImportOptions
from data_contracts.importers.formats.sklearn_report import read
from data_contracts.importers.read.records import read_records

TRUTH = ["ant", "ant", "bee", "bee", "bee", "wasp"]
ANSWERS = ["ant", "bee", "bee", "bee", "wasp", "wasp"]
REPORT = """\
              precision    recall  f1-score   support

         ant       1.00      0.50      0.67         2
         bee       0.67      0.67      0.67         3
        wasp       0.50      1.00      0.67         1

    accuracy                           0.67         6
   macro avg       0.72      0.72      0.67         6
weighted avg       0.75      0.67      0.67         6
"""


def imported(path: Path, *confirmed: str) -> Evaluated:
    """The one model of a report."""
    (model,) = read(path, ImportOptions(confirmed=frozenset(confirmed)))
    return model


def written(folder: Path, text: str, name: str = "report.txt") -> Path:
    """A file with that text."""
    path = folder / name
    path.write_text(text)
    return path


def test_a_text_report_is_read_from_its_end(tmp_path: Path) -> None:
    """1 of 2, 2 of 3, 1 of 1; what a log prints before and after is passed over."""
    text = f"epoch 3: loss 0.2\n{REPORT}\ndone in 3.2 s\n"
    counts = imported(written(tmp_path, text)).counts
    assert counts.class_names == ("ant", "bee", "wasp")
    assert counts.n_correct.tolist() == [1, 2, 1]
    assert counts.n_samples.tolist() == [2, 3, 1]
    assert counts.count_quality == "rounded"
    assert classification_report(TRUTH, ANSWERS) == REPORT


LOGGED = "\n".join(
    f"2026-01-01 10:00:0{n} INFO {line}" for n, line in enumerate(REPORT.split("\n"))
)
DICT = classification_report(TRUTH, ANSWERS, output_dict=True)
WRAPPED = {
    "print.txt": f"Classification Report: {REPORT}",
    "glued.txt": f"INFO:root:{REPORT}",
    "logger.log": LOGGED,
    "stripped.log": "\n".join(line.rstrip() for line in LOGGED.split("\n")),
    "nested.json": json.dumps({"model": "m0", "test": {"loss": 0.3, "report": DICT}}),
    "text.json": json.dumps({"model": "m0", "reports": [{"report": f"Report: {REPORT}"}]}),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_a_report_may_stand_inside_of_something(tmp_path: Path, name: str) -> None:
    """Behind a word, behind a logger's prefix on each line, deep in JSON."""
    counts = imported(written(tmp_path, WRAPPED[name], name)).counts
    assert counts.class_names == ("ant", "bee", "wasp")
    assert counts.n_correct.tolist() == [1, 2, 1]


def test_a_report_may_be_printed_otherwise(tmp_path: Path) -> None:
    """A data frame prints 3.0; before 0.20 the end was `avg / total`; names hold numbers."""
    floats = REPORT.replace("         3\n", "       3.0\n")
    assert imported(written(tmp_path, floats)).counts.n_samples.tolist() == [2, 3, 1]
    old = "\n".join(
        [*REPORT.splitlines()[:5], "avg / total       0.75      0.67      0.67         6"]
    )
    assert imported(written(tmp_path, old)).counts.n_correct.tolist() == [1, 2, 1]
    names = ["red ant", "bee 2 0.50", "avg"]
    text = classification_report(TRUTH, ANSWERS, target_names=names)
    assert set(imported(written(tmp_path, text)).counts.class_names) == set(names)
    never = classification_report(["ant", "bee", "bee"], ["bee"] * 3, zero_division=0.0)
    assert imported(written(tmp_path, never)).counts.n_correct.tolist() == [0, 2]


def test_an_absent_class_has_no_recall(tmp_path: Path) -> None:
    """scikit-learn prints 0.00 where nothing was there: no row, and a note that says so."""
    text = REPORT.replace(
        "        wasp", "         fly       0.00      0.00      0.00         0\n        wasp"
    )
    model = imported(written(tmp_path, text))
    assert model.counts.class_names == ("ant", "bee", "wasp")
    assert "class 'fly' has no test samples" in model.notes[0]


def test_a_report_of_some_classes_has_to_be_confirmed(tmp_path: Path) -> None:
    """`labels` leaves the wasp out: micro avg stands where accuracy would."""
    text = classification_report(TRUTH, ANSWERS, labels=["ant", "bee"], digits=3)
    assert "micro avg" in text
    path = written(tmp_path, text)
    with pytest.raises(ContractError, match=r"line 6: `micro avg` has precision 0.750 and recall"):
        imported(path)
    model = imported(path, "subset")
    assert model.counts.n_correct.tolist() == [1, 2]
    assert "2 classes that the report names" in model.notes[0]


def test_a_perfect_classifier_shows_no_decimals(tmp_path: Path) -> None:
    """1.0 of 60 may be 0.98 rounded to one decimal; the caller may say that it is not."""
    report = classification_report([0] * 60, [0] * 60, output_dict=True)
    path = written(tmp_path, json.dumps(report), "report.json")
    with pytest.raises(ContractError, match="--confirm unrounded"):
        imported(path)
    assert imported(path, "unrounded").counts.n_correct.tolist() == [60]


@pytest.mark.parametrize("orient", ["columns", "index"])
@pytest.mark.parametrize(("decimals", "quality"), [(2, "rounded"), (10, "exact")])
def test_a_data_frame_as_json_is_read_either_way_round(
    tmp_path: Path, orient: Literal["columns", "index"], decimals: int, quality: str
) -> None:
    """Pandas writes by column unless told otherwise; two decimals of 3 samples leave one count."""
    frame = pd.DataFrame(classification_report(TRUTH, ANSWERS, output_dict=True)).round(decimals)
    path = written(tmp_path, frame.to_json(orient=orient), "report.json")
    assert imported(path).counts.n_correct.tolist() == [1, 2, 1]
    assert imported(path).counts.count_quality == quality


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("report.txt", "no report at all\n", "holds no line `precision"),
        ("report.txt", "\n".join(REPORT.splitlines()[:5]), "averages at the end are missing"),
        (
            "report.txt",
            REPORT.replace(
                "                 0.67         6\n", "                 0.83         6\n"
            ),
            r"line 7: accuracy is 0.83, but .* 4 right of 6",
        ),
        (
            "report.txt",
            classification_report([[1, 0], [1, 1]], [[1, 0], [1, 1]]),
            "an image may have several labels",
        ),
        ("report.txt", f"{REPORT}epoch 2\n{REPORT}", "line 11: a second report begins"),
        ("report.txt", REPORT.replace("0.67         2", "0.67"), "line 3"),
        ("report.csv", "a,b\n1,2\n", "names neither its columns nor its rows"),
        ("report.json", json.dumps([REPORT, {"again": REPORT}]), "holds 2 reports"),
        ("report.json", "[1, 2]", "holds no class"),
        ("report.json", '{"ant": 3}', "key 'ant'"),
        ("report.json", '{"ant": {"precision": 1', "no JSON"),
        ("report.json", '{"ant": {}, "ant": {}}', "key 'ant' twice"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, name: str, text: str, why: str) -> None:
    """In one line that names the place."""
    with pytest.raises(ContractError, match=why) as caught:
        imported(written(tmp_path, text, name))
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "precision" + 200_000 * " " + "x",
        "a" + 200_000 * " " + "0.5 0.5 0.5 10",
        "Accuracy of a is" + 200_000 * " " + ":" + 200_000 * " " + "x",
        100_000 * "accuracy of ",
    ],
)
def test_lines_of_many_blanks_take_no_time(tmp_path: Path, line: str) -> None:
    """A pattern with two runs of blanks side by side would divide them in every way: minutes."""
    path = tmp_path / "report.txt"
    path.write_text(f"{line}\n{line}\n")
    begin = time.monotonic()
    with pytest.raises(ContractError):
        imported(path)
    with pytest.raises(ContractError):
        read_records(path)
    assert time.monotonic() - begin < 5
