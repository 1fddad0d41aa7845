"""Which column of a file is what: of predictions, and of a list of pairs with their counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from data_contracts.errors import ContractError
from data_contracts.importers.described import DESCRIBED_COLUMNS, UNPRUNED, Described, ImportOptions
from data_contracts.words import listed

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "y_true": (
        *("true", "label", "labels", "target", "targets", "truth", "actual", "ground_truth", "gt"),
        *("true_label", "true_labels", "true_class", "actual_label", "y_test", "y", "reference"),
    ),
    "y_pred": (
        *("pred", "preds", "prediction", "predictions", "predicted", "y_hat", "answer"),
        *("pred_label", "predicted_label", "predicted_labels", "predicted_class", "pred_class"),
    ),
    "y_score": ("y_scores", "scores", "y_prob", "probs", "probabilities", "logits"),
    "baseline": ("y_pred_baseline", "baseline_pred"),
    "id": (
        *("sample_id", "image_id", "image", "image_path", "path", "file", "filename"),
        *("sample", "index"),  # a running number, so only where nothing else names the sample
    ),
}
"""Names by which columns of predictions are known beside ours, whatever their case."""

PAIR_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "y_true": ALIASES["y_true"],
    "y_pred": ALIASES["y_pred"],
    "count": ("n", "freq", "frequency", "npredictions"),
}
"""The same for a list of true class, predicted class and count."""

PRINTED_REPORT = re.compile(r"\s*precision\s+recall\s+f1-score\s+support\s*")
_HEADERS: Final[tuple[tuple[frozenset[str], str], ...]] = (
    (frozenset({"precision", "recall", "f1-score", "support"}), "sklearn-report"),
    (frozenset({"positive_class", "true_positives", "false_negatives"}), "mlflow"),
    (frozenset({"sensitivity", "specificity", "pos pred value"}), "table --preset caret"),
    (frozenset({"reference", "prediction", "freq"}), "confusion"),
    (frozenset({"class", "recall"}), "table"),
    (frozenset({"class", "n_correct"}), "table"),
    (frozenset({"tag", "value"}), "keys"),
    (frozenset({"0 pr"}), "predictions --preset aarlbench"),
)
"""Columns that tell another format, and how it is named on a command line: hints for errors."""

_SCORE_PREFIXES = ("score_", "prob_", "logit_")
_AARLBENCH_RATIO = re.compile(r"(\d+(?:\.\d+)?) PR")


@dataclass(frozen=True)
class AnswerColumns:
    """Where one model's answers stand in a file."""

    described: Described  # what the column itself says: the ratio of a wide file, or the baseline
    columns: tuple[str, ...]  # one of labels; or one of scores per class, or one matrix of scores
    classes: tuple[str, ...] | None = None  # the label of each score; None for labels


@dataclass(frozen=True)
class PredictionColumns:
    """What each column of a file of predictions is."""

    truth: str
    answers: tuple[AnswerColumns, ...]
    groups: Mapping[str, str]  # those that say which model a row is of, by field of `Described`
    id: str | None  # the one that says which sample a row is of
    kept: tuple[str, ...] = ()  # those of the samples that are asked for and there

    @property
    def names(self) -> tuple[str, ...]:
        """Every column that is needed, each once."""
        answers = (name for each in self.answers for name in each.columns)
        ids = () if self.id is None else (self.id,)
        others = (*self.groups.values(), *ids, *self.kept)
        return tuple(dict.fromkeys((self.truth, *answers, *others)))


def is_list_of_pairs(names: Sequence[str], options: ImportOptions) -> bool:
    """Return whether these columns are true class, predicted class and count."""
    return all(options.columns_meant(ours, names, known) for ours, known in PAIR_ALIASES.items())


def prediction_columns(
    names: Sequence[str], matrices: Mapping[str, Sequence[str]], options: ImportOptions, source: str
) -> PredictionColumns:
    """Return which column is what.

    `matrices` are those columns that hold a score per class, with the classes' labels; the
    `columns` of the options override names, their `preset` knows a layout. Refuses a column that
    is not there or could be two, and the columns of a confusion matrix's list, whose rows are no
    samples.
    """
    known = (*ALIASES, *DESCRIBED_COLUMNS)
    for ours, theirs in options.columns.items():
        if ours not in known:
            raise ContractError(f"there is no column {ours!r} to map: known are {', '.join(known)}")
        if ours != "y_score" and theirs not in names:
            raise ContractError(f"{source} has no column {theirs!r}, only {listed(names, 8)}")
    # A column `n` beside others may be anything; one that is called a count is one.
    counted = len(names) == 3 or {"count", "freq", "frequency"} & {
        name.casefold() for name in names
    }
    if counted and not options.columns and is_list_of_pairs(names, options):
        raise ContractError(
            f"{source} has a count for each pair of labels, {listed(names, 8)}, and not a row for "
            "each sample: say `rdstats import confusion` or `rdstats check --format confusion`; "
            "if it has a row for each sample, name a column, as --column y_true=NAME"
        )

    def find(ours: str) -> str | None:
        meant = options.columns_meant(ours, names, ALIASES.get(ours, ()))
        if len(meant) > 1 and ours in ("y_true", "y_pred"):
            raise ContractError(
                f"{source} has columns {listed(meant, 8)}, and each could be {ours}: say which "
                f"with --column {ours}={meant[0]!r}"
            )
        order = [ours, *ALIASES.get(ours, ())]  # of several names for an id the most telling one
        return min(meant, key=lambda name: _rank(name, order), default=None)

    def labels(described: Described, column: str) -> AnswerColumns:
        classes = matrices.get(column)
        return AnswerColumns(described, (column,), None if classes is None else tuple(classes))

    groups = {column: name for column in DESCRIBED_COLUMNS if (name := find(column)) is not None}
    if options.preset == "aarlbench":
        return _aarlbench(names, groups, source)
    truth = find("y_true")
    if truth is None:
        raise ContractError(
            f"{source} has no column y_true, only {listed(names, 8)}: say which holds the true "
            f"labels with --column y_true=NAME{_hint(names)}"
        )
    predicted, before = find("y_pred"), find("baseline")
    if predicted is not None:
        answers = labels(Described(), predicted)
    elif (scores := _scores(names, options)) is not None:
        answers = scores
    elif (matrix := find("y_score")) is not None and matrix in matrices:
        answers = labels(Described(), matrix)
    else:
        raise ContractError(
            f"{source} has no column y_pred, only {listed(names, 8)}: say which holds the "
            "predicted labels with --column y_pred=NAME, or the beginning of the columns of scores "
            f"with --column y_score=PREFIX{_hint(names)}"
        )
    both = (answers,) if before is None else (labels(UNPRUNED, before), answers)
    kept = tuple(name for name in options.sample_columns if name in names)
    return PredictionColumns(truth, both, groups, find("id"), kept)


def _rank(name: str, order: Sequence[str]) -> int:
    known = name.casefold()
    return order.index(known) if known in order else -1  # the name that the caller gave


def _scores(names: Sequence[str], options: ImportOptions) -> AnswerColumns | None:
    """Return the columns of scores, one per class, whose names begin alike."""
    prefixes = [options.columns["y_score"]] if "y_score" in options.columns else _SCORE_PREFIXES
    for prefix in prefixes:
        scores = tuple(name for name in names if name.startswith(prefix) and name != prefix)
        if len(scores) > 1:
            return AnswerColumns(Described(), scores, tuple(name[len(prefix) :] for name in scores))
    return None


def _aarlbench(names: Sequence[str], groups: Mapping[str, str], source: str) -> PredictionColumns:
    """Return what is what in a file of the paper's authors: a column per ratio, 0 the unpruned."""
    found = [(name, _AARLBENCH_RATIO.fullmatch(name)) for name in names]
    ratios = {name: float(match[1]) for name, match in found if match}
    if "Image Label" not in names or not ratios:
        raise ContractError(
            f"{source} has columns {listed(names, 8)}, but the preset aarlbench needs Image Label "
            "and columns such as 0 PR, 2 PR"
        )
    answers = tuple(
        AnswerColumns(Described(ratio=ratio) if ratio else UNPRUNED, (name,))
        for name, ratio in ratios.items()
    )
    index = "Image Index" if "Image Index" in names else None
    return PredictionColumns("Image Label", answers, groups, index)


def _hint(header: Sequence[str]) -> str:
    """Return what to say of a header that has not the columns of predictions."""
    columns = {name.strip().casefold() for name in header}
    found = next((name for known, name in _HEADERS if known <= columns), None)
    if len(header) == 1 and PRINTED_REPORT.fullmatch(header[0]):
        found = "sklearn-report"
    if found is not None:
        return (
            f"; or is it {found}? `rdstats import {found}` and `rdstats check --format {found}` "
            "read that"
        )
    if len(header) == 1:
        return "; or are columns separated by something else than a comma, semicolon, tab or |?"
    return "; other formats: rdstats import --list"
