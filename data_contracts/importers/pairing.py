"""What two models both got right: samples joined by their ids, or by the order of their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.evaluated import Answers, BoolArray, Evaluated, IdPlace
from data_contracts.importers.labels import MISSING_IDS, UIntArray

_FIRST_BITS = 4
_PARTS = 2**_FIRST_BITS

_Key = tuple[object, ...]


def paired_with_baselines(found: Sequence[Evaluated]) -> list[Evaluated]:
    """Return the models with `n_both_correct`, where the baseline's answers are there too.

    The baseline is the one of the same study, data set, architecture, model and split. One that
    is there several times with the same counts is kept once; with other counts it is refused.
    """
    baselines: dict[_Key, Evaluated] = {}
    kept = []
    for model in found:
        if model.described.stage == "baseline":
            other = baselines.setdefault(_key(model), model)
            if other is not model:
                if not _same_counts(model, other):
                    raise ContractError(
                        f"{model.source} and {other.source} are both the baseline of model "
                        f"{model.described.model!r}, and they differ: name one of them, or give "
                        "two models two names"
                    )
                continue
        kept.append(model)
    return [_paired(model, baselines.get(_key(model))) for model in kept]


def _key(model: Evaluated) -> _Key:
    said = model.described
    return said.study, said.dataset, said.architecture, said.model, said.split


def _same_counts(model: Evaluated, other: Evaluated) -> bool:
    ours, theirs = model.counts, other.counts
    return ours.class_names == theirs.class_names and all(
        np.array_equal(getattr(ours, name), getattr(theirs, name))
        for name in ("n_samples", "n_correct", "n_predicted")
    )


def _paired(model: Evaluated, baseline: Evaluated | None) -> Evaluated:
    if baseline is None or baseline.answers is None or model.answers is None:
        return model
    if model.counts.n_both_correct is not None:
        return model
    right = in_our_order(model, baseline, baseline.answers.is_right())
    if right is None:
        note = (
            f"{model.source} and its baseline {baseline.source} have other labels row by row and "
            "no ids in common: n_both_correct is left out; give both a column id"
        )
        return replace(model, notes=(*model.notes, note))
    mine = model.answers.samples
    both = mine.truth[model.answers.is_right() & right]
    counted = np.bincount(both, minlength=len(mine.class_names))
    return replace(model, counts=replace(model.counts, n_both_correct=counted))


def in_our_order(
    ours: Evaluated, theirs: Evaluated, values: npt.NDArray[Any], *, by_order: bool = False
) -> npt.NDArray[Any] | None:
    """Return values of their samples, shape (samples,), in the order of ours.

    Samples are joined by id where both files have ids. Where neither has (`by_order`: one of them
    may have), they are joined row by row, if both files have the same labels in the same order.
    None where a file does not say which samples were right, or where there are no ids to join by
    and the labels row by row are others.

    Raises:
        ContractError: An id is missing or there twice, one side has an id that the other has
            not, an id has two true labels, or its prompts differ; names the id, its file and its
            line.
    """
    if ours.answers is None or theirs.answers is None:
        return None
    mine, yours = ours.answers.samples, theirs.answers.samples
    if (mine.ids is None) != (yours.ids is None) and not by_order:
        return None
    arrays = [values, *([] if yours.asked is None else [yours.asked])]
    if mine is not yours and not (
        mine.class_names == yours.class_names
        and np.array_equal(mine.truth, yours.truth)
        and (mine.ids is None or yours.ids is None or np.array_equal(mine.ids, yours.ids))
    ):
        if mine.ids is None or yours.ids is None:
            return None
        our_side = _Side(ours.source, ours.answers, mine.ids)
        arrays = _joined_by_id(our_side, _Side(theirs.source, theirs.answers, yours.ids), arrays)
    found, *asked = arrays
    if mine.ids is not None and mine.asked is not None and asked:
        others = mine.asked != asked[0]
        if others.any():
            at = ours.answers.find(int(mine.ids[np.argmax(others)]))[0]
            raise ContractError(
                f"{at.place}: the prompt is another one than in {theirs.source}, as in "
                f"{others.sum():,} of {len(others):,} samples: evaluate both models with the same "
                "examples, template and instruction"
            )
    return found


@dataclass(frozen=True, eq=False)
class _Side:
    """A model's answers to samples that have ids; `source` is what errors call it."""

    source: str
    answers: Answers
    ids: UIntArray

    def places_of_id(self, row: int | np.intp) -> list[IdPlace]:
        """Return where the id of a row stands in the file, its first two places."""
        found = self.answers.find(int(self.ids[row]))
        if not found:
            raise ContractError(f"{self.source} changed while it was read: import it again")
        return found


def _joined_by_id(
    ours: _Side, theirs: _Side, arrays: Sequence[npt.NDArray[Any]]
) -> list[npt.NDArray[Any]]:
    """Return arrays of their samples in the order of our samples, each of shape (samples,).

    Ids are numbers spread evenly over 64 bits, so those with the same first bits are a small
    part of both files. Sorting part by part needs little memory beside the ids.
    """
    mine, yours = ours.answers.samples, theirs.answers.samples
    if (
        mine.class_names != yours.class_names
        or len(ours.ids) != len(theirs.ids)
        or np.isin(ours.ids, MISSING_IDS).any()
    ):
        raise _difference(ours, theirs)
    joined = [np.empty_like(values) for values in arrays]
    # To compare bytes is a fraction of comparing ids.
    our_parts, their_parts = (
        (ids >> np.uint64(64 - _FIRST_BITS)).astype(np.uint8) for ids in (ours.ids, theirs.ids)
    )
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
        for found, values in zip(joined, arrays, strict=True):
            found[here] = values[there]
    return joined


def _sorted_part(ids: UIntArray, is_of_part: BoolArray) -> npt.NDArray[np.intp]:
    """Return where the ids of a part stand, sorted by id."""
    places = np.flatnonzero(is_of_part)
    return places[np.argsort(ids[places])]


def _difference(ours: _Side, theirs: _Side) -> ContractError:
    """Return the error of samples that cannot be joined: the first difference in our file."""
    for side in (ours, theirs):
        missing = np.isin(side.ids, MISSING_IDS)
        if missing.any():
            at = side.places_of_id(np.argmax(missing))[0]
            return ContractError(
                f"{at.place}: column {at.column!r} is {at.text!r}, and samples in two orders are "
                "joined by it: give every row its id"
            )
    for side in (ours, theirs):
        ids, times = np.unique(side.ids, return_counts=True)
        if (times > 1).any():
            first, *others = side.places_of_id(np.argmax(np.isin(side.ids, ids[times > 1])))
            at = others[0] if others else first
            return ContractError(
                f"{at.place}: {at.column} {at.text!r} is there twice, first at {first.place}, so "
                "samples cannot be joined by it: give every sample an id of its own"
            )
    for side, other in ((ours, theirs), (theirs, ours)):
        lacking = ~np.isin(side.ids, other.ids)
        if lacking.any():
            at = side.places_of_id(np.argmax(lacking))[0]
            return ContractError(
                f"{at.place}: {at.column} {at.text!r} is not in {other.source}: both must be of "
                "the same samples"
            )
    # An id, there in both, has two true labels.
    here, there = np.argsort(ours.ids), np.argsort(theirs.ids)
    mine, yours = (
        np.array(side.answers.samples.class_names)[side.answers.samples.truth[order]]
        for side, order in ((ours, here), (theirs, there))
    )
    differ = np.flatnonzero(mine != yours)
    rank = differ[np.argmin(here[differ])]  # the first in our file
    at, against = ours.places_of_id(here[rank])[0], theirs.places_of_id(there[rank])[0]
    return ContractError(
        f"{at.place}: {at.column} {at.text!r} has the true label {str(mine[rank])!r}, but "
        f"{str(yours[rank])!r} at {against.place}: are the ids those of the samples?"
    )
