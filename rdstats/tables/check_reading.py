"""Two files, or two models in memory, as one small recall table: what `check` reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers import IMPORTERS, Described, Evaluated, ImportOptions, recall_table_of
from data_contracts.importers.answers import Answers, Samples
from data_contracts.importers.class_counts import ClassCounts
from data_contracts.importers.memory import About
from rdstats.statistics.arrays import BoolArray, IntArray

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
    after: Path,
    *,
    format_name: str = "predictions",
    options: ImportOptions | None = None,
    matched: bool = True,
) -> pa.Table:
    """Return two files of any importable format as a recall table of two evaluated models.

    Prediction files are matched image by image: by their ids where both have them, else by the
    order of their rows, which then must hold the same labels.

    Args:
        before: The file of the model before.
        after: The file of the model after.
        format_name: A name in `IMPORTERS`.
        options: What the files do not say.
        matched: Whether images are to be matched; without, counts alone are compared.

    Raises:
        ContractError: A file cannot be read or holds several models, or the two are not of the
            same test set.
    """
    first, second = (_read(path, format_name, options) for path in (before, after))
    if matched and (first.answers is None) != (second.answers is None):
        odd = before if first.answers is None else after
        raise ContractError(
            f"{odd} does not say which samples were right, and the other file does: give two files "
            "of predictions, or --unpaired to compare counts alone"
        )
    if matched and first.answers is not None and second.answers is not None:
        if (first.answers.samples.ids is None) != (second.answers.samples.ids is None):
            odd = before if first.answers.samples.ids is None else after
            raise ContractError(
                f"{odd} has no column of ids, and the other file has one: write ids into both, or "
                "into neither if rows stand in the same order"
            )
        both = _right_in_both(first.answers, second.answers, before, after)
        counts = _with_both(second.counts, both)
    else:
        counts = replace(second.counts, n_both_correct=None)
    _same_test_set(first.counts, counts, before, after)
    return recall_table_of(
        [
            replace(first, described=_BEFORE, counts=replace(first.counts, n_both_correct=None)),
            replace(second, described=_AFTER, counts=counts),
        ]
    )


def _read(path: Path, format_name: str, options: ImportOptions | None) -> Evaluated:
    """Return the only model of a file."""
    importer = IMPORTERS.get(format_name)
    if importer is None:
        raise ContractError(
            f"there is no format {format_name!r}: formats are {', '.join(IMPORTERS)}"
        )
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise ContractError(f"{path} {what}: name one file before and one after")
    found = list(importer.read(path, options or ImportOptions()))
    if len(found) != 1:
        raise ContractError(
            f"{path} holds {len(found)} evaluated models, and a pair is one before and one after: "
            "`rdstats import` makes a recall table of it, then choose with --before and --after"
        )
    return found[0]


def _right_in_both(first: Answers, second: Answers, before: Path, after: Path) -> dict[str, int]:
    """Return how many samples of each class both models have right, by label."""
    order = _matching(first.samples, second.samples, before, after)
    right: BoolArray = first.is_right() & second.is_right()[order]
    names = first.samples.class_names
    counts = np.bincount(first.samples.truth[right], minlength=len(names)).tolist()
    return dict(zip(names, counts, strict=True))


def _matching(first: Samples, second: Samples, before: Path, after: Path) -> IntArray:
    """Return, for each sample of the first file, its row in the second; labels must agree."""
    if len(first.truth) != len(second.truth):
        raise ContractError(
            f"{before} has {len(first.truth):,} samples and {after} {len(second.truth):,}: both "
            "must hold the same test images; --unpaired compares counts alone"
        )
    order = np.arange(len(second.truth))
    if first.ids is not None and second.ids is not None:
        mine, theirs = np.argsort(first.ids, kind="stable"), np.argsort(second.ids, kind="stable")
        if (first.ids[mine] != second.ids[theirs]).any():
            raise ContractError(
                f"{before} and {after} do not have the same ids: both must hold the same test "
                "images"
            )
        order[mine] = theirs
    theirs_as_text = np.array(second.class_names, dtype=object)[second.truth[order]]
    mine_as_text = np.array(first.class_names, dtype=object)[first.truth]
    differ = np.flatnonzero(mine_as_text != theirs_as_text)
    if len(differ):
        place = int(differ[0])
        by = "id" if first.ids is not None else "row"
        raise ContractError(
            f"{before} and {after} disagree on the true label of {len(differ):,} samples, first in "
            f"data row {place + 1} of {before} ({mine_as_text[place]!r} and "
            f"{theirs_as_text[place]!r}), matched by {by}: give an id column to both, or the same "
            "order"
        )
    return order


def _with_both(counts: ClassCounts, both: dict[str, int]) -> ClassCounts:
    n_both = np.array([both.get(name, 0) for name in counts.class_names], dtype=np.int64)
    return replace(counts, n_both_correct=n_both)


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
