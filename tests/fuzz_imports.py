"""Import mutated files: right counts or one line of error, never a third thing.

    python tests/fuzz_imports.py [--files 10000] [--commands 100] [--seed 0]

Prints how many files were imported, how many refused, and every finding. Exit code 1 if any.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from data_contracts import RdstatsError, read_recall_table
from data_contracts.importers import Described, evaluated_models, import_files
from import_mutations import ANY, JSON, PARQUET, TEXT, known_outcomes
from import_seeds import SEEDS, Counts, Seed

ABOUT = {"study": "s", "dataset": "d", "architecture": "a", "model": "m", "ratio": "1"}
_OTHERS = {".csv": TEXT, ".json": JSON, ".jsonl": JSON, ".parquet": PARQUET}
PROCESSES = multiprocessing.get_context("forkserver")  # which imports what takes a second once
PROCESSES.set_forkserver_preload(
    ["__main__", "rd_cli.terminal", "data_contracts.importers.files", "pydantic.type_adapter"]
)
PATIENCE = 25  # seconds of a processor until a command counts as hanging, or ten times by the clock


class Case(NamedTuple):
    """A mutated file, what it came from, and what it must give.

    `expected` are the counts it must give; None where an error is as good. `allowed` are those
    that may come out, None for none; `judged` says whether that is known.
    """

    name: str
    seed: Seed
    content: bytes
    expected: Counts | None
    allowed: Counts | None
    judged: bool


def cases(number: int, seed: int) -> Iterator[Case]:
    """Yield so many mutated files; the same seed gives the same files."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    for place in range(number):
        origin = SEEDS[place % len(SEEDS)]
        mutation, outcome = chance.choice(_OTHERS.get(origin.suffix, ANY)), None
        known = known_outcomes(origin)
        if known and chance.random() < 0.4:
            mutation, outcome = chance.choice(known)
        content = mutation(origin.content, chance)
        expected = origin.counts if outcome == "same" else None
        judged = outcome is not None or origin.reference is not None
        allowed = None if outcome in (None, "refused") else origin.counts
        if outcome is None and origin.reference is not None:
            allowed = origin.reference(content)
        name = f"case {place}: {origin.format}{origin.suffix} {mutation.__name__}"
        yield Case(name, origin, content, expected, allowed, judged)


def finding(case: Case, folder: Path) -> str | None:
    """Import a file in this process; return what is wrong with the outcome, or None."""
    begun = time.process_time()
    found = _finding(case, folder)
    took = time.process_time() - begun
    return found or (f"{case.name}: it took {took:.0f} s" if took > PATIENCE / 5 else None)


def _finding(case: Case, folder: Path) -> str | None:
    path = folder / f"mutated{case.seed.suffix}"
    path.write_bytes(case.content)
    options = replace(case.seed.options, described=Described.from_text(ABOUT, "the options"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            table = import_files(case.seed.format, [path], options=options)
            evaluated_models(case.seed.format, path, options)  # keeps ids, as `check` needs them
    except RdstatsError as error:
        text = str(error)
        if case.expected is not None:
            return f"{case.name}: harmless, but refused: {text}"
        if "\n" in text or path.name not in text:
            return f"{case.name}: the error is not one line that names the file: {text!r}"
        return None
    except Exception as error:  # that is what is looked for
        return f"{case.name}: {type(error).__name__}: {error}"
    return _other_counts(case, table)


def _other_counts(case: Case, table: pa.Table) -> str | None:
    rows = zip(
        *(table[n].to_pylist() for n in ("class_name", "n_samples", "n_correct")), strict=True
    )
    found = {name: (samples, correct) for name, samples, correct in rows}
    if case.judged and found != case.allowed:
        return f"{case.name}: counted {found}, but it holds {case.allowed}"
    return None


def _command(words: list[str], said: Path) -> None:
    """Run the command in this process, which is its own, and write what it prints to two files."""
    from rd_cli.stats.app import main

    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(said / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), stream)
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
    sys.argv = ["rdstats", *words]
    main()


def finding_of_command(case: Case, said: Path) -> str | None:
    """Import a file through the command; return what is wrong with the outcome, or None."""
    folder = said / "case"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path, out = folder / f"[red]mutated\x1b[31m{case.seed.suffix}", folder / "recall.parquet"
    path.write_bytes(case.content)
    over_itself = path.suffix == ".parquet" and len(case.content) % 2 == 0
    if over_itself:
        out.symlink_to(path)
    about = [word for name, value in ABOUT.items() for word in (f"--{name}", value)]
    words = ["import", case.seed.format, str(path), *about, *case.seed.words, "--out", str(out)]
    process = PROCESSES.Process(target=_command, args=(words, said))
    process.start()
    process.join(10 * PATIENCE)
    if process.is_alive() or process.exitcode == -signal.SIGXCPU:
        process.kill()
        return f"{case.name}: the command hangs"
    printed, text = (said / "out").read_text(), (said / "err").read_text()
    left = {each.name for each in folder.iterdir()}
    if path.read_bytes() != case.content:
        return f"{case.name}: the input is overwritten"
    if "\x1b" in text + printed:
        return f"{case.name}: a name reaches the terminal raw"
    if process.exitcode == 0 and not over_itself:
        wrong = _other_counts(case, read_recall_table(out))
        return wrong or (None if left == {path.name, out.name} else f"{case.name}: left {left}")
    if process.exitcode != 1 or text.count("\n") != 1 or "a fault of ours" in text:
        return f"{case.name}: exit {process.exitcode}, {text!r}"
    before = {path.name, out.name} if over_itself else {path.name}
    return None if left == before else f"{case.name}: half-written: {left}"


def findings(files: int, commands: int, seed: int = 0) -> list[str]:
    """Return everything that is wrong over so many files in process and through the command."""
    with tempfile.TemporaryDirectory() as folder:
        found = [finding(case, Path(folder)) for case in cases(files, seed)]
    with tempfile.TemporaryDirectory() as folder:
        found += [finding_of_command(case, Path(folder)) for case in cases(commands, seed + 1)]
    return [each for each in found if each is not None]


def main() -> None:
    """Fuzz, print what was found, leave with 1 if anything was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--commands", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    found = findings(asked.files, asked.commands, asked.seed)
    for each in found:
        print(each)
    kinds = Counter(case.name.split(" ", 3)[3] for case in cases(asked.files, asked.seed))
    print(f"{asked.files:,} files in process: {dict(sorted(kinds.items()))}")
    print(f"{asked.commands:,} files through the command; findings: {len(found)}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
