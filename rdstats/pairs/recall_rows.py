"""Two evaluated models of a recall table: which ones are meant, and their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts import read_recall_table
from data_contracts.schema import BASELINE_KEY, EVALUATED_MODEL
from data_contracts.words import counted
from rdstats.errors import StatsError
from rdstats.output.words import ratio_text, up_to_ten
from rdstats.pairs.counts import PairCounts
from rdstats.tables.selection import known_value, read_ratio

Where = Mapping[str, str]
"""Values of some columns of `EVALUATED_MODEL`, as texts: which evaluated model is meant."""

_Model = dict[str, Any]


def pair_of_rows(
    table: pa.Table,
    before: Where | None = None,
    after: Where | None = None,
    *,
    matched: bool = True,
) -> PairCounts:
    """Return the counts of two evaluated models; arguments as of `check_recall_table`.

    Raises:
        StatsError: No evaluated model is meant, or more than one; the two do not have the same
            classes and samples.
    """
    models = _evaluated_models(table)
    compressed = [each for each in models if each["stage"] != "baseline"]
    asks_for_any = {"stage", "method"} & set(after or ())
    later = _only(models, models if asks_for_any else compressed or models, after, "--after")
    if before is None:
        found = [each for each in models if _is_baseline(each, later)]
        if not found:
            raise StatsError(
                f"the table has no baseline of {_telling(later, models)}; name what came before "
                "with --before COLUMN=VALUE, or add the table that holds it"
            )
        earlier = found[0]
    else:
        near = [
            each
            for each in models
            if each != later and all(each[name] == later[name] for name in ("dataset", "split"))
        ]
        earlier = _only(models, near, before, "--before")
    return _pair_of(table, earlier, later, matched=matched)


def pair_of_recall_tables(before: Path, after: Path, *, matched: bool = True) -> PairCounts:
    """Return the counts of two files, each of which brings one evaluated model of its own.

    Raises:
        ContractError: A file breaks the contract.
        StatsError: One brings none or several; or as `pair_of_rows`.
    """
    mine, theirs = (_evaluated_models(read_recall_table(path)) for path in (before, after))
    added = [each for each in theirs if each not in mine]
    for path, models, own in ((before, mine, ""), (after, added, " of its own")):
        if len(models) != 1:
            raise StatsError(
                f"{path} holds {counted(len(models), 'evaluated model')}{own}, and a pair is one "
                "before and one after: give one table and choose with --before COLUMN=VALUE and "
                "--after COLUMN=VALUE"
            )
    table = read_recall_table([after] if len(theirs) > len(added) else [before, after])
    return _pair_of(table, mine[0], added[0], matched=matched)


def _evaluated_models(table: pa.Table) -> list[_Model]:
    """Return every evaluated model's key, in the table's order."""
    keys = table.select(EVALUATED_MODEL).group_by(list(EVALUATED_MODEL), use_threads=False)
    found: list[_Model] = keys.aggregate([]).to_pylist()
    return found


def _is_baseline(model: _Model, of: _Model) -> bool:
    shared = [name for name in BASELINE_KEY if name != "class_index"]
    return model["stage"] == "baseline" and all(model[name] == of[name] for name in shared)


def _only(
    models: Sequence[_Model], candidates: Sequence[_Model], where: Where | None, option: str
) -> _Model:
    """Return the only candidate that has these values."""
    where = where or {}
    for column in where:
        known_value(f"{option} column", column, EVALUATED_MODEL)
    wanted = {name: read_ratio(text) if name == "ratio" else text for name, text in where.items()}
    found = [each for each in candidates if wanted.items() <= each.items()]
    if len(found) == 1:
        return found[0]
    asked = " ".join(f"{option} {name}={text}" for name, text in where.items())
    there = up_to_ten([_telling(each, models) for each in (found or candidates)])
    if not found:
        raise StatsError(f"no evaluated model has {asked or option}; there are: {there}")
    meant = f"{asked} means {len(found)}" if asked else f"the table holds {len(found)}"
    raise StatsError(
        f"{meant} evaluated models, and a pair is one before and one after: choose with "
        f"{option} COLUMN=VALUE, repeated; there are: {there}"
    )


def _telling(model: _Model, among: Sequence[_Model]) -> str:
    """Return what tells an evaluated model from the others."""
    names = [n for n in EVALUATED_MODEL if len({each[n] for each in among}) > 1] or ["model"]
    texts = (
        f"{name}={ratio_text(model[name]) if name == 'ratio' else model[name]}" for name in names
    )
    return " ".join(texts)


def _pair_of(table: pa.Table, earlier: _Model, later: _Model, *, matched: bool) -> PairCounts:
    first, second = (_rows(table, each) for each in (earlier, later))
    mine, theirs = (
        dict(zip(each["class_index"].to_pylist(), each["n_samples"].to_pylist(), strict=True))
        for each in (first, second)
    )
    if odd := sorted(mine.keys() ^ theirs.keys()):
        raise StatsError(
            f"before and after do not have the same classes ({up_to_ten([str(c) for c in odd])} "
            "in one only); compare two evaluations on the same test set"
        )
    for index in mine:
        if mine[index] != theirs[index]:
            raise StatsError(
                f"class {index} has {mine[index]} samples before and {theirs[index]} after; "
                "compare two evaluations on the same test set"
            )
    both = second["n_both_correct"]
    is_matched = matched and _is_baseline(earlier, later) and not both.null_count
    qualities = {*first["count_quality"].to_pylist(), *second["count_quality"].to_pylist()}
    return PairCounts(
        before=earlier,
        after=later,
        class_index=first["class_index"].to_numpy().astype(np.int64),
        class_name=tuple(first["class_name"].to_pylist()),
        n_samples=first["n_samples"].to_numpy(),
        correct_before=first["n_correct"].to_numpy(),
        correct_after=second["n_correct"].to_numpy(),
        both_correct=both.to_numpy() if is_matched else None,
        rounded="rounded" in qualities,
    )


def _rows(table: pa.Table, model: _Model) -> pa.Table:
    """Return the rows of one evaluated model, its classes ascending."""
    keep = pa.scalar(True)
    for name, value in model.items():
        keep = pc.and_(keep, pc.equal(table.column(name), value))
    return table.filter(keep).sort_by("class_index")
