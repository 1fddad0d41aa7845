"""Every format that can be imported, most exact first, and the presets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from data_contracts.importers.counts import Evaluated
from data_contracts.importers.described import ImportOptions
from data_contracts.importers.formats import (
    confusion,
    keys,
    mlflow,
    prediction_files,
    predictions,
    sklearn_report,
    table,
)

Reader = Callable[[Path, ImportOptions], Iterator[Evaluated]]


@dataclass(frozen=True)
class Importer:
    """A format.

    Attributes:
        line: What it reads, in a line.
        source: Which programs write it.
        suffixes: Names of its files; a folder stands for those below it.
        read: Yields every evaluated model of a file.
    """

    line: str
    source: str
    suffixes: tuple[str, ...]
    read: Reader


@dataclass(frozen=True)
class Preset:
    """What is known of files once it is known which program wrote them.

    Attributes:
        line: What it says, in a line.
        formats: The formats it speaks of.
    """

    line: str
    formats: tuple[str, ...]


IMPORTERS: dict[str, Importer] = {
    "predictions": Importer(
        "a true and a predicted label, or scores, for every sample",
        "any framework; csv, tsv, Parquet, npz, npy",
        prediction_files.SUFFIXES,
        predictions.read_predictions,
    ),
    "confusion": Importer(
        "a confusion matrix of counts, or a list of true, predicted, count",
        "scikit-learn, torchmetrics, caret, Ultralytics; csv, npy, npz, json",
        confusion.SUFFIXES,
        confusion.read_confusion,
    ),
    "sklearn-report": Importer(
        "classification_report as JSON, as a data frame's csv, or as text",
        "scikit-learn",
        sklearn_report.SUFFIXES,
        sklearn_report.read,
    ),
    "mlflow": Importer(
        "per_class_metrics.csv, one or a tree of runs",
        "mlflow.models.evaluate",
        mlflow.SUFFIXES,
        mlflow.read,
    ),
    "table": Importer(
        "any table with a row per class: csv, JSON, Parquet; name its columns by --column",
        "fairlearn, Weights & Biases, caret, TensorFlow Model Analysis, pandas",
        table.SUFFIXES,
        table.read,
    ),
    "keys": Importer(
        "a log whose keys name the class; pick them by --keys",
        "Keras, Lightning, Hugging Face, TensorBoard",
        keys.SUFFIXES,
        keys.read,
    ),
}

PRESETS: dict[str, Preset] = {
    "sklearn": Preset("rows of a matrix are true classes", ("confusion",)),
    "torchmetrics": Preset("rows of a matrix are true classes", ("confusion",)),
    "ultralytics": Preset("rows of a matrix are predicted classes", ("confusion",)),
    "caret": Preset(
        "rows of a matrix are predicted classes; of byClass, Sensitivity is the recall",
        ("confusion", "table"),
    ),
    "aarlbench": Preset(
        "Image Label, 0 PR (unpruned), 2 PR, 4 PR ...: one file per model", ("predictions",)
    ),
}
