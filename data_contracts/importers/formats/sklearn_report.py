"""scikit-learn's classification_report: as a dict in JSON, as a data frame in csv, as text.

Checked against real reports of scikit-learn 1.9 (tests/fixtures/scikit-learn). What is known of
the format: supports are floats in a dict and whole numbers in text; `accuracy` is one number (in a
data frame four times the same); `micro avg` stands in its place where `labels` left classes out
or an image may have several labels; `avg / total` is what releases before 0.20 print.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data_contracts.errors import ContractError
from data_contracts.importers import recalls
from data_contracts.importers.described import Described, ImportOptions
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.formats.columns import PRINTED_REPORT
from data_contracts.importers.read.containers import suffix_of, with_packed
from data_contracts.importers.read.records import JSON, Record, parsed_json, read_records
from data_contracts.importers.read.text import read_text
from data_contracts.words import listed

SUFFIXES = with_packed(".json", ".csv", ".tsv", ".txt")
CONFIRMED = {
    "subset": "the report leaves classes out, and so will the table",
    "unrounded": recalls.CONFIRMED["unrounded"],
}

_AVERAGES = ("accuracy", "micro avg", "macro avg", "weighted avg", "samples avg", "avg / total")
_COLUMNS = ("precision", "recall", "f1-score", "support")
_CLASS = {"n_samples": "support", "recall": "recall", "precision": "precision", "f1": "f1-score"}
_NUMBER = re.compile(r"[\d.eE+-]{1,30}|nan", re.IGNORECASE | re.ASCII)


_Rows = Iterator[tuple[str, Record]]
"""The rows of a report, in whatever form: the name of a class or an average, and its numbers."""


def read(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield the one model of a report, whose counts must not contradict its accuracy.

    It is .json (`output_dict=True`, or a data frame's `to_json`), .csv or .tsv (a data frame of
    it, either way round), or text.
    """
    suffix = suffix_of(path)
    if suffix in JSON:
        report = _of_json(parsed_json(read_text(path), str(path)), str(path))
    elif suffix in (".csv", ".tsv"):
        report = _of_frame(read_records(path), str(path))
    else:
        report = _of_text(read_text(path), str(path))
    averages: dict[str, Record] = {}
    classes, others = [], []
    for name, row in report:
        average = name.strip() in _AVERAGES
        for column in ("precision", "recall") if average else ("precision", "recall", "support"):
            if column not in row.cells:
                raise ContractError(f"{row.place}: there is no {column!r}")
        if average:
            averages[name.strip()] = row
        else:
            row.count("support")  # refuses an empty cell
            classes.append((name, row, _CLASS))
        others += [row.cells[column] for column in _COLUMNS[:3] if column in row.cells]
    if not classes:
        raise ContractError(f"{path} holds no class of a classification_report")
    left_out = _left_out(averages, len(classes), "subset" in options.confirmed)
    # Whatever it is called: a report has rows of its own for averages.
    confirmed = {*options.confirmed, "classes"}
    accuracy = averages.get("accuracy")
    counts, notes = recalls.counts_of_printed(
        classes,
        str(path),
        confirmed=confirmed,
        others=others,
        accuracy=None if accuracy is None else accuracy.cells["recall"],
        between=options.between,
    )
    _check_supports(averages, int(counts.n_samples.sum()), "subset" in options.confirmed)
    correct, samples = int(counts.n_correct.sum()), int(counts.n_samples.sum())
    if accuracy is not None and counts.between is None:
        told = accuracy.cells["recall"]
        if not recalls.agrees(correct, samples, told):
            raise ContractError(
                f"{accuracy.place}: accuracy is {told}, but the classes have {correct:,} right of "
                f"{samples:,} ({correct / samples:.6g}): is a class missing?"
            )
    yield Evaluated(Described(), counts, str(path), left_out + notes)


def _of_text(text: str, source: str) -> _Rows:
    """Yield a printed report; names may hold blanks and digits, so numbers are read from the end.

    What stands before the header (logs print more than reports) is passed over, on its line, too;
    where further lines begin as the header does but for digits, a logger wrote that.
    """
    lines = text.splitlines()
    found = [PRINTED_REPORT.fullmatch(line) for line in lines]
    headers = [number for number, match in enumerate(found, start=1) if match]
    if not headers:
        raise ContractError(
            f"{source} holds no line `precision recall f1-score support`: is it a report's text?"
        )
    if len(headers) > 1:
        raise ContractError(
            f"{source}, line {headers[1]}: a second report begins: one file holds one report"
        )
    before_header = next(match[1] for match in found if match)
    averages, logger = False, re.sub(r"\d", "0", before_header)
    for number, logged in enumerate(lines[headers[0] :], start=headers[0] + 1):
        begin, end = logged[: len(before_header)], logged[len(before_header) :]
        line = end if re.sub(r"\d", "0", begin) == logger else logged
        place = f"{source}, line {number}"
        if not line.strip():
            continue
        *before, support = line.split()
        *name, precision, recall, score = (
            line.rsplit(None, 4)[:-1] if len(before) > 2 else ("",) * 3
        )
        if before[:1] == ["accuracy"] and len(before) == 2:
            averages = True
            cells = dict.fromkeys(_COLUMNS[:3], before[1]) | {"support": support}
            yield "accuracy", Record(place, cells)
        elif all(map(_NUMBER.fullmatch, (precision, recall, score, support))):
            numbers = dict(zip(_COLUMNS, (precision, recall, score, support), strict=True))
            label = name[0].strip() if name else ""
            averages = averages or label in _AVERAGES
            yield label, Record(place, numbers)
        elif averages:
            break  # what stands behind the report
        else:
            raise ContractError(
                f"{place}: {line.strip()[:60]!r} is no name with four numbers: is the report whole?"
            )
    if not averages:
        raise ContractError(f"{source}: the averages at the end are missing: is it cut off?")


def _of_frame(rows: list[Record], source: str) -> _Rows:
    """Yield a report from a data frame: a row per class, or a column per class."""
    names = list(rows[0].cells) if rows else []
    if {"recall", "support"} <= set(names):
        others = [name for name in names if name not in _COLUMNS]
        running = [str(number) for number in range(len(rows))]
        if len(others) > 1 and [row.cells[names[0]].strip() for row in rows] == running:
            raise ContractError(
                f"{source}: its first column counts the rows, and {listed(others[1:])} may name "
                "the classes: write the frame without its index, the classes' names first"
            )
        for row in rows:
            yield row.cells[names[0]], row
    elif {"recall", "support"} <= {row.cells[names[0]].strip() for row in rows if names}:
        by_column = {row.cells[names[0]].strip(): row for row in rows}
        for name in names[1:]:
            cells = {column: row.cells[name] for column, row in by_column.items()}
            yield name, Record(f"{source}, column {name!r}", cells)
    else:
        raise ContractError(
            f"{source} names neither its columns nor its rows precision, recall, f1-score and "
            "support: write pandas.DataFrame(report).T.to_csv(...)"
        )


def _reports_in(value: Any) -> Iterator[Any]:
    """Yield the reports in a JSON value, at any depth: dicts, and printed ones as text."""
    if isinstance(value, str):
        if any(map(PRINTED_REPORT.fullmatch, value.splitlines())):
            yield value
    elif isinstance(value, dict):
        rows = [each for each in value.values() if isinstance(each, dict)]
        if {"precision", "recall"} <= value.keys() or any(
            {"recall", "support"} <= r.keys() for r in rows
        ):
            yield value
        else:
            for inner in value.values():
                yield from _reports_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _reports_in(inner)


def _of_json(value: Any, source: str) -> _Rows:
    """Yield a report from its dict, or from `to_json` of its data frame, either way round.

    It may be nested in an object, and be the printed text of a report there.
    """
    found = list(_reports_in(value))
    if len(found) > 1:
        raise ContractError(f"{source} holds {len(found)} reports: keep the one that is meant")
    value = found[0] if found else value
    if isinstance(value, str):
        yield from _of_text(value, source)
        return
    if isinstance(value, dict) and all(isinstance(value.get(name), dict) for name in _COLUMNS):
        names = dict.fromkeys(name for column in _COLUMNS for name in value[column])
        value = {name: {column: value[column].get(name) for column in _COLUMNS} for name in names}
    for name, row in value.items() if isinstance(value, dict) else ():
        place = f"{source}, key {name!r}"
        if name == "accuracy" and isinstance(row, str):
            row = dict.fromkeys(_COLUMNS[:3], row)
        if not isinstance(row, dict) or not all(isinstance(row.get(c), str) for c in _COLUMNS[:3]):
            raise ContractError(
                f"{place}: it is no object of precision, recall, f1-score and support: is this "
                "classification_report(..., output_dict=True)?"
            )
        cells = {column: str(row[column]) for column in _COLUMNS if column in row}
        yield str(name), Record(place, cells)


def _check_supports(averages: Mapping[str, Record], samples: int, subset: bool) -> None:
    """Refuse averages over other samples than those of the classes: one is missing, or swallowed.

    A class that is called `micro avg` or `accuracy` reads as an average.
    """
    for name, row in averages.items():
        support = row.cells.get("support", "")
        # A data frame of the report has the accuracy four times, in the place of the support, too.
        if subset or not support or (name == "accuracy" and support == row.cells["recall"]):
            continue
        if row.count("support") != samples:
            raise ContractError(
                f"{row.place}: `{name}` is of {row.count('support'):,} samples, but the classes "
                f"have {samples:,}: is a class missing, or called as an average is? If the report "
                "leaves classes out on purpose, say --confirm subset"
            )


def _left_out(averages: Mapping[str, Record], classes: int, subset: bool) -> tuple[str, ...]:
    """Return a note on classes that may be left out; refuse them, and several labels per image."""
    if "samples avg" in averages:
        raise ContractError(
            f"{averages['samples avg'].place}: `samples avg` says that an image may have several "
            "labels; the recall table is about one answer per image"
        )
    micro = averages.get("micro avg")
    if micro is None:
        return ()
    precision, recall = micro.cells["precision"], micro.cells["recall"]
    if precision != recall and not subset:
        raise ContractError(
            f"{micro.place}: `micro avg` has precision {precision} and recall {recall}: `labels` "
            "left classes out, and accuracy and balances would be those of the "
            f"{classes} that are there; make the report of all classes, or say "
            "--confirm subset"
        )
    return (
        f"{micro.place}: `micro avg` in the place of accuracy: the table has the "
        f"{classes} classes that the report names, and accuracy is theirs",
    )
