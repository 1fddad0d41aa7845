"""Peak memory of `rdstats conditions` on a table that is read study by study.

    python benchmarks/larger_than_memory.py --studies 20

Writes a folder of parts (a study each, some 500,000 rows), then runs `rdstats conditions` on it in
two fresh processes: once block by block, as the command does by itself from ten million rows on,
and once all at once, and checks that both write the same bytes. Printed: rows, the size of the
table in Arrow, and of each process its seconds and peak memory (`ru_maxrss`, interpreter and
libraries included). The last line is the ratio of the two peaks.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from machine import processor
from validate_million_rows import million_rows

from data_contracts import Provenance, write_recall_table

ROWS_OF_A_STUDY = 500_000

RUN = """
import resource, sys
from rdstats import conditions
from rdstats.tables import reading
reading.ROWS_AT_ONCE = int(sys.argv[1])
conditions(sys.argv[2]).to_csv(sys.argv[3])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def write_parts(folder: Path, studies: int) -> float:
    """Write the parts and return their size in Arrow, in MB."""
    table = million_rows(4 * ROWS_OF_A_STUDY)  # of four studies
    first = table.filter(pc.equal(table["study"], "cifar-100-resnet-20"))
    for number in range(studies):
        name = pa.array([f"study-{number}"] * first.num_rows)
        part = first.set_column(0, first.schema.field(0), name)
        write_recall_table(part, folder / f"{number}.parquet", Provenance(producer="benchmark"))
    return studies * part.nbytes / 1e6


def run(rows_at_once: int, folder: Path, out: Path) -> tuple[float, float]:
    """Return seconds and peak memory (MB) of a fresh process."""
    start = time.perf_counter()
    command = [sys.executable, "-c", RUN, str(rows_at_once), str(folder), str(out)]
    printed = subprocess.run(  # noqa: S603 (this interpreter, the text above)
        command, check=True, capture_output=True, text=True
    ).stdout
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    return time.perf_counter() - start, float(printed.split()[-1]) / unit


def main() -> None:
    """Write, run both ways, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--studies", type=int, default=20)
    studies = parser.parse_args().studies
    print(f"machine         {processor()}, {resource.getpagesize()} bytes a page")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "parts").mkdir()
        megabytes = write_parts(folder / "parts", studies)
        print(f"rows            {studies * ROWS_OF_A_STUDY:,} in {studies} studies")
        print(f"in Arrow        {megabytes:,.0f} MB")
        seconds, by_blocks = run(0, folder / "parts", folder / "blocks.csv")
        print(f"block by block  {seconds:.1f} s, peak {by_blocks:,.0f} MB")
        seconds, at_once = run(sys.maxsize, folder / "parts", folder / "whole.csv")
        print(f"all at once     {seconds:.1f} s, peak {at_once:,.0f} MB")
        if (folder / "blocks.csv").read_bytes() != (folder / "whole.csv").read_bytes():
            raise RuntimeError("the two ways give different tables")
    print(f"ratio {at_once / by_blocks:.1f}")


if __name__ == "__main__":
    main()
