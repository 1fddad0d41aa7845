"""lm-eval's samples_TASK_DATE.jsonl: a line per question and filter (`--log_samples`).

As EleutherAI's lm-evaluation-harness 0.4 writes them (`evaluator.py`, `evaluation_tracker.py`).
Questions are joined by `doc_hash`; where `prompt_hash` differs the models were asked otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data_contracts.errors import ContractError
from data_contracts.importers import graded
from data_contracts.importers.described import ImportOptions
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.graded import Graded, chosen, graded_model
from data_contracts.importers.read.containers import opened, with_packed
from data_contracts.importers.read.records import logged_json
from data_contracts.importers.read.text import whole_lines
from data_contracts.words import listed

SUFFIXES = with_packed(".jsonl")
CONFIRMED = graded.CONFIRMED
FILES = "samples_*.jsonl*"

_DATE = r"_\d{4}-\d\d-\d\dT[\d.:-]+"
_NAMED = re.compile(rf"samples_(.+?)(?:{_DATE})?\.jsonl.*")
_KNOWN = frozenset(
    ("doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics")
)
_FIELDS = ("doc_id", "doc", "target")


def recognises(path: Path) -> bool:
    """Return whether a file or folder is lm-eval's."""
    if path.is_dir():
        return next(path.rglob(FILES), None) is not None
    try:
        with opened(path) as stream:
            line = stream.readline(1 << 22)
    except ContractError:
        return False
    return b'"doc_hash"' in line and b'"filtered_resps"' in line


def read(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield the one model of a file, or of a folder with a file per task."""
    files = graded.files_in(path, FILES)
    tasks = [_task(file) for file in files]
    again = next((task for task in tasks if tasks.count(task) > 1), None)
    if again is not None:
        both = [file.name for file, task in zip(files, tasks, strict=True) if task == again]
        raise ContractError(
            f"{path} has {listed(both)}, all of the task {again}: leave one evaluation in the "
            "folder, or name its files"
        )
    rows = (row for each in zip(files, tasks, strict=True) for row in _rows(*each, options))
    yield graded_model(rows, str(path), options)


def _task(path: Path) -> str:
    named = _NAMED.fullmatch(path.name)
    return named[1] if named else "all"


def _rows(file: Path, task: str, options: ImportOptions) -> Iterator[Graded]:
    """Yield the lines of one file that are of the filter."""
    filters = list(dict.fromkeys(_filter(line) for _, line in _lines(file)))
    kept = chosen("filter", filters, str(file), options)
    for place, line in _lines(file):
        if _filter(line) != kept:
            continue
        metric = chosen("metric", _metrics(line), place, options)
        fields = {name: value for name, value in line.items() if name in _FIELDS}
        asked = line.get("prompt_hash")
        asked = asked if asked is None else str(asked)
        yield Graded(place, task, line["doc_hash"], metric, line[metric], fields, asked)


def _filter(line: dict[str, Any]) -> str:
    return str(line.get("filter", "none"))


def _metrics(line: dict[str, Any]) -> list[str]:
    """Return the names of a line's metrics; older files do not list them."""
    named = line.get("metrics")
    if isinstance(named, list):
        return [name for name in named if isinstance(name, str) and name in line]
    return [name for name in line if name not in _KNOWN and not name.endswith("_hash")]


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with opened(path) as stream:
        for number, text in enumerate(whole_lines(stream, path), start=1):
            place = f"{path}, line {number}"
            if not text.strip():
                continue
            line = logged_json(text, place)
            if not isinstance(line, dict) or not isinstance(line.get("doc_hash"), str):
                raise ContractError(
                    f"{place}: there is no doc_hash; is this a samples_*.jsonl of lm-eval "
                    "(--log_samples)?"
                )
            yield place, line
