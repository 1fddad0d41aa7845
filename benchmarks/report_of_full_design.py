"""How long the report of the paper's full design takes: reading, tables, figures, page.

    python benchmarks/report_of_full_design.py [--models N] [--processes N] [--out DIR]

Makes the synthetic table of `tests/full_design.py` (four data sets, six architectures, four
methods, seven ratios, 30 models, LTH and CHIP), writes it, and does what `rdstats report` does with
the file. Prints seconds of wall clock and of this process per kind of step; the last lines are what
the processes took that draw the figures meanwhile, and the whole. With `--processes 1` one of them
draws. What it took: docs/speed.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from machine import processor

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import rdstats
from data_contracts import Provenance, write_recall_table
from full_design import full_design


class Mark(NamedTuple):
    """The beginning of a step: what it is, and the seconds of both clocks."""

    what: str
    work: float
    wall: float


def main() -> None:
    """Time one run and print a line per kind of step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=30, help="models of each network")
    parser.add_argument("--processes", type=int, help="how many draw (default: as many as pay)")
    parser.add_argument("--out", type=Path, help="keep the files here")
    options = parser.parse_args()
    print(f"{processor()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "recall.parquet"
        made = full_design(models=options.models)
        write_recall_table(made, file, Provenance(producer="tests/full_design.py"))
        print(f"{made.num_rows:,} rows", flush=True)
        run(file, options.out or Path(folder) / "report", options.processes)


def run(file: Path, out: Path, processes: int | None) -> None:
    """Read a table, write its report, and print how long each kind of step took."""
    marks = [Mark("read and tables", time.process_time(), time.perf_counter())]

    def tell(what: str, _done: int, _total: int) -> None:
        marks.append(Mark(what.split(": ")[-1], time.process_time(), time.perf_counter()))

    before = os.times()[2:4]  # user and system time of processes that this one has started
    table = rdstats.read([str(file)])
    rdstats.write_report(table, out, processes=processes, progress=tell)
    drawing = sum(os.times()[2:4]) - sum(before)
    spent: dict[str, list[float]] = {}
    for mark, after in pairwise(marks):
        steps = spent.setdefault(mark.what, [0.0, 0.0, 0.0])
        for place, more in enumerate((1.0, after.work - mark.work, after.wall - mark.wall)):
            steps[place] += more
    for what, (steps_done, work, wall) in spent.items():
        print(f"{what:24} {steps_done:3.0f} × processor {work:6.2f} s, wall {wall:6.2f} s")
    work, wall = marks[-1].work - marks[0].work, marks[-1].wall - marks[0].wall
    files = list(out.iterdir())
    size = sum(path.stat().st_size for path in files) / 1e6
    print(f"{len(files)} files, {size:.1f} MB")
    print(f"drawing, in processes of its own: {drawing:.1f} s of processor")
    print(f"report: {work + drawing:.1f} s of processor, {wall:.1f} s")


if __name__ == "__main__":
    main()
