"""Inspect's logs as JSON: a sample per question and epoch, each with the values of its scorers.

As inspect_ai 0.3 writes them (`inspect eval --log-format json`, `inspect log convert --to json`).
Samples are joined by `id`; where `input` differs they were asked otherwise. Values are C, I, P and
N (correct, incorrect, partial, no answer) or numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from data_contracts.errors import ContractError
from data_contracts.importers import graded
from data_contracts.importers.described import Described, ImportOptions
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.graded import Graded, chosen, digest_of, graded_model
from data_contracts.importers.read.containers import opened, with_packed
from data_contracts.importers.read.records import logged_json
from data_contracts.limits import PARSED, read_all

SUFFIXES = (*with_packed(".json"), ".eval")
CONFIRMED = graded.CONFIRMED | {"unfinished": "the evaluation did not finish"}
FILES = "*.json*"

_SCORES: Final = {"C": 1, "I": 0, "P": 0.5, "N": 0, "yes": 1, "true": 1, "no": 0, "false": 0}
_CONVERT = "write JSON with: inspect log convert --to json --output-dir DIR"


def recognises(path: Path) -> bool:
    """Return whether a file or folder is Inspect's."""
    if path.is_dir():
        return any(map(recognises, path.rglob("*.json"))) or any(path.rglob("*.eval"))
    if path.suffix == ".eval":
        return True
    try:
        with opened(path) as stream:
            head = stream.read(1 << 13)
    except ContractError:
        return False
    return head.lstrip().startswith(b"{") and b'"eval"' in head and b'"status"' in head


def read(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield a model for each epoch: a draw of the same model, as another seed would be.

    `--set epoch=2` reads one of them, `--set epoch=all` all as samples, which `--cluster id` joins.
    """
    logs = [_log(file, options) for file in graded.files_in(path, FILES)]
    names = [_task(log) for _, log in logs]
    if len(set(names)) < len(names):
        raise ContractError(f"{path} has several logs of one task: leave one, or name its file")
    epochs = sorted({each.get("epoch", 1) for _, log in logs for each in log["samples"]})
    asked = options.settings.get("epoch")
    if asked not in (None, "all"):
        epochs = [int(chosen("epoch", list(map(str, epochs)), str(path), options))]
    if asked == "all":
        yield graded_model(_rows(logs, epochs, options), str(path), options)
        return
    for epoch in epochs:
        several = len(epochs) > 1
        source = f"{path} (epoch {epoch})" if several else str(path)
        described = Described(model=f"epoch {epoch}") if several else Described()
        yield graded_model(_rows(logs, [epoch], options), source, options, described)


def _rows(
    logs: list[tuple[Path, dict[str, Any]]], epochs: list[int], options: ImportOptions
) -> Iterator[Graded]:
    for file, log in logs:
        task = _task(log)
        samples = [each for each in log["samples"] if each.get("epoch", 1) in epochs]
        there = list(dict.fromkeys(name for each in samples for name in _values(each)))
        metric = chosen("metric", there, str(file), options)
        for each in samples:
            name, epoch = str(each.get("id")), each.get("epoch", 1)
            place = f"{file}, sample {name}" + (f", epoch {epoch}" if epoch > 1 else "")
            value = _values(each).get(metric)
            score = _SCORES.get(value, value) if isinstance(value, str) else value
            fields = {key: each.get(key) for key in ("id", "epoch", "target", "metadata")}
            yield Graded(
                place,
                task,
                name if len(epochs) == 1 else f"{name}, epoch {epoch}",
                metric,
                score,
                fields,
                _asked(each.get("input")),
            )


def _task(log: Mapping[str, Any]) -> str:
    return str(log["eval"].get("task") or "all")


def _values(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each scorer, and of each key of one that gives several."""
    found: dict[str, Any] = {}
    for name, score in (sample.get("scores") or {}).items():
        value = score.get("value") if isinstance(score, dict) else None
        parts = value if isinstance(value, dict) else None
        found |= {name: value} if parts is None else {f"{name}.{k}": v for k, v in parts.items()}
    return found


def _asked(value: Any) -> str:
    """Return what tells one input from others; the ids of messages are others in every run."""
    if isinstance(value, list):
        value = [
            [part.get("role"), part.get("content")] for part in value if isinstance(part, dict)
        ]
    return digest_of(value)


def _log(path: Path, options: ImportOptions) -> tuple[Path, dict[str, Any]]:
    if path.suffix == ".eval":
        raise ContractError(f"{path} is packed in Inspect's own way: {_CONVERT}")
    with opened(path) as stream:
        log = logged_json(read_all(stream, path, PARSED), str(path))
    if not isinstance(log, dict) or not isinstance(log.get("eval"), dict):
        raise ContractError(f"{path} has no key eval: is it a log of Inspect? Else {_CONVERT}")
    status = log.get("status")
    if status != "success" and "unfinished" not in options.confirmed:
        raise ContractError(
            f"{path}: its status is {status!r}: finish it with `inspect eval-retry`, or say "
            "--confirm unfinished"
        )
    samples = log.get("samples")
    listed = isinstance(samples, list) and all(isinstance(each, dict) for each in samples)
    if not samples or not listed:
        raise ContractError(f"{path} has no samples: was it written with --no-log-samples?")
    for each in samples:
        if type(each.get("epoch", 1)) is not int or not isinstance(each.get("scores") or {}, dict):
            raise ContractError(
                f"{path}, sample {each.get('id')!r}: epoch is no whole number, or scores no object "
                f"of scorers: is it a log of Inspect? Else {_CONVERT}"
            )
    return path, log
