"""Two models' answers to the same samples in different orders, joined by the samples' ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.counts import Evaluated
from data_contracts.importers.samples import MISSING_IDS, Answers, IdPlace, UIntArray

_FIRST_BITS = 4
_PARTS = 2**_FIRST_BITS


@dataclass(frozen=True, eq=False)
class Asked:
    """A model's answers to samples that have ids.

    Attributes:
        source: What errors call the model: its file.
        answers: Its answers.
        ids: The samples' ids as numbers, shape (samples,).
    """

    source: str
    answers: Answers
    ids: UIntArray


def joined_by_id(ours: Asked, theirs: Asked) -> npt.NDArray[np.bool_]:
    """Return which samples they answered right, in the order of our samples, shape (samples,).

    Ids are numbers spread evenly over 64 bits, so those with the same first bits are a small
    part of both files. Sorting part by part needs little memory beside the ids.

    Raises:
        ContractError: An id is missing or there twice, one side has an id that the other has
            not, or an id has two true labels; names the id, its file and its line.
    """
    mine, yours = ours.answers.samples, theirs.answers.samples
    if (
        mine.class_names != yours.class_names
        or len(ours.ids) != len(theirs.ids)
        or np.isin(ours.ids, MISSING_IDS).any()
    ):
        raise _difference(ours, theirs)
    right = theirs.answers.is_right()
    joined = np.empty(len(right), dtype=np.bool_)
    our_parts, their_parts = _parts(ours.ids), _parts(theirs.ids)
    for part in range(_PARTS):
        here = _sorted_part(ours.ids, our_parts == part)
        there = _sorted_part(theirs.ids, their_parts == part)
        numbers = ours.ids[here]
        if (
            not np.array_equal(numbers, theirs.ids[there])
            or (numbers[1:] == numbers[:-1]).any()
            or not np.array_equal(mine.truth[here], yours.truth[there])
        ):
            raise _difference(ours, theirs)
        joined[here] = right[there]
    return joined


def _parts(ids: UIntArray) -> npt.NDArray[np.uint8]:
    """Return the first bits of each id: to compare bytes is a fraction of comparing ids."""
    return (ids >> np.uint64(64 - _FIRST_BITS)).astype(np.uint8)


def _sorted_part(ids: UIntArray, is_of_part: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Return where the ids of a part stand, sorted by id."""
    places = np.flatnonzero(is_of_part)
    return places[np.argsort(ids[places])]


def _difference(ours: Asked, theirs: Asked) -> ContractError:
    """Return the error of samples that cannot be joined: the first difference in our file."""
    for side in (ours, theirs):
        missing = np.isin(side.ids, MISSING_IDS)
        if missing.any():
            at = _places(side, missing)[0]
            return ContractError(
                f"{at.place}: column {at.column!r} is {at.text!r}, and samples in two orders are "
                "joined by it: give every row its id"
            )
    for side in (ours, theirs):
        ids, times = np.unique(side.ids, return_counts=True)
        if (times > 1).any():
            first, *others = _places(side, np.isin(side.ids, ids[times > 1]))
            at = others[0] if others else first
            return ContractError(
                f"{at.place}: {at.column} {at.text!r} is there twice, first at {first.place}, so "
                "samples cannot be joined by it: give every sample an id of its own"
            )
    for side, other in ((ours, theirs), (theirs, ours)):
        lacking = ~np.isin(side.ids, other.ids)
        if lacking.any():
            at = _places(side, lacking)[0]
            return ContractError(
                f"{at.place}: {at.column} {at.text!r} is not in {other.source}: both must be of "
                "the same samples"
            )
    return _other_labels(ours, theirs)


def _other_labels(ours: Asked, theirs: Asked) -> ContractError:
    """Return the error of an id, there in both, whose true labels differ."""
    here, there = np.argsort(ours.ids), np.argsort(theirs.ids)
    mine, yours = (
        np.array(side.answers.samples.class_names)[side.answers.samples.truth[order]]
        for side, order in ((ours, here), (theirs, there))
    )
    differs = np.zeros(len(here), dtype=np.bool_)
    differs[here] = mine != yours
    row = int(np.flatnonzero(differs)[0])
    rank = int(np.flatnonzero(here == row)[0])
    at, against = _places(ours, differs)[0], _found(theirs, int(ours.ids[row]))[0]
    return ContractError(
        f"{at.place}: {at.column} {at.text!r} has the true label {str(mine[rank])!r}, but "
        f"{str(yours[rank])!r} at {against.place}: are the ids those of the samples?"
    )


def _places(side: Asked, rows: npt.NDArray[np.bool_]) -> list[IdPlace]:
    """Return where the id of the first of these rows stands."""
    return _found(side, int(side.ids[np.flatnonzero(rows)[0]]))


def _found(side: Asked, number: int) -> list[IdPlace]:
    found = side.answers.find(number)
    if not found:
        raise ContractError(f"{side.source} changed while it was read: import it again")
    return found


_Key = tuple[object, ...]


def paired_with_baselines(found: Sequence[Evaluated]) -> list[Evaluated]:
    """Return the models with `n_both_correct`, where the baseline's answers are there too.

    The baseline is the one of the same study, data set, architecture, model and split. Samples
    are joined by id where both files have ids, else row by row if both have the same labels in
    the same order. A baseline that is there several times with the same answers is kept once.

    Args:
        found: Models, each completely described.

    Raises:
        ContractError: A model has two baselines that differ, or the ids of the model and its
            baseline do not fit (`joined_by_id`).
    """
    baselines: dict[_Key, Evaluated] = {}
    kept = []
    for model in found:
        if model.described.stage == "baseline":
            other = baselines.setdefault(_key(model), model)
            if other is not model and _same(model, other):
                continue
        kept.append(model)
    return [paired(model, baselines.get(_key(model))) for model in kept]


def _key(model: Evaluated) -> _Key:
    said = model.described
    return said.study, said.dataset, said.architecture, said.model, said.split


def _same(model: Evaluated, other: Evaluated) -> bool:
    """Return whether a baseline is the one already known; refuse another one."""
    ours, theirs = model.counts, other.counts
    if ours.class_names == theirs.class_names and all(
        np.array_equal(getattr(ours, name), getattr(theirs, name))
        for name in ("n_samples", "n_correct", "n_predicted")
    ):
        return True
    raise ContractError(
        f"{model.source} and {other.source} are both the baseline of model "
        f"{model.described.model!r}, and they differ: name one of them, or give two models two "
        "names"
    )


def paired(model: Evaluated, baseline: Evaluated | None) -> Evaluated:
    """Return a model with `n_both_correct`, or with a note why that is not known.

    Raises:
        ContractError: The ids of the two do not fit (`joined_by_id`).
    """
    if baseline is None or baseline.answers is None or model.answers is None:
        return model
    if model.counts.n_both_correct is not None:
        return model
    ours, theirs = model.answers, baseline.answers
    places = f"{model.source} and its baseline {baseline.source}"
    if ours.samples.digest == theirs.samples.digest:
        before = theirs.is_right()
    elif ours.samples.ids is None or theirs.samples.ids is None:
        note = (
            f"{places} have other labels row by row and no ids in common: n_both_correct is left "
            "out; give both a column id"
        )
        return replace(model, notes=(*model.notes, note))
    else:
        before = joined_by_id(
            Asked(model.source, ours, ours.samples.ids),
            Asked(baseline.source, theirs, theirs.samples.ids),
        )
    both = ours.samples.truth[ours.is_right() & before]
    names = ours.samples.class_names
    n_both = dict(zip(names, np.bincount(both, minlength=len(names)).tolist(), strict=True))
    counted = np.array([n_both[name] for name in model.counts.class_names], dtype=np.int64)
    return replace(model, counts=replace(model.counts, n_both_correct=counted))
