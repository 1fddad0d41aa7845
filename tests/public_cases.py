"""Run `rdstats` on evaluation files that people published, case by case, and say what came out.

    python tests/public_cases.py FOLDER [TABLE]

FOLDER holds a folder per case: its files, and a CASE.md that says what is right (`**Right.**`) and
which commands to type (a console block; `MORE` has others). The files are other people's and not
kept here; what `rdstats` answered is, in public_cases.csv, and whether that was right, judged by
reading; `before` is the beginning of what commit f9b0ddc answered, before these files were read.
Without TABLE the answers are held against it, and the exit status is 1 where one differs; with
TABLE they are written there, to be judged. A PYTHONPATH of another commit shows what that answers.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from rd_cli.stats.app import main as run_rdstats

KEPT = Path(__file__).with_suffix(".csv")

MORE = {
    "07-probabilities-by-class": [
        "check cpu.csv jetson.csv --column y_true=true_label --margin 0.4",
    ],
    "32-yolo-per-class-recall": [
        "check classes.csv classes.csv --format table --column class=class_name "
        "--column n_samples=instances",
    ],
    "37-json-lines-predictions": [
        "check before.jsonl after.jsonl --margin 0.4",
        "check samples.jsonl samples.jsonl --margin 0.4",
        "check list.json list.json --margin 0.4",
    ],
}
"""Commands beside those of CASE.md: margins that classes of 14 samples can be tested against, and
classes.csv, which is m.csv without its row ALL."""


def answers(case: Path) -> Iterator[tuple[str, str]]:
    """Yield each command of a case and what it answered, in a line."""
    block = re.search(r"```console\n(.*?)```", (case / "CASE.md").read_text(), re.DOTALL)
    commands = re.findall(r"^\$ rdstats (.*)$", block[1] if block else "", re.MULTILINE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(shutil.copytree(case, name, dirs_exist_ok=True))
        if case.name in MORE and (folder / "m.csv").exists():
            lines = (folder / "m.csv").read_text().splitlines()
            classes = "\n".join(line for line in lines if ",ALL," not in line)
            (folder / "classes.csv").write_text(classes)
        for command in (*commands, *MORE.get(case.name, ())):
            arguments = shlex.split(command)
            out = folder / "answer.json"
            if arguments[0] == "check":
                arguments += ["--out", str(out)]
            told = _run(arguments, folder)
            if out.exists():
                yield command, _counts(json.loads(out.read_text()))
                out.unlink()
            else:
                yield command, next((line for line in told if "error: " in line), told[0])


def _run(arguments: list[str], folder: Path) -> list[str]:
    """Return the lines that a command writes; it is forked, which saves two seconds of imports."""
    with tempfile.TemporaryFile("w+") as written:
        child = os.fork()
        if child == 0:
            os.dup2(written.fileno(), 1)
            os.dup2(written.fileno(), 2)
            os.chdir(folder)
            sys.stdout, sys.stderr = open(1, "w"), open(2, "w")  # noqa: SIM115
            sys.argv = ["rdstats", *arguments]
            try:
                run_rdstats()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(0)
        os.waitpid(child, 0)
        written.seek(0)
        return written.read().splitlines() or ["nothing"]


def _counts(found: dict[str, Any]) -> str:
    """Return the counts of a verdict: "gate fail; miner 34 -> 11 of 38 harmed, ..."."""
    overall, rows = found["overall"], found["classes"]
    told = [
        f"{row['class_name'] or row['class_index']} {_right(row, 'before')} -> "
        f"{_right(row, 'after')} of {row['n_samples']} {row['verdict']}"
        for row in rows
    ]
    more = [f"{len(told) - 6} more"] * (len(told) > 6)
    return f"gate {overall['gate']}; {', '.join([*told[:6], *more])}"


def _right(row: dict[str, Any], when: str) -> int:
    recall, samples = row[f"recall_{when}"], row["n_samples"]
    return round(float(recall) * int(samples))


def main(folder: Path, table: Path | None = None) -> int:
    """Print the answers to every command; return 1 where one differs from what is kept."""
    os.environ |= {"NO_COLOR": "1", "COLUMNS": "1000"}
    import rdstats.pairs.page  # noqa: F401 - forked commands need not load it

    rows = [
        {"case": case.parent.name, "command": command, "answer": answer}
        for case in sorted(folder.glob("*/CASE.md"))
        for command, answer in answers(case.parent)
    ]
    if table is not None:
        pd.DataFrame(rows).to_csv(table, index=False)
        return 0
    kept = {(row["case"], row["command"]): row for row in pd.read_csv(KEPT).to_dict("records")}
    differ = 0
    for row in rows:
        known = kept.get((row["case"], row["command"]), {})
        same = known.get("answer") == row["answer"]
        differ += not same
        judged = known["judged"] if same else "DIFFERS"
        print(f"{row['case']} [{judged}] rdstats {row['command']}\n    {row['answer']}")
    print(f"{len(rows)} commands, {differ} answered otherwise than {KEPT.name} keeps")
    return int(differ > 0)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:3])))
