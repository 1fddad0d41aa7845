"""The user's work, each beside a named peer, as one table: `make bench`.

    python benchmarks/bench.py [NAME ...] [--rounds 3] [--write docs/speed.md]

Every side is a process of its own, from starting Python to its end: what a user waits for. The
sides take turns, so that a machine that is slow for a minute is slow for both; what counts is the
median. Printed for each: processor seconds of all threads and child processes, seconds by the
clock, the peak of memory, and how many times as much the peer takes. A peer that is timed on a
part of the work says which, and is scaled without its start; a loop allows that, for its calls do
not know of each other.

With --write the table between the two marks of that page is written again, for the works that ran.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path
from statistics import median

from data_contracts.limits import available_cores

MODULES = ("predictions", "analysis", "training")
LIBRARIES = ("numpy", "pandas", "pyarrow", "scipy", "statsmodels", "pingouin", "torch", "llvmlite")
HEADER = "| work | here | peer | times | by the clock |\n|---|---|---|---|---|\n"
MARKS = "<!-- written by make bench -->", "<!-- end -->"


@dataclass(frozen=True)
class Work:
    """Something that users do, and how others do it."""

    title: str
    peer: str  # what the other side is
    prepare: Callable[[Path], None]  # puts files into a folder
    ours: Callable[[Path], object]  # works on that folder; what it returns is printed, or, if it is
    # a pair of seconds (processor, clock), stands for what the whole process took
    theirs: Callable[[Path], object] | None = None
    scale: float = 1.0  # the whole work, in units of what the peer is given
    rounds: int | None = None  # where the usual number would take too long
    clock_alone: bool = False  # where processes of its own work, whose seconds nobody counts


@dataclass(frozen=True)
class Took:
    """What one process took."""

    processor: float  # seconds
    wall: float  # seconds
    peak: float  # MB
    printed: str

    def times(self, factor: float) -> Took:
        """Return the seconds of so many times the work."""
        return Took(self.processor * factor, self.wall * factor, self.peak, self.printed)


class Clock:
    """Seconds since it was made: what a side returns that leaves its own start out."""

    def __init__(self) -> None:
        self.start = time.process_time(), time.perf_counter()

    def seconds(self) -> tuple[float, float]:
        """Return seconds of the processor and of the clock."""
        return time.process_time() - self.start[0], time.perf_counter() - self.start[1]


def works() -> dict[str, Work]:
    """Return every work by its name."""
    return {name: work for module in MODULES for name, work in import_module(module).WORKS.items()}


def run_side(name: str, side: str, folder: Path) -> Took:
    """Run one side in a process of its own; its child processes count."""
    command = [sys.executable, __file__, "--side", name, side, str(folder)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        printed = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{name}: {side} failed")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    wall = time.perf_counter() - start
    said = json.loads(printed)
    if isinstance(said, list):
        return Took(said[0], said[1], used.ru_maxrss / unit, "")
    printed = said or ""
    return Took(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / unit, str(printed))


def middle(runs: list[Took]) -> Took:
    """Return the median of each figure."""
    return Took(
        *(median(getattr(run, each) for run in runs) for each in ("processor", "wall", "peak")),
        runs[-1].printed,
    )


def measured(name: str, work: Work, rounds: int) -> str:
    """Return the row of a work, printing every run on its way."""
    sides = {"ours": work.ours} | ({"theirs": work.theirs} if work.theirs else {})
    runs: dict[str, list[Took]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        # In a process of its own as well: a child inherits the peak of the process that starts it.
        run_side(name, "prepare", folder)
        for _ in range(work.rounds or rounds):
            for side, mine in runs.items():
                took = run_side(name, side, folder)
                mine.append(took if side == "ours" else took.times(work.scale))
                print(f"{name:12} {side:7} {shown(mine[-1])} {took.printed}", flush=True)
    here = middle(runs["ours"])
    if not work.theirs:
        return f"| {work.title} | {shown(here)} | {work.peer} | | |"
    there = middle(runs["theirs"])
    times = "" if work.clock_alone else f"{there.processor / here.processor:.1f}"
    ours, theirs = shown(here, work.clock_alone), shown(there, work.clock_alone)
    clock = there.wall / here.wall
    return f"| {work.title} | {ours} | {work.peer}: {theirs} | {times} | {clock:.1f} |"


def shown(took: Took, clock_alone: bool = False) -> str:
    """Return what a process took in words."""
    if clock_alone:
        return f"{took.wall:,.0f} s by the clock"
    return f"{took.processor:,.2f} s ({took.wall:,.2f} s by the clock), {took.peak:,.0f} MB"


def machine() -> str:
    """Return processor, cores, and the versions of Python and of the libraries."""
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", cpuinfo.read_text() if cpuinfo.exists() else "")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in LIBRARIES)
    return (
        f"{found[1] if found else platform.machine()}, {available_cores()} cores, "
        f"{platform.system()}, Python {platform.python_version()}, {versions}"
    )


def write_rows(page: Path, rows: dict[str, str], about: str) -> None:
    """Put rows into the table of a page; the rows of other works stay."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(MARKS[0], 1)
    old, after = rest.split(MARKS[1], 1)
    lines = old.splitlines()
    kept = {line.split("|")[1].strip(): line for line in lines if line.startswith("| ")}
    every = works()
    titles = [work.title for work in every.values()]
    fresh = {every[name].title: row for name, row in rows.items()}
    table = [(kept | fresh)[title] for title in titles if title in kept | fresh]
    body = f"\n{about}.\n\n{HEADER}" + "\n".join(table) + "\n"
    page.write_text(f"{before}{MARKS[0]}\n{body}\n{MARKS[1]}{after}", encoding="utf-8")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="works; without any, all")
    parser.add_argument("--rounds", type=int, default=3, help="turns of both sides")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the table into this page")
    parser.add_argument("--side", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    every = works()
    if asked.side:
        name, side, folder = asked.side
        said = getattr(every[name], side)(Path(folder))
        print(json.dumps(said))
        return
    if unknown := set(asked.names) - set(every):
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(every)}")
    about = machine()
    print(about, flush=True)
    rows = {}
    for name in asked.names or every:
        rows[name] = measured(name, every[name], asked.rounds)
        if asked.write:
            write_rows(asked.write, rows, about)
    print("\n" + HEADER + "\n".join(rows.values()))


if __name__ == "__main__":
    main()
