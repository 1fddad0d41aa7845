"""What format a file probably is, by its header: a hint for errors, never a decision."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from data_contracts.errors import ContractError
from data_contracts.importers.described import Described, ImportOptions
from data_contracts.importers.formats.confusion_pairs import is_long

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


ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "y_true": ("true", "label", "labels", "target", "targets", "truth", "actual", "ground_truth"),
    "y_pred": ("pred", "preds", "prediction", "predictions", "predicted"),
    "y_score": ("y_scores", "scores", "y_prob", "probs", "probabilities", "logits"),
    "baseline": ("y_pred_baseline", "baseline_pred"),
    "id": ("index", "sample", "sample_id", "image", "image_id", "filename"),
}
"""Names by which columns are known beside ours, whatever their case."""

DESCRIBED_COLUMNS: Final = tuple(field.name for field in fields(Described))
UNPRUNED: Final = Described(method="none", ratio=1.0, stage="baseline")

_SCORE_PREFIXES = ("score_", "prob_", "logit_")
_AARLBENCH_RATIO = re.compile(r"(\d+(?:\.\d+)?) PR")


@dataclass(frozen=True)
class Arm:
    """One model's answers in a file.

    Attributes:
        described: What the column itself says: the ratio of a wide file, or the baseline.
        columns: One column of labels; or one of scores per class, or one matrix of scores.
        classes: The label of each score; None for labels.
    """

    described: Described
    columns: tuple[str, ...]
    classes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Roles:
    """What each column is.

    Attributes:
        truth: The column of true labels.
        arms: The models' answers.
        groups: Columns that say which model a row is of, by field of `Described`.
        id: The column that says which sample a row is of, if there is one.
    """

    truth: str
    arms: tuple[Arm, ...]
    groups: Mapping[str, str]
    id: str | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is needed, each once."""
        needed = [self.truth, *(name for arm in self.arms for name in arm.columns)]
        needed += [*self.groups.values(), *([self.id] if self.id is not None else [])]
        return tuple(dict.fromkeys(needed))


def roles_of(
    names: Sequence[str], matrices: Mapping[str, Sequence[str]], options: ImportOptions, source: str
) -> Roles:
    """Return which column is what.

    Args:
        names: The columns of the file.
        matrices: Of those, the ones that hold a score per class; with the classes' labels.
        options: `columns` overrides names, `preset` knows a layout.
        source: What an error calls the file.

    Raises:
        ContractError: A column that is needed is not there, two could be meant, or the columns
            are those of a confusion matrix's list, whose rows are no samples.
    """
    known = ("y_true", "y_pred", "y_score", "baseline", "id", *DESCRIBED_COLUMNS)
    for ours, theirs in options.columns.items():
        if ours not in known:
            raise ContractError(f"there is no column {ours!r} to map: known are {', '.join(known)}")
        if ours != "y_score" and theirs not in names:
            raise ContractError(f"{source} has no column {theirs!r}, only {_listed(names)}")
    if len(names) == 3 and not options.columns and is_long(names, options):
        raise ContractError(
            f"{source} has a count for each pair of labels, {_listed(names)}, and not a row for "
            "each sample: say `rdstats import confusion` or `rdstats check --format confusion`; "
            "if it has a row for each sample, name a column, as --column y_true=NAME"
        )
    groups = {field: _find(names, field, options, source) for field in DESCRIBED_COLUMNS}
    said = {field: name for field, name in groups.items() if name is not None}
    if options.preset == "aarlbench":
        return _aarlbench(names, said, source)
    truth = _find(names, "y_true", options, source)
    if truth is None:
        raise ContractError(
            f"{source} has no column y_true, only {_listed(names)}: say which holds the true "
            f"labels with --column y_true=NAME{hint(names)}"
        )
    arms = [_answers(names, matrices, options, source)]
    before = _find(names, "baseline", options, source)
    if before is not None:
        arms.insert(0, _arm(UNPRUNED, before, matrices))
    return Roles(truth, tuple(arms), said, _find(names, "id", options, source))


def _answers(
    names: Sequence[str], matrices: Mapping[str, Sequence[str]], options: ImportOptions, source: str
) -> Arm:
    labels = _find(names, "y_pred", options, source)
    if labels is not None:
        return _arm(Described(), labels, matrices)
    prefixes = [options.columns["y_score"]] if "y_score" in options.columns else _SCORE_PREFIXES
    for prefix in prefixes:
        scores = [name for name in names if name.startswith(prefix) and name != prefix]
        if len(scores) > 1:
            classes = tuple(name[len(prefix) :] for name in scores)
            return Arm(Described(), tuple(scores), classes)
    matrix = _find(names, "y_score", options, source)
    if matrix in matrices:
        return _arm(Described(), str(matrix), matrices)
    raise ContractError(
        f"{source} has no column y_pred, only {_listed(names)}: say which holds the predicted "
        "labels with --column y_pred=NAME, or the beginning of the columns of scores with "
        f"--column y_score=PREFIX{hint(names)}"
    )


def _arm(described: Described, column: str, matrices: Mapping[str, Sequence[str]]) -> Arm:
    classes = matrices.get(column)
    return Arm(described, (column,), None if classes is None else tuple(classes))


def _aarlbench(names: Sequence[str], said: Mapping[str, str], source: str) -> Roles:
    """Return the roles in a file of the paper's authors: one column per ratio, 0 the unpruned."""
    found = [(name, _AARLBENCH_RATIO.fullmatch(name)) for name in names]
    ratios = {name: float(match[1]) for name, match in found if match}
    if "Image Label" not in names or not ratios:
        raise ContractError(
            f"{source} has columns {_listed(names)}, but the preset aarlbench needs Image Label "
            "and columns such as 0 PR, 2 PR"
        )
    arms = [
        Arm(Described(ratio=ratio) if ratio else UNPRUNED, (name,))
        for name, ratio in ratios.items()
    ]
    index = "Image Index" if "Image Index" in names else None
    return Roles("Image Label", tuple(arms), said, index)


def _find(names: Sequence[str], ours: str, options: ImportOptions, source: str) -> str | None:
    """Return the column that is meant by our name, or None."""
    if ours in options.columns:
        return options.columns[ours] if options.columns[ours] in names else None
    taken = set(options.columns.values())
    free = [name for name in names if name not in taken]
    if ours in free:
        return ours
    wanted = (ours, *ALIASES.get(ours, ()))
    meant = [name for name in free if name.strip().casefold().replace(" ", "_") in wanted]
    if len(meant) > 1 and ours in ("y_true", "y_pred"):
        raise ContractError(
            f"{source} has columns {_listed(meant)}, and each could be {ours}: say which with "
            f"--column {ours}={meant[0]!r}"
        )
    return meant[0] if meant else None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:8])) + (", ..." if len(names) > 8 else "")
