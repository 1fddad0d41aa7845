"""docs/importing.md, "You have ... you type ...": every line is typed, on files as it says."""

from __future__ import annotations

import gzip
import io
import json
import re
import shlex
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import classification_report, confusion_matrix
from typer.testing import CliRunner

from rd_cli.stats.app import app

PAGE = (Path(__file__).parents[3] / "docs" / "importing.md").read_text(encoding="utf-8")
TYPED = re.findall(r"^  `(rdstats .*)`$", PAGE.split("\n## ")[1], re.MULTILINE)

CLASSES = ["cat", "dog", "owl"]
TRUTH = np.repeat(CLASSES, 40)
LOST = np.where(np.arange(120) % 40 < 20, TRUTH, "owl")  # half of cat and dog are lost
FRAMES = {
    name: pd.DataFrame({"id": range(120), "label": TRUTH, "Prediction": answers})
    for name, answers in (("before", TRUTH), ("after", LOST))
}
BOTH = ("before", "after")
CSV = {f"{name}.csv": frame.to_csv(index=False) for name, frame in FRAMES.items()}
SUPPORTS = {"supports.csv": "class,n_samples\n" + "".join(f"{name},40\n" for name in CLASSES)}
MATRIX = {name: confusion_matrix(TRUTH, frame["Prediction"]) for name, frame in FRAMES.items()}
RECALL = {"before": [1.0, 1.0, 1.0], "after": [0.5, 0.5, 1.0]}


def parquet(frame: pd.DataFrame) -> bytes:
    """A Parquet file."""
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()


def npy(array: object) -> bytes:
    """An npy file."""
    out = io.BytesIO()
    np.save(out, np.asarray(array))
    return out.getvalue()


def zipped(content: str) -> bytes:
    """A zip archive of one csv."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("answers.csv", content)
    return out.getvalue()


def coded(labels: pd.Series[str]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Labels as numbers."""
    return pd.Categorical(labels, CLASSES).codes.astype(np.intp)


def by_class(name: str, **more: float) -> str:
    """A csv of scores in columns called as the classes."""
    scores = pd.DataFrame(np.eye(3)[coded(FRAMES[name]["Prediction"])], columns=CLASSES)
    return FRAMES[name][["id", "label"]].join(scores).assign(**more).to_csv(index=False)


def matrix_of(name: str) -> pd.DataFrame:
    """The matrix with its names."""
    return pd.DataFrame(MATRIX[name], CLASSES, CLASSES)


def table(name: str) -> pd.DataFrame:
    """A row for each class."""
    return pd.DataFrame({"class": CLASSES, "correct": np.diag(MATRIX[name]), "total": 40})


def against_the_rest(name: str) -> str:
    """The counts of MLflow's file."""
    right, predicted = np.diag(MATRIX[name]), MATRIX[name].sum(axis=0)
    frame = pd.DataFrame({"positive_class": CLASSES, "true_positives": right})
    frame["false_positives"], frame["false_negatives"] = predicted - right, 40 - right
    frame["true_negatives"] = 120 - right - (predicted - right) - (40 - right)
    return frame.to_csv(index=False)


def lm_eval(name: str) -> str:
    """The part of results.json that counts; four decimals, as 1.0 alone would say little."""
    tasks = [f"mmlu_{task}" for task in CLASSES]
    shares = dict(zip(tasks, RECALL[name], strict=True))
    results = ",".join(f'"{task}": {{"acc,none": {share:.4f}}}' for task, share in shares.items())
    counts = json.dumps({task: {"effective": 40} for task in tasks})
    return f'{{"results": {{{results}}}, "n-samples": {counts}}}'


GRADED = [("base", np.ones(120)), ("quantised", (LOST == TRUTH) * 1.0)]


def of_lm_eval(right: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[object]:
    """The keys of samples_*.jsonl that count."""
    return [
        {"doc": {"subject": each}, "doc_hash": str(n), "filtered_resps": [], "acc": float(score)}
        for n, (each, score) in enumerate(zip(TRUTH.tolist(), right, strict=True))
    ]


def of_inspect(right: np.ndarray[tuple[int], np.dtype[np.float64]]) -> object:
    """The same of a log of Inspect."""
    samples = [
        {
            "id": n,
            "epoch": 1,
            "metadata": {"subject": each},
            "scores": {"match": {"value": "IC"[int(score)]}},
        }
        for n, (each, score) in enumerate(zip(TRUTH.tolist(), right, strict=True))
    ]
    return {"status": "success", "eval": {"task": "t"}, "samples": samples}


def of_lighteval(right: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[object]:
    """The same of details_*.parquet."""
    return [
        {
            "doc": {"query": str(n), "task_name": "t", "specific": {"subject": each}},
            "metric": {"acc": score},
            "model_response": {"input": str(n)},
        }
        for n, (each, score) in enumerate(zip(TRUTH.tolist(), right, strict=True))
    ]


CROSSTABS = {
    name: str(pd.crosstab(TRUTH, frame["Prediction"], rownames=["Actual"], colnames=["Predicted"]))
    for name, frame in FRAMES.items()
}
REPORTS = {name: classification_report(TRUTH, FRAMES[name]["Prediction"]) for name in BOTH}
DICT = classification_report(TRUTH, FRAMES["after"]["Prediction"], output_dict=True)
FILES: list[Mapping[str, str | bytes]] = [
    {**CSV},
    {
        name: text.replace("label", "klass").replace("Prediction", "guess")
        for name, text in CSV.items()
    },
    {"cpu.csv": by_class("before"), "edge.csv": by_class("after")},
    {f"{n}.csv": by_class(b, loss=0.5) for n, b in (("cpu", "before"), ("edge", "after"))},
    {
        **{f"{n}.csv": FRAMES[n].drop(columns="label").to_csv(index=False) for n in BOTH},
        "truth.csv": FRAMES["before"].loc[::-1, ["id", "label"]].to_csv(index=False),
    },
    {
        "before.npy": npy(coded(FRAMES["before"]["Prediction"])),
        "after.npy": npy(np.eye(3)[coded(FRAMES["after"]["Prediction"])]),
        "y_true.npy": npy(coded(FRAMES["before"]["label"])),
    },
    {
        f"{name}.parquet": parquet(
            pd.DataFrame(
                {
                    "label": coded(FRAMES[name]["label"]),
                    "logits": np.eye(3)[coded(FRAMES[name]["Prediction"])].tolist(),
                }
            )
        )
        for name in BOTH
    },
    {f"{n}.jsonl": f.to_json(orient="records", lines=True) for n, f in FRAMES.items()},
    {
        "before.csv.gz": gzip.compress(CSV["before.csv"].encode()),
        "after.zip": zipped(CSV["after.csv"]),
    },
    {
        "both.csv": FRAMES["before"]
        .rename(columns={"Prediction": "fp32"})
        .assign(int8=LOST)
        .to_csv(index=False)
    },
    {f"{n}.csv": f.assign(stage="II").to_csv(index=False) for n, f in FRAMES.items()},
    {f"{n}.csv": f.assign(site=["a", "b"] * 60).to_csv(index=False) for n, f in FRAMES.items()},
    {f"{name}.npy": npy(MATRIX[name]) for name in BOTH},
    {f"{name}.log": f"epoch 3\n{MATRIX[name]}\n" for name in BOTH},
    {f"{name}.txt": CROSSTABS[name] for name in BOTH},
    {f"{name}.csv": matrix_of(name).T.to_csv() for name in BOTH},
    {"before.txt": f"Report: {REPORTS['before']}", "after.json": json.dumps({"test": DICT})},
    {f"{name}.csv": table(name).to_csv(index=False) for name in BOTH},
    {
        f"{name}.csv": table(name)[["class"]]
        .assign(accuracy=RECALL[name])
        .to_csv(index=False, float_format="%.4f")
        for name in BOTH
    }
    | SUPPORTS,
    {
        f"{name}.txt": "".join(
            f"Accuracy for class: {each} is {100 * share:.1f} %\n"
            for each, share in zip(CLASSES, RECALL[name], strict=True)
        )
        for name in BOTH
    }
    | SUPPORTS,
    {f"{name}.csv": against_the_rest(name) for name in BOTH},
    {
        f"{name}.csv": "step,"
        + ",".join(f"test_recall_{each}" for each in CLASSES)
        + "\n9,"
        + ",".join(f"{share:.4f}" for share in RECALL[name])
        + "\n"
        for name in BOTH
    }
    | SUPPORTS,
    {f"{name}.json": lm_eval(name) for name in BOTH},
    {f"{name}.jsonl": "\n".join(map(json.dumps, of_lm_eval(right))) for name, right in GRADED},
    {f"{name}.json": json.dumps(of_inspect(right)) for name, right in GRADED},
    {f"{name}.parquet": parquet(pd.DataFrame(of_lighteval(right))) for name, right in GRADED},
    {"dense.csv": CSV["before.csv"], "pruned.csv": CSV["after.csv"]},
]


def test_every_entry_has_its_files() -> None:
    """None is left untyped."""
    assert len(TYPED) == len(FILES)


@pytest.mark.parametrize(("line", "files"), list(zip(TYPED, FILES, strict=False)))
def test_what_stands_there_is_typed_and_read(
    line: str, files: Mapping[str, str | bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of two classes is lost in each: 120 samples, 80 right after."""
    monkeypatch.chdir(tmp_path)
    for name, content in files.items():
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    done = CliRunner().invoke(app, shlex.split(line)[1:])
    assert done.exception is None, done.exception
    if " import " in line:
        counts = pq.read_table("recall.parquet").to_pandas()
        assert counts.groupby("method")["n_correct"].sum().to_dict() == {"MP": 80, "none": 120}
    else:
        assert "120 test samples" in done.stdout
        assert "accuracy 100.0 % → 66.7 %" in done.stdout
