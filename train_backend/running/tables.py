"""The tables of a study: recalls, predictions and how training went, joined from its parts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_contracts import (
    METADATA_KEY,
    RECALL_TABLE,
    ContractError,
    Provenance,
    count_disagreements,
    write_prediction_table,
    write_recall_table,
)
from data_contracts.schema import EVALUATED_MODEL
from data_contracts.writing import write_parquet
from train_backend.answers import predictions_of
from train_backend.data import DATASETS
from train_backend.errors import TrainError
from train_backend.running.parts import Finished, diverged_of, finished_of, unpacked_classes
from train_backend.running.provenance import provenance_of
from train_backend.studies.study import Study

HISTORY = pa.schema(
    [
        *(RECALL_TABLE.field(name) for name in EVALUATED_MODEL if name != "split"),
        pa.field("epoch", pa.int32(), nullable=False),
        pa.field("rate", pa.float64(), nullable=False),
        pa.field("training_loss", pa.float64(), nullable=False),
        pa.field("validation_loss", pa.float64()),
        pa.field("accuracy", pa.float64()),
        RECALL_TABLE.field("selected_on"),
    ]
)
"""One row is one epoch of one training; columns as of `training.loop.Epoch`."""


def write_tables(out: Path, study: Study) -> Path:
    """Write the tables of a whole study from its parts, and return the recall table's path.

    Without what has diverged. Their bytes follow from the parts alone: not from the order in
    which they were done, nor when.

    Raises:
        TrainError: A part is missing or damaged, or every model has diverged.
        ContractError: A table cannot be written, or counts and predictions disagree.
    """
    parts = finished_of(out, study)
    done = [finished for finished, _ in parts if finished.counts is not None]
    diverged = diverged_of(out, study, range(study.models))
    if not done:
        raise TrainError(
            f"no model of {study.name} is left: {diverged[0]}; lower the rate in [recipe], and "
            "choose another --out"
        )
    provenance = provenance_of(study, [origin for _, origin in parts], diverged)
    rows = [row for each in done for row in rows_of(study, each)]
    recall = pa.Table.from_pylist(rows, schema=RECALL_TABLE)
    path = out / "predictions.parquet"
    if study.predictions:
        models = [tuple(_evaluated_model(study, each).values()) for each in done]
        labels = unpacked_classes(next(each.labels for each in done if each.labels))
        answers = [unpacked_classes(each.answers) for each in done]
        names = DATASETS[study.dataset].class_names
        predictions = predictions_of(models, labels, answers, names)
        found = count_disagreements(predictions, recall)
        if found:
            raise ContractError.from_violations(f"the parts in {out}", found)
        write_prediction_table(predictions, path, provenance)
    else:
        path.unlink(missing_ok=True)  # of before the study left them out
    _write_history(out / "history.parquet", study, done, provenance)
    write_recall_table(recall, out / "recall.parquet", provenance)
    return out / "recall.parquet"


def rows_of(study: Study, finished: Finished) -> Iterator[dict[str, Any]]:
    """Yield the rows of the recall table of one condition, one a class; none if it diverged."""
    counts = finished.counts
    if counts is None:
        return
    # Nothing here has chosen an epoch of weights that are given.
    is_given = study.weights and finished.condition.stage in ("baseline", "pruned")
    for index, name in enumerate(DATASETS[study.dataset].class_names):
        yield {
            **_evaluated_model(study, finished),
            "class_index": index,
            "class_name": name,
            **{count: values[index] for count, values in asdict(counts).items()},
            "parameters": finished.parameters,
            "parameters_nonzero": finished.parameters_nonzero,
            "selected_on": None if is_given else study.recipe.selection,
            "count_quality": "exact",
        }


def _evaluated_model(study: Study, finished: Finished) -> dict[str, Any]:
    """Return the values of `EVALUATED_MODEL`, in its order."""
    condition = finished.condition
    return {
        "study": study.name,
        "dataset": study.dataset,
        "architecture": study.architecture,
        "method": condition.method,
        "ratio": condition.ratio,
        "stage": condition.stage,
        "model": str(finished.model),
        "split": "test",
    }


def _write_history(
    path: Path, study: Study, done: Sequence[Finished], provenance: Provenance
) -> None:
    """Write how each training went: a row an epoch, in the order of models and conditions."""
    rows = [
        {
            **_evaluated_model(study, each),
            **dict(zip(HISTORY.names[-6:-1], epoch, strict=True)),
            "selected_on": study.recipe.selection,
        }
        for each in done
        for epoch in each.history
    ]
    about = json.loads(provenance.to_json()) | {"kind": "history"}
    table = pa.Table.from_pylist(rows, schema=HISTORY)
    text = json.dumps(about, sort_keys=True, ensure_ascii=False)
    write_parquet(table.replace_schema_metadata({METADATA_KEY: text.encode()}), path, None)
