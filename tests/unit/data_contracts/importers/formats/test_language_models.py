"""The logs of lm-eval, Inspect and lighteval: one set of answers, the same counts by group."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import rdstats as rd
from data_contracts.errors import ContractError
from data_contracts.importers import ImportOptions, evaluated_models, recognised

KEPT = Path(__file__).parents[4] / "fixtures" / "language-models"
LM_EVAL = "samples_invented_2026-11-26T20-00-00.000000.jsonl.gz"
LIGHTEVAL = "details_invented_2026-11-26T20-00-00.000000.parquet"
FILES = {
    "lm-eval": (LM_EVAL, "doc.subject"),
    "inspect-ai": ("inspect.json.gz", "metadata.subject"),
    "lighteval": (LIGHTEVAL, "doc.specific.subject"),
}


@pytest.mark.parametrize(("format_name", "file", "by"), [(k, *v) for k, v in FILES.items()])
def test_the_same_answers_give_the_same_counts_by_group(
    format_name: str, file: str, by: str
) -> None:
    """As they were counted when they were invented; the format is found by itself."""
    counted = pd.read_csv(KEPT / "counts.csv").set_index(["model", "subject"])
    paths = KEPT / "base" / file, KEPT / "quantised" / file
    assert recognised(paths[0]) == format_name
    check = rd.check_models(*paths, by=by)
    found = check.classes.set_index("class_name")
    for model, recalls in (("base", "recall_before"), ("quantised", "recall_after")):
        mine = counted.loc[model].loc[found.index]
        assert (found["n_samples"] == mine["n_samples"]).all()
        assert (found[recalls] * found["n_samples"]).round().eq(mine["n_correct"]).all()
    assert (check.overall["right_to_wrong"], check.overall["wrong_to_right"]) == (30, 3)
    assert check.overall["answers_changed"] is None
    assert check.harmed == ("law",)
    assert rd.check_models(*paths).classes["class_name"].str.startswith("invented").all()


def _lines() -> list[dict[str, Any]]:
    with gzip.open(KEPT / "base" / LM_EVAL, "rt") as stream:
        return [json.loads(line) for line in stream][:60]


def _written(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_questions_meet_by_doc_hash_also_where_one_is_there_twice(tmp_path: Path) -> None:
    """The order of lines does not matter, but that of the same question does."""
    lines = _lines()
    lines.append({**lines[0], "acc": 1.0 - lines[0]["acc"]})
    first = _written(tmp_path / "a.jsonl", lines)
    second = _written(tmp_path / "b.jsonl", [*lines[1:60][::-1], lines[0], lines[60]])
    assert rd.check_models(first, second, margin=0.2).overall["right_to_wrong"] == 0


@pytest.mark.parametrize(
    ("change", "settings", "told"),
    [
        (lambda each: each | {"prompt_hash": "another"}, {}, "the prompt is another one"),
        (lambda each: each | {"prompt_hash": [5]}, {}, "the prompt is another one"),
        (lambda each: each | {"acc": 0.4}, {}, "--confirm partial"),
        (lambda each: each | {"acc": None}, {}, "--confirm unscored"),
        (lambda each: each | {"acc": 12.5}, {}, "neither right"),
        (lambda each: each | {"em": 1, "metrics": ["acc", "em"]}, {}, "more than one metric"),
        (lambda each: each, {"metric": "f1"}, "no metric 'f1', only 'acc'"),
        (lambda each: each, {"filter": "strict"}, "no filter 'strict'"),
        (lambda each: each | {"filter": "" if each["acc"] else "x"}, {}, "more than one filter"),
        (lambda each: {k: v for k, v in each.items() if k != "doc_hash"}, {}, "no doc_hash"),
    ],
)
def test_what_cannot_be_counted_is_told(
    tmp_path: Path,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    settings: dict[str, str],
    told: str,
) -> None:
    """One line, with what to type."""
    first = _written(tmp_path / "a.jsonl", _lines())
    second = _written(tmp_path / "b.jsonl", list(map(change, _lines())))
    with pytest.raises(ContractError, match=re.escape(told)):
        rd.check_models(first, second, options=ImportOptions(settings=settings), margin=0.2)


def test_one_filter_and_one_metric_are_taken_by_name(tmp_path: Path) -> None:
    """Of two filters and two metrics the lines and numbers that are named."""
    lines = [
        each | {"filter": name, "metrics": ["acc", "em"], "em": float(name == "strict")}
        for each in _lines()
        for name in ("strict", "flexible")
    ]
    path = _written(tmp_path / "a.jsonl", lines)
    for name, right in (("strict", 60), ("flexible", 0)):
        settings = {"filter": name, "metric": "em"}
        (model,) = evaluated_models("lm-eval", path, ImportOptions(settings=settings))
        assert (int(model.counts.n_samples[0]), int(model.counts.n_correct[0])) == (60, right)


def test_a_folder_is_one_model_with_a_group_per_task(tmp_path: Path) -> None:
    """As lm-eval leaves one file per task."""
    for task, lines in (("law", _lines()[:40]), ("physics", _lines()[40:])):
        _written(tmp_path / f"samples_{task}_2026-01-01T00-00-00.0.jsonl", lines)
    (model,) = evaluated_models("lm-eval", tmp_path)
    assert dict(zip(model.counts.class_names, model.counts.n_samples, strict=True)) == {
        "law": 40,
        "physics": 20,
    }


def _log(path: Path, values: dict[tuple[int, int], Any], status: str = "success") -> Path:
    """Write a log with the value of each sample and epoch."""
    samples = [
        {"id": name, "epoch": epoch, "input": f"q{name}", "scores": {"match": {"value": value}}}
        for (name, epoch), value in values.items()
    ]
    log = {"version": 2, "status": status, "eval": {"task": "t"}, "samples": samples}
    path.write_text(json.dumps(log))
    return path


def test_inspects_values_are_correct_incorrect_partial_and_none(tmp_path: Path) -> None:
    """A partial answer is right only in part: it has to be confirmed that it is not right."""
    values = {(1, 1): "C", (2, 1): "I", (3, 1): "P", (4, 1): "N", (5, 1): 1.0, (6, 1): True}
    path = _log(tmp_path / "a.json", values)
    with pytest.raises(ContractError, match=r"sample 3: match is 0\.5, between wrong"):
        evaluated_models("inspect-ai", path)
    confirmed = ImportOptions(confirmed=frozenset({"partial"}))
    (model,) = evaluated_models("inspect-ai", path, confirmed)
    assert (int(model.counts.n_samples[0]), int(model.counts.n_correct[0])) == (6, 3)
    with pytest.raises(ContractError, match="status is 'error'"):
        evaluated_models("inspect-ai", _log(tmp_path / "b.json", values, "error"), confirmed)


def test_epochs_are_draws(tmp_path: Path) -> None:
    """Each a model of its own; `check` takes one, or all as samples that belong together."""
    values = {(name, epoch): "CI"[epoch - 1] for name in range(60) for epoch in (1, 2)}
    path = _log(tmp_path / "a.json", values)
    models = evaluated_models("inspect-ai", path)
    assert [each.described.model for each in models] == ["epoch 1", "epoch 2"]
    assert [int(each.counts.n_correct[0]) for each in models] == [60, 0]
    with pytest.raises(ContractError, match="--set epoch=1"):
        rd.check_models(path, path, margin=0.1)
    for epoch, samples in (("1", 60), ("all", 120)):
        options = ImportOptions(settings={"epoch": epoch})
        check = rd.check_models(path, path, margin=0.1, options=options, cluster="id")
        assert (check.overall["n_samples"], check.overall["clusters"]) == (samples, 60)
