"""How cost grows: analysis with the rows of a table, training with the models of a study.

    python benchmarks/growth.py [--part rows|models] [--out docs]

Rows: 10,000 to 10,000,000 rows of the table of `analysis.py`; laid out, slopes,
conditions and class verdicts. Models: 1 to 64 LeNet5 on the digits, one epoch, pruned once, one
epoch more, all included. Both are processor seconds, those of child processes too, so that other
work on the machine changes them little.

Writes growth.csv and growth.svg; a part that is not asked for stays as growth.csv has it. Prints
every point, and per part the slope on log-log axes: 1 is linear.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import altair as alt
import numpy as np
import pandas as pd
from analysis import CLASSES, CONDITIONS, STUDIES, analyse, synthetic_table
from bench import machine

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from small_studies import small_study
from train_backend.running.engine import run_study

REPEATS = 5  # of each analysis; the median counts
MODELS_OF_A_STUDY = 30  # of the tables, until they have all studies
TITLES = {"rows": "rows of the recall table", "models": "models of the study"}


def of_rows(rows: int) -> tuple[int, float]:
    """Return the rows of a table of about so many, and the seconds of its analysis."""
    one_study = len(CONDITIONS) * CLASSES * MODELS_OF_A_STUDY
    studies = min(len(STUDIES), max(1, rows // one_study))
    table = synthetic_table(rows, studies=studies)
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        analyse(table)
        seconds.append(time.process_time() - start)
    return table.num_rows, median(seconds)


def of_models(models: int) -> tuple[int, float]:
    """Return the models, and the seconds of the study that trains them."""
    with tempfile.TemporaryDirectory() as folder:
        start = _spent()
        # In this process: what workers spend is not told before they end.
        run_study(small_study(models=models), Path(folder), device="cpu", processes=1)
        return models, _spent() - start


def _spent() -> float:
    """Return processor seconds so far, those of finished child processes too."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


PARTS: dict[str, tuple[Callable[[int], tuple[int, float]], tuple[int, ...]]] = {
    "rows": (of_rows, (10_000, 100_000, 1_000_000, 10_000_000)),
    "models": (of_models, (1, 2, 4, 8, 16, 32, 64)),
}


def measured(part: str) -> pd.DataFrame:
    """Return part, size and seconds of every point, printing each."""
    measure, sizes = PARTS[part]
    measure(sizes[0])  # what the first call loads and starts is no cost of its size
    points = []
    for size in sizes:
        exact, seconds = measure(size)
        print(f"{exact:>12,} {part:<7} {seconds:8.3f} s of processor", flush=True)
        points.append({"part": part, "size": exact, "seconds": seconds})
    return pd.DataFrame(points)


def growth_of(points: pd.DataFrame) -> tuple[float, float]:
    """Return the slope of a line through log seconds over log size, and that of the last step."""
    size, seconds = (np.log(points[name].to_numpy(dtype=float)) for name in ("size", "seconds"))
    return float(np.polyfit(size, seconds, 1)[0]), float(np.diff(seconds)[-1] / np.diff(size)[-1])


def figure(frame: pd.DataFrame) -> alt.ConcatChart:
    """Return a panel per part; the dashed line through the last point grows linearly."""
    panels = []
    for part, points in frame.groupby("part", sort=False):
        last = points.iloc[-1]
        linear = points.assign(seconds=points["size"] * last["seconds"] / last["size"])
        x = alt.X("size:Q", title=TITLES[str(part)]).scale(type="log")
        y = alt.Y("seconds:Q", title="processor seconds").scale(type="log")
        dashed = alt.Chart(linear).mark_line(strokeDash=[5, 4], color="#777777").encode(x=x, y=y)
        measured = alt.Chart(points).mark_line(point=True).encode(x=x, y=y)
        panels.append((dashed + measured).properties(width=280, height=220))
    return alt.concat(*panels, columns=2)


def main() -> None:
    """Measure what was asked for and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=list(PARTS), help="one of both")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder of the files")
    arguments = parser.parse_args()
    print(machine(), flush=True)
    file = arguments.out / "growth.csv"
    kept = pd.read_csv(file) if file.exists() else pd.DataFrame(columns=["part"])
    parts = []
    for part in PARTS:
        asked = arguments.part in (None, part)
        parts.append(measured(part) if asked else kept[kept["part"] == part])
    frame = pd.concat([points for points in parts if len(points)], ignore_index=True)
    for name, points in frame.groupby("part", sort=False):
        whole, last = growth_of(points)
        print(f"{name}: slope {whole:.2f}, of the last step {last:.2f} (1 is linear)")
    frame.to_csv(file, index=False, float_format="%.4g", lineterminator="\n")
    figure(frame).save(arguments.out / "growth.svg")


if __name__ == "__main__":
    main()
