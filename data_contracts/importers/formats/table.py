"""Any tidy table with a row per class: csv, Parquet or JSON, with a map of its columns.

fairlearn's `MetricFrame.by_group`, a W&B table, caret's `byClass`, metrics that TensorFlow Model
Analysis dumped, a group-by of pandas, torchmetrics' stat scores: tests/fixtures has real ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers.described import DESCRIBED_COLUMNS, Described, ImportOptions
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.read.record import Record
from data_contracts.importers.read.records import SUFFIXES as SUFFIXES
from data_contracts.importers.read.records import read_records, read_supports
from data_contracts.importers.recalls import CONFIRMED as CONFIRMED
from data_contracts.importers.recalls import counts_of_printed

QUANTITIES = (
    "n_samples",
    "n_correct",
    "recall",
    "precision",
    "n_predicted",
    "n_both_correct",
    "true_positives",
    "false_negatives",
    "false_positives",
)
"""What a table may say of a class, beside its label in `class`."""

_CARET = {"class": "", "recall": "Sensitivity", "precision": "Pos Pred Value"}


def read(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield every model of a table: rows that say the same of their model are its classes.

    A column that has our name needs no `columns`. The setting `supports` is a file with test
    samples per class, where the table has only recalls.
    """
    caret = options.preset == "caret"
    wanted = {**(_CARET if caret else {}), **options.columns}
    names = ("class", *QUANTITIES, *DESCRIBED_COLUMNS)
    for ours in wanted:
        if ours not in names:
            raise ContractError(f"--column {ours}=...: columns of ours are {', '.join(names)}")
    theirs = {*wanted.values(), *(name for name in names if name not in wanted)} - {""}
    records = read_records(path, theirs)
    columns = _columns(records, wanted, names, str(path))
    supports = read_supports(options.settings.get("supports"))
    for about, rows in _models(records, columns).items():
        place = f"{path} ({', '.join(f'{name} {text}' for name, text in about)})"
        source = place if about else str(path)
        labels = [row.cells.get(columns["class"], "") for row in rows]
        if caret:
            labels = [label.removeprefix("Class: ") for label in labels]
        counts, notes = counts_of_printed(
            [(label, row, columns) for label, row in zip(labels, rows, strict=True)],
            source,
            confirmed=options.confirmed,
            supports=supports,
            remedy="say --column n_samples=NAME",
        )
        yield Evaluated(Described.from_text(dict(about), source), counts, source, notes)


def _columns(
    records: Sequence[Record], wanted: Mapping[str, str], names: Sequence[str], source: str
) -> dict[str, str]:
    """Return ours to theirs for every column that the table has."""
    there = list(dict.fromkeys(name for record in records for name in record.cells))
    known = ", ".join(map(repr, there))
    for ours, theirs in wanted.items():
        if theirs not in there:
            raise ContractError(f"{source} has no column {theirs!r} for {ours}; it has {known}")
    columns = {**{name: name for name in names if name in there}, **wanted}
    if "class" not in columns:
        raise ContractError(
            f"{source} has no column 'class': say --column class=NAME; it has {known}"
        )
    if not {"recall", "n_correct", "true_positives"} & columns.keys():
        raise ContractError(
            f"{source} has none of the columns n_correct, true_positives and recall: say --column "
            f"recall=NAME; it has {known}"
        )
    return columns


def _models(
    records: Sequence[Record], columns: Mapping[str, str]
) -> dict[tuple[tuple[str, str], ...], list[Record]]:
    """Return the rows of each model, by what they say of it."""
    found: dict[tuple[tuple[str, str], ...], list[Record]] = {}
    known = [name for name in DESCRIBED_COLUMNS if name in columns]
    for record in records:
        said = {name: record.cells.get(columns[name], "").strip() for name in known}
        about = tuple((name, text) for name, text in said.items() if text)
        found.setdefault(about, []).append(record)
    return found
