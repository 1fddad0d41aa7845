"""Import 50 million predictions from a csv file, beside pandas.

    python benchmarks/import_predictions.py [--rows 50000000] [--ids numbers|names]

The file has a true and a predicted label of 100 classes per line. Two processes read it in turn:
`import_files`, from file to recall table, and the two lines most people would write,
`pandas.read_csv` and a `groupby` of the pairs. With `--ids` there are two files of so many rows,
before and after, whose samples stand in different orders and have an id, a number or a name like
`img_0000007.jpg`; they are joined by it, by pandas with `merge`. Printed for each: seconds, rows
per second (of each file, where there are two) and the peak of memory of its process
(`resource.getrusage`); then whether both counted the same; the machine; and, as the last line,
rows per second of the import over those of pandas.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from data_contracts.importers import Described, ImportOptions, import_files

ROWS = 50_000_000
CLASSES = 100
ACCURACY = 0.8
PIECE = 1_000_000


def write_predictions(path: Path, rows: int, seed: int = 0) -> None:
    """Write a prediction file of so many rows, a million at a time."""
    generator = np.random.default_rng(seed)
    schema = pa.schema([("y_true", pa.int64()), ("y_pred", pa.int64())])
    with pa_csv.CSVWriter(path, schema) as writer:
        for first in range(0, rows, PIECE):
            size = min(PIECE, rows - first)
            truth = generator.integers(0, CLASSES, size)
            guess = generator.integers(0, CLASSES, size)
            answer = np.where(generator.random(size) < ACCURACY, truth, guess)
            writer.write_table(pa.table([truth, answer], schema=schema))


def write_pair(folder: Path, rows: int, ids: str, seed: int = 0) -> None:
    """Write two prediction files of the same samples, which have ids, in different orders."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, CLASSES, rows).astype(np.int8)
    kind = pa.int64() if ids == "numbers" else pa.string()
    schema = pa.schema([("id", kind), ("y_true", pa.int8()), ("y_pred", pa.int8())])
    for name in ("before.csv", "after.csv"):
        order = generator.permutation(rows).astype(np.int32)
        with pa_csv.CSVWriter(folder / name, schema) as writer:
            for first in range(0, rows, PIECE):
                samples = order[first : first + PIECE]
                guess = generator.integers(0, CLASSES, len(samples)).astype(np.int8)
                right = generator.random(len(samples)) < ACCURACY
                answer = np.where(right, truth[samples], guess)
                names = [f"img_{place:07d}.jpg" for place in samples] if ids == "names" else samples
                writer.write_table(
                    pa.table([pa.array(names, kind), truth[samples], answer], schema=schema)
                )


def by_import(path: Path) -> list[int]:
    """Return samples and right answers per class, by rdstats."""
    if path.is_dir():
        about = Described(study="s", dataset="d", architecture="a", model="m", stage="pruned")
        with (path / "models.csv").open("w") as stream:
            stream.write("path,method,ratio\nbefore.csv,none,1\nafter.csv,MP,2\n")
        options = ImportOptions(described=about)
        files = [path / "before.csv", path / "after.csv"]
        table = import_files("predictions", files, options=options, manifest=path / "models.csv")
        after = table.filter(pc.equal(table["method"], "MP"))
        return [*after["n_samples"].to_pylist(), *after["n_both_correct"].to_pylist()]
    about = Described(study="s", dataset="d", architecture="a", model="m", ratio=1.0)
    table = import_files("predictions", [path], options=ImportOptions(described=about))
    return [*table["n_samples"].to_pylist(), *table["n_correct"].to_pylist()]


def by_pandas(path: Path) -> list[int]:
    """Return the same, by read_csv and groupby; of two files by merge."""
    if path.is_dir():
        before, after = (pd.read_csv(path / name) for name in ("before.csv", "after.csv"))
        both = before.merge(after, on=["id", "y_true"])
        right = (both["y_true"] == both["y_pred_x"]) & (both["y_true"] == both["y_pred_y"])
        counted = right.groupby(both["y_true"])
        return [*counted.size().tolist(), *counted.sum().tolist()]
    pairs = pd.read_csv(path).groupby(["y_true", "y_pred"]).size()
    samples = pairs.groupby("y_true").sum()
    correct = pairs[[true == pred for true, pred in pairs.index]]
    return [*samples.tolist(), *correct.tolist()]


READERS = {"rdstats": by_import, "pandas": by_pandas}


@dataclass(frozen=True)
class Took:
    """What a reader took: seconds by the clock and of the processor, bytes, and its counts."""

    seconds: float
    processor: float
    peak: int
    counts: list[int]


def measured(reader: str, path: Path) -> Took:
    """Return what a reader takes in a process of its own."""
    command = [sys.executable, __file__, "--reader", reader, "--file", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # ours
    return Took(**json.loads(done.stdout))


def run_reader(reader: str, path: Path) -> None:
    """Read the file, and print what it took as JSON."""
    start, used = time.perf_counter(), time.process_time()
    counts = READERS[reader](path)
    seconds, processor = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )
    print(json.dumps(asdict(Took(seconds, processor, peak, counts))))


def main() -> None:
    """Write the file, read it both ways, print what that took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--ids", choices=("numbers", "names"), help="Two files, joined by ids.")
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.reader:
        run_reader(asked.reader, asked.file)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        if asked.ids:
            write_pair(path, asked.rows, asked.ids)
        else:
            path /= "predictions.csv"
            write_predictions(path, asked.rows)
        size = sum(each.stat().st_size for each in Path(folder).iterdir())
        files = "two files, joined by " + asked.ids if asked.ids else "a file"
        print(f"rows     {asked.rows:,} in {files}, {size / 1e6:,.0f} MB")
        found = {reader: measured(reader, path) for reader in READERS}
    rates = {reader: asked.rows / took.seconds for reader, took in found.items()}
    for reader, took in found.items():
        print(
            f"{reader:8} {took.seconds:.1f} s ({took.processor:.1f} s of processor time), "
            f"{rates[reader]:,.0f} rows/s, peak {took.peak / 1e6:,.0f} MB"
        )
    same = found["rdstats"].counts == found["pandas"].counts
    print(f"counts   {'the same' if same else 'DIFFERENT'}")
    print(
        f"machine  {platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python "
        f"{platform.python_version()}, pyarrow {pa.__version__}, pandas {pd.__version__}"
    )
    print(f"ratio {rates['rdstats'] / rates['pandas']:.1f}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
