"""Time the rules of the recall table on a million rows.

    python benchmarks/validate_million_rows.py

The table is what a large study would leave: four data sets and architectures, four methods, five
ratios, over a hundred models, 100 classes, rows shuffled. Printed: rows, the median seconds of
`violations` over a few runs (and of the first, the coldest), the same for
`baseline_violations`, and the machine.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from machine import processor

from data_contracts import (
    RECALL_TABLE,
    ContractError,
    Violation,
    baseline_violations,
    violations,
)

ROWS = 1_000_000
RUNS = 5
CLASSES = 100
SAMPLES = 100
PARAMETERS = 853_018
METHODS = ("MP", "GP", "UP", "RP")
RATIOS = (2.0, 4.0, 10.0, 20.0, 50.0)
STUDIES = tuple(f"cifar-100-resnet-{depth}" for depth in (20, 32, 44, 56))


def million_rows(rows: int = ROWS, seed: int = 0) -> pa.Table:
    """Return a valid recall table with about this many rows, in a shuffled order."""
    generator = np.random.default_rng(seed)
    conditions = [("none", 1.0, "baseline"), ("none", 1.0, "control")]
    conditions += [(method, ratio, "finetuned") for method in METHODS for ratio in RATIOS]
    models = -(-rows // (len(STUDIES) * len(conditions) * CLASSES))
    shape = (len(STUDIES), models, len(conditions), CLASSES)
    study, model, condition, class_index = (
        axis.ravel()[:rows] for axis in np.indices(shape, dtype=np.int32)
    )
    correct = generator.binomial(SAMPLES, 0.7, size=shape)
    base = np.broadcast_to(correct[:, :, :1], shape)
    both = np.minimum(correct, base).ravel()[:rows]
    correct = correct.ravel()[:rows]
    ratio = np.array([each[1] for each in conditions])[condition]

    def text(values: list[str], codes: npt.NDArray[np.int32]) -> pa.Array:
        return pa.array(values).take(pa.array(codes))

    same = np.zeros(len(study), dtype=np.int32)
    columns = {
        "study": text(list(STUDIES), study),
        "dataset": text(["CIFAR-100"], same),
        "architecture": text(["ResNet-20", "ResNet-32", "ResNet-44", "ResNet-56"], study),
        "method": text([each[0] for each in conditions], condition),
        "ratio": pa.array(ratio),
        "stage": text([each[2] for each in conditions], condition),
        "model": text([f"model-{number}" for number in range(models)], model),
        "class_index": pa.array(class_index),
        "class_name": text([f"class {number}" for number in range(CLASSES)], class_index),
        "n_samples": pa.array(np.full(len(study), SAMPLES)),
        "n_correct": pa.array(correct),
        "n_predicted": pa.array(correct),
        "n_both_correct": pa.array(both),
        "parameters": pa.array(np.full(len(study), PARAMETERS)),
        "parameters_nonzero": pa.array(np.rint(PARAMETERS / ratio).astype(np.int64)),
        "split": text(["test"], same),
        "selected_on": text(["validation"], same),
        "count_quality": text(["exact"], same),
    }
    table = pa.table([columns[name] for name in RECALL_TABLE.names], schema=RECALL_TABLE)
    return table.take(pa.array(generator.permutation(len(study))))


def timed(judge: Callable[[pa.Table], list[Violation]], table: pa.Table) -> str:
    """Return in words how long a check takes.

    Raises:
        ContractError: The check finds anything; the table is meant to be valid.
    """
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        found = judge(table)
        seconds.append(time.perf_counter() - start)
        if found:
            raise ContractError.from_violations("the benchmark's table", found)
    return f"{statistics.median(seconds):.2f} s (median of {RUNS}; first {seconds[0]:.2f} s)"


def main() -> None:
    """Build the table, judge it a few times, print what that took."""
    table = million_rows()
    print(f"rows                 {table.num_rows:,}")
    print(f"violations           {timed(violations, table)}")
    print(f"baseline_violations  {timed(baseline_violations, table)}")
    print(
        f"machine              {processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, pyarrow {pa.__version__}, numpy {np.__version__}"
    )


if __name__ == "__main__":
    main()
