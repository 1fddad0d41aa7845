"""Counts of two models on one test set: label columns, confusion matrices and files become one."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers import (
    IMPORTERS,
    ClassCounts,
    Evaluated,
    ImportOptions,
    SampleColumn,
    evaluated_models,
)
from data_contracts.importers.labels import in_class_order, refuse_other_labels
from data_contracts.importers.read.arrays import labels_of
from data_contracts.words import counted, listed
from rdstats.output.words import class_label
from rdstats.pairs.samples import PairSamples, column_of, column_of_values, samples_of
from rdstats.statistics.arrays import IntArray

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Counts of the same classes before and after; arrays have shape (classes,).

    Raises:
        ContractError: No counts of two models can be like this.
    """

    before: Mapping[str, Any]  # what it is called: `model`, `file`, or the recall table's columns
    after: Mapping[str, Any]
    class_index: IntArray  # ascending
    class_name: tuple[str | None, ...]  # None where a recall table gives none
    n_samples: IntArray
    correct_before: IntArray
    correct_after: IntArray
    both_correct: IntArray | None  # right in both; None where samples are not matched
    rounded: bool = False  # a count was recovered from a rounded recall
    # Least and most right answers before, least and most after, that printed decimals leave;
    # correct_before and correct_after are in the middle.
    between: tuple[IntArray, IntArray, IntArray, IntArray] | None = None
    samples: PairSamples | None = None  # what each sample was answered, where that is known
    grouped_by: tuple[str, ...] = ()  # the columns whose groups stand in place of classes
    group_of: tuple[str, ...] | None = None  # the group of each class, where classes are grouped

    def __post_init__(self) -> None:
        if self.both_correct is None:
            return
        right = self.correct_before, self.correct_after
        least = np.maximum(sum(right) - self.n_samples, 0)
        broken = (self.both_correct < least) | (self.both_correct > np.minimum(*right))
        if broken.any():
            place = int(np.argmax(broken))
            raise ContractError(
                f"n_both_correct of class {self.labels[place]!r} is {self.both_correct[place]}, "
                f"where {right[0][place]} of {self.n_samples[place]} samples are right before and "
                f"{right[1][place]} after: count the samples that both models get right"
            )

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes' names, their indices where they have none."""
        return tuple(map(class_label, self.class_name, self.class_index))

    @property
    def lost(self) -> Any:
        """Samples right before and wrong after; NaN where samples are not matched."""
        return self.correct_before - (np.nan if self.both_correct is None else self.both_correct)

    @property
    def gained(self) -> Any:
        """Samples wrong before and right after; NaN where samples are not matched."""
        return self.correct_after - (np.nan if self.both_correct is None else self.both_correct)

    def unmatched(self) -> PairCounts:
        """Return what is left if nobody knows which sample is which."""
        return replace(self, both_correct=None, samples=None)


def pair_of_labels(
    y_true: object,
    before: object,
    after: object,
    labels: Sequence[object] | None = None,
    cluster: object = None,
) -> PairCounts:
    """Return the counts of two columns of answers; arguments and errors as of `check_models`."""
    names = None if labels is None else [str(label) for label in labels]
    truth = labels_of(y_true, "y_true", names)
    classes = in_class_order(set(truth.tolist()))
    places = pd.Index(classes).get_indexer(pd.Index(truth))
    right, answers = [], []
    for values, name in ((before, "before"), (after, "after")):
        answered = labels_of(values, name, names, truth)
        if answered.shape != truth.shape:
            raise ContractError(
                f"y_true has {len(truth):,} labels, but {name} has {len(answered):,}: give one of "
                "each per sample, in the same order"
            )
        distinct = set(answered.tolist())
        if distinct.isdisjoint(classes):
            raise ContractError(
                f"y_true and {name} have no value in common (y_true has {listed(classes)}; {name} "
                f"{listed(in_class_order(distinct))}): are both names, or both numbers?"
            )
        mine, others = set(classes) - distinct, distinct - set(classes)
        confirmed = () if labels is None else ("labels",)
        refuse_other_labels(in_class_order(mine), in_class_order(others), name, confirmed)
        answers.append(answered)
        right.append(answered == truth)

    def count(which: Any) -> IntArray:
        return np.bincount(places[which], minlength=len(classes))

    untrue = in_class_order({*answers[0].tolist(), *answers[1].tolist()} - set(classes))
    known = pd.Index([*classes, *untrue])
    first, second = (known.get_indexer(pd.Index(each)) for each in answers)
    clusters = None
    if cluster is not None:
        if not isinstance(cluster, SampleColumn):
            cluster = column_of_values(cluster, len(truth), "cluster")
        clusters = cluster.codes.astype(np.int64)
    samples = PairSamples(places, first, second, right[0], right[1], tuple(known), clusters)

    return PairCounts(
        {"model": "before"},
        {"model": "after"},
        np.arange(len(classes)),
        tuple(classes),
        count(slice(None)),
        count(right[0]),
        count(right[1]),
        count(right[0] & right[1]),
        samples=samples,
    )


def grouped(counts: PairCounts, columns: Mapping[str, SampleColumn]) -> PairCounts:
    """Return the counts by groups of samples, in place of classes.

    A group is a value of a column, or those of several that samples have together; recall is then
    the share right in the group.

    Raises:
        ContractError: The answers to single samples are not known.
    """
    samples = counts.samples
    if not columns:
        return counts
    if samples is None:
        raise ContractError(
            f"groups by {' and '.join(columns)} need every sample of both models, matched: give "
            "two files of predictions"
        )
    ranks = []
    for texts in (column.texts for column in columns.values()):
        order = {text: rank for rank, text in enumerate(in_class_order(texts))}
        ranks.append(np.array([order[text] for text in texts]))
    codes = [rank[column.codes] for rank, column in zip(ranks, columns.values(), strict=True)]
    groups, group = np.unique(np.stack(codes), axis=1, return_inverse=True)
    group = group.reshape(-1)
    names = [in_class_order(column.texts) for column in columns.values()]
    labels = tuple(
        " × ".join(texts[rank] for texts, rank in zip(names, ranks_of, strict=True))
        for ranks_of in groups.T.tolist()
    )

    def count(which: Any) -> IntArray:
        return np.bincount(group[which], minlength=len(labels))

    return PairCounts(
        counts.before,
        counts.after,
        np.arange(len(labels)),
        labels,
        count(slice(None)),
        count(samples.right_before),
        count(samples.right_after),
        count(samples.right_before & samples.right_after),
        samples=replace(samples, truth=group),
        grouped_by=tuple(columns),
    )


def with_groups(counts: PairCounts, groups: Mapping[str, str] | SampleColumn) -> PairCounts:
    """Return the counts with a group for every class: by its name, or by a column of its samples.

    Raises:
        ContractError: A class has no group or several, or samples are not known.
    """
    if isinstance(groups, SampleColumn):
        if counts.samples is None:
            raise ContractError("groups by a column need two files of predictions, matched")
        pairs = pd.DataFrame({"class": counts.samples.truth, "group": groups.codes})
        pairs = pairs.drop_duplicates()
        several = pairs["class"].duplicated()
        if several.any():
            place = pairs["class"][several].iloc[0]
            has = [groups.texts[code] for code in pairs["group"][pairs["class"] == place]]
            raise ContractError(
                f"class {counts.labels[place]!r} has samples of the groups {listed(has)}: a group "
                "holds whole classes; groups of samples are judged with --by"
            )
        named = {counts.labels[k]: groups.texts[g] for k, g in pairs.itertuples(index=False)}
    else:
        named = {str(label): str(group) for label, group in groups.items()}
    lacking = [label for label in counts.labels if label not in named]
    if lacking:
        raise ContractError(
            f"no group is given for {counted(len(lacking), 'class')} of {len(counts.labels)}: "
            f"{listed(lacking)}; give every class one, its own name where it belongs to none"
        )
    return replace(counts, group_of=tuple(named[label] for label in counts.labels))


def of_groups(counts: PairCounts) -> PairCounts:
    """Return the counts of the groups of classes, added up."""
    names = in_class_order(set(counts.group_of or ()))
    place = pd.Index(names).get_indexer(pd.Index(counts.group_of or ()))

    def added(of_classes: IntArray | None) -> Any:
        if of_classes is None:
            return None
        return np.bincount(place, of_classes, minlength=len(names)).astype(np.int64)

    samples = counts.samples
    return replace(
        counts,
        class_index=np.arange(len(names)),
        class_name=tuple(names),
        n_samples=added(counts.n_samples),
        correct_before=added(counts.correct_before),
        correct_after=added(counts.correct_after),
        both_correct=added(counts.both_correct),
        between=None if counts.between is None else tuple(map(added, counts.between)),
        samples=None if samples is None else replace(samples, truth=place[samples.truth]),
        grouped_by=("group",),
        group_of=None,
    )


def pair_of_frames(
    before: object,
    after: object,
    labels: Sequence[object] | None = None,
    *,
    matched: bool = True,
    cluster: str | None = None,
    by: Sequence[str] = (),
    groups: str | None = None,
) -> PairCounts:
    """Return the counts of two tables with columns y_true and y_pred and, if there is one, id.

    Samples are matched by id where both have them, else by the order of rows. `cluster` is a
    column of either, as the columns `by` are, whose groups are then judged, and `groups`, which
    says of each class which group it is of.

    Raises:
        ContractError: A column is missing, or the two are not of the same samples.
    """
    first, second = (_frame(table, name) for table, name in ((before, "before"), (after, "after")))
    if matched and "id" in first and "id" in second:
        second = second.iloc[_places_of_ids(first["id"], second["id"])]
    names = None if labels is None else [str(label) for label in labels]
    truths = [labels_of(frame["y_true"], "y_true", names) for frame in (first, second)]
    orders = [slice(None) if matched else np.argsort(truth, kind="stable") for truth in truths]
    mine, theirs = (truth[order] for truth, order in zip(truths, orders, strict=True))
    if not np.array_equal(mine, theirs):
        raise ContractError(
            "before and after do not hold the same labels row by row, and not both have ids: give "
            "the same samples in the same order, or a column id in both"
            if matched
            else "before and after do not hold equally many samples of each class: both must be "
            "of the same test set"
        )
    answers = [
        labels_of(frame["y_pred"], "y_pred", names, truth)[order]
        for frame, truth, order in zip((first, second), truths, orders, strict=True)
    ]
    columns = {}
    for name in _columns(cluster, groups, *by):
        found = [frame[name] for frame in (first, second) if name in frame]
        if not found:
            raise ContractError(
                f"neither before nor after has a column {name!r}, only {listed(first.columns)}: "
                "name one that says of each sample which cluster or group it is of"
            )
        values = [column_of_values(each.to_numpy(), len(mine), name) for each in found]
        texts = [np.array(each.texts)[each.codes] for each in values]
        if not matched or not np.array_equal(texts[0], texts[-1]):
            raise ContractError(
                f"the column {name!r} of before and after says something else of a sample: each "
                "has one value"
                if matched
                else f"the column {name!r} counts only where samples are matched: leave out "
                "matched=False"
            )
        columns[name] = values[0]
    of_cluster = None if cluster is None else columns[cluster]
    counts = pair_of_labels(mine, answers[0], answers[1], labels, of_cluster)
    counts = grouped(counts, {name: columns[name] for name in by})
    counts = counts if groups is None else with_groups(counts, columns[groups])
    return counts if matched else counts.unmatched()


def _columns(*names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _frame(table: object, name: str) -> pd.DataFrame:
    frame = table if isinstance(table, pd.DataFrame) else pa.table(table).to_pandas()
    lacking = [column for column in ("y_true", "y_pred") if column not in frame]
    if lacking:
        raise ContractError(
            f"{name} has no column {' and no '.join(lacking)}, only {listed(frame.columns)}: "
            "call the true labels y_true and the model's answers y_pred"
        )
    return frame


def _places_of_ids(first: pd.Series[Any], second: pd.Series[Any]) -> IntArray:
    """Return where the samples of the first table stand in the second."""
    for column, name in ((first, "before"), (second, "after")):
        odd = column[column.isna() | column.duplicated()]
        if len(odd):
            raise ContractError(
                f"{name} has a sample with the id {str(odd.iloc[0])!r}, which is none or is there "
                "twice: give every sample an id of its own"
            )
    mine, theirs = (pd.Index(column.astype(str)) for column in (first, second))
    alone = mine.symmetric_difference(theirs)
    if len(alone):
        raise ContractError(
            f"the id {alone[0]!r} is in one of before and after only: both must be of the same "
            "samples"
        )
    return theirs.get_indexer(mine)


def pair_of_files(
    before: Path,
    after: Path | None = None,
    *,
    format_name: str = "predictions",
    options: ImportOptions | None = None,
    matched: bool = True,
    cluster: str | None = None,
    by: Sequence[str] = (),
    groups: str | None = None,
) -> PairCounts:
    """Return the counts of two files, or of one that holds both models, in any importable format.

    Prediction files are matched sample by sample: by their ids where both have them, else by the
    order of their rows, which then must hold the same labels. What was left out of a file and
    why, such as predicted labels that no sample has, is told in the log (level INFO). Arguments
    are as of `check_models`; `after` is None where one file holds both models.

    Raises:
        ContractError: A file cannot be read or holds other than one model, or the two are not of
            the same test set.
    """
    columns = _columns(cluster, groups, *by)
    options = replace(
        options or ImportOptions(),
        paired=matched,
        answers=matched,
        sample_columns=columns,
        between=True,
    )
    found = [_read(path, format_name, options) for path in (before, after) if path is not None]
    if after is None:
        first, second = _both_of(before, found[0])
    else:
        first, second = (_only(*each) for each in zip((before, after), found, strict=True))
    samples = None
    if matched and first.answers is not None and second.answers is not None:
        samples = samples_of(first, second, first.answers, second.answers)
        if samples is None:
            raise ContractError(
                f"{before} and {after} do not hold the same labels row by row, and not both have "
                "ids: write the same test samples in the same order, or a column id into both; "
                "--unpaired compares recalls alone"
            )
        both = samples.truth[samples.right_before & samples.right_after]
        both = np.bincount(both, minlength=len(second.counts.class_names))
        second = replace(second, counts=replace(second.counts, n_both_correct=both))
    counts = _pair_of(first.counts, second.counts, before, after or before)
    kept = {name: column_of(first, second, name) for name in columns}
    if samples is not None and cluster is not None:
        samples = replace(samples, cluster=kept[cluster].codes.astype(np.int64))
    counts = grouped(replace(counts, samples=samples), {name: kept[name] for name in by})
    if not by and second.answers is not None and second.answers.samples.grouped_by:
        counts = replace(counts, grouped_by=second.answers.samples.grouped_by)
    counts = counts if groups is None else with_groups(counts, kept[groups])
    return counts if matched else counts.unmatched()


def _read(path: Path, format_name: str, options: ImportOptions) -> list[Evaluated]:
    """Return every model of a file."""
    if not path.is_file() and not (path.is_dir() and IMPORTERS[format_name].whole_folders):
        what = "is a folder" if path.is_dir() else "is not there"
        raise ContractError(f"{path} {what}: name one file before and one after")
    found = evaluated_models(format_name, path, options)
    for note in dict.fromkeys(note for one in found for note in one.notes):
        log.info("%s", note if str(path) in note else f"{path}: {note}")
    return found


def _only(path: Path, found: Sequence[Evaluated]) -> Evaluated:
    if len(found) != 1:
        draws = all((one.described.model or "").startswith("epoch ") for one in found)
        if draws:
            choose = (
                "say --set epoch=1 to judge one of its epochs, or --set epoch=all --cluster id to "
                "judge all of them"
            )
        else:
            choose = (
                "`rdstats import` makes a recall table of it, then choose with --before and "
                "--after; or, if a column speaks of the samples, say --column "
                f"{_differ(found)[0]}="
            )
        said = "epochs" if draws else f"columns {', '.join(_differ(found))}"
        raise ContractError(
            f"{path} holds {counted(len(found), 'evaluated model')}, as its {said} say, and a pair "
            f"is one before and one after: {choose}"
        )
    return found[0]


def _differ(found: Sequence[Evaluated]) -> list[str]:
    """Return in what several models of a file differ."""
    said = [one.described.said() for one in found]
    names = dict.fromkeys(name for each in said for name in each)
    return [name for name in names if len({each.get(name) for each in said}) > 1] or ["model"]


def _both_of(path: Path, found: Sequence[Evaluated]) -> tuple[Evaluated, Evaluated]:
    """Return the unpruned and the compressed model of one file that holds just these."""
    before = [one for one in found if one.described.is_unpruned()]
    after = [one for one in found if not one.described.is_unpruned()]
    if len(before) != 1 or len(after) != 1:
        raise ContractError(
            f"{path} holds {counted(len(found), 'evaluated model')}, {len(before)} of them said to "
            "be unpruned: give two files, one before and one after, or one with a column baseline; "
            "of a table of many models `rdstats import` makes a recall table: choose from it with "
            "--before and --after"
        )
    return before[0], after[0]


def _pair_of(first: ClassCounts, second: ClassCounts, before: Path, after: Path) -> PairCounts:
    """Return the counts of two models, each in its own order of classes."""
    names = in_class_order({*first.class_names, *second.class_names})
    mine, theirs = (
        pd.DataFrame(
            {
                "n": each.n_samples,
                "right": each.n_correct,
                "both": each.n_both_correct,
                **dict(zip(("least", "most"), each.between or 2 * (each.n_correct,), strict=True)),
            },
            index=list(each.class_names),
        ).reindex(names, fill_value=0)
        for each in (first, second)
    )
    ends = [each[end].to_numpy() for each in (mine, theirs) for end in ("least", "most")]
    is_known = first.between is None and second.between is None
    for name, ours, others in zip(names, mine["n"], theirs["n"], strict=True):
        if ours != others:
            raise ContractError(
                f"class {name!r} has {ours:,} samples in {before} and {others:,} in {after}: both "
                "must be of the same test set"
            )
    return PairCounts(
        {"file": str(before)},
        {"file": str(after)},
        np.arange(len(names)),
        tuple(names),
        mine["n"].to_numpy(),
        mine["right"].to_numpy(),
        theirs["right"].to_numpy(),
        None if second.n_both_correct is None or not is_known else theirs["both"].to_numpy(),
        rounded="rounded" in (first.count_quality, second.count_quality),
        between=None if is_known else (ends[0], ends[1], ends[2], ends[3]),
    )
