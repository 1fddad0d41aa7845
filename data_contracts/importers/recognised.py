"""What format a file probably is, by its header: a hint for errors, never a decision."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PRINTED_REPORT = re.compile(r"\s*precision\s+recall\s+f1-score\s+support\s*")
_HEADERS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"precision", "recall", "f1-score", "support"}), "sklearn-report"),
    (frozenset({"positive_class", "true_positives", "false_negatives"}), "mlflow"),
    (frozenset({"sensitivity", "specificity", "pos pred value"}), "table --preset caret"),
    (frozenset({"reference", "prediction", "freq"}), "confusion"),
    (frozenset({"class", "recall"}), "table"),
    (frozenset({"class", "n_correct"}), "table"),
    (frozenset({"tag", "value"}), "keys"),
    (frozenset({"0 pr"}), "predictions --preset aarlbench"),
)
"""Columns that tell a format, and how it is named on a command line."""


def format_of(header: Sequence[str]) -> str | None:
    """Return the format whose columns these are, with its preset; None where none is known."""
    if len(header) == 1 and _PRINTED_REPORT.fullmatch(header[0]):
        return "sklearn-report"
    names = {name.strip().casefold() for name in header}
    return next((name for columns, name in _HEADERS if columns <= names), None)


def hint(header: Sequence[str]) -> str:
    """Return what to say of a header that has not the columns of predictions."""
    found = format_of(header)
    if found is not None:
        return (
            f"; or is it {found}? `rdstats import {found}` and `rdstats check --format {found}` "
            "read that"
        )
    if len(header) == 1:
        return "; or are columns separated by something else than a comma, semicolon, tab or |?"
    return "; other formats: rdstats import --list"
