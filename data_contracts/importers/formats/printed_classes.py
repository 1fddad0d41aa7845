"""Test samples per class from a file of their own, for logs that print recalls alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from data_contracts.errors import ContractError
from data_contracts.importers.counts import ClassCounts
from data_contracts.importers.labels import fault_of_label, plain_label
from data_contracts.importers.read.records import read_records
from data_contracts.importers.rounded import (
    UNROUNDED_DECIMALS,
    agrees,
    decimals_of,
    is_unrounded,
    recovered_counts,
    recovered_predictions,
)


def read_supports(path: str | None) -> dict[str, int] | None:
    """Return the test samples of each class, or None where no file is given.

    Args:
        path: A table (csv, JSON, Parquet) with the columns `class` and `n_samples`.

    Raises:
        ContractError: A column is missing, a cell is no count, or a class is there twice.
    """
    if path is None:
        return None
    supports: dict[str, int] = {}
    for row in read_records(Path(path), ("class", "n_samples")):
        for column in ("class", "n_samples"):
            if column not in row.cells:
                raise ContractError(
                    f"{row.place}: there is no column {column!r}; test samples per class have the "
                    "columns class and n_samples"
                )
        name = plain_label(row.cells["class"])
        if name in supports:
            raise ContractError(f"{row.place}: class {name!r} is there twice: keep one")
        supports[name] = row.count("n_samples")
    return supports


def check_settings(settings: Mapping[str, str], known: Sequence[str], format_name: str) -> None:
    """Refuse settings that a format does not know: they would be misspelt ones.

    Raises:
        ContractError: There is another one.
    """
    for name in settings:
        if name not in known:
            choices = ", ".join(known) or "none"
            raise ContractError(
                f"--set {name}=...: the format {format_name} has no such setting; it has {choices}"
            )


@dataclass(frozen=True)
class PrintedClass:
    """One class as a file prints it.

    Attributes:
        name: The class's label.
        place: What messages call the row: file and line.
        n_samples: Its test samples.
        recall: Its recall as printed; None where the file counts.
        n_correct: Its right answers; None where the file prints a recall.
        precision: Its precision as printed, where there is one.
        n_predicted: Samples of any class predicted as this one, where the file counts them.
        n_both_correct: Samples right here and in the baseline, where the file counts them.
    """

    name: str
    place: str
    n_samples: int
    recall: str | None = None
    n_correct: int | None = None
    precision: str | None = None
    n_predicted: int | None = None
    n_both_correct: int | None = None


def counts_of_classes(
    printed: Sequence[PrintedClass],
    source: str,
    *,
    beside: Sequence[str] = (),
    unrounded: bool = False,
) -> tuple[ClassCounts, tuple[str, ...]]:
    """Return the counts of a model's classes, and notes on classes that were left out.

    Classes are counted (`n_correct`) or recovered from recalls (`rounded.py`). A class without
    test samples has no recall, whatever is printed (scikit-learn prints 0.0): it gets no row.

    Args:
        printed: The classes.
        source: What messages call the model.
        beside: Other numbers of the same file, which show its decimals too.
        unrounded: The caller confirmed that recalls were not rounded, however few decimals
            they show.

    Raises:
        ContractError: A label is none or is there twice, no class has samples, some classes are
            counted and others not, or a recall leaves no count or several.
    """
    there = [each for each in printed if each.n_samples > 0]
    if not there:
        raise ContractError(f"{source} counts no test samples: is it the right file?")
    _check_names(there)
    names = tuple(plain_label(each.name) for each in there)
    n_samples = np.array([each.n_samples for each in there], dtype=np.int64)
    recalls = [each.recall for each in there if each.recall is not None]
    counted = [each.n_correct for each in there if each.n_correct is not None]
    quality = "exact"
    n_predicted = None
    if len(counted) == len(there):
        n_correct = np.array(counted, dtype=np.int64)
        for each in there:
            _check_recall(each)
    elif len(recalls) == len(there):
        decimals = max(decimals_of([*recalls, *beside]), UNROUNDED_DECIMALS * unrounded)
        n_correct = recovered_counts(names, n_samples.tolist(), recalls, decimals, source)
        quality = "exact" if is_unrounded(decimals) else "rounded"
        precisions = [each.precision for each in there if each.precision is not None]
        if len(precisions) == len(there):
            n_predicted = recovered_predictions(n_correct, precisions)
    else:
        neither = next(each for each in there if each.recall is None and each.n_correct is None)
        raise ContractError(
            f"{neither.place}: class {neither.name!r} has neither a recall nor a count of right "
            "answers"
        )
    notes = tuple(
        f"{each.place}: class {each.name!r} has no test samples and so no recall, whatever is "
        "printed; it has no row"
        for each in printed
        if each.n_samples == 0
    )
    try:
        counts = ClassCounts(
            names,
            n_samples,
            n_correct,
            n_predicted if n_predicted is not None else _all([each.n_predicted for each in there]),
            _all([each.n_both_correct for each in there]),
            quality,
        )
    except ContractError as error:
        raise ContractError(f"{source}: {error}") from error
    return counts, notes


def as_fraction(text: str, percent: bool) -> str:
    """Return a printed recall between 0 and 1, with its decimals, from a percentage if it is one.

    Args:
        text: A number as printed; what is no number is returned as it is.
        percent: Whether the file prints percentages.
    """
    if not percent:
        return text
    try:
        value = Decimal(text.strip().removesuffix("%"))
    except ArithmeticError:
        return text
    return str(value.scaleb(-2)) if value.is_finite() else text


def check_confirmed(confirmed: frozenset[str], known: Mapping[str, str], format_name: str) -> None:
    """Refuse a confirmation that a format never asks for: it would be a misspelt one.

    Args:
        confirmed: What the caller confirmed.
        known: What the format asks for, with what each says.
        format_name: The format, for the error.

    Raises:
        ContractError: Something else was confirmed.
    """
    for name in sorted(confirmed - known.keys()):
        choices = "; ".join(f"{each}: {line}" for each, line in known.items()) or "nothing"
        raise ContractError(
            f"--confirm {name}: the format {format_name} never asks for that; it knows {choices}"
        )


def _check_recall(each: PrintedClass) -> None:
    """Refuse a class whose count and recall are both there and differ."""
    if each.recall is None or each.n_correct is None:
        return
    if not agrees(each.n_correct, each.n_samples, each.recall):
        raise ContractError(
            f"{each.place}: class {each.name!r} has {each.n_correct:,} right of "
            f"{each.n_samples:,}, but its recall is {each.recall}: see which columns these are"
        )


def _check_names(printed: Sequence[PrintedClass]) -> None:
    seen: dict[str, PrintedClass] = {}
    for each in printed:
        name = plain_label(each.name)
        fault = fault_of_label(name)
        if fault:
            raise ContractError(f"{each.place}: the class's label {fault}")
        if name in seen:
            raise ContractError(
                f"{each.place}: class {name!r} is there already at {seen[name].place}: a model has "
                "one row per class; if the rows are several models, name the column that tells "
                "them apart (--column model=...)"
            )
        seen[name] = each


def _all(values: list[int | None]) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    known = [value for value in values if value is not None]
    return np.array(known, dtype=np.int64) if len(known) == len(values) else None
