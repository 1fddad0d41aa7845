"""The verdict on one pair, from files or from arrays: for pipelines and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts import read_recall_table
from data_contracts.counted import counted
from data_contracts.errors import ContractError
from data_contracts.importers import ImportOptions, from_predictions
from data_contracts.importers.arrays import as_array
from rdstats.errors import StatsError
from rdstats.statistics.class_verdicts import MARGIN
from rdstats.tables.check import Check, check_table
from rdstats.tables.check_counts import EVALUATION, evaluations
from rdstats.tables.check_reading import NAMES, read_pair


def check_pair(
    y_true: object,
    before: object,
    after: object,
    *,
    margin: float = MARGIN,
    quantity: str = "drop",
    labels: Sequence[object] | None = None,
) -> Check:
    """Return the verdict on two models from their predictions of the same samples.

    In a test: `assert not rdstats.check_pair(y_true, before, after, margin=0.05).harmed`, or
    `assert rdstats.check_pair(...).gate == "pass"` where every class must be cleared.

    Args:
        y_true: True labels, shape (samples,): numpy, pandas, torch, lists.
        before: The first model's predicted labels, or scores (samples, classes).
        after: The second model's, of the same samples in the same order.
        margin: The largest drop that does not matter.
        quantity: `drop`, or `excess`: what a class lost beyond the fall of accuracy.
        labels: The classes' labels, where values are positions into them.

    Raises:
        ContractError: Lengths differ or a label is missing.
        StatsError: An option has no meaning, or every class has too few samples.
    """
    table = from_predictions(y_true, after, baseline=before, labels=labels, **NAMES)
    return _of_two_models(
        check_table(
            table,
            margin=margin,
            quantity=quantity,
            answers_changed=_share_changed(before, after),
        ),
        {"model": "before"},
        {"model": "after"},
    )


def check_files(
    before: Path | str,
    after: Path | str | None = None,
    *,
    format_name: str | None = None,
    options: ImportOptions | None = None,
    margin: float = MARGIN,
    quantity: str = "drop",
    matched: bool = True,
) -> Check:
    """Return the verdict on two files: predictions, recall tables, or anything importable.

    Args:
        before: The file of the model before.
        after: The file of the model after; None where one file of predictions holds both models.
        format_name: A format that `rdstats import` knows; by default recall tables where both
            files are, else predictions.
        options: What the files do not say.
        margin: The largest drop that does not matter.
        quantity: `drop` or `excess`.
        matched: Compare image by image, where the files allow it.

    Raises:
        ContractError: A file cannot be read, or the two are not of one test set.
        StatsError: An option has no meaning, or every class has too few samples.
    """
    first, second = Path(before), None if after is None else Path(after)
    if format_name is None and second and is_recall_table(first) and is_recall_table(second):
        table, pair = _union(first, second)
        return check_table(table, *pair, margin=margin, quantity=quantity, matched=matched)
    table = read_pair(
        first, second, format_name=format_name or "predictions", options=options, matched=matched
    )
    return _of_two_models(
        check_table(table, margin=margin, quantity=quantity, matched=matched),
        {"file": str(before)},
        {"file": str(after or before)},
    )


def is_recall_table(path: Path) -> bool:
    """Say whether a file is Parquet with the recall table's counts; any doubt is a no."""
    try:
        names = pq.read_schema(path).names
    except (OSError, pa.ArrowException):
        return False
    return {"n_correct", "n_samples", "class_index"} <= set(names)


def _union(first: Path, second: Path) -> tuple[pa.Table, tuple[dict[str, str], dict[str, str]]]:
    """Return two recall tables as one, and which evaluation each of them brings."""
    tables = [read_recall_table(path) for path in (first, second)]
    mine, theirs = (set(evaluations(table)) for table in tables)
    keys: list[dict[str, str]] = []
    for path, found in ((first, mine), (second, theirs - mine)):
        if len(found) != 1:
            models = counted(len(found), "evaluated model")
            raise StatsError(
                f"{path} holds {models}{' of its own' * (path == second)}, "
                "and a pair is one before and one after: give one table and choose with --before "
                "COLUMN=VALUE and --after COLUMN=VALUE"
            )
        keys.append(dict(zip(EVALUATION, map(str, next(iter(found))), strict=True)))
    if theirs & mine:
        return tables[1], (keys[0], keys[1])
    return read_recall_table([first, second]), (keys[0], keys[1])


def _of_two_models(check: Check, before: Mapping[str, str], after: Mapping[str, str]) -> Check:
    """Return a check that calls its models what the user calls them."""
    return replace(check, overall={**check.overall, "before": dict(before), "after": dict(after)})


def _share_changed(before: object, after: object) -> float:
    """Return the share of samples that two models answer differently."""
    answers = []
    for values, name in ((before, "before"), (after, "after")):
        array = as_array(values, name)
        answers.append(
            array.argmax(axis=1) if array.ndim == 2 and array.shape[1] > 1 else array.ravel()
        )
    if answers[0].dtype.kind != answers[1].dtype.kind:
        answers = [array.astype(str) for array in answers]
    if answers[0].shape != answers[1].shape:
        raise ContractError(
            f"before has {len(answers[0]):,} answers and after {len(answers[1]):,}: give one of "
            "each per sample"
        )
    return float(np.mean(answers[0] != answers[1]))
