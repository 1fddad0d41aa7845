"""What evaluated models answered, as a prediction table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data_contracts.prediction_table import PREDICTION_TABLE, Predictions, key_of_test_set
from data_contracts.schema import EVALUATED_MODEL, TEST_SET

Classes = npt.NDArray[np.integer[Any]]


def predictions_of(
    models: Sequence[tuple[object, ...]],
    truth: Classes,
    answers: Sequence[Classes],
    class_names: Sequence[str],
) -> Predictions:
    """Return the prediction table of models that were evaluated on the same samples.

    Args:
        models: Values of `EVALUATED_MODEL` of each, all of one test set.
        truth: The true class of each sample, shape (samples,).
        answers: For each model the predicted classes, shape (samples,); -1 is no class.
        class_names: Of the data set, in the order of the classes.
    """
    predicted, true = np.concatenate(answers), np.tile(truth, len(models))
    model_of_row = pa.array(np.repeat(np.arange(len(models)), len(truth)))
    columns: dict[str, Any] = {
        name: pa.array(values, PREDICTION_TABLE.field(name).type).take(model_of_row)
        for name, values in zip(EVALUATED_MODEL, zip(*models, strict=True), strict=True)
    }
    columns |= {
        "sample": np.tile(np.arange(len(truth)), len(models)),
        "sample_id": pa.nulls(len(true), pa.string()),
        "class_index": true,
        "predicted_index": pa.array(predicted, mask=predicted < 0),
        "correct": predicted == true,
    }
    said = dict(zip(EVALUATED_MODEL, models[0], strict=True))
    return Predictions(
        pa.table(columns, schema=PREDICTION_TABLE),
        class_names={str(said["dataset"]): tuple(class_names)},
        digests={key_of_test_set(said[name] for name in TEST_SET): order_digest(truth)},
    )


def order_digest(truth: Classes) -> str:
    """Return what the order of the samples, told by their labels, hashes to."""
    return hashlib.sha256(truth.astype("<u2").tobytes()).hexdigest()
