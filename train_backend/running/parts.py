"""Parts: a small file for each condition of a model that is done.

A condition is done if its part is there and is what was written. What a part is called follows
from all that its counts follow from, so a study may grow around it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_contracts import ContractError, write_recall_table
from data_contracts.schema import RECALL_TABLE
from data_contracts.writing import TEMPORARY, write_whole
from train_backend.data import DATASETS
from train_backend.errors import TrainError
from train_backend.methods import CHIP, LTH, LTH_RANDOM
from train_backend.running.provenance import CODE_VERSION, Origin, provenance_of
from train_backend.studies.conditions import Condition, conditions_of
from train_backend.studies.recipes import RECIPE_VERSION
from train_backend.studies.study import Study, resolved_settings
from train_backend.training.evaluation import Counts

# The underscore keeps the parts out when the study's folder itself is read as a recall table.
PARTS = "_parts"
WEIGHTS = "weights"

DECIDE_NO_COUNTS = "models", "methods", "ratios", "control", "keep_weights"
"""Keys of [study] that say which conditions there are, and nothing of any one's counts."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Finished:
    """What one condition of a model has left.

    Attributes:
        model: Index of the model.
        condition: What was done to it.
        counts: What it counts on the test images; None where training diverged.
        parameters: Of the whole network.
        parameters_nonzero: Of those, not zero.
        diverged: How, in words; empty where it did not.
        weights: The content of a safetensors file, where the study keeps them.
    """

    model: int
    condition: Condition
    counts: Counts | None = None
    parameters: int = 0
    parameters_nonzero: int = 0
    diverged: str = ""
    weights: bytes | None = None


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
    key = [settings, model, str(condition), RECIPE_VERSION, CODE_VERSION]
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
        "parameters": [finished.parameters, finished.parameters_nonzero],
        "diverged": finished.diverged,
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
    counts = None if content["counts"] is None else Counts(**content["counts"])
    parameters, nonzero = content["parameters"]
    finished = Finished(model, condition, counts, parameters, nonzero, content["diverged"])
    return finished, content["origin"]


def _hash(path: Path, content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps([path.name, content], sort_keys=True).encode()).hexdigest()


def jobs_left(
    out: Path,
    study: Study,
    models: Iterable[int],
    damaged: Callable[[Path, TrainError], None],
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


def join_parts(out: Path, study: Study) -> Path:
    """Write the recall table of a whole study from its parts, without what has diverged.

    Its bytes follow from the parts alone: not from the order in which they were done, nor when.

    Raises:
        TrainError: A part is missing or damaged, or every model has diverged.
        ContractError: The table cannot be written.
    """
    rows: list[dict[str, Any]] = []
    origins = []
    for model in range(study.models):
        for condition in conditions_of(study):
            part = read_part(out, study, model, condition)
            if part is None:
                path = part_path(out, study, model, condition)
                raise TrainError(f"{path} is missing: run the study again")
            finished, origin = part
            origins.append(origin)
            rows += rows_of(study, finished)
    diverged = diverged_of(out, study, range(study.models))
    if not rows:
        raise TrainError(
            f"no model of {study.name} is left: {diverged[0]}; lower the rate in [recipe], and "
            "choose another --out"
        )
    path = out / "recall.parquet"
    provenance = provenance_of(study, origins, diverged)
    write_recall_table(pa.Table.from_pylist(rows, schema=RECALL_TABLE), path, provenance)
    return path


def _in_words(finished: Finished) -> str:
    """Return which condition has diverged, and when."""
    return f"model {finished.model}, {finished.condition}, {finished.diverged}"


def rows_of(study: Study, finished: Finished) -> Iterator[dict[str, Any]]:
    """Yield the rows of the recall table of one condition, one a class; none if it diverged."""
    condition, counts = finished.condition, finished.counts
    if counts is None:
        return
    for index, name in enumerate(DATASETS[study.dataset].class_names):
        yield {
            "study": study.name,
            "dataset": study.dataset,
            "architecture": study.architecture,
            "method": condition.method,
            "ratio": condition.ratio,
            "stage": condition.stage,
            "model": str(finished.model),
            "class_index": index,
            "class_name": name,
            "n_samples": counts.n_samples[index],
            "n_correct": counts.n_correct[index],
            "n_predicted": counts.n_predicted[index],
            "n_both_correct": counts.n_both_correct[index],
            "parameters": finished.parameters,
            "parameters_nonzero": finished.parameters_nonzero,
            "split": "test",
            "selected_on": study.recipe.selection,
            "count_quality": "exact",
        }


def models_of(study: Study, shard: tuple[int, int]) -> Sequence[int]:
    """Return every n-th model from the i-th on, counted from 1, of a share (i, n)."""
    share, shares = shard
    return range(share - 1, study.models, shares)
