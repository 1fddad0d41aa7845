"""A net under a refactoring: what commands and calls print and write, kept and compared.

    python tests/net.py record FOLDER      run every case; a JSON file per case in FOLDER
    python tests/net.py compare OLD NEW    say where two recordings differ; exit 1 if they do

The package is the one on the path, so two checkouts are recorded with two PYTHONPATHs. A case is
a few commands, run in this process as the installed program would run them, or a call from
Python. What they read is made here, or is a kept file of tests/fixtures.

Numbers may differ by a relative 1e-12; all other words, and spaces, not at all. Versions and the
pictures inside of pages are left out. The svg files beside them are compared, but a place may be
off by 0.02 pixels: which process draws which figure moves some titles by a hundredth. A png file
counts by its size in pixels, and a Parquet file by its schema, rows and metadata.
"""

from __future__ import annotations

import argparse
import difflib
import io
import json
import math
import os
import re
import shlex
import shutil
import struct
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import data_contracts
import rdstats
try:
    from rd_cli.stats.app import main
except ImportError:
    from rd_cli.stats import main

EXPECTED: Final[Mapping[str, str]] = {}
"""Case and reason, for differences that are wanted: they are printed, and are no failure."""

NAMES: Final[Mapping[str, Sequence[str]]] = {
    "balances": ("balances", "balances_table"),
    "check_files": ("check_files", "check_models"),
    "check_models": ("check_models", "check_pair"),
    "check_table": ("check_table", "check_recall_table"),
    "classes": ("classes", "classes_table"),
    "compare": ("compare", "compare_table"),
    "conditions": ("conditions", "conditions_table"),
    "images": ("samples_needed", "images_needed", "images_table"),
    "paper_tables": ("paper_tables",),
    "pilot": ("seeds_from_pilot", "pilot_table"),
    "prepare": ("prepare", "as_arrays"),
    "question": ("Question",),
    "read": ("read", "read_recall_table"),
    "seeds": ("seeds", "seeds_needed", "seeds_table"),
    "select": ("Selection",),
    "sensitivity": ("sensitivity", "sensitivity_table"),
    "slopes": ("slopes", "slopes_table"),
}
"""What the calls below use, and how `rdstats` may call it: the first callable is taken."""

# ---------------------------------------------------------------------------- recall tables

METHODS = ("MP", "GP", "UP", "RP")
PAPER_PAIRS = {
    "MNIST": ("LeNet5",),
    "Fashion-MNIST": ("LeNet5",),
    "CIFAR-10": ("ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56", "ResNet-110"),
    "CIFAR-100": ("ResNet-56",),
}


def recall_rows(
    methods: Sequence[str] = ("MP", "UP"),
    ratios: Sequence[float] = (2.0, 10.0),
    models: Sequence[str] = ("m0", "m1", "m2", "m3"),
    *,
    classes: int = 4,
    samples: int | Sequence[int] = 100,
    stages: Sequence[str] = ("finetuned",),
    control: bool = True,
    spread: float = 0.08,
    seed: int = 0,
    study: str = "net",
    dataset: str = "digits",
    architecture: str = "LeNet5",
    split: str = "test",
) -> pd.DataFrame:
    """Return the rows of a made recall table: gaps between classes widen with the ratio."""
    draws = np.random.default_rng(seed)
    gaps = np.linspace(-1.0, 1.0, classes) * spread
    luck = draws.standard_normal((len(models), classes))
    supports = np.broadcast_to(np.asarray(samples), (classes,))

    def correct(accuracy: float, slope: float, kept: float) -> np.ndarray[Any, Any]:
        noise = kept * luck + math.sqrt(1 - kept**2) * draws.standard_normal(luck.shape)
        recall = accuracy * (1 + slope * gaps + 0.02 * noise)
        return np.clip(np.rint(supports * recall), 0, supports).astype(np.int64)

    before = correct(0.8, 1.0, 1.0)
    counts = {("none", 1.0, "baseline"): before}
    if control:
        counts["none", 1.0, "control"] = correct(0.8, 1.0, 0.5)
    for method in methods:
        for ratio in ratios:
            for stage in stages:
                strength = {"UP": 0.6, "RP": -0.5}.get(method, 1.0) * math.log2(ratio) / 4
                accuracy = 0.8 - 0.01 * math.log2(ratio) - 0.1 * (stage == "pruned")
                counts[method, ratio, stage] = correct(accuracy, 0.9 + strength, 0.5)
    frames = []
    for (method, ratio, stage), found in counts.items():
        wrong = (supports - found).sum(axis=1, keepdims=True)
        frame = pd.DataFrame({"model": np.repeat(models, classes), "n_correct": found.ravel()})
        frame["class_index"] = np.tile(np.arange(classes), len(models))
        frame["class_name"] = "class " + frame["class_index"].astype(str)
        frame["n_samples"] = np.tile(supports, len(models))
        frame["n_predicted"] = (found + wrong // classes).ravel()
        frame["n_both_correct"] = np.minimum(found, before).ravel()
        named: dict[str, Any] = {"method": method, "ratio": ratio, "stage": stage, "study": study}
        named |= {"dataset": dataset, "architecture": architecture, "split": split}
        named |= {"parameters": 60_000, "parameters_nonzero": round(60_000 / ratio)}
        frames.append(frame.assign(**named, selected_on="validation", count_quality="exact"))
    return pd.concat(frames, ignore_index=True)


def changed(frame: pd.DataFrame, where: str | Sequence[int], **values: Any) -> pd.DataFrame:
    """Return the frame with other values in the rows that a query or their numbers name."""
    frame = frame.copy()
    rows = frame.query(where).index if isinstance(where, str) else frame.index[list(where)]
    for column, value in values.items():
        frame[column] = frame[column].astype(object)
        frame.loc[rows, column] = value
    return frame


def paper_rows() -> pd.DataFrame:
    """Return rows of every condition of the paper, of three models, and of two newer methods."""
    ratios = (2.0, 4.0, 6.0, 8.0, 10.0, 20.0, 50.0)
    models = ("m0", "m1", "m2")
    pairs = [(dataset, name) for dataset, names in PAPER_PAIRS.items() for name in names]
    parts = [
        recall_rows(METHODS, ratios, models, classes=100 if dataset == "CIFAR-100" else 10,
                    seed=seed, study=f"{dataset}-{name}", dataset=dataset, architecture=name)
        for seed, (dataset, name) in enumerate(pairs)
    ]  # fmt: skip
    levels = [round(0.8**-level, 4) for level in range(1, 21)]
    for method, modern in (("LTH", levels), ("CHIP", [1.75, 3.33, 8.27, 19.11])):
        parts.append(recall_rows((method,), modern, models, classes=10, study=method.lower(),
                                 dataset="CIFAR-10", architecture="ResNet-56"))  # fmt: skip
    return pd.concat(parts)


def odd_rows() -> pd.DataFrame:
    """Return rows that leave something to say: missing, flat, twin, lone and collapsed models."""
    rows = recall_rows(("MP", "GP", "UP", "RP"), (2.0, 10.0), [f"m{i}" for i in range(5)])
    rows = rows.drop(rows.query("method == 'MP' and ratio == 2 and model in ['m1', 'm3']").index)
    rows = rows.drop(rows.query("method == 'UP' and ratio == 10 and model != 'm2'").index)
    rows = changed(rows, "stage == 'baseline' and model == 'm0'", n_correct=80, n_predicted=90)
    rows = changed(rows, "method == 'GP' and ratio == 10 and class_index < 3", n_correct=0)
    rows = changed(rows, "method == 'RP' and ratio == 10", n_correct=0)
    rows = changed(rows, "method == 'RP' and ratio == 2 and model == 'm4'", n_correct=70)
    for column in ("n_correct", "n_predicted"):  # m2 is m1 again
        twin = rows[rows["model"] == "m1"].set_index(["method", "ratio", "stage", "class_index"])
        keys = list(rows[list(twin.index.names)].itertuples(index=False, name=None))
        values = [twin[column].get(key, own) for key, own in zip(keys, rows[column], strict=True)]
        rows[column] = np.where(rows["model"] == "m2", values, rows[column])
    rows["n_predicted"] = np.where(rows["n_correct"] == 0, 0, rows["n_predicted"])
    rows["n_predicted"] = np.maximum(rows["n_predicted"], rows["n_correct"])
    return rows.drop(columns="n_both_correct")


def tables() -> dict[str, pd.DataFrame]:
    """Return every recall table that keeps the rules, by the name of its file."""
    small = recall_rows()
    two = [recall_rows(seed=1), recall_rows(seed=2, study="second", split="validation")]
    two += [recall_rows(seed=3, study="second"), recall_rows(seed=4, split="validation")]
    ratio = recall_rows(("MP",), (10.0,), ("m0",), control=False, samples=300, spread=0.1)
    apart = [recall_rows(("MP",), (2.0, 10.0), ("a0", "a1", "a2", "a3"), study="a"),
             recall_rows(("MP",), (2.0, 10.0), ("b0", "b1", "b2"), study="b", seed=5,
                         architecture="ResNet-20"),
             recall_rows(("MP",), (2.0, 10.0), ("c0", "c1", "c2"), study="c", seed=6,
                         dataset="letters")]  # fmt: skip
    names = {"class 0": "=cmd()", "class 1": "<script>", "class 2": "a_b & 50 %|", "class 3": "é\t"}
    strange = recall_rows(("M|P & co", "=GP", "<b>"), study="@study_1", architecture="Net#1")
    return {
        "demo": recall_rows(METHODS, (2.0, 4.0, 10.0, 50.0), [f"m{i}" for i in range(8)],
                            classes=10, stages=("pruned", "finetuned")),
        "small": small,
        "paper": paper_rows(),
        "unbalanced": recall_rows(METHODS[:3], (2.0, 4.0), samples=[20, 50, 90, 200], seed=7),
        "two": pd.concat(two),
        "apart": pd.concat(apart),
        "bare": small.drop(columns=["n_both_correct", "n_predicted", "class_name"]),
        "odd": odd_rows(),
        "lone": recall_rows(models=("m0",)),
        "pairs": recall_rows(models=("m0", "m1")),
        "uncontrolled": recall_rows(control=False),
        "one-class": recall_rows(classes=1),
        "orphan": small[small["stage"] != "baseline"],
        "before-table": ratio[ratio["stage"] == "baseline"],
        "after-table": ratio[ratio["stage"] != "baseline"],
        "pair": ratio,
        "few": recall_rows(("MP",), (10.0,), ("m0",), samples=9),
        "strange": strange.assign(class_name=strange["class_name"].map(names)),
    }  # fmt: skip


def broken_tables() -> dict[str, pd.DataFrame]:
    """Return tables that break a rule each, by the name of the rule."""
    rows = recall_rows(("MP",), (2.0, 4.0), ("m0", "m1", "m2"))
    base, last = (0, 1), (len(rows) - 1,)
    moved = {0: 1, 1: 2, 2: 3, 3: 5}
    return {
        "no-nulls": changed(rows, base, dataset=None, n_samples=None),
        "no-empty-text": changed(rows, last, model=" ", study=""),
        "known-stage": changed(rows, last, stage="Finetune"),
        "known-split": changed(rows, last, split="Test"),
        "known-selected-on": changed(rows, last, selected_on="val"),
        "known-count-quality": changed(rows, last, count_quality="approximate"),
        "ratio-in-range": changed(rows, "ratio == 4", ratio=0.25),
        "ratio-rounded": changed(rows, "ratio == 4", ratio=10 / 3),
        "method-of-stage": changed(changed(rows, base, method="MP"), last, method="none"),
        "ratio-of-stage": changed(rows, "stage == 'control'", ratio=2.0),
        "counts-correct": changed(rows, last, n_correct=101),
        "counts-samples": changed(rows, last, n_samples=0),
        "counts-predicted": changed(rows, last, n_predicted=1),
        "counts-parameters": changed(rows, "model == 'm0'", parameters=0),
        "counts-nonzero": changed(rows, "model == 'm0'", parameters_nonzero=10**9),
        "per-cent": rows.assign(n_samples=50, n_correct=80, n_predicted=80, n_both_correct=80),
        "unique-key": pd.concat([rows, rows.tail(3)]),
        "one-network": changed(rows, last, parameters=5, parameters_nonzero=5, selected_on="test"),
        "predictions": changed(rows, last, n_predicted=4000),
        "gaps": rows.assign(class_index=rows["class_index"].map(moved)),
        "same-classes": rows.iloc[:-1],
        "same-supports": changed(rows, last, n_samples=120),
        "one-name": changed(rows, last, class_name="another"),
        "both-correct": changed(rows, last, n_both_correct=0),
        "columns-recall": rows.drop(columns="n_correct").assign(recall=0.5),
        "columns-quality": rows.drop(columns=["count_quality", "split"]),
        "columns-renamed": rows.rename(columns={"method": "Method "}),
        "types-text": rows.assign(ratio=rows["ratio"].astype(str) + "x"),
        "types-fraction": rows.assign(n_correct=rows["n_correct"] + 0.5),
        "several": changed(changed(rows, last, split="Test", ratio=0.5), base, method="MP"),
        "no-rows": rows.iloc[:0],
    }


def write_tables() -> None:
    """Write all recall tables below the current folder."""
    order = data_contracts.RECALL_TABLE.names
    origin = data_contracts.Provenance(producer="the net", notes=("made on purpose",))
    for name, frame in tables().items():
        columns = [column for column in order if column in frame]
        table = pa.Table.from_pandas(frame[columns], preserve_index=False)
        data_contracts.write_recall_table(table, f"{name}.parquet", origin)
    Path("broken").mkdir()
    for name, frame in broken_tables().items():
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), f"broken/{name}.parquet")
    small = pq.read_table("small.parquet")
    pq.write_table(small.append_column("extra", small["model"]), "plain.parquet")
    pq.write_table(small.replace_schema_metadata({"rdstats": '{"version": "2.0"}'}), "new.parquet")
    whole = Path("small.parquet").read_bytes()
    Path("cut.parquet").write_bytes(whole[: len(whole) // 2])
    Path("text.parquet").write_text("study,model\na,b\n")


# ------------------------------------------------------------- files of other programs

REPORT = """\
              precision    recall  f1-score   support

         ant       1.00      0.50      0.67         2
         bee       0.67      0.67      0.67         3
        wasp       0.50      1.00      0.67         1

    accuracy                           0.67         6
   macro avg       0.72      0.72      0.67         6
weighted avg       0.75      0.67      0.67         6
"""
PER_CLASS = "class,n_samples,recall\ncat,10,0.5\ndog,20,0.95\n"
FAULTY: Final[Mapping[str, str]] = {
    "label.csv": "id,y_true,y_pred\n1,cat,cat\n2,,dog\n",
    "answer.csv": "id,y_true,y_pred\n1,cat,cat\n2,dog,nan\n",
    "fraction.csv": "y_true,y_pred\n1,1\n2,2.5\n",
    "never.csv": "y_true,y_pred\ncat,dog\ncat,eel\n",
    "ragged.csv": "y_true,y_pred\ncat,cat\ndog,dog,3\n",
    "quote.csv": 'y_true,y_pred\ncat,"cat\ndog,dog\n',
    "empty.csv": "",
    "header.csv": "y_true,y_pred\n",
    "twice.csv": "y_true,y_pred,y_pred\ncat,cat,cat\n",
    "unnamed.csv": "a,b\ncat,cat\n",
    "ambiguous.csv": "label,target,y_pred\ncat,cat,cat\n",
    "scores.csv": "y_true,score_a,score_b\na,0.5,x\n",
    "other-scores.csv": "y_true,score_0,score_1\n1,0.5,0.4\n2,0.1,0.2\n",
    "ids-twice.csv": "id,y_true,y_pred\n0,cat,cat\n0,dog,dog\n",
    "long-list.csv": "Actual,Predicted,count\ncat,cat,5\ncat,dog,2\ndog,dog,6\n",
    "not-square.csv": "1,2,3\n4,5,6\n",
    "half.csv": ",a,b\na,1,2.5\nb,0,3\n",
    "minus.csv": ",a,b\na,1,-2\nb,0,3\n",
    "sides.csv": ",a,b\nb,1,2\na,0,3\n",
    "margins.csv": ",a,b,sum\na,1,2,3\nb,0,3,3\nsum,1,5,6\n",
    "normal.csv": ",a,b\na,0.5,0.5\nb,0,1\n",
    "cut.json": '{"confusion_matrix": [[1, 2',
    "no-matrix.json": '{"numbers": [1, 2]}',
    "cut.txt": REPORT[:200],
    "two.txt": REPORT * 2,
    "class-missing.txt": re.sub(" *wasp.*\n", "", REPORT),
    "micro.txt": re.sub("accuracy *", "micro avg 0.67 0.60 ", REPORT),
    "nothing.txt": "no report at all\n",
    "report.json": '{"cat": {"recall": 0.5, "support": 10}}',
    "above-one.csv": PER_CLASS.replace("0.95", "95"),
    "no-count.csv": PER_CLASS.replace("0.95", "0.96123"),
    "rounded.csv": PER_CLASS.replace("20,0.95", "5000,0.95"),
    "word.csv": PER_CLASS.replace("20", "many"),
    "class-twice.csv": PER_CLASS.replace("dog", "cat"),
    "no-recall.csv": "class,n_samples\ncat,10\n",
    "log.csv": "epoch,test_recall_cat,test_recall_dog\n1,0.5,0.5\n2,0.5,0.25\n",
}  # fmt: skip
"""Files in which something is wrong, below faulty/."""


def write_predictions() -> None:
    """Write the predictions of two models in every format, and faulty ones beside them."""
    draws = np.random.default_rng(11)
    names = np.array(["cat", "dog", "eel", "fox"])
    truth = draws.integers(0, 4, 800)
    before = np.where(draws.random(800) < 0.9, truth, draws.integers(0, 4, 800))
    lost = (truth == 3) & (draws.random(800) < 0.3)
    after = np.where(lost | (draws.random(800) < 0.01), 0, before)
    for name, answers in (("before", before), ("after", after)):
        frame = pd.DataFrame({"id": np.arange(800), "y_true": names[truth]})
        frame["y_pred"] = names[answers]
        matrix = np.zeros((4, 4), dtype=np.int64)
        np.add.at(matrix, (truth, answers), 1)
        scores = np.round(0.7 * np.eye(4)[answers] + 0.3 * draws.random((800, 4)), 6)
        frame.to_csv(f"{name}.csv", index=False)
        frame.drop(columns="id").to_csv(f"{name}-bare.csv", index=False)
        frame.sample(frac=1, random_state=3).to_csv(f"{name}-mixed.csv", index=False)
        frame.head(700).to_csv(f"{name}-short.csv", index=False)
        frame.assign(id=frame["id"] // 2).to_csv(f"{name}-twins.csv", index=False)
        frame.rename(columns={"y_true": "klass", "y_pred": "guess"}).to_csv(
            f"{name}-renamed.tsv", index=False, sep="\t"
        )
        frame.assign(y_true=names[(truth + (np.arange(800) == 5)) % 4]).to_csv(
            f"{name}-other-truth.csv", index=False
        )
        frame.to_parquet(f"{name}-frame.parquet", index=False)
        columns = {f"score_{each}": scores[:, place] for place, each in enumerate(names)}
        frame[["id", "y_true"]].assign(**columns).to_csv(f"{name}-scores.csv", index=False)
        np.savez(f"{name}-scores.npz", y_true=names[truth], y_score=scores, classes=names)
        np.savez(f"{name}-labels.npz", y_true=truth, y_pred=answers)
        np.save(f"{name}-labels.npy", np.column_stack([truth, answers]))
        np.save(f"{name}-matrix.npy", matrix)
        np.savez(f"{name}-matrix.npz", confusion_matrix=matrix, class_names=names)
        pd.DataFrame(matrix, names, names).to_csv(f"{name}-matrix.csv")
        np.savetxt(f"{name}-numbers.csv", matrix, fmt="%d", delimiter=",")
        pairs = pd.Series(matrix.ravel(), pd.MultiIndex.from_product([names, names]))
        pairs.rename_axis(["Actual", "Predicted"]).reset_index(name="count").to_csv(
            f"{name}-list.csv", index=False
        )
        named = {"confusion_matrix": matrix.tolist(), "class_names": names.tolist()}
        Path(f"{name}-matrix.json").write_text(json.dumps(named))
    both = pd.DataFrame({"id": np.arange(800), "y_true": names[truth]})
    both.assign(old=names[before], new=names[after]).to_csv("both.csv", index=False)
    Path("MP").mkdir()
    percent = {"Image Label": truth, "0 PR": before, "2 PR": before, "4 PR": after}
    for model in ("m0", "m1"):
        pd.DataFrame(percent).rename_axis("Image Index").to_csv(f"MP/{model}.csv")
    for name, text in (("m0-none-1", "before"), ("m0-MP-4", "after"), ("m1-none-1", "before")):
        shutil.copy(f"{text}.csv", f"{name}.csv")
    about = 'study = "pets"\ndataset = "Pets"\narchitecture = "Net"\nmodel = "m0"\n'
    pruned = 'method = "MP"\nratio = 4\nstage = "finetuned"\n'
    models = f'["before.csv"]\nratio = 1\n["after.csv"]\n{pruned}["after-mixed.csv"]\n{pruned}'
    Path("models.toml").write_text(f"{about}{models}")
    Path("unknown.toml").write_text(f'{about}colour = "red"\n{models}')
    Path("models.csv").write_text(
        "path,study,dataset,architecture,model,method,ratio,stage\n"
        "before.csv,pets,Pets,Net,m0,,1,\nafter.csv,pets,Pets,Net,m0,MP,4,finetuned\n"
    )
    Path("report.txt").write_text(f"epoch 3\n{REPORT}\ndone\n")
    Path("table.csv").write_text(PER_CLASS)
    Path("faulty").mkdir()
    for name, text in FAULTY.items():
        Path("faulty", name).write_text(text)
    Path("faulty/latin.csv").write_bytes("y_true,y_pred\nHäschen,Häschen\n".encode("latin-1"))
    Path("faulty/utf16.csv").write_bytes("y_true,y_pred\ncat,cat\n".encode("utf-16"))
    np.save("faulty/flat.npy", np.arange(4))
    np.savez("faulty/unnamed.npz", a=np.eye(3), b=np.eye(3))
    np.savez("faulty/lengths.npz", y_true=np.arange(4), y_pred=np.arange(3))


# ------------------------------------------------------------------------------- the cases

SHORT: Final[Mapping[str, str]] = {
    "$BASE": "--model m0 --ratio 1 $ABOUT",
    "$MP": "--model m0 --method MP --ratio 4 --stage finetuned $ABOUT",
    "$ABOUT": "--study pets --dataset Pets --architecture Net --out recall.parquet",
}
"""What files of other programs do not say, and where their recall table goes."""

# In brackets a case, after it its commands, a line each; a line that is indented goes on.
COMMANDS: Final = r"""
[help] --help
--version
nonsense
[help-tables] slopes --help
conditions --help
classes --help
compare --help
sensitivity --help
validate --help
[help-others] power --help
check --help
import --help
import --list
paper --help
report --help
simulate --help
[slopes] slopes demo.parquet --where method=MP --where ratio=10
slopes demo.parquet --out slopes.csv
slopes demo.parquet --where method=GP --out slopes.json
slopes small.parquet --out slopes.md
slopes small.parquet --out slopes.tex
slopes small.parquet --out slopes.parquet
[slopes-options] slopes demo.parquet --stage pruned --metric precision --out slopes.csv
slopes unbalanced.parquet --average macro --out slopes.csv
slopes two.parquet --split validation --where study=second
slopes small.parquet --metric f_score --out slopes.csv
[slopes-odd] slopes odd.parquet
slopes odd.parquet --out slopes.csv
slopes odd.parquet --metric precision --out slopes.csv
slopes one-class.parquet
slopes lone.parquet
[conditions] conditions demo.parquet
conditions demo.parquet --out conditions.csv
conditions demo.parquet --where method=MP --out conditions.json
conditions demo.parquet --where method=UP --out conditions.md
conditions demo.parquet --where method=UP --out conditions.tex
[conditions-options] conditions demo.parquet --permutation --delta 0.3 --seed 4 --out
  conditions.csv
conditions demo.parquet --metric precision --where ratio=10
conditions demo.parquet --metric f_score --average macro --out conditions.csv
conditions demo.parquet --stage pruned --where method=GP
conditions unbalanced.parquet --average macro --out conditions.csv
[conditions-tables] conditions two.parquet
conditions two.parquet --split validation --out conditions.csv
conditions bare.parquet
conditions small.parquet plain.parquet
conditions apart.parquet paper.parquet --out conditions.csv
conditions plain.parquet --out conditions.csv
conditions paper.parquet --where method=LTH --out conditions.csv
conditions uncontrolled.parquet
[conditions-odd] conditions odd.parquet
conditions odd.parquet --out conditions.csv --permutation
conditions odd.parquet --metric f_score --out conditions.csv
conditions one-class.parquet
conditions lone.parquet
conditions apart.parquet
[conditions-strange] conditions strange.parquet
conditions strange.parquet --out strange.csv
conditions strange.parquet --out strange.md
conditions strange.parquet --out strange.tex
conditions strange.parquet --out strange.json
[classes] classes demo.parquet --where method=MP --where ratio=10
classes demo.parquet --out classes.csv
classes small.parquet --out classes.json
classes small.parquet --out classes.md
classes strange.parquet --out classes.tex
[classes-options] classes demo.parquet --quantity excess --margin 0.02 --out classes.csv
classes demo.parquet --no-control --where ratio=50
classes unbalanced.parquet --average macro --quantity excess
classes demo.parquet --stage pruned --out classes.csv
classes uncontrolled.parquet
[classes-odd] classes odd.parquet
classes odd.parquet --quantity excess --out classes.csv
classes one-class.parquet
classes lone.parquet
classes bare.parquet --where method=MP
[compare-ratio] compare demo.parquet --along ratio
compare demo.parquet --along ratio --slope class-mean --out compare.csv
compare demo.parquet --along ratio --where method=MP --pairs '50 vs 2' --out compare.json
compare demo.parquet --along ratio --order 50,10,2 --alternative two-sided
[compare-method] compare demo.parquet --along method
compare demo.parquet --along method --slope class-mean --permutation --seed 2 --out compare.csv
compare demo.parquet --along method --family all --delta 0.3 --out compare.csv
compare demo.parquet --along method --pairs 'UP vs MP' --alternative less --out compare.md
compare small.parquet --along method --out compare.tex
[compare-dataset] compare paper.parquet --along dataset --where ratio=10
compare paper.parquet --along dataset --student --out compare.csv
compare apart.parquet --along dataset --pairs 'digits vs letters'
compare apart.parquet --along dataset --pairs 'digits vs letters' --where architecture=LeNet5
  --permutation --out compare.csv
compare apart.parquet --along dataset --pairs 'digits vs letters' --where architecture=LeNet5
  --slope class-mean --student
[compare-architecture] compare paper.parquet --along architecture --where method=MP
compare paper.parquet --along architecture --slope class-mean --out compare.csv
compare apart.parquet --along architecture --alternative greater --student --permutation
[compare-odd] compare odd.parquet --along method
compare odd.parquet --along method --slope class-mean --out compare.csv
compare odd.parquet --along ratio --permutation --out compare.csv
compare lone.parquet --along method
compare two.parquet --along method --out compare.csv
compare unbalanced.parquet --along method --average macro --metric f_score --out compare.csv
[sensitivity] sensitivity small.parquet
sensitivity small.parquet --seed 3 --out sensitivity.csv
sensitivity demo.parquet --where method=MP --where ratio=10 --out sensitivity.json
sensitivity unbalanced.parquet --average macro --where method=UP --out sensitivity.md
[sensitivity-odd] sensitivity odd.parquet --out sensitivity.csv
sensitivity lone.parquet
sensitivity pairs.parquet --metric precision
[power] power --effect 0.10 --effect 0.05 --sd 0.1
power --effect 0.10 --sd 0.1 --models 12 --simulate 200 --out power.csv
power --sd 0.1 --models 30 --level 0.05 --power 0.9 --out power.json
power --effect 0.10 --effect 0.05 --sd 0.1 --out power.svg
power --effect 0.10 --sd 0.1 --out power.png
[power-pilot] power --effect 0.10 --pilot demo.parquet --where ratio=10
power --effect 0.10 --pilot demo.parquet --where method=MP --simulate 50 --seed 3 --out power.csv
power --models 10 --pilot small.parquet --metric precision --out power.md
power --effect 0.10 --pilot odd.parquet --out power.csv
[power-images] power --drop 0.10 --churn 0.15 --classes 10
power --drop 0.10 --drop 0.05 --churn 0.15 --margin 0.02 --level 0.01 --out power.csv
power --drop 0.10 --churn 0.05
[power-misuse] power
power --drop 0.10
power --drop 0.1 --churn 0.2 --effect 0.1
power --effect 0.1
power --effect 0.1 --sd 0.1 --pilot small.parquet
power --effect 0 --sd 0.1
power --effect 0.1 --sd -1
power --effect 0.1 --sd 0.1 --models 1
power --effect 0.1 --sd 0.1 --level 2
power --effect 0.1 --sd 0.1 --power 0.001
power --effect 0.1 --sd 0.1 --out power.xyz
power --drop 0.1 --churn 0.2 --margin 0.3
[check] check before.csv after.csv
check before.csv after.csv --out check.csv
check before.csv after.csv --out check.json
check before.csv after.csv --out check.md
check before.csv after.csv --out check.tex
[check-options] check before.csv after.csv --margin 0.2 --quantity excess --out check.json
check before.csv after.csv --unpaired --out check.json
check before.csv after-mixed.csv
check before-bare.csv after-bare.csv --margin 0.1
check before-bare.csv after-mixed.csv
check both.csv --column baseline=old --column y_pred=new
[check-page] check before.csv after.csv --page page
[check-gate] check before.csv after.csv --gate
check before.csv before.csv --gate --margin 0.1
check before.csv before.csv --gate --margin 0.01
check before.csv faulty/label.csv --gate
check before.csv nowhere.csv --gate
check before.csv after.csv --gate --margin 7
check before.csv after.csv --gate --nonsense
[check-formats] check before-scores.npz after-scores.npz
check before-matrix.npy after-matrix.npy --format confusion --true-rows
check before-matrix.csv after-matrix.csv --format confusion --preset ultralytics
check before-list.csv after-list.csv --format confusion --out check.json
check before-frame.parquet after-labels.npz
check before-renamed.tsv after-renamed.tsv --column y_true=klass --column y_pred=guess
check fixtures/scikit-learn/before/report.json fixtures/scikit-learn/after/report.json --format
  sklearn-report
check fixtures/scikit-learn/before/report-four-digits.txt
  fixtures/scikit-learn/after/report-four-digits.txt --format sklearn-report
[check-table] check pair.parquet
check pair.parquet --quantity excess --out check.json
check pair.parquet --unpaired
check demo.parquet --after method=MP --after ratio=10 --after model=m0 --after stage=finetuned
check demo.parquet --before method=MP --before ratio=2 --before model=m1 --before stage=finetuned
  --after method=MP --after ratio=50 --after model=m1 --after stage=finetuned --out check.csv
check before-table.parquet after-table.parquet
check bare.parquet --after method=MP --after ratio=10 --after model=m0
[check-errors] check demo.parquet
check demo.parquet --after method=XX
check demo.parquet --after nonsense
check demo.parquet --after colour=red
check small.parquet demo.parquet
check before.csv after-short.csv
check before-bare.csv after-short.csv
check before.csv after-twins.csv
check before.csv after-other-truth.csv
check before.csv faulty/label.csv
check before.csv after.csv --before model=m0
check before.csv after.csv --margin 0
check before.csv after.csv --out check.xyz
check before.csv
check few.parquet
check one-class.parquet --after method=MP --after ratio=10 --after model=m0 --quantity excess
check before-matrix.csv after-matrix.csv --format confusion
check before-list.csv after-list.csv
check orphan.parquet --after method=MP --after ratio=10 --after model=m0
check before.csv after.csv --format nonsense
[validate] validate demo.parquet small.parquet bare.parquet two.parquet
validate plain.parquet
validate orphan.parquet
validate small.parquet small.parquet
validate paper.parquet small.parquet
validate strange.parquet --out broken.csv
[validate-broken] validate broken --out broken.json
validate 'broken/*.parquet' --out broken.csv
validate broken/several.parquet --out broken.md
[validate-files] validate nowhere.parquet
validate cut.parquet text.parquet new.parquet before.csv before-frame.parquet
validate 'nothing-*.parquet' small.parquet
validate small.parquet --out broken.xyz
[broken-tables] conditions broken/unique-key.parquet
conditions broken/several.parquet small.parquet
slopes broken/columns-recall.parquet
slopes broken/no-rows.parquet
classes broken/per-cent.parquet
compare broken/types-fraction.parquet --along ratio
report broken/gaps.parquet --out report
conditions cut.parquet
conditions text.parquet
conditions new.parquet
conditions nowhere.parquet
conditions orphan.parquet
conditions before.csv
[misuse] conditions
conditions small.parquet --nonsense
conditions small.parquet --where colour=red
conditions small.parquet --where method
conditions small.parquet --where method=XX
conditions small.parquet --where ratio=many
conditions small.parquet --where method=MP --where method=UP
conditions small.parquet --delta 0
conditions small.parquet --delta 1.5
conditions small.parquet --metric accuracy
conditions small.parquet --stage pruned
conditions small.parquet --split train
conditions bare.parquet --metric precision
conditions small.parquet --out conditions.xyz
conditions small.parquet --out nowhere/conditions.csv
conditions small.parquet --average mean
classes small.parquet --margin 1.5
classes small.parquet --margin -0.1
classes small.parquet --quantity loss
classes one-class.parquet --quantity excess
slopes small.parquet --out slopes
sensitivity small.parquet --seed x
[compare-misuse] compare small.parquet
compare small.parquet --along colour
compare small.parquet --along ratio --where ratio=2
compare small.parquet --along dataset
compare small.parquet --along architecture
compare small.parquet --along method --pairs 'MP and UP'
compare small.parquet --along method --pairs 'MP vs XX'
compare small.parquet --along method --order MP,XX
compare small.parquet --along method --order MP
compare small.parquet --along ratio --order 2,many
compare small.parquet --along method --order MP,UP --pairs 'MP vs UP'
compare small.parquet --along method --delta 0
compare small.parquet --along method --slope mine
compare apart.parquet --along method
[import-predictions] import predictions before.csv $BASE
import predictions after-bare.csv $MP
import predictions before.csv after-mixed.csv --manifest models.toml --out recall.parquet
import predictions before-renamed.tsv --column y_true=klass --column y_pred=guess $BASE
import predictions before-frame.parquet $BASE --split validation
import predictions before-scores.csv $BASE
import predictions before-scores.npz $BASE
import predictions before-labels.npz $BASE
import predictions before-labels.npy $BASE
import predictions before-labels.npy --column y_true=0 --column y_pred=1 $BASE
import predictions both.csv --column baseline=old --column y_pred=new $MP
[import-together] import predictions before.csv after.csv --manifest models.toml --out
  recall.parquet
import predictions before.csv after.csv --manifest models.csv --out recall.parquet
slopes recall.parquet
import predictions m0-none-1.csv m0-MP-4.csv --pattern '{model}-{method}-{ratio}.csv' --stage
  finetuned $ABOUT
import predictions 'm?-*.csv' --pattern '{model}-{method}-{ratio}.csv' --stage finetuned $ABOUT
import predictions MP --preset aarlbench --pattern '{method}/{model}.csv' --stage finetuned $ABOUT
conditions recall.parquet
[import-confusion] import confusion before-matrix.csv --true-rows $BASE
import confusion before-matrix.csv --predicted-rows $BASE
import confusion before-numbers.csv --preset sklearn $BASE
import confusion before-matrix.npy --preset torchmetrics $BASE
import confusion before-matrix.npz --true-rows $BASE
import confusion before-matrix.json --preset ultralytics $BASE
import confusion before-list.csv $BASE
import confusion fixtures/scikit-learn/after/crosstab.csv --true-rows $MP
import confusion fixtures/torchmetrics/after/confusion.json --preset torchmetrics $MP
[import-report] import sklearn-report report.txt $BASE
import sklearn-report fixtures/scikit-learn/after/report.json $MP
import sklearn-report fixtures/scikit-learn/after/report.csv $MP
import sklearn-report fixtures/scikit-learn/after/report-wide.csv $MP
import sklearn-report fixtures/scikit-learn/after/report-names.txt $MP
import sklearn-report fixtures/scikit-learn/after/report-micro.txt $MP
import mlflow fixtures/mlflow $ABOUT
import mlflow fixtures/mlflow/after $ABOUT
[import-table] import table table.csv $BASE
import table table.csv $BASE --confirm unrounded
import table fixtures/scikit-learn/after/tidy.csv --column class=digit --column n_samples=images
  --column n_correct=right $MP
import table fixtures/scikit-learn/after/tidy.json --column class=digit --column n_samples=images
  $MP
import table fixtures/scikit-learn/after/tidy.parquet --column class=digit --column
  n_samples=images $MP
import table fixtures/torchmetrics/after/stat-scores.json --column class=digit $MP
import table fixtures/fairlearn/after/by_group.csv --column class=digit --column recall=accuracy
  --column n_samples=count $MP
import table faulty/rounded.csv $BASE
[import-keys] import keys fixtures/keras/after/training.csv --keys
  'val_(?P<quantity>hits|images)_(?P<class>\d)' --confirm argmax --set at=last $MP
import keys fixtures/keras/after/training.csv --keys 'val_recall_(?P<class>\d)' --set at=last
  --set supports=fixtures/supports.csv $MP
import keys fixtures/lightning/after/metrics.csv --keys
  'test_(?P<quantity>recall|support)_(?P<class>\d)' $MP
import keys fixtures/transformers/after/trainer_state.json --keys
  'eval_(?P<quantity>recall|support)_(?P<class>\d)' --set at=epoch=2 $MP
import keys fixtures/tensorboard/after/scalars.csv --keys 'recall/(?P<class>\d)' --set
  supports=fixtures/supports.csv $MP
import keys fixtures/torchmetrics/after/recalls.json --keys 'test_recall_(?P<class>\d)' --set
  supports=fixtures/supports.csv $MP
[import-errors] import keys faulty/log.csv --keys 'test_recall_(.+)' $BASE
import keys faulty/log.csv --keys 'nothing_(?P<class>.+)' $BASE
import keys faulty/log.csv --keys 'test_recall_(?P<class>.+)' $BASE
import keys faulty/log.csv --keys '(' $BASE
import keys faulty/log.csv $BASE
import predictions before.csv after-short.csv --manifest models.toml --out recall.parquet
import predictions before-twins.csv $BASE
import predictions before-twins.csv m0-MP-4.csv --pattern '{model}-{method}-{ratio}.csv' $ABOUT
import predictions before.csv m0-none-1.csv $BASE
import predictions m0-none-1.csv m0-MP-4.csv --pattern '{model}-{colour}-{ratio}.csv' $ABOUT
import predictions before.csv --pattern '{model}-{ratio}.csv' $ABOUT
import predictions before.csv --manifest unknown.toml --out recall.parquet
import predictions before.csv --manifest nowhere.toml --out recall.parquet
import predictions before-bare.csv --manifest models.toml --out recall.parquet
import predictions before.csv --manifest models.toml --model m9 --out recall.parquet
import predictions nowhere.csv $BASE
import predictions both.csv --preset aarlbench $BASE
[import-misuse] import nonsense before.csv $BASE
import predictions before.csv $BASE --out recall.csv
import predictions before.csv --study pets --ratio 1
import predictions before.csv --out recall.parquet
import predictions before.csv $ABOUT --model m0 --method MP --ratio 0.5 --stage finetuned
import predictions before.csv $ABOUT --model m0 --method MP --ratio 4
import predictions before.csv $ABOUT --model m0 --method MP --ratio 4 --stage tuned
import predictions before.csv --preset nonsense $BASE
import predictions before.csv --preset sklearn $BASE
import predictions before.csv --set colour=red $BASE
import predictions before.csv --confirm nonsense $BASE
import predictions before.csv --column y_true $BASE
import predictions before.csv --column y_true=nothing $BASE
import predictions before.csv --column colour=y_true $BASE
import confusion before-matrix.csv $BASE
import confusion before-matrix.csv --true-rows --predicted-rows $BASE
import confusion before-matrix.csv --predicted-rows --preset sklearn $BASE
[paper] paper paper.parquet --out paper
[paper-misuse] paper small.parquet --out paper
paper paper.parquet
paper paper.parquet --out small.parquet
paper paper.parquet --where method=XX --out paper
[report] report small.parquet --out report --margin 0.03 --slope class-mean
[report-misuse] report small.parquet
report small.parquet --out report --margin 2
report small.parquet --out report --delta 0
report nowhere.parquet --out report
[simulate] simulate --where classes=10 --where models=5 --where luck=0.008 --where effect=1
  --where memory_pruned=0.3 --repetitions 6 --out sim
simulate --out sim --print
simulate --out sim --where colour=1
simulate --out sim --where classes=11
simulate --out sim --where classes=many
simulate --out nothing --print
[simulate-gate] simulate --gate --repetitions 20 --out gate
simulate --gate --out gate --print
"""

Call = Callable[..., Any]


def call(name: str, *arguments: object, **options: object) -> Any:
    """Call what `rdstats` now calls by one of the names of this kind."""
    found = [getattr(rdstats, one, None) for one in NAMES[name]]
    function = next((one for one in found if callable(one)), None)
    if function is None:
        raise LookupError(f"rdstats has none of {', '.join(NAMES[name])}")
    return function(*arguments, **options)


def select(**settings: object) -> Any:
    """Return a selection; `where` as columns and values."""
    where = settings.pop("where", {})
    assert isinstance(where, dict)
    return call("select", where=tuple(where.items()), **settings)


def table(name: str) -> Any:
    """Return one of the recall tables."""
    return call("read", f"{name}.parquet")


def answers() -> tuple[list[str], ...]:
    """Return true labels, and the answers of two models."""
    before, after = pd.read_csv("before.csv"), pd.read_csv("after.csv")
    return tuple(each.tolist() for each in (before["y_true"], before["y_pred"], after["y_pred"]))


CALLS: Final[Mapping[str, Sequence[Callable[[], Any]]]] = {
    "py-read": (
        lambda: table("small"),
        lambda: call("read", ["small.parquet", "two.parquet"]),
        lambda: call("read", "nowhere.parquet"),
        lambda: call("read", "broken/several.parquet"),
    ),
    "py-slopes": (
        lambda: call("slopes", table("demo")),
        lambda: call("slopes", table("odd"), select(metric="precision")),
        lambda: call("slopes", table("two"), select(split="validation", where={"ratio": "2"})),
    ),
    "py-conditions": (
        lambda: call("conditions", table("demo")),
        lambda: call("conditions", call("prepare", table("demo"))),
        lambda: call("conditions", table("paper"), delta=0.2, ratios_in_family=5),
        lambda: call("conditions", table("odd"), select(average="macro"), permutation=True, seed=1),
        lambda: call("conditions", table("small"), select(metric="nonsense")),
        lambda: call("conditions", table("small"), delta=-1),
    ),
    "py-classes": (
        lambda: call("classes", table("demo")),
        lambda: call("classes", table("unbalanced"), select(average="macro"), quantity="excess"),
        lambda: call("classes", table("odd"), margin=0.2, control=False),
        lambda: call("classes", table("small"), margin=2.0),
        lambda: call("classes", table("small"), quantity="nonsense"),
    ),
    "py-compare": (
        lambda: call("compare", table("demo"), "method"),
        lambda: call("compare", table("demo"), "ratio", slope="class-mean", family="all"),
        lambda: call("compare", table("paper"), "dataset", select(where={"ratio": "10"})),
        lambda: call("compare", table("paper"), "architecture", student=True, permutation=True),
        lambda: call("compare", table("demo"), "method", pairs=[("UP", "MP")], alternative="less"),
        lambda: call("compare", table("demo"), "ratio", order=["50", "2"], delta=0.5),
        lambda: call("compare", table("demo"), "colour"),
        lambda: call("compare", table("demo"), "ratio", slope="nonsense"),
    ),
    "py-sensitivity": (
        lambda: call("sensitivity", table("demo"), iterative=False),
        lambda: call("sensitivity", table("small"), seed=5),
        lambda: call("sensitivity", table("odd"), iterative=False),
    ),
    "py-balances": (
        lambda: call("balances", table("demo"), select(where={"method": "MP"})),
        lambda: call("balances", table("odd"), select(metric="f_score")),
    ),
    "py-check": (
        lambda: call("check_models", *answers()),
        lambda: call("check_models", *answers(), quantity="excess", margin=0.2),
        lambda: call("check_models", [0, 1, 1, 0] * 50, [0, 1, 1, 0] * 50, [0, 1, 0, 0] * 50,
                     labels=["no", "yes"]),
        lambda: call("check_models", [0, 1], [0, 1], [0]),
        lambda: call("check_files", "before.csv", "after.csv", matched=False),
        lambda: call("check_files", "before.csv", "faulty/label.csv"),
        lambda: call("check_table", table("pair"), margin=0.1),
        lambda: call("check_table", table("demo")),
    ),
    "py-power": (
        lambda: call("seeds", call("question", (0.1, 0.05), None, 0.01, 0.8, 100, 2), 0.1),
        lambda: call("pilot", table("demo"), call("question", (0.1,)), select(stage="pruned")),
        lambda: call("images", (0.1, 0.05), 0.15, margin=0.02, classes=4),
        lambda: call("question", ()),
    ),
    "py-paper": (
        lambda: call("paper_tables", table("paper"), slope="class-mean"),
        lambda: call("paper_tables", table("small")),
    ),
}  # fmt: skip


def cases() -> dict[str, list[str | Callable[[], Any]]]:
    """Return every case: its commands as lines, or its calls."""
    found: dict[str, list[str | Callable[[], Any]]] = {}
    for line in COMMANDS.strip().replace("\n  ", " ").splitlines():
        opening = re.match(r"\[(\S+)\] ", line)
        if opening:
            name = opening[1]
        found.setdefault(name, []).append(line[opening.end() if opening else 0 :])
    faulty = {"predictions": "", "confusion": "--true-rows", "sklearn-report": "", "table": ""}
    for kind, words in faulty.items():
        found[f"faulty-{kind}"] = [
            f"import {kind} {path.as_posix()} {words} $BASE"
            for path in sorted(Path("faulty").iterdir())
        ]
    found["broken-rules"] = [f"validate broken/{name}.parquet" for name in broken_tables()]
    return found | {name: list(calls) for name, calls in CALLS.items()}


# ------------------------------------------------------------------------------- recording


def record(out: Path) -> None:
    """Run every case in a new folder, and write what came of it."""
    os.environ |= {"COLUMNS": "160", "NO_COLOR": "1"}
    out.mkdir(parents=True, exist_ok=True)
    fixtures = Path(rdstats.__file__).parents[1] / "tests" / "fixtures"
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        shutil.copytree(fixtures, "fixtures")
        write_tables()
        write_predictions()
        made = cases()
        for name, steps in made.items():
            begun = time.monotonic()
            found = _result(steps, str(Path(folder).resolve()))
            (out / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False))
            print(f"{time.monotonic() - begun:6.1f} s  {name}: {len(steps)} steps", flush=True)
    print(f"{len(made)} cases, {sum(map(len, made.values()))} steps, "
          f"{time.monotonic() - started:.0f} s")  # fmt: skip


def _result(steps: Sequence[str | Callable[[], Any]], folder: str) -> dict[str, str]:
    """Return what the steps of a case print, return and write, by step and kind."""
    found: dict[str, str] = {}
    inputs = _files()
    for number, step in enumerate(steps, start=1):
        before = _files()
        title = f"{number} " + (step if isinstance(step, str) else "call")
        found |= {f"{title} | {kind}": text for kind, text in _captured(step).items() if text}
        after = _files()
        for path in sorted(path for path in after if after[path] != before.get(path)):
            found[f"{title} | file {path}"] = _content(Path(path))
    for path in _files().keys() - inputs.keys():
        Path(path).unlink()
    return {key: _settled(text, folder) for key, text in found.items()}


def _captured(step: str | Callable[[], Any]) -> dict[str, str]:
    """Run a step; return its exit code or value, its output, errors and warnings."""
    streams = {"stdout": io.StringIO(), "stderr": io.StringIO()}
    with (
        warnings.catch_warnings(record=True) as caught,
        redirect_stdout(streams["stdout"]),
        redirect_stderr(streams["stderr"]),
    ):
        warnings.simplefilter("always")
        try:
            ended = f"exit {_command(step)}" if isinstance(step, str) else _plain(step())
        except Exception as error:
            ended = f"{type(error).__name__}: {error}"
    # Libraries warn of themselves; what is said of our numbers is kept.
    told = [f"{each.category.__name__}: {each.message}" for each in caught
            if not issubclass(each.category, DeprecationWarning)]  # fmt: skip
    return {
        "end": ended,
        "warnings": "\n".join(told),
        **{name: stream.getvalue() for name, stream in streams.items()},
    }


def _command(line: str) -> object:
    """Run a command line as the installed program would; return its exit code."""
    for short, words in SHORT.items():
        line = line.replace(short, words)
    typed, sys.argv = sys.argv, ["rdstats", *shlex.split(line)]
    try:
        main()
    except SystemExit as leaving:
        return leaving.code
    finally:
        sys.argv = typed


def _plain(value: Any) -> str:
    """Return a value as text: frames as csv with every digit, after the types of the columns."""
    if isinstance(value, pa.Table):
        return f"{value.schema.remove_metadata()}\n{_plain(value.to_pandas())}"
    if isinstance(value, pd.DataFrame):
        types = "\n".join(f"{name}: {kind}" for name, kind in value.dtypes.items())
        return f"{types}\n{value.to_csv(index=False, na_rep='null')}"
    if is_dataclass(value):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        return "\n".join(f"{key} = {_plain(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(f"- {_plain(one)}" for one in value)
    return repr(value.item()) if isinstance(value, np.generic) else repr(value)


def _files() -> dict[str, tuple[int, int]]:
    """Return every file below the current folder, with its time and size."""
    paths = [path for path in Path().rglob("*") if path.is_file()]
    return {p.as_posix(): (p.stat().st_mtime_ns, p.stat().st_size) for p in paths}


def _content(path: Path) -> str:
    """Return a file as the text that is compared."""
    if path.suffix == ".parquet":
        stored = pq.read_table(path)
        metadata = (stored.schema.metadata or {}).get(b"rdstats", b"").decode()
        return f"{_plain(stored)}{metadata}"
    data = path.read_bytes()
    if path.suffix == ".png":
        return "a picture of {} x {}".format(*struct.unpack(">II", data[16:24]))
    text = data.decode("utf-8")
    if path.suffix == ".html":
        return re.sub(r"<svg\b.*?</svg>", "<svg/>", text, flags=re.DOTALL)
    return text


def _settled(text: str, folder: str) -> str:
    """Return a text without what is of this machine: the folder, versions."""
    text = text.replace(folder, "FOLDER")
    return re.sub(r"\b(rdstats|rdtrain) \d+\.\d+[\w.+-]*", r"\1 VERSION", text)


# ------------------------------------------------------------------------------- comparing

TOKEN = re.compile(r"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|\s+|[^\W\d]+|.", re.S)
SLACK: Final = 1e-300
SLACK_OF_PICTURES: Final = 0.02
SHOWN: Final = 4  # differing places that are printed per case


def compare(old: Path, new: Path) -> int:
    """Print where two recordings differ, case by case; return 1 if one does that must not."""
    names = sorted({path.stem for folder in (old, new) for path in folder.glob("*.json")})
    failed = []
    for name in names:
        found = list(_differences(_read(old, name), _read(new, name)))
        if not found:
            continue
        wanted = EXPECTED.get(name)
        print(f"\n=== {name}: {len(found)} differ" + (f" (wanted: {wanted})" if wanted else ""))
        for title, lines in found[:SHOWN]:
            print(f"--- {title}", *lines, sep="\n    ")
        if len(found) > SHOWN:
            print("... and", *(title for title, _ in found[SHOWN:]), sep="\n    ")
        if wanted is None:
            failed.append(name)
    print(f"\n{len(names)} cases, {len(failed)} differ: {', '.join(failed) or 'none'}")
    return int(bool(failed) or not names)


def _read(folder: Path, name: str) -> dict[str, str]:
    path = folder / f"{name}.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _differences(old: dict[str, str], new: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each differing part of a case, and lines that show how it differs."""
    for title in [*old, *(title for title in new if title not in old)]:
        if title not in new or title not in old:
            text = old.get(title, new.get(title, ""))
            where = "only in the old" if title in old else "only in the new"
            yield title, [f"{where} recording: {text[:200]!r}"]
        elif old[title] != new[title]:
            slack = SLACK_OF_PICTURES if title.endswith(".svg") else SLACK
            lines = _differing_lines(old[title].splitlines(), new[title].splitlines(), slack)
            if lines:
                yield title, lines


def _differing_lines(old: list[str], new: list[str], slack: float) -> list[str]:
    """Return the first differing lines of two texts, each around its first differing word."""
    if len(old) != len(new):
        changes = difflib.unified_diff(old, new, lineterm="", n=0)
        cut = [line[:150] for line in changes if not line.startswith(("---", "+++"))]
        return [f"{len(old)} lines were, {len(new)} are", *cut[:8]]
    found = []
    for number, (one, other) in enumerate(zip(old, new, strict=True), start=1):
        places = None if one == other else _first_difference(one, other, slack)
        if places:
            begin, end = (max(0, place - 60) for place in places)
            found += [f"line {number}", f"  old {one[begin : begin + 150]}",
                      f"  new {other[end : end + 150]}"]  # fmt: skip
    return found[: 3 * SHOWN] + [f"{len(found) // 3} lines differ"] * (len(found) > 3 * SHOWN)


def _first_difference(one: str, other: str, slack: float) -> tuple[int, int] | None:
    """Return where two lines first differ, None if only in the last digits of numbers."""
    words, others = list(TOKEN.finditer(one)), list(TOKEN.finditer(other))
    for word, second in zip(words, others, strict=False):
        if word[0] == second[0]:
            continue
        if not (word["number"] and second["number"]):
            return word.start(), second.start()
        if not math.isclose(float(word[0]), float(second[0]), rel_tol=1e-12, abs_tol=slack):
            return word.start(), second.start()
    return None if len(words) == len(others) else (len(one), len(other))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("record", "compare"))
    parser.add_argument("folders", nargs="+", type=Path)
    given = parser.parse_args()
    if len(given.folders) != {"record": 1, "compare": 2}[given.what]:
        parser.error("record takes one folder, compare two")
    if given.what == "compare":
        sys.exit(compare(*given.folders))
    record(given.folders[0].resolve())
