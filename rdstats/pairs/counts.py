"""Two evaluated models out of a recall table, side by side: what `check` judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.schema import EVALUATED_MODEL, TRAINED_MODEL
from rdstats.errors import StatsError
from rdstats.output.order import ratio_text
from rdstats.output.words import listed
from rdstats.statistics.arrays import IntArray
from rdstats.tables.selection import known_value, read_ratio

_TRAINED: Final = (*TRAINED_MODEL, "split")
Where = Mapping[str, str]
"""Values of some of the columns `EVALUATED_MODEL`, as texts: which evaluated model is meant."""

_Evaluation = dict[str, Any]


@dataclass(frozen=True)
class PairCounts:
    """Counts of the same classes before and after; arrays have shape (classes,).

    Attributes:
        before: The evaluation before, its columns `EVALUATED_MODEL`.
        after: The evaluation after.
        class_index: The classes, ascending.
        class_name: Their names, None where the table gives none.
        n_samples: Test samples.
        correct_before: Right predictions before; likewise after.
        correct_after: Right predictions after.
        both_correct: Right in both; None where images are not matched.
        rounded: Whether a count was recovered from a rounded recall.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    class_index: IntArray
    class_name: tuple[str | None, ...]
    n_samples: IntArray
    correct_before: IntArray
    correct_after: IntArray
    both_correct: IntArray | None
    rounded: bool

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes' names, their indices where they have none."""
        return tuple(
            str(index) if name is None else name
            for index, name in zip(self.class_index.tolist(), self.class_name, strict=True)
        )

    def lost_and_gained(self, both_correct: IntArray) -> tuple[IntArray, IntArray]:
        """Return the images right before and wrong after, and those the other way round."""
        return self.correct_before - both_correct, self.correct_after - both_correct


def pair_counts(
    table: pa.Table,
    before: Where | None = None,
    after: Where | None = None,
    *,
    matched: bool = True,
) -> PairCounts:
    """Return the counts of one pair out of a recall table.

    Args:
        table: A recall table, or the union of several.
        before: Which evaluated model; by default the unpruned version of `after`.
        after: Which evaluated model; by default the only compressed one there is.
        matched: Use `n_both_correct`, where the table has it for this pair.

    Raises:
        StatsError: No evaluated model is meant, or more than one; the two do not have the same
            classes and samples.
    """
    there = [dict(zip(EVALUATED_MODEL, key, strict=True)) for key in evaluations(table)]
    later = _one(there, _compressed(there, after or {}), after or {}, "--after")
    if before is None:
        wanted = {name: later[name] for name in _TRAINED}
        bases = [e for e in there if e["stage"] == "baseline" and _is(e, wanted)]
        if not bases:
            raise StatsError(
                f"the table has no baseline of {_words(later, there)}; name what came before with "
                "--before COLUMN=VALUE, or add the table that holds it"
            )
        earlier = bases[0]
    else:
        near = [
            e for e in there if _is(e, {n: later[n] for n in ("dataset", "split")}) and e != later
        ]
        earlier = _one(near, near, before, "--before")
    return _beside(table, earlier, later, matched=matched)


def evaluations(table: pa.Table) -> list[tuple[Any, ...]]:
    """Return the columns `EVALUATED_MODEL` of every evaluated model, in the table's order."""
    keys = (
        table.select(EVALUATED_MODEL)
        .group_by(list(EVALUATED_MODEL), use_threads=False)
        .aggregate([])
    )
    return list(zip(*(keys.column(name).to_pylist() for name in EVALUATED_MODEL), strict=True))


def _compressed(there: Sequence[_Evaluation], where: Where) -> list[_Evaluation]:
    """Return what may be meant by `after`: no baseline, unless one is asked for."""
    if {"stage", "method"} & where.keys():
        return list(there)
    return [evaluation for evaluation in there if evaluation["stage"] != "baseline"] or list(there)


def _one(
    there: Sequence[_Evaluation], candidates: Sequence[_Evaluation], where: Where, option: str
) -> _Evaluation:
    """Return the only candidate that is meant."""
    for column in where:
        known_value(f"{option} column", column, EVALUATED_MODEL)
    wanted = {name: read_ratio(text) if name == "ratio" else text for name, text in where.items()}
    found = [evaluation for evaluation in candidates if _is(evaluation, wanted)]
    if len(found) == 1:
        return found[0]
    asked = " ".join(f"{option} {name}={text}" for name, text in where.items())
    words = listed([_words(evaluation, there) for evaluation in (found or candidates)])
    if not found:
        raise StatsError(f"no evaluated model has {asked or option}; there are: {words}")
    meant = f"{asked} means {len(found)}" if asked else f"the table holds {len(found)}"
    raise StatsError(
        f"{meant} evaluated models, and a pair is one before and one after: choose with "
        f"{option} COLUMN=VALUE, repeated; there are: {words}"
    )


def _is(evaluation: _Evaluation, wanted: Mapping[str, Any]) -> bool:
    return all(evaluation[name] == value for name, value in wanted.items())


def _words(evaluation: _Evaluation, among: Sequence[_Evaluation]) -> str:
    """Return what tells an evaluation from the others."""
    telling = [n for n in EVALUATED_MODEL if len({e[n] for e in among}) > 1] or ["model"]
    texts = (
        f"{name}={ratio_text(evaluation[name]) if name == 'ratio' else evaluation[name]}"
        for name in telling
    )
    return " ".join(texts)


def _beside(
    table: pa.Table, earlier: _Evaluation, later: _Evaluation, *, matched: bool
) -> PairCounts:
    first, second = _rows(table, earlier), _rows(table, later)
    classes = [rows.column("class_index").to_pylist() for rows in (first, second)]
    if classes[0] != classes[1]:
        odd = sorted(set(classes[0]) ^ set(classes[1]))
        raise StatsError(
            f"before and after do not have the same classes ({listed([str(c) for c in odd])} "
            "in one only); compare two evaluations on the same test set"
        )
    samples = [_integers(rows, "n_samples") for rows in (first, second)]
    if (samples[0] != samples[1]).any():
        place = int(np.argmax(samples[0] != samples[1]))
        raise StatsError(
            f"class {classes[0][place]} has {samples[0][place]} samples before and "
            f"{samples[1][place]} after; compare two evaluations on the same test set"
        )
    own_baseline = earlier["stage"] == "baseline" and _is(
        earlier, {name: later[name] for name in _TRAINED}
    )
    both = second.column("n_both_correct")
    is_matched = matched and own_baseline and both.null_count == 0
    qualities = {q for rows in (first, second) for q in rows.column("count_quality").to_pylist()}
    return PairCounts(
        before=earlier,
        after=later,
        class_index=np.array(classes[0], dtype=np.int64),
        class_name=tuple(first.column("class_name").to_pylist()),
        n_samples=samples[0],
        correct_before=_integers(first, "n_correct"),
        correct_after=_integers(second, "n_correct"),
        both_correct=_integers(second, "n_both_correct") if is_matched else None,
        rounded="rounded" in qualities,
    )


def _rows(table: pa.Table, evaluation: _Evaluation) -> pa.Table:
    keep = pa.scalar(True)
    for name, value in evaluation.items():
        keep = pc.and_(keep, pc.equal(table.column(name), value))
    return table.filter(keep).sort_by("class_index")


def _integers(rows: pa.Table, name: str) -> IntArray:
    return np.asarray(rows.column(name).to_pylist(), dtype=np.int64)
