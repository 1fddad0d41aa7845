"""Metric logs whose keys name the class: `val_recall_3`, picked by a pattern.

Keras's CSVLogger, Lightning's metrics.csv, Hugging Face's trainer_state.json, scalars exported
from TensorBoard: tests/fixtures has real ones. A log has a row per evaluation, mostly with blanks
for what that evaluation did not measure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers import recalls
from data_contracts.importers.described import Described, ImportOptions
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.labels import plain_label
from data_contracts.importers.read.records import Record, read_records, read_supports
from data_contracts.words import listed

SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
CONFIRMED = {
    "argmax": "an answer counts as right where its class has the highest score",
    **recalls.CONFIRMED,
}

_WORDS = {
    "recall": ("recall", "sensitivity", "accuracy", "acc", "acc,none"),  # the last: lm-eval's
    "n_samples": ("support", "images", "samples", "n_samples", "n", "total", "effective"),
    "n_correct": ("correct", "hits", "n_correct"),
}
QUANTITIES = {word: quantity for quantity, words in _WORDS.items() for word in words}
"""What the group `quantity` may read in a key, and what it is; without the group it is a recall."""

_TIME = ("epoch", "step", "Step", "global_step")
_LONG = ("tag", "value")

_Keys = Mapping[str, tuple[str, str]]
"""The keys of a row that the pattern picks: their class and their quantity."""


def read(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield the one model of a log.

    The log is wide, csv or JSON, or a long one with the columns `tag` and `value`. The pattern
    fits a whole key, with a group `class` and perhaps a group `quantity` (`QUANTITIES`). The
    setting `at` is `last`, or `epoch=3`, where several rows have such keys; `supports` a file.
    """
    pattern = _compiled(options.pattern)
    records = _wide(read_records(path))
    picked = [(row, keys) for row in records if (keys := _picked(row, pattern))]
    if not picked:
        names = list(records[0].cells)
        one_tag = "; one tag of TensorBoard: join the tags' files into columns step, tag, value"
        raise ContractError(
            f"{path}: no key with a value fits {pattern.pattern!r}; keys are "
            f"{listed(names, 8)}{one_tag * ('Wall time' in names)}"
        )
    _check_threshold(records[0], path, options.confirmed)
    row, keys = _row_at(picked, options.settings.get("at"), str(path))
    supports = read_supports(options.settings.get("supports"))
    counts, notes = recalls.counts_of_printed(
        [(name, row, columns) for name, columns in _by_class(row, keys).items()],
        row.place,
        confirmed=options.confirmed,
        supports=supports,
        between=options.between,
        remedy="leave the key out by the pattern, as with (?!NAME), or log a count and name it by "
        "a group (?P<quantity>recall|support)",
    )
    yield Evaluated(Described(), counts, row.place, notes)


def _compiled(pattern: str | None) -> re.Pattern[str]:
    if pattern is None:
        raise ContractError(
            "the format keys needs a pattern of its keys with a group for the class: say --keys "
            r"'val_recall_(?P<class>\d+)'"
        )
    try:
        found = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ContractError(
            f"--keys {pattern!r} is no regular expression ({error}): correct it"
        ) from error
    if "class" not in found.groupindex:
        raise ContractError(
            f"--keys {pattern!r} has no group (?P<class>...): it says which part of a key is the "
            "class"
        )
    for group in found.groupindex.keys() - {"class", "quantity"}:
        raise ContractError(
            f"--keys {pattern!r} has a group {group!r}: groups are class and quantity"
        )
    return found


def _wide(records: Sequence[Record]) -> list[Record]:
    """Return a long log (step, tag, value) as a row per step; others as they are."""
    if not all(name in records[0].cells for name in _LONG):
        return list(records)
    steps: dict[str, dict[str, str]] = {}
    places: dict[str, str] = {}
    for record in records:
        time = {name: record.cells[name] for name in _TIME if name in record.cells}
        moment = ", ".join(f"{name} {value}" for name, value in time.items())
        cells = steps.setdefault(moment, dict(time))
        places.setdefault(moment, f"{record.place.rpartition(', ')[0]}, {moment or 'its rows'}")
        tag = record.cells["tag"]
        if tag in cells:
            raise ContractError(
                f"{record.place}: {tag!r} is there twice at {moment or 'no step'}: keep one run"
            )
        cells[tag] = record.cells["value"]
    return [Record(places[moment], cells) for moment, cells in steps.items()]


def _picked(row: Record, pattern: re.Pattern[str]) -> _Keys:
    """Return the keys of a row that the pattern fits and whose cells hold something."""
    found = {}
    for key, text in row.cells.items():
        match = pattern.fullmatch(key)
        if match is None or not text.strip():
            continue
        word = match["quantity"] if "quantity" in pattern.groupindex else "recall"
        if word not in QUANTITIES:
            raise ContractError(
                f"{row.place}: the quantity in the key {key!r} reads {word!r}; it can be "
                f"{', '.join(QUANTITIES)}"
            )
        found[key] = plain_label(match["class"] or ""), QUANTITIES[word]
    return found


def _check_threshold(row: Record, path: Path, confirmed: frozenset[str]) -> None:
    """Refuse what may be recalls of a threshold: Keras counts a score above 0.5 as an answer."""
    names = list(row.cells)
    keras = names[0] == "epoch" and "step" not in names
    callback = any(name.startswith("epoch_") for name in names)
    if (keras or callback) and "argmax" not in confirmed:
        raise ContractError(
            f"{path} looks like a Keras log, and Keras's Recall(class_id) counts an image as right "
            "where its score passes 0.5, not where it is the highest: import predictions, log "
            "Recall(class_id=..., top_k=1), and say --confirm argmax where the log has that"
        )


def _row_at(
    picked: Sequence[tuple[Record, _Keys]], at: str | None, source: str
) -> tuple[Record, _Keys]:
    """Return the row that is meant."""
    if at == "last" or (at is None and len(picked) == 1):
        return picked[-1]
    times = [name for name in _TIME if name in picked[0][0].cells]
    known = "; ".join(
        ", ".join(f"{name}={row.cells.get(name, '')}" for name in times) or row.place
        for row, _ in picked[:5]
    )
    if at is None:
        raise ContractError(
            f"{source}: {len(picked)} rows have such keys ({known}{', ...' * (len(picked) > 5)}): "
            "choose one by --set at=last or --set at=epoch=3"
        )
    name, _, value = at.partition("=")
    fits = [
        each for each in picked if plain_label(each[0].cells.get(name, "")) == plain_label(value)
    ]
    if len(fits) != 1:
        raise ContractError(
            f"{source}: --set at={at} fits {len(fits)} of the rows with such keys ({known}): "
            "choose one"
        )
    return fits[0]


def _by_class(row: Record, keys: _Keys) -> dict[str, dict[str, str]]:
    """Return the key of each quantity of each class."""
    found: dict[str, dict[str, str]] = {}
    for key, (name, quantity) in keys.items():
        other = found.setdefault(name, {}).setdefault(quantity, key)
        if other != key:
            raise ContractError(
                f"{row.place}: {other!r} and {key!r} are both the {quantity} of class {name!r}: "
                "make the pattern narrower"
            )
    return found
