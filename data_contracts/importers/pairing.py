"""Each model beside its baseline, sample by sample: `n_both_correct`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from data_contracts.errors import ContractError
from data_contracts.importers.answers import Answers, Samples, UIntArray
from data_contracts.importers.evaluated import Evaluated

_Key = tuple[object, ...]


def paired_with_baselines(found: Sequence[Evaluated]) -> list[Evaluated]:
    """Return the models with `n_both_correct`, where the baseline's answers are there too.

    The baseline is the one of the same study, data set, architecture, model and split. Samples
    are joined by id where both files have ids, else row by row if both have the same labels in
    the same order. A baseline that is there several times with the same answers is kept once.

    Args:
        found: Models, each completely described.

    Raises:
        ContractError: A model has two baselines that differ, an id is there twice, or the model
            and its baseline were asked other samples.
    """
    baselines: dict[_Key, Evaluated] = {}
    kept = []
    for model in found:
        if model.described.stage == "baseline":
            other = baselines.setdefault(_key(model), model)
            if other is not model and _same(model, other):
                continue
        kept.append(model)
    return [_paired(model, baselines.get(_key(model))) for model in kept]


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


def _paired(model: Evaluated, baseline: Evaluated | None) -> Evaluated:
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
        before = _joined(ours.samples, theirs, places)
    both = ours.samples.truth[ours.is_right() & before]
    names = ours.samples.class_names
    n_both = dict(zip(names, np.bincount(both, minlength=len(names)).tolist(), strict=True))
    counted = np.array([n_both[name] for name in model.counts.class_names], dtype=np.int64)
    return replace(model, counts=replace(model.counts, n_both_correct=counted))


def _joined(samples: Samples, baseline: Answers, places: str) -> npt.NDArray[np.bool_]:
    """Return the baseline's right answers in the order of another file's samples."""
    ours = _sorted_by_id(samples, places)
    theirs = _sorted_by_id(baseline.samples, places)
    left, right = samples.ids, baseline.samples.ids
    if left is None or right is None or not np.array_equal(left[ours], right[theirs]):
        raise ContractError(f"{places} have other ids: both must be of the same samples")
    if samples.class_names != baseline.samples.class_names or not np.array_equal(
        samples.truth[ours], baseline.samples.truth[theirs]
    ):
        raise ContractError(
            f"{places} give the same id other true labels: are the ids those of the samples?"
        )
    before = np.empty(len(ours), dtype=np.bool_)
    before[ours] = baseline.is_right()[theirs]
    return before


def _sorted_by_id(samples: Samples, places: str) -> npt.NDArray[np.intp]:
    ids: UIntArray = samples.ids if samples.ids is not None else np.zeros(0, dtype=np.uint64)
    order = np.argsort(ids, kind="stable")
    if (ids[order][1:] == ids[order][:-1]).any():
        raise ContractError(f"{places}: an id is there twice, so samples cannot be joined by it")
    return order
