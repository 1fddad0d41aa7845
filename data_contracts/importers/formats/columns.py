"""Which column of a file is what: of predictions, and of a list of pairs with their counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from data_contracts.errors import ContractError
from data_contracts.importers.described import DESCRIBED_COLUMNS, UNPRUNED, Described, ImportOptions
from data_contracts.importers.labels import plain_label
from data_contracts.importers.names import ALIASES, CLASS_ALIASES, PAIR_ALIASES, folded
from data_contracts.importers.read.records import TOLD, number_in
from data_contracts.words import listed

PRINTED_REPORT = re.compile(r"(|.*?\S)\s*precision\s+recall\s+f1-score\s+support\s*")
_HEADERS: Final[tuple[tuple[frozenset[str], str], ...]] = (
    (frozenset({"precision", "recall", "f1_score", "support"}), "sklearn-report"),
    (frozenset({"positive_class", "true_positives", "false_negatives"}), "mlflow"),
    (frozenset({"sensitivity", "specificity", "pos_pred_value"}), "table --preset caret"),
    (frozenset({"reference", "prediction", "freq"}), "confusion"),
    (frozenset({"confusion_matrix"}), "confusion"),
    (frozenset({"tag", "value"}), "keys"),
    (frozenset({"0_pr"}), "predictions --preset aarlbench"),
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
    names: Sequence[str],
    matrices: Mapping[str, Sequence[str]],
    options: ImportOptions,
    source: str,
    labels_in: Callable[[str], Iterable[str]] = lambda _: (),
) -> PredictionColumns:
    """Return which column is what.

    `matrices` are those columns that hold a score per class, with the classes' labels; the
    `columns` of the options override names, their `preset` knows a layout. Refuses a column that
    is not there or could be two, all that is missing at once, and the columns of a confusion
    matrix's list, whose rows are no samples. `labels_in` returns the labels of a column, where
    scores may be called by them.
    """
    known = (*ALIASES, *DESCRIBED_COLUMNS)
    for ours, theirs in options.columns.items():
        if ours not in known:
            raise ContractError(f"there is no column {ours!r} to map: known are {', '.join(known)}")
        if ours != "y_score" and theirs not in ("", *names):
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
        return meant[0] if meant else None

    def labels(described: Described, column: str) -> AnswerColumns:
        classes = matrices.get(column)
        return AnswerColumns(described, (column,), None if classes is None else tuple(classes))

    groups = {column: name for column in DESCRIBED_COLUMNS if (name := find(column)) is not None}
    if options.preset == "aarlbench":
        return _aarlbench(names, groups, source)
    truth, predicted, before, id_ = map(find, ("y_true", "y_pred", "baseline", "id"))
    used = {*groups.values(), truth, before, id_}
    if predicted is not None:
        answers: AnswerColumns | None = labels(Described(), predicted)
    elif (answers := _scores(names, options, source)) is None:
        matrix = find("y_score")
        if matrix is not None and matrix in matrices:
            answers = labels(Described(), matrix)
        elif truth is not None:
            answers = _scores_by_class(names, used, truth, labels_in, source)
    if truth is None or answers is None:
        missing = {
            "y_true": "the true labels with --column y_true=NAME (of another file: --truth FILE)",
            "y_pred": "the predicted labels with --column y_pred=NAME, or the columns of scores "
            "with --column y_score=PREFIX or y_score=FIRST..LAST",
        }
        found = {"y_true": truth, "y_pred": answers}
        lacking = [name for name in missing if found[name] is None]
        wanted = ", and ".join(missing[name] for name in lacking)
        raise ContractError(
            f"{source} has no column {' and no '.join(lacking)}, only {listed(names, 8)}: "
            + (
                _other_format(names)
                or f"say which holds {wanted}; other formats: rdstats import --list"
            )
        )
    both = (answers,) if before is None else (labels(UNPRUNED, before), answers)
    kept = tuple(name for name in options.sample_columns if name in names)
    return PredictionColumns(truth, both, groups, id_, kept)


def _scores(names: Sequence[str], options: ImportOptions, source: str) -> AnswerColumns | None:
    """Return the columns of scores, one per class, whose names begin alike, or as it is said."""
    given = options.columns.get("y_score") or None
    first, dots, last = (given or "").partition("..")
    if dots:
        if first not in names or last not in names:
            raise ContractError(
                f"{source} has no columns {first!r} and {last!r}, only {listed(names, 8)}: name "
                "the first and the last column of scores"
            )
        between = tuple(names[names.index(first) : names.index(last) + 1])
        return AnswerColumns(Described(), between, between)
    for prefix in _SCORE_PREFIXES if given is None else [given]:
        scores = tuple(name for name in names if name.startswith(prefix) and name != prefix)
        if len(scores) > 1:
            return AnswerColumns(Described(), scores, tuple(name[len(prefix) :] for name in scores))
    return None


def _scores_by_class(
    names: Sequence[str],
    used: set[str | None],
    truth: str,
    labels_in: Callable[[str], Iterable[str]],
    source: str,
) -> AnswerColumns | None:
    """Return columns of scores that are called as the true labels are: from the first to the last.

    Among them may be classes without samples. Numbers right before or behind them may be scores,
    too: that is asked for and not guessed.
    """
    labels = set(map(plain_label, labels_in(truth)))
    free = [name not in used and plain_label(name) in labels for name in names]
    if sum(free) < max(2, len(labels)):
        return None
    first, end = free.index(True), len(free) - free[::-1].index(True)
    between = tuple(names[first:end])
    doubtful = used & set(between) or {
        name
        for name in (*names[:first][-1:], *names[end:][:1])
        if name not in used and all(number_in(text) is not None for text in labels_in(name))
    }
    if doubtful:
        raise ContractError(
            f"{source} has columns {listed(between)} called as the true labels are: is "
            f"{listed(doubtful)} a score of a class, too? Say which columns are, from the first to "
            f"the last, with --column y_score={between[0]}..{between[-1]}"
        )
    return AnswerColumns(Described(), between, between)


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


def _other_format(header: Sequence[str]) -> str | None:
    """Return what to say of a header that is another format's."""
    columns = {folded(name) for name in header}
    quantities = ("recall", "n_correct", "n_samples")
    known = {name for ours in quantities for name in (ours, *CLASS_ALIASES[ours])}
    found = next((name for names, name in _HEADERS if names <= columns), None)
    if PRINTED_REPORT.fullmatch(header[0]) or any(name.endswith(".f1-score") for name in header):
        found = "sklearn-report"
    elif TOLD.fullmatch(header[0]) or (
        columns & {"class", *CLASS_ALIASES["class"]} and columns & known
    ):
        found = "table"
    elif header[0].startswith("[[") or "confusion" in header[0].casefold():
        found = "confusion --true-rows"
    elif len(header) > 2 and list(header) == [str(place) for place, _ in enumerate(header)]:
        found = "confusion --true-rows"  # an array, or a frame without names
    if found is not None:
        return (
            f"is it {found.partition(' --')[0]}? Say `rdstats check BEFORE AFTER --format {found}` "
            f"or `rdstats import {found}`"
        )
    if len(header) > 1 and any(number_in(name) is not None for name in header):
        return (
            "is the first line a row of data? Give the file a first line of names, such as "
            "id,y_true,y_pred; of an array say which column is which, as --column y_true=0"
        )
    if len(header) == 1:
        return (
            "are columns separated by something else than a comma, semicolon, tab or |? Other "
            "formats: rdstats import --list"
        )
    return None
