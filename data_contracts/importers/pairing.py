"""Each model beside its baseline, sample by sample: `n_both_correct`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data_contracts.errors import ContractError
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.joining import Asked, joined_by_id

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
        before = joined_by_id(
            Asked(model.source, ours, ours.samples.ids),
            Asked(baseline.source, theirs, theirs.samples.ids),
        )
    both = ours.samples.truth[ours.is_right() & before]
    names = ours.samples.class_names
    n_both = dict(zip(names, np.bincount(both, minlength=len(names)).tolist(), strict=True))
    counted = np.array([n_both[name] for name in model.counts.class_names], dtype=np.int64)
    return replace(model, counts=replace(model.counts, n_both_correct=counted))
