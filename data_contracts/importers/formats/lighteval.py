"""lighteval's details_TASK_DATE.parquet: a row per question (`--save-details`).

As Hugging Face's lighteval 0.13 writes them (`logging/info_loggers.py`): structs `doc`, `metric`
and `model_response`. Questions are joined by their text and choices; where the prompts differ the
models were asked otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from data_contracts.errors import ContractError
from data_contracts.importers import graded
from data_contracts.importers.described import ImportOptions
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.graded import Graded, chosen, digest_of, graded_model
from data_contracts.importers.read.containers import arrow_columns

SUFFIXES = (".parquet",)
CONFIRMED = graded.CONFIRMED
FILES = "details_*.parquet"

_COLUMNS = ("doc", "metric", "model_response")
_ROWS = 1000


def recognises(path: Path) -> bool:
    """Return whether a file or folder is lighteval's."""
    if path.is_dir():
        return next(path.rglob(FILES), None) is not None
    try:
        with arrow_columns(path) as (schema, _):
            return set(_COLUMNS) <= set(schema.names)
    except ContractError:
        return False


def read(path: Path, options: ImportOptions) -> Iterator[Evaluated]:
    """Yield the one model of a file, or of a folder with a file per task."""
    files = graded.files_in(path, FILES)
    yield graded_model(_rows(files, options), str(path), options)


def _rows(files: list[Path], options: ImportOptions) -> Iterator[Graded]:
    of_task: dict[str, Path] = {}
    for file in files:
        with arrow_columns(file) as (schema, batches):
            structs = {each.name for each in schema if pa.types.is_struct(each.type)}
            lacking = [name for name in _COLUMNS if name not in structs]
            if lacking:
                raise ContractError(
                    f"{file} has no column {' and no '.join(lacking)} of fields: is it a "
                    "details_*.parquet of lighteval 0.10 or newer (--save-details)?"
                )
            columns = ["doc", "metric", "model_response.input"]
            number = 0
            for batch in batches(_ROWS, columns):
                for row in batch.to_pylist():
                    number += 1
                    place, doc = f"{file}, row {number}", row["doc"] or {}
                    task = str(doc.get("task_name") or "all")
                    if of_task.setdefault(task, file) != file:
                        raise ContractError(
                            f"{file} and {of_task[task]} are both of the task {task}: leave one "
                            "evaluation in the folder, or name its file"
                        )
                    scores = {k: v for k, v in (row["metric"] or {}).items() if v is not None}
                    metric = chosen("metric", list(scores), place, options)
                    asked = (row.get("model_response") or {}).get("input") or doc.get("query")
                    question = digest_of([doc.get("query"), doc.get("choices")])
                    fields, asked = {"doc": doc}, digest_of(asked)
                    yield Graded(place, task, question, metric, scores[metric], fields, asked)
