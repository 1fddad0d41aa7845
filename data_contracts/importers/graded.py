"""Samples that were only graded right or wrong, as evaluations of language models log them.

The group of a sample is its task; there is no true class, and what was answered is not compared.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described, ImportOptions
from data_contracts.importers.evaluated import (
    Answers,
    ClassCounts,
    Evaluated,
    IdPlace,
    SampleColumn,
    Samples,
)
from data_contracts.importers.labels import hashed_ids, in_class_order, text_of
from data_contracts.words import listed

CONFIRMED: Final = {
    "partial": "scores between 0 and 1 are not right",
    "unscored": "samples without a score are not right",
}
_HEARD: Final = 1000  # rows


@dataclass(frozen=True)
class Graded:
    """One sample as it was graded."""

    place: str  # `FILE, line 7`
    task: str
    id: str  # the same in every file; a task may have it several times, then the order tells
    metric: str
    score: Any  # as it stands in the file
    fields: Mapping[str, Any]  # what groups and clusters may be named by, nested
    asked: str | None = None  # tells what was asked; None where the file does not say


def graded_model(
    rows: Iterable[Graded], source: str, options: ImportOptions, described: Described | None = None
) -> Evaluated:
    """Return the counts of one model, by task, and which samples it got right.

    Its samples are joined with another file's by task and id.

    Raises:
        ContractError: There are no samples, a score is neither right nor wrong, or a column that
            is asked for is not there.
    """
    tasks: list[str] = []
    ids: list[str] = []
    asked: list[str] = []
    places: list[str] = []
    right: list[bool] = []
    times: Counter[tuple[str, str]] = Counter()
    columns: dict[str, list[str]] = {name: [] for name in options.sample_columns}
    for number, row in enumerate(rows, start=1):
        times[row.task, row.id] += 1
        tasks.append(row.task)
        ids.append(f"{row.id} of {row.task}, {times[row.task, row.id]}")
        places.append(row.place)
        right.append(is_right(row, options))
        asked += [] if row.asked is None else [row.asked]
        for name, texts in columns.items():
            texts.append(_value(row, name))
        if options.heard is not None and number % _HEARD == 0:
            options.heard(number)
    if not tasks:
        raise ContractError(f"{source} holds no samples: is it cut off?")
    if asked and len(asked) < len(tasks):
        raise ContractError(f"{source} says of some samples what was asked, of others not")
    names = tuple(in_class_order(set(tasks)))
    position = {name: place for place, name in enumerate(names)}
    truth = np.array([position[task] for task in tasks], dtype=np.min_scalar_type(len(names)))
    is_correct = np.array(right)
    there, correct = (
        np.bincount(each, minlength=len(names)) for each in (truth, truth[is_correct])
    )
    try:
        counts = ClassCounts(names, there, correct)
    except ContractError as error:
        raise ContractError(f"{source}: {error}") from error
    answers = None
    if options.paired:
        numbers = hashed_ids(ids)

        def find(number: int) -> list[IdPlace]:
            found = np.flatnonzero(numbers == np.uint64(number))[:2]
            return [IdPlace("the sample", ids[row], places[row]) for row in found]

        samples = Samples(
            names,
            truth,
            numbers,
            {name: _column(texts) for name, texts in columns.items()},
            hashed_ids(asked) if asked else None,
            ("task",),
        )
        answers = Answers(samples, np.packbits(is_correct), find)
    return Evaluated(described or Described(), counts, source, (), answers)


def _column(texts: Sequence[str]) -> SampleColumn:
    known = {text: code for code, text in enumerate(dict.fromkeys(texts))}
    return SampleColumn(np.array([known[text] for text in texts]), tuple(known))


def is_right(row: Graded, options: ImportOptions) -> bool:
    """Return whether a sample counts as right: a full score, and nothing else."""
    score, metric = row.score, row.metric
    number: float | None = math.nan
    if score is not None:
        try:
            number = float(score)
        except (TypeError, ValueError, OverflowError):
            number = None
    if number is not None and math.isnan(number):
        if "unscored" in options.confirmed:
            return False
        raise ContractError(
            f"{row.place}: {metric} is {score!r}, so the sample was not scored; --confirm unscored "
            "counts it as not right"
        )
    if number is None or not 0 <= number <= 1:
        shown = json.dumps(score, default=str)[:40]
        raise ContractError(
            f"{row.place}: {metric} is {shown}, neither right (1) nor wrong (0): choose another "
            "with --set metric=NAME"
        )
    if 0 < number < 1 and "partial" not in options.confirmed:
        raise ContractError(
            f"{row.place}: {metric} is {score}, between wrong (0) and right (1): choose another "
            "with --set metric=NAME, or say --confirm partial to count only full scores as right"
        )
    return number == 1


def chosen(kind: str, there: Sequence[str], source: str, options: ImportOptions) -> str:
    """Return the filter, metric or epoch that is meant: the only one, or that of `--set`.

    Raises:
        ContractError: It is not there, or there are several and none is named.
    """
    name = options.settings.get(kind)
    if name is None and len(there) == 1:
        return there[0]
    for each in [] if name is None else name.split(","):  # metrics may differ by task
        if each in there:
            return each
    if not there:
        raise ContractError(f"{source} has no {kind}: is it a log of an evaluation?")
    if name is not None:
        raise ContractError(f"{source} has no {kind} {name!r}, only {listed(there, 8)}")
    raise ContractError(
        f"{source} has more than one {kind}, {listed(there, 8)}: say which with "
        f"--set {kind}={there[0]}"
    )


def digest_of(value: object) -> str:
    """Return what tells one question, or prompt, from others: a hash of it as JSON."""
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()


def files_in(path: Path, pattern: str) -> list[Path]:
    """Return a file, or those below a folder that fit a pattern."""
    if not path.is_dir():
        return [path]
    found = sorted(path.rglob(pattern))
    if not found:
        raise ContractError(f"{path} holds no file {pattern}: is it the right folder?")
    return found


def _value(row: Graded, name: str) -> str:
    """Return a field as text: `task`, or one of the record by its path, as doc.subject."""
    found: Any = {"task": row.task, **row.fields}
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, str | int | float) and found != "":
        return text_of(found)
    there = [each for each, value in _scalars(row.fields) if len(text_of(value)) < 60]
    near = [each for each in there if each.rpartition(".")[2] == name.rpartition(".")[2]]
    raise ContractError(
        f"{row.place} has no single value {name!r}; it has {listed(near or ['task', *there], 8)}"
    )


def _scalars(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _scalars(inner, f"{before}{name}.")
        elif isinstance(inner, str | int | float):
            yield f"{before}{name}", inner
