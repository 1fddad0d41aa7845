"""How long the whole paper takes: 13 tables and 13 figures from its full design.

    python benchmarks/paper_tables.py [--everywhere] [--out DIR]

Makes the synthetic table of `tests/full_design.py` (four data sets, six architectures, four
methods, seven ratios, 30 models, LTH and CHIP), writes it, and runs `rdstats paper` on the file.
Prints seconds of wall clock and of this process for reading, figures, tables and page; the last
line counts the processes in which the figures are drawn, too. On two cores of an AMD EPYC: 5.2 s,
8.6 s of processor.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import rdstats
from data_contracts import Provenance, write_recall_table
from full_design import full_design


def main() -> None:
    """Time one run and print a line per step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--everywhere", action="store_true", help="cross every data set and network"
    )
    parser.add_argument("--out", type=Path, help="keep the files here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "recall.parquet"
        made = full_design(everywhere=options.everywhere)
        write_recall_table(made, file, Provenance(producer="tests/full_design.py"))
        print(f"{made.num_rows:,} rows")
        run(file, options.out or Path(folder) / "paper")


def run(file: Path, out: Path) -> None:
    """Read a table, write the paper, and print how long each step took."""
    steps = [("read", time.perf_counter(), time.process_time())]

    def tell(what: str, _done: int, _total: int) -> None:
        steps.append((what, time.perf_counter(), time.process_time()))

    before = os.times()[2:4]  # user and system time of processes that this one has started
    rdstats.write_paper(rdstats.read([str(file)]), out, progress=tell)
    drawing = sum(os.times()[2:4]) - sum(before)
    for (what, wall, work), (_, next_wall, next_work) in pairwise(steps):
        print(f"{what:12} {next_wall - wall:6.2f} s, processor {next_work - work:6.2f} s")
    size = sum(path.stat().st_size for path in out.iterdir())
    page = (out / "index.html").stat().st_size
    print(
        f"{'all':12} {steps[-1][1] - steps[0][1]:6.2f} s, processor "
        f"{steps[-1][2] - steps[0][2] + drawing:6.2f} s; {len(list(out.iterdir()))} files, "
        f"{size / 1e6:.1f} MB, of them the page {page / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
