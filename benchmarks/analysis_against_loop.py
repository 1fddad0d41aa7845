"""Time slopes, conditions, comparisons and class verdicts beside a loop of library calls.

    python benchmarks/analysis_against_loop.py                  # a million rows, both sides
    python benchmarks/analysis_against_loop.py --rows 10000000  # our side alone, and its memory

The table: four data sets by four architectures as studies, four methods and a control, five
ratios, 100 classes, as many models as the rows ask for (29 for a million), rows shuffled.

Ours: the Arrow table laid out once (`prepare`), then `slopes_table`, `conditions_table`,
`compare_table` along ratio and along method with `slope="paper"`, and `classes_table`.

They compute more than the peer: the class-mean slope and its control, pooled slopes, remarks on
missing models and doubtful values, intervals of effect sizes.

The peer: what a notebook does in paper mode. pandas joins each row to its baseline; then one call
of `statsmodels.OLS(...).fit()` per model and condition, one of `pingouin.ttest` per condition, per
comparison, and per condition and class (drops less the control's). It is timed on `--share` studies
of the sixteen and scaled by rows, which a loop allows: its calls do not know of each other.

With `--rows` the table lies in an Arrow file and a fresh process reads it, so that the peak
(`ru_maxrss`) is that of reading and of slopes, conditions and classes; interpreter and libraries
are in it, and are printed by themselves too.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from validate_million_rows import processor

from data_contracts import RECALL_TABLE
from rdstats.tables.classes import classes_table
from rdstats.tables.compare import compare_table
from rdstats.tables.conditions import conditions_table
from rdstats.tables.prepared import PreparedTable, prepare
from rdstats.tables.slopes import slopes_table

ROWS = 1_000_000
CLASSES = 100
SAMPLES = 100
PARAMETERS = 853_018
METHODS = ("MP", "GP", "UP", "RP")
RATIOS = (2.0, 4.0, 10.0, 20.0, 50.0)
DATASETS = ("CIFAR-100", "Food-101", "Caltech-101", "FGVC-Aircraft")
ARCHITECTURES = ("ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56")
CONDITIONS = (
    ("none", 1.0, "baseline"),
    ("none", 1.0, "control"),
    *((method, ratio, "finetuned") for method in METHODS for ratio in RATIOS),
)
STUDIES = tuple((dataset, name) for dataset in DATASETS for name in ARCHITECTURES)
SIDES: dict[str, Callable[[PreparedTable], object]] = {
    "slopes": slopes_table,
    "conditions": conditions_table,
    "compare": lambda table: [compare_table(table, along) for along in ("ratio", "method")],
    "classes": classes_table,
}


def synthetic_table(rows: int, seed: int = 0) -> pa.Table:
    """Return a valid recall table of whole models with at least this many rows, shuffled."""
    generator = np.random.default_rng(seed)
    models = -(-rows // (len(STUDIES) * len(CONDITIONS) * CLASSES))
    shape = (len(STUDIES), models, len(CONDITIONS), CLASSES)
    chance = generator.uniform(0.5, 0.9, (len(STUDIES), 1, 1, CLASSES))
    luck = generator.normal(0.0, 0.02, (len(STUDIES), models, 1, CLASSES))
    correct = generator.binomial(SAMPLES, np.clip(chance + luck, 0.0, 1.0), size=shape)
    both = np.minimum(correct, correct[:, :, :1]).ravel()
    order = generator.permutation(correct.size)
    study, model, condition, label = np.unravel_index(order, shape)
    ratio = np.array([each[1] for each in CONDITIONS])
    nonzero = np.rint(PARAMETERS / ratio).astype(np.int64)

    def text(values: list[str], codes: npt.NDArray[np.int64]) -> pa.Array:
        return pa.array(values).take(pa.array(codes))

    def same(value: str | int) -> pa.Array:
        return pa.repeat(pa.scalar(value), len(order))

    columns = {
        "study": text([f"{dataset} {name}" for dataset, name in STUDIES], study),
        "dataset": text([dataset for dataset, _ in STUDIES], study),
        "architecture": text([name for _, name in STUDIES], study),
        "method": text([each[0] for each in CONDITIONS], condition),
        "ratio": pa.array(ratio[condition]),
        "stage": text([each[2] for each in CONDITIONS], condition),
        "model": text([f"model-{number}" for number in range(models)], model),
        "class_index": pa.array(label.astype(np.int32)),
        "class_name": text([f"class {number}" for number in range(CLASSES)], label),
        "n_samples": same(SAMPLES),
        "n_correct": pa.array(correct.ravel()[order]),
        "n_predicted": pa.array(correct.ravel()[order]),
        "n_both_correct": pa.array(both[order]),
        "parameters": same(PARAMETERS),
        "parameters_nonzero": pa.array(nonzero[condition]),
        "split": same("test"),
        "selected_on": same("validation"),
        "count_quality": same("exact"),
    }
    return pa.table([columns[name] for name in RECALL_TABLE.names], schema=RECALL_TABLE)


def ours(table: pa.Table, names: list[str]) -> dict[str, float]:
    """Return the seconds of laying the table out, and of each of our tables."""
    start = time.perf_counter()
    prepared = prepare(table)
    seconds = {"lay out": time.perf_counter() - start}
    for name in names:
        start = time.perf_counter()
        SIDES[name](prepared)
        seconds[name] = time.perf_counter() - start
    return seconds


def loop(table: pa.Table) -> dict[str, float]:
    """Return the seconds of the plain loops over a table's groups."""
    import pandas as pd
    import pingouin
    import statsmodels.api as sm

    warnings.simplefilter("ignore")  # pingouin warns call by call where values are equal
    start = time.perf_counter()
    frame = table.to_pandas()
    run = ["study", "model"]
    frame["recall"] = frame["n_correct"] / frame["n_samples"]
    accuracy = frame.groupby([*run, "method", "ratio", "stage"])["n_correct"].transform("mean")
    frame["balance"] = frame["n_correct"] / accuracy - 1.0
    baseline = frame[frame["stage"] == "baseline"]
    both = frame[frame["stage"] != "baseline"].merge(
        baseline[[*run, "class_index", "recall", "balance"]],
        on=[*run, "class_index"],
        suffixes=("", "_before"),
    )
    both["drop"] = both["recall_before"] - both["recall"]
    control = both[both["stage"] == "control"][[*run, "class_index", "drop"]]
    both = both.merge(control, on=[*run, "class_index"], suffixes=("", "_control"))
    condition = ["study", "method", "ratio", "stage"]
    alphas = {
        key: sm.OLS(group["balance"], group["balance_before"]).fit().params.iloc[0]
        for key, group in both.groupby([*condition, "model"])
    }
    slopes = pd.Series(alphas, name="alpha").rename_axis([*condition, "model"])
    seconds = {"slopes": time.perf_counter() - start}  # with the join, which is its laying out

    start = time.perf_counter()
    for _, values in slopes.groupby(condition):
        pingouin.ttest(values, 1.0, confidence=0.99)
    seconds["conditions"] = time.perf_counter() - start

    start = time.perf_counter()
    pruned = slopes[slopes.index.get_level_values("stage") == "finetuned"]
    for _, family in pruned.groupby(["study", "method"]):
        arms = [values for _, values in family.groupby("ratio")]
        for first, second in pairwise(arms):
            pingouin.ttest(first.to_numpy(), second.to_numpy(), paired=True, alternative="less")
    for _, family in pruned.groupby(["study", "ratio"]):
        arms = [values for _, values in family.groupby("method")]
        for first, second in combinations(arms, 2):
            pingouin.ttest(first.to_numpy(), second.to_numpy(), paired=True)
    seconds["compare"] = time.perf_counter() - start

    start = time.perf_counter()
    for _, group in both.groupby([*condition, "class_index"]):
        pingouin.ttest(group["drop"] - group["drop_control"], 0.05, alternative="greater")
    seconds["classes"] = time.perf_counter() - start
    return seconds


def beside(share: int) -> None:
    """Time both sides on a million rows and print."""
    import pingouin
    import statsmodels

    table = synthetic_table(ROWS)
    few = {f"{dataset} {name}" for dataset, name in STUDIES[:share]}
    part = table.filter(pc.is_in(table["study"], pa.array(sorted(few))))
    scale = table.num_rows / part.num_rows
    fast, slow = ours(table, list(SIDES)), loop(part)
    print(f"{table.num_rows:,} rows; the loop timed on {part.num_rows:,} of them and scaled")
    print(f"pingouin {pingouin.__version__}, statsmodels {statsmodels.__version__}")
    for name, seconds in fast.items():
        whole = scale * slow.get(name, 0.0)
        print(f"{name:<11} {seconds:8.2f} s  loop {whole:8.1f} s  {whole / seconds:8.1f}")
    total, peer = sum(fast.values()), scale * sum(slow.values())
    print(f"{'all':<11} {total:8.2f} s  loop {peer:8.1f} s")
    print(f"ratio {peer / total:.1f}")


def alone(rows: int) -> None:
    """Time our side on many rows in a process of its own, and print its memory too.

    This process stays small: a child inherits the peak of the process that starts it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recall.arrow"
        for step in (["--write", str(path), "--rows", str(rows)], ["--read", str(path)]):
            subprocess.run([sys.executable, __file__, *step], check=True)  # noqa: S603 (this file)


def write(path: Path, rows: int) -> None:
    """Write the table as an Arrow file."""
    table = synthetic_table(rows)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read(path: Path) -> None:
    """Read the table, time our side, print seconds and memory."""
    before = peak()
    with pa.OSFile(str(path), "rb") as source:
        table = pa.ipc.open_file(source).read_all()
    size, loaded = table.nbytes, peak()
    start = time.process_time()
    seconds = ours(table, ["slopes", "conditions", "classes"])
    processor_seconds = time.process_time() - start
    print(f"{table.num_rows:,} rows, {size / 1e9:.2f} GB in Arrow")
    for name, each in seconds.items():
        print(f"{name:<11} {each:8.2f} s")
    print(f"{'all':<11} {sum(seconds.values()):8.2f} s ({processor_seconds:.2f} s of processor)")
    print(
        f"peak memory {peak() / 1e9:.2f} GB, {peak() / size:.2f} times the table "
        f"(libraries {before / 1e9:.2f} GB, after reading {loaded / 1e9:.2f} GB)"
    )


def peak() -> int:
    """Return the largest resident size so far, in bytes (Linux tells it in kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Print the machine, then what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, help="our side alone on this many rows")
    parser.add_argument("--share", type=int, default=1, help="studies of 16 that the loop is given")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write:
        write(arguments.write, arguments.rows)
        return
    if arguments.read:
        read(arguments.read)
        return
    print(
        f"{processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, pyarrow {pa.__version__}, numpy {np.__version__}",
        flush=True,
    )
    if arguments.rows:
        alone(arguments.rows)
    else:
        beside(arguments.share)


if __name__ == "__main__":
    main()
