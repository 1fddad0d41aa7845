"""Files of predictions or counts as one small recall table: what `check` reads."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers import IMPORTERS, Described, Evaluated, ImportOptions, recall_table_of
from data_contracts.importers.counts import ClassCounts
from data_contracts.importers.in_memory import About
from data_contracts.importers.pairing import paired_with_baselines
from data_contracts.words import counted

log = logging.getLogger(__name__)

# A pair needs no names to be judged; these stand in its table.
NAMES: Final[About] = {
    "study": "check",
    "dataset": "test set",
    "architecture": "model",
    "model": "pair",
    "method": "after",
    "ratio": 1.0,
    "stage": "finetuned",
    "split": "test",
}
_AFTER: Final = Described(**NAMES)
_BEFORE: Final = replace(_AFTER, method="none", stage="baseline")


def read_pair(
    before: Path,
    after: Path | None,
    *,
    format_name: str = "predictions",
    options: ImportOptions | None = None,
    matched: bool = True,
) -> pa.Table:
    """Return files of any importable format as a recall table of two evaluated models.

    Prediction files are matched image by image: by their ids where both have them, else by the
    order of their rows, which then must hold the same labels. What was left out of a file and
    why, such as predicted labels that no image has, is told in the log (level INFO).

    Args:
        before: The file of the model before.
        after: The file of the model after; None where one file holds both, as one with a column
            `baseline` does.
        format_name: A name in `IMPORTERS`.
        options: What the files do not say.
        matched: Whether images are to be matched; without, counts alone are compared.

    Raises:
        ContractError: A file cannot be read or holds other than one model, or the two are not of
            the same test set.
    """
    options = replace(options or ImportOptions(), paired=matched)
    if after is None:
        first, second = _both_of(before, _read(before, format_name, options))
    else:
        first, second = (_only(path, _read(path, format_name, options)) for path in (before, after))
    first = replace(first, described=_BEFORE, counts=_unpaired(first.counts))
    second = replace(second, described=_AFTER)
    if not matched:
        second = replace(second, counts=_unpaired(second.counts))
    elif first.answers is not None and second.answers is not None:
        first, second = paired_with_baselines(_with_ids_in_both_or_neither(first, second))
        if second.counts.n_both_correct is None:
            raise ContractError(
                f"{before} and {after} do not hold the same labels row by row, and not both have "
                "ids: write the same test images in the same order, or a column id into both; "
                "--unpaired compares recalls alone"
            )
    _same_test_set(first.counts, second.counts, before, after or before)
    return recall_table_of([first, second])


def _read(path: Path, format_name: str, options: ImportOptions) -> list[Evaluated]:
    """Return every model of a file."""
    importer = IMPORTERS.get(format_name)
    if importer is None:
        raise ContractError(
            f"there is no format {format_name!r}: formats are {', '.join(IMPORTERS)}"
        )
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise ContractError(f"{path} {what}: name one file before and one after")
    found = list(importer.read(path, options))
    for note in dict.fromkeys(note for one in found for note in one.notes):
        log.info("%s", note if str(path) in note else f"{path}: {note}")
    return found


def _models(found: Sequence[Evaluated]) -> str:
    return counted(len(found), "evaluated model")


def _only(path: Path, found: Sequence[Evaluated]) -> Evaluated:
    if len(found) != 1:
        raise ContractError(
            f"{path} holds {_models(found)}, and a pair is one before and one after: "
            "`rdstats import` makes a recall table of it, then choose with --before and --after"
        )
    return found[0]


def _both_of(path: Path, found: Sequence[Evaluated]) -> tuple[Evaluated, Evaluated]:
    """Return the unpruned and the compressed model of one file that holds just these."""
    before = [one for one in found if one.described.is_unpruned()]
    after = [one for one in found if not one.described.is_unpruned()]
    if len(before) != 1 or len(after) != 1:
        raise ContractError(
            f"{path} holds {_models(found)}, {len(before)} of them said to be "
            "unpruned: give two files, one before and one after, or one with a column baseline"
        )
    return before[0], after[0]


def _with_ids_in_both_or_neither(first: Evaluated, second: Evaluated) -> list[Evaluated]:
    """Return both without ids where one file has none: the order of rows is all they share."""
    found = (first, second)
    if all(one.answers is not None and one.answers.samples.ids is not None for one in found):
        return list(found)
    return [
        replace(one, answers=replace(one.answers, samples=replace(one.answers.samples, ids=None)))
        for one in found
        if one.answers is not None
    ]


def _unpaired(counts: ClassCounts) -> ClassCounts:
    return replace(counts, n_both_correct=None)


def _same_test_set(first: ClassCounts, second: ClassCounts, before: Path, after: Path) -> None:
    """Refuse counts of two test sets."""
    samples = [
        dict(zip(counts.class_names, counts.n_samples.tolist(), strict=True))
        for counts in (first, second)
    ]
    for name in sorted(samples[0].keys() | samples[1].keys()):
        mine, theirs = (one.get(name, 0) for one in samples)
        if mine != theirs:
            raise ContractError(
                f"class {name!r} has {mine:,} samples in {before} and {theirs:,} in {after}: both "
                "must be of the same test set"
            )
