"""Parts: a small file for each condition of a model that is done.

A condition is done if its part is there and is what was written. What a part is called follows
from all that its counts follow from, so a study may grow around it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from data_contracts import ContractError
from data_contracts.writing import TEMPORARY, write_whole
from train_backend.errors import TrainError
from train_backend.methods import CHIP, LTH, LTH_RANDOM
from train_backend.plugins import owners
from train_backend.running.provenance import CODE_VERSION, Origin
from train_backend.studies.conditions import Condition, conditions_of
from train_backend.studies.recipes import RECIPE_VERSION
from train_backend.studies.study import Study, resolved_settings
from train_backend.studies.weights import weights_hash
from train_backend.training.evaluation import Counts
from train_backend.training.loop import Epoch

# The underscore keeps the parts out when the study's folder itself is read as a recall table.
PARTS = "_parts"
WEIGHTS = "weights"

PART_VERSION = 2
"""Raise it when a part holds something else: older ones are then done again."""

DECIDE_NO_COUNTS = "models", "methods", "ratios", "control", "keep_weights", "predictions"
"""Keys of [study] that say which conditions there are, and nothing of any one's counts."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Finished:
    """What one condition of a model has left.

    Attributes:
        counts: What it counts on the test images; None, as all below, where training diverged.
        parameters: Of the whole network.
        parameters_nonzero: Of those, not zero; None where weights have fewer bits instead.
        answers: Its predicted classes of the test images, by `packed_classes`.
        labels: Their true classes, likewise; of the unpruned model alone.
        history: Of its training; empty where there was none.
        diverged: How, in words; empty where it did not.
        weights: The content of a safetensors file, where the study keeps them.
    """

    model: int
    condition: Condition
    counts: Counts | None = None
    parameters: int = 0
    parameters_nonzero: int | None = 0
    answers: str = ""
    labels: str = ""
    history: tuple[Epoch, ...] = ()
    diverged: str = ""
    weights: bytes | None = None


AS_THEY_ARE = "parameters", "parameters_nonzero", "answers", "labels", "diverged"
"""Attributes that a part holds as they are."""


def packed_classes(classes: Tensor) -> str:
    """Return classes of images in some hundred letters a thousand: zlib of uint16, in base64."""
    return b64encode(zlib.compress(classes.cpu().numpy().astype("<u2").tobytes())).decode()


def unpacked_classes(text: str) -> npt.NDArray[np.uint16]:
    """Return what `packed_classes` packed, uint16."""
    return np.frombuffer(zlib.decompress(b64decode(text)), dtype="<u2")


@dataclass(frozen=True)
class Job:
    """The conditions of one model that are left to do, in the order of `conditions_of`."""

    study: Study
    model: int
    conditions: tuple[Condition, ...]


@lru_cache
def _settings(study: Study, tables: tuple[str, ...]) -> str:
    settings = resolved_settings(study)
    for key in DECIDE_NO_COUNTS:
        settings["study"].pop(key, None)
    return json.dumps([settings.get(table) for table in tables], sort_keys=True)


def digest_of(study: Study, model: int, condition: Condition) -> str:
    """Return a hash of all that the counts of one condition follow from."""
    own = {LTH: ("lth",), LTH_RANDOM: ("lth",), CHIP: ("chip",)}.get(condition.method, ())
    settings = _settings(study, ("study", "recipe", *own))
    key = [settings, model, str(condition), RECIPE_VERSION, CODE_VERSION, PART_VERSION]
    if study.weights:
        key.append(weights_hash(study.weights, model))
    named = ("dataset", study.dataset), ("architecture", study.architecture)
    key += [plugin.sha256 for plugin in owners([*named, ("method", condition.method)])]
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]


def part_path(out: Path, study: Study, model: int, condition: Condition) -> Path:
    """Return where the part of a condition lies."""
    name = str(condition).replace(" ", "-")
    return out / PARTS / f"{model}-{name}-{digest_of(study, model, condition)}.json"


def write_part(out: Path, study: Study, finished: Finished, origin: Origin) -> None:
    """Write weights, if they are kept, and the part; the part last: it says that all is done.

    Raises:
        ContractError: The disk is full, or the folder cannot be written.
    """
    path = part_path(out, study, finished.model, finished.condition)
    content = {
        "counts": None if finished.counts is None else asdict(finished.counts),
        **{name: getattr(finished, name) for name in AS_THEY_ARE},
        "history": [list(epoch) for epoch in finished.history],
        "origin": origin,
    }
    # A hash in it, so that a flipped bit, or half a file after a power cut, is seen.
    text = json.dumps({**content, "sha256": _hash(path, content)})
    temporary = path.with_name(TEMPORARY.replace("*", path.stem))
    try:
        if finished.weights is not None:
            name = str(finished.condition).replace(" ", "-")
            folder = out / WEIGHTS / str(finished.model)
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(folder / f"{name}.safetensors", finished.weights)
        # Not synced to the disk: a small study has thousands, and a lost one is done again.
        temporary.write_text(text)
        temporary.replace(path)
    except OSError as error:
        raise ContractError(
            f"{path} cannot be written ({error.strerror}): see that there is space left; what is "
            "done is kept, the same command goes on"
        ) from error


def read_part(
    out: Path, study: Study, model: int, condition: Condition
) -> tuple[Finished, Origin] | None:
    """Return what the part of a condition holds and where it comes from, None if there is none.

    Raises:
        TrainError: There is one, but it is not what was written.
    """
    path = part_path(out, study, model, condition)
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise TrainError(f"{path} cannot be read ({error})") from error
    try:
        content = json.loads(text)
        is_whole = content.pop("sha256") == _hash(path, content)
    except (ValueError, KeyError, AttributeError, TypeError):
        is_whole = False
    if not is_whole:
        raise TrainError(f"{path} is not what was written")
    finished = Finished(
        model,
        condition,
        counts=None if content["counts"] is None else Counts(**content["counts"]),
        history=tuple(Epoch(*epoch) for epoch in content["history"]),
        **{name: content[name] for name in AS_THEY_ARE},
    )
    return finished, content["origin"]


def _hash(path: Path, content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps([path.name, content], sort_keys=True).encode()).hexdigest()


def jobs_left(
    out: Path, study: Study, models: Iterable[int], damaged: Callable[[Path, TrainError], None]
) -> list[Job]:
    """Return what is left to do of some models; tell `damaged` of each part that is."""
    jobs = []
    for model in models:
        left = []
        for condition in conditions_of(study):
            try:
                is_done = read_part(out, study, model, condition) is not None
            except TrainError as broken:
                damaged(part_path(out, study, model, condition), broken)
                is_done = False
            if not is_done:
                left.append(condition)
        if left:
            jobs.append(Job(study, model, tuple(left)))
    return jobs


def set_aside(path: Path, say: Say) -> None:
    """Rename a damaged part so that its condition is done again and nothing is lost."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.rename(aside)
    say(f"the part {path.name} is damaged: kept as {aside}, its condition is done again")


def diverged_of(out: Path, study: Study, models: Iterable[int]) -> list[str]:
    """Return each condition of some models that is done and has diverged, and how, in words."""
    every = (read_part(out, study, m, c) for m in models for c in conditions_of(study))
    return [_in_words(part[0]) for part in every if part is not None and part[0].diverged]


def finished_of(out: Path, study: Study) -> list[tuple[Finished, Origin]]:
    """Return every part of a whole study, in the order of its models and conditions.

    Raises:
        TrainError: One is missing or damaged.
    """
    found = []
    for model in range(study.models):
        for condition in conditions_of(study):
            part = read_part(out, study, model, condition)
            if part is None:
                path = part_path(out, study, model, condition)
                raise TrainError(f"{path} is missing: run the study again")
            found.append(part)
    return found


def _in_words(finished: Finished) -> str:
    """Return which condition has diverged, and when."""
    return f"model {finished.model}, {finished.condition}, {finished.diverged}"


def models_of(study: Study, shard: tuple[int, int]) -> Sequence[int]:
    """Return every n-th model from the i-th on, counted from 1, of a share (i, n)."""
    share, shares = shard
    return range(share - 1, study.models, shares)
