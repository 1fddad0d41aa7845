"""Any tidy table with a row per class: csv, Parquet or JSON, with a map of its columns.

fairlearn's `MetricFrame.by_group`, a W&B table, caret's `byClass`, metrics that TensorFlow Model
Analysis dumped, a group-by of pandas, torchmetrics' stat scores: tests/fixtures has real ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers.described import DESCRIBED_COLUMNS, Described, ImportOptions
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.names import CLASS_ALIASES
from data_contracts.importers.read.records import SUFFIXES as SUFFIXES
from data_contracts.importers.read.records import Record, read_records, read_supports
from data_contracts.importers.recalls import CONFIRMED as CONFIRMED
from data_contracts.importers.recalls import counts_of_printed
from data_contracts.words import listed

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

    A column that has our name, or one of `CLASS_ALIASES`, needs no `columns`. The setting
    `supports` is a file with test samples per class, where the table has only recalls.
    """
    caret = options.preset == "caret"
    wanted = {**(_CARET if caret else {}), **options.columns}
    names = ("class", *QUANTITIES, *DESCRIBED_COLUMNS)
    for ours in wanted:
        if ours not in names:
            raise ContractError(f"--column {ours}=...: columns of ours are {', '.join(names)}")
    others = {name for name in (*names, *chain(*CLASS_ALIASES.values())) if name not in wanted}
    records = read_records(path, {*wanted.values(), *others} - {""})
    supports = read_supports(options.settings.get("supports"))
    columns = _columns(records, replace(options, columns=wanted), supports, str(path))
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
            between=options.between,
            remedy="say --column n_samples=NAME",
        )
        described = Described.from_columns(dict(about), columns, source)
        yield Evaluated(described, counts, source, notes)


def _columns(
    records: Sequence[Record], options: ImportOptions, supports: Mapping[str, int], source: str
) -> dict[str, str]:
    """Return ours to theirs for every column that the table has; all that is missing in one go."""
    there = list(dict.fromkeys(name for record in records for name in record.cells))
    known = ", ".join(map(repr, there))
    columns = {}
    for ours, theirs in options.columns.items():
        if theirs in there:
            columns[ours] = theirs
        elif theirs:
            raise ContractError(f"{source} has no column {theirs!r} for {ours}; it has {known}")
    for ours in ("class", *QUANTITIES, *DESCRIBED_COLUMNS):
        meant = options.columns_meant(ours, there, CLASS_ALIASES.get(ours, ()))
        if len(meant) > 1 and ours != "class":
            raise ContractError(
                f"{source} has columns {listed(meant)}, and each could be {ours}: say which with "
                f"--column {ours}={meant[0]!r}"
            )
        if meant and ours not in columns:
            columns[ours] = meant[0]
    if "class" not in columns and there[0] in ("", "index"):  # of a frame whose index names them
        running = [str(number) for number in range(len(records))]
        if [record.cells.get(there[0]) for record in records] != running:
            columns["class"] = there[0]
    counted = {"true_positives", "false_negatives"} <= columns.keys()
    missing = {
        "class": "class" in columns,
        "recall (or n_correct, or true_positives)": bool(
            {"recall", "n_correct", "true_positives"} & columns.keys()
        ),
        "n_samples": "n_samples" in columns or counted or bool(supports),
    }
    lacking = [name for name, is_there in missing.items() if not is_there]
    if lacking:
        says = " ".join(f"--column {name.split()[0]}=NAME" for name in lacking)
        file = " or --set supports=FILE" * ("n_samples" in lacking)
        raise ContractError(
            f"{source} has no column {' and no '.join(lacking)}: say {says}{file}; it has {known}"
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
