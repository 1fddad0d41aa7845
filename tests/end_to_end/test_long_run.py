"""What a service or a notebook does for days: the same calls again and again, in one process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from data_contracts import Provenance, read_recall_table, write_recall_table
from synthetic import recall_table

AGAIN = """
import gc, os, sys, tempfile
from pathlib import Path
import numpy as np
import rdstats
from synthetic import recall_table

def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6

def left():
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return len(list(Path("/proc/self/fd").iterdir())), children, os.listdir(tempfile.gettempdir())

table = recall_table(methods=("MP", "UP"), ratios=(2.0, 10.0), models=5)
draws = np.random.default_rng(0)
truth = draws.integers(0, 10, 2_000)
memory, open_things = [], []
for round in range(5):
    for report in range(4):
        rdstats.write_report(table, Path(sys.argv[1]) / "report")
    for check in range(100):
        answers = [np.where(draws.random(2_000) < 0.9, truth, 0) for _ in range(2)]
        rdstats.check_models(truth, *answers)
    memory.append(resident())
    open_things.append(left())
print(memory)
assert open_things[1:] == open_things[:1] * 4, open_things
assert memory[-1] < 1.05 * memory[1], memory
"""


@pytest.mark.slow
def test_twenty_reports_and_five_hundred_checks_leave_nothing_behind(tmp_path: Path) -> None:
    """Memory is flat after the first rounds; no file, process or temporary folder stays."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("memory and open files are counted in /proc, which this system lacks")
    tests = str(Path(__file__).parents[1])
    (tmp_path / "tmp").mkdir()
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")]),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    limited = ["bash", "-c", 'ulimit -n 128 && exec "$@"', "bash"]  # few open files are enough
    subprocess.run(
        [*limited, sys.executable, "-c", AGAIN, str(tmp_path)], check=True, env=environment
    )


def test_a_reader_meets_whole_tables_alone_while_another_writes(tmp_path: Path) -> None:
    """Every read gives the one table or the other, never half of one and never none."""
    path = tmp_path / "recall.parquet"
    tables = [recall_table(models=models) for models in (3, 4)]
    write_recall_table(tables[0], path, Provenance())
    done = threading.Event()

    def write() -> None:
        for turn in range(40):
            write_recall_table(tables[turn % 2], path, Provenance())
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    sizes = set()
    while not done.is_set():
        sizes.add(read_recall_table(path).num_rows)
    writer.join()
    assert sizes <= {table.num_rows for table in tables}


@pytest.mark.slow
def test_a_million_models_are_served() -> None:
    """Two million evaluated models of two classes: a table, a mean, an interval."""
    import rdstats

    models, classes = 1_000_000, 2
    draws = np.random.default_rng(0)
    rows = models * 2 * classes
    model, after, label = np.unravel_index(np.arange(rows), (models, 2, classes))
    correct = draws.binomial(100, np.where(label == 0, 0.95, 0.4) - 0.02 * after)
    same = {"study": "many", "dataset": "d", "architecture": "a", "split": "test"}
    columns = {name: pa.repeat(pa.scalar(value), rows) for name, value in same.items()}
    columns |= {
        "method": pa.array(np.where(after, "MP", "none")),
        "ratio": pa.array(np.where(after, 4.0, 1.0)),
        "stage": pa.array(np.where(after, "finetuned", "baseline")),
        "model": pa.array(model).cast(pa.string()),
        "class_index": pa.array(label),
        "n_samples": pa.repeat(pa.scalar(100), rows),
        "n_correct": pa.array(correct),
        "count_quality": pa.repeat(pa.scalar("exact"), rows),
    }
    (row,) = rdstats.conditions(pa.table(columns)).to_dict("records")
    assert row["models"] == models
    assert row["class_mean_low"] < row["alpha_class_mean"] < row["class_mean_high"]
