"""Time slopes, conditions, comparisons and class verdicts beside a loop of library calls.

    python benchmarks/analysis_against_loop.py                  # a million rows, both sides
    python benchmarks/analysis_against_loop.py --rows 10000000  # our side alone, and its memory

The table: four data sets by four architectures as studies, four methods and a control, five
ratios, 100 classes, as many models as the rows ask for (29 for a million), rows shuffled.

Ours: the Arrow table laid out once (`prepare`), then `slopes`, `conditions`,
`compare` along ratio and along method with `slope="paper"`, and `classes`.

They compute more than the peer: the class-mean slope and its control, remarks on missing models
and doubtful values, intervals of effect sizes, Holm's and Bonferroni's p.

`compare` calls pingouin as the peer does, a call a test; it stands apart, and is in no ratio.

The peer: what a notebook does in paper mode. pandas joins each row to its baseline; then one call
of `statsmodels.OLS(...).fit()` per model and condition, for a pooled slope one more per condition,
one of `pingouin.ttest` per condition, per comparison, and per condition and class (drops less the
control's). It is timed on `--share` studies of the sixteen and scaled by rows, which a loop allows:
its calls do not know of each other. Most of it are the calls per class, so a second ratio leaves
class verdicts out on both sides.

The sides take turns, `--rounds` times: ours runs three times, then the loop once. What is printed
is the median run of each. A machine that is at times half as fast is so for both.

Both sides are timed by processor seconds of this process, all threads counted: other work on the
machine changes them little, and a second core is no help. Seconds of wall clock stand beside them.

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pingouin
import pyarrow as pa
import pyarrow.compute as pc
import statsmodels.api as sm
from machine import processor
from statsmodels import __version__ as sm_version

from data_contracts import RECALL_TABLE
from rdstats.tables.classes import classes
from rdstats.tables.compare import compare
from rdstats.tables.conditions import conditions
from rdstats.tables.reading import RecallArrays, as_arrays
from rdstats.tables.slopes import slopes

ROWS = 1_000_000
CLASSES = 100
SAMPLES = 100
OURS_A_ROUND = 3
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
CONDITION = ["study", "method", "ratio", "stage"]
SIDES: dict[str, Callable[[RecallArrays], object]] = {
    "slopes": slopes,
    "conditions": conditions,
    "compare": lambda table: [compare(table, along) for along in ("ratio", "method")],
    "classes": classes,
}


def synthetic_table(rows: int, seed: int = 0, studies: int = len(STUDIES)) -> pa.Table:
    """Return a valid recall table of whole models with at least this many rows, shuffled."""
    generator = np.random.default_rng(seed)
    models = -(-rows // (studies * len(CONDITIONS) * CLASSES))
    shape = (studies, models, len(CONDITIONS), CLASSES)
    chance = generator.uniform(0.5, 0.9, (studies, 1, 1, CLASSES))
    luck = generator.normal(0.0, 0.02, (studies, models, 1, CLASSES))
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


@dataclass(frozen=True)
class Spent:
    """Seconds of the processor, all threads, and of the wall clock."""

    processor: float
    wall: float

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.processor + other.processor, self.wall + other.wall)

    def times(self, factor: float) -> Spent:
        """Return as many seconds times a factor."""
        return Spent(self.processor * factor, self.wall * factor)


NOTHING = Spent(0.0, 0.0)


@contextmanager
def spending(seconds: dict[str, Spent], name: str) -> Iterator[None]:
    """Write down what the block spends."""
    start = time.process_time(), time.perf_counter()
    yield
    seconds[name] = Spent(time.process_time() - start[0], time.perf_counter() - start[1])


def ours(table: pa.Table, names: list[str]) -> dict[str, Spent]:
    """Return the seconds of laying the table out, and of each of our tables."""
    seconds: dict[str, Spent] = {}
    with spending(seconds, "lay out"):
        prepared = as_arrays(table)
    for name in names:
        with spending(seconds, name):
            SIDES[name](prepared)
    return seconds


def loop(table: pa.Table) -> dict[str, Spent]:
    """Return the seconds of the plain loops over a table's groups."""
    seconds: dict[str, Spent] = {}
    both, slope_rows = pd.DataFrame(), pd.Series(dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pingouin warns call by call where values are equal
        with spending(seconds, "slopes"):  # with the join, which is its laying out
            both = joined(table)
            slope_rows = loop_slopes(both)
        with spending(seconds, "conditions"):
            loop_conditions(both, slope_rows)
        with spending(seconds, "compare"):
            loop_comparisons(slope_rows)
        with spending(seconds, "classes"):
            loop_classes(both)
    return seconds


def joined(table: pa.Table) -> pd.DataFrame:
    """Return every compressed row beside its baseline and its control."""
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
    beside: pd.DataFrame = both.merge(control, on=[*run, "class_index"], suffixes=("", "_control"))
    return beside


def loop_slopes(both: pd.DataFrame) -> pd.Series:
    """Fit every model of every condition."""
    alphas = {
        key: sm.OLS(group["balance"], group["balance_before"]).fit().params.iloc[0]
        for key, group in both.groupby([*CONDITION, "model"])
    }
    return pd.Series(alphas, name="alpha").rename_axis([*CONDITION, "model"])


def loop_conditions(both: pd.DataFrame, slope_rows: pd.Series) -> None:
    """Fit every condition, all models together, and make the interval of its mean slope."""
    for _, group in both.groupby(CONDITION):
        sm.OLS(group["balance"], group["balance_before"]).fit().params.iloc[0]
    for _, values in slope_rows.groupby(CONDITION):
        pingouin.ttest(values, 1.0, confidence=0.99)


def loop_comparisons(slope_rows: pd.Series) -> None:
    """Test ratios against each other, and methods."""
    pruned = slope_rows[slope_rows.index.get_level_values("stage") == "finetuned"]
    for _, family in pruned.groupby(["study", "method"]):
        arms = [values for _, values in family.groupby("ratio")]
        for first, second in pairwise(arms):
            pingouin.ttest(first.to_numpy(), second.to_numpy(), paired=True, alternative="less")
    for _, family in pruned.groupby(["study", "ratio"]):
        arms = [values for _, values in family.groupby("method")]
        for first, second in combinations(arms, 2):
            pingouin.ttest(first.to_numpy(), second.to_numpy(), paired=True)


def loop_classes(both: pd.DataFrame) -> None:
    """Test every class of every condition."""
    for _, group in both.groupby([*CONDITION, "class_index"]):
        pingouin.ttest(group["drop"] - group["drop_control"], 0.05, alternative="greater")


def beside(share: int, rounds: int) -> None:
    """Time both sides on a million rows and print."""
    table = synthetic_table(ROWS)
    few = {f"{dataset} {name}" for dataset, name in STUDIES[:share]}
    part = table.filter(pc.is_in(table["study"], pa.array(sorted(few))))
    scale = table.num_rows / part.num_rows
    runs: list[dict[str, Spent]] = []
    loops: list[dict[str, Spent]] = []
    for done in range(rounds):
        runs += [ours(table, list(SIDES)) for _ in range(OURS_A_ROUND)]
        loops.append({name: spent.times(scale) for name, spent in loop(part).items()})
        print(
            f"round {done + 1} of {rounds}: {total(loops[-1]).processor:.1f} s of the loop, "
            f"{', '.join(f'{total(run).processor:.2f}' for run in runs[-OURS_A_ROUND:])} s",
            flush=True,
        )
    fast, slow = median(runs), median(loops)
    print(f"{table.num_rows:,} rows; the loop timed on {part.num_rows:,} of them and scaled")
    print(f"pingouin {pingouin.__version__}, statsmodels {sm_version}; processor (wall) seconds")
    for name in [*fast, "all but compare"]:
        one = fast.get(name) or total(fast)
        other = total(slow) if name not in fast else slow.get(name, NOTHING)
        print(
            f"{name:<15} {one.processor:8.2f} ({one.wall:5.2f})   loop {other.processor:8.2f} "
            f"({other.wall:7.2f})   {other.processor / one.processor:8.1f}"
        )
    without = [total(side, but=("compare", "classes")) for side in (slow, fast)]
    print(f"without class verdicts {without[0].processor / without[1].processor:.1f}")
    print(f"by the wall clock {total(slow).wall / total(fast).wall:.1f}")
    print(f"ratio {total(slow).processor / total(fast).processor:.1f}")


def median(runs: list[dict[str, Spent]]) -> dict[str, Spent]:
    """Return the median run, by all its processor seconds."""
    return sorted(runs, key=lambda run: total(run).processor)[len(runs) // 2]


def total(seconds: dict[str, Spent], but: tuple[str, ...] = ("compare",)) -> Spent:
    """Return the seconds of all steps but some."""
    return sum((spent for name, spent in seconds.items() if name not in but), NOTHING)


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
    seconds = ours(table, ["slopes", "conditions", "classes"])
    print(f"{table.num_rows:,} rows, {size / 1e9:.2f} GB in Arrow")
    for name, each in (seconds | {"all": total(seconds)}).items():
        print(f"{name:<11} {each.wall:8.2f} s ({each.processor:.2f} s of processor)")
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
    parser.add_argument("--rounds", type=int, default=5, help="rounds of both sides")
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
        beside(arguments.share, arguments.rounds)


if __name__ == "__main__":
    main()
