"""What evaluations leave behind, as it lies about: read as it stands, or told what to type."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data_contracts import ContractError
from data_contracts.importers import Described, ImportOptions, import_files

ABOUT = Described(study="s", dataset="d", architecture="a", model="m", ratio=1.0)
TRUE = ["cat", "cat", "cat", "dog", "dog", "owl"]
PRED = ["cat", "cat", "dog", "dog", "owl", "owl"]
FOUND = {"cat": (3, 2), "dog": (2, 1), "owl": (1, 1)}
FRAME = pd.DataFrame({"id": [f"{place}.png" for place in range(6)], "y_true": TRUE, "y_pred": PRED})
CSV = FRAME.to_csv(index=False).encode()


def counts(path: Path, kind: str = "predictions", **options: Any) -> dict[str, tuple[int, int]]:
    """Samples and right answers by class."""
    table = import_files(kind, [path], options=ImportOptions(described=ABOUT, **options))
    columns = (table[name].to_pylist() for name in ("class_name", "n_samples", "n_correct"))
    return {name: (samples, right) for name, samples, right in zip(*columns, strict=True)}


def saved(folder: Path, name: str, content: bytes | str) -> Path:
    """Write a file."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def zipped(**members: bytes) -> bytes:
    """A zip archive, as a Mac writes it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
            archive.writestr(f"__MACOSX/._{name}.csv", b"")
    return stream.getvalue()


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    """What a library writes."""
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def arrow_stream(frame: pd.DataFrame) -> bytes:
    """A table as `datasets` of Hugging Face keeps it."""
    table = pa.table(frame)
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    return stream.getvalue()


def zstd(content: bytes) -> bytes:
    """The same packed."""
    packed = pa.compress(content, codec="zstd")
    return bytes(packed)


CONTAINERS = {
    "p.csv.gz": gzip.compress(CSV),
    "p.csv.bz2": bz2.compress(CSV),
    "p.csv.xz": lzma.compress(CSV),
    "p.csv.zst": zstd(CSV),
    "p.zip": zipped(p=CSV),
    "p.xlsx": written(lambda out: FRAME.to_excel(out, index=False)),
    "p.csv": CSV.decode().encode("utf-16"),
    "p.feather": written(FRAME.to_feather),
    "p.arrow": arrow_stream(FRAME),
    "p.parquet.gz": gzip.compress(written(FRAME.to_parquet)),
    "p.jsonl": FRAME.to_json(orient="records", lines=True).encode(),
    "p.jsonl.gz": gzip.compress(FRAME.to_json(orient="records", lines=True).encode()),
    "p.json": FRAME.to_json(orient="records").encode(),
    "p.columns.json": FRAME.to_json().encode(),
    "p.split.json": FRAME.to_json(orient="split", index=False).encode(),
    "p.lists.json": json.dumps({"acc": 0.6, "names": ["cat"], "True": TRUE, "Pred": PRED}).encode(),
    "p.rows.json": json.dumps({"n": 6, "predictions": FRAME.to_dict("records")}).encode(),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_whatever_predictions_lie_in_they_are_the_same(tmp_path: Path, name: str) -> None:
    """Packed, as a spreadsheet, in UTF-16, as Arrow, as JSON of any shape."""
    assert counts(saved(tmp_path, name, CONTAINERS[name])) == FOUND


BROKEN = {
    "p.csv.gz": gzip.compress(CSV)[:-12],
    "p.csv.xz": lzma.compress(CSV)[:40],
    "p.csv.zst": zstd(CSV)[:20],
    "p.csv.bz2": b"BZh9" + bytes(20),
    "p.zip": zipped(one=CSV, two=CSV),
    "p.xlsx": b"PK\x03\x04 and no more",
    "p.csv": CSV.decode().encode("utf-16")[:-1],
    "p.feather": written(FRAME.to_feather)[:90],
    "p.arrow": arrow_stream(FRAME)[:200],
    "p.json": b'[{"y_true": 1}, ',
    "two sheets.xlsx": b"",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_opened_ends_in_a_line_that_names_it(tmp_path: Path, name: str) -> None:
    """Cut off, damaged, of two files or of two sheets."""
    path = saved(tmp_path, name, BROKEN[name])
    if name == "two sheets.xlsx":
        with pd.ExcelWriter(path) as book:
            for sheet in ("a", "b"):
                FRAME.to_excel(book, sheet_name=sheet)
    with pytest.raises(ContractError) as refused:
        counts(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


SCORES = np.eye(3)[[0, 0, 1, 1, 2, 2]]
LABELS = [0, 0, 0, 1, 1, 2]


def by_class(names: str, **more: Any) -> pd.DataFrame:
    """True labels and a column of scores per class."""
    frame = pd.DataFrame({"file": range(6), "Label": TRUE, **more})
    return frame.join(pd.DataFrame(SCORES, columns=names.split()))


def test_scores_in_columns_called_as_the_classes(tmp_path: Path) -> None:
    """A class without samples may lie between them; what lies beside them is asked for."""
    path = tmp_path / "p.csv"
    frame = by_class("cat dog owl").assign(note="x")
    frame.insert(3, "emu", 0.1)
    frame.to_csv(path, index=False)
    assert counts(path) == FOUND
    frame.drop(columns="note").assign(confidence=0.9).to_csv(path, index=False)
    with pytest.raises(ContractError, match=r"'confidence'.*y_score=cat\.\.owl"):
        counts(path)
    assert counts(path, columns={"y_score": "cat..owl"}) == FOUND


@pytest.mark.parametrize("kind", ["list", "fixed", "json"])
def test_scores_in_one_column_of_lists(tmp_path: Path, kind: str) -> None:
    """As the highest of each, and of one length."""
    frame = pd.DataFrame({"label": LABELS, "logits": SCORES.tolist()})
    path = tmp_path / ("p.jsonl" if kind == "json" else "p.parquet")

    def write(frame: pd.DataFrame) -> None:
        if kind == "json":
            frame.to_json(path, orient="records", lines=True)
            return
        size = 3 if kind == "fixed" else -1
        lists = pa.array(frame["logits"].tolist(), pa.list_(pa.float32(), size))
        pa.parquet.write_table(pa.table({"label": frame["label"], "logits": lists}), path)

    write(frame)
    assert counts(path) == {"0": (3, 2), "1": (2, 1), "2": (1, 1)}
    if kind != "fixed":
        frame["logits"] = [*SCORES[:5].tolist(), [0.5, 0.5]]
        write(frame)
        with pytest.raises(ContractError, match="lists of lengths 3, 2"):
            counts(path)


def test_truth_in_a_file_of_its_own(tmp_path: Path) -> None:
    """Joined by id in any order, by the order of rows where there are none."""
    shuffled = FRAME.rename(columns={"id": "Filename"}).sample(frac=1, random_state=1)
    truth = tmp_path / "truth.csv"
    shuffled[["Filename", "y_true"]].to_csv(truth, index=False)
    answers = saved(
        tmp_path, "a.csv", "id,label\n" + FRAME[["id", "y_pred"]].to_csv(index=False, header=False)
    )
    assert counts(answers, truth=truth) == FOUND
    for name, values in (("true", LABELS), ("pred", [0, 0, 1, 1, 2, 2]), ("scores", SCORES)):
        np.save(tmp_path / f"{name}.npy", np.array(values))
    by_order = {"0": (3, 2), "1": (2, 1), "2": (1, 1)}
    for name in ("pred", "scores"):
        assert counts(tmp_path / f"{name}.npy", truth=str(tmp_path / "true.npy")) == by_order


@pytest.mark.parametrize(
    ("truth", "answers", "why"),
    [
        ("id,y_true\n1,a\n2,b\n", "id,y_pred\n1,a\n3,b\n", "line 3: id '3' is not in"),
        ("id,y_true\n1,a\n2,b\n", "id,y_pred\n1,a\n", "line 3: .* answers this sample 0 times"),
        ("id,y_true\n1,a\n2,b\n", "id,y_pred\n1,a\n2,b\n2,b\n", "there twice"),
        ("id,y_true\n1,a\n1,b\n", "id,y_pred\n1,a\n", "line 3: its id is there twice"),
        ("id,y_true\n1,a\n2,nan\n", "id,y_pred\n1,a\n2,b\n", "line 3: y_true is 'nan'"),
        ("y_true\na\nb\n", "y_pred\na\n", "has 2 true labels, but .* less than"),
        ("y_true\na\n", "y_pred\na\nb\n", "has 1 true labels, but .* more than"),
        ("id,y_true\n1,a\n", "id,label,guess\n1,a,b\n", "has true labels of its own"),
        ("id,x,y\n1,a,3\n", "id,y_pred\n1,a\n", "no value in common"),
        ("id,one,two\n1,a,3\n", "id,y_pred\n1,a\n", "has no column y_true"),
    ],
)
def test_a_truth_that_does_not_fit_is_refused(
    tmp_path: Path, truth: str, answers: str, why: str
) -> None:
    """With the line, and nothing joined by halves."""
    true, path = saved(tmp_path, "t.csv", truth), saved(tmp_path, "a.csv", answers)
    with pytest.raises(ContractError, match=why):
        counts(path, truth=true)


def test_a_column_called_as_ours_can_be_set_aside(tmp_path: Path) -> None:
    """A stage of a disease is no stage of compression: the error says what to type."""
    path = tmp_path / "p.csv"
    FRAME.assign(stage="II").to_csv(path, index=False)
    with pytest.raises(ContractError, match="--column stage="):
        counts(path)
    assert counts(path, columns={"stage": ""}) == FOUND


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("predictions", {"rows": "true"}),
        ("table", {"pattern": "(?P<class>.)"}),
        ("sklearn-report", {"columns": {"recall": "r"}}),
        ("confusion", {"truth": Path("t.csv")}),
    ],
)
def test_an_option_without_a_use_is_an_error(
    tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    """It is never passed over."""
    with pytest.raises(ContractError, match=f"the format {kind} has no use for that"):
        counts(saved(tmp_path, "p.csv", CSV), kind, **options)
