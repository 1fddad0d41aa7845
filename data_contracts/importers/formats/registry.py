"""Every format that can be imported, most exact first, and the presets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers.described import ImportOptions
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.formats import (
    confusion,
    inspect_ai,
    keys,
    lighteval,
    lm_eval,
    mlflow,
    predictions,
    sklearn_report,
    table,
)


@dataclass(frozen=True)
class Importer:
    """A format: what it reads, which programs write it, and what it can be told."""

    line: str
    source: str
    suffixes: tuple[str, ...]  # of its files' names; a folder stands for those below it
    read: Callable[[Path, ImportOptions], Iterator[Evaluated]]  # every model of a file
    confirmed: Mapping[str, str] = field(default_factory=dict)  # what may be confirmed, in words
    settings: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()  # which of `_OPTIONS` it has a use for
    recognises: Callable[[Path], bool] | None = None  # whether a file can be nothing else
    whole_folders: bool = False  # a folder is one model's, with a file per task


@dataclass(frozen=True)
class Preset:
    """What is known of files of some formats once it is known which program wrote them."""

    line: str
    formats: tuple[str, ...]


IMPORTERS: dict[str, Importer] = {
    "predictions": Importer(
        "a true and a predicted label, or scores, for every sample",
        "any framework; csv, tsv, xlsx, JSON, JSON Lines, Parquet, Feather, npz, npy",
        predictions.SUFFIXES,
        predictions.read,
        predictions.CONFIRMED,
        uses=("truth", "columns"),
    ),
    "confusion": Importer(
        "a confusion matrix of counts, or a list of true, predicted, count",
        "scikit-learn, torchmetrics, caret, Ultralytics; csv, npy, npz, json",
        confusion.SUFFIXES,
        confusion.read,
        confusion.CONFIRMED,
        uses=("rows", "columns"),
    ),
    "sklearn-report": Importer(
        "classification_report as JSON, as a data frame's csv, or as text",
        "scikit-learn",
        sklearn_report.SUFFIXES,
        sklearn_report.read,
        sklearn_report.CONFIRMED,
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
        table.CONFIRMED,
        ("supports",),
        uses=("columns",),
    ),
    "keys": Importer(
        "a log whose keys name the class; pick them by --keys",
        "Keras, Lightning, Hugging Face, TensorBoard",
        keys.SUFFIXES,
        keys.read,
        keys.CONFIRMED,
        ("at", "supports"),
        uses=("pattern",),
    ),
    "lm-eval": Importer(
        "right or wrong for every question to a language model: samples_*.jsonl, or their folder",
        "lm-evaluation-harness (--log_samples)",
        lm_eval.SUFFIXES,
        lm_eval.read,
        lm_eval.CONFIRMED,
        ("filter", "metric"),
        recognises=lm_eval.recognises,
        whole_folders=True,
    ),
    "inspect-ai": Importer(
        "the same of Inspect's logs as JSON; each epoch is a draw",
        "inspect_ai (--log-format json)",
        inspect_ai.SUFFIXES,
        inspect_ai.read,
        inspect_ai.CONFIRMED,
        ("metric", "epoch"),
        recognises=inspect_ai.recognises,
        whole_folders=True,
    ),
    "lighteval": Importer(
        "the same of details_*.parquet",
        "lighteval (--save-details)",
        lighteval.SUFFIXES,
        lighteval.read,
        lighteval.CONFIRMED,
        ("metric",),
        recognises=lighteval.recognises,
        whole_folders=True,
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


_OPTIONS = {
    "truth": ("--truth", "predictions"),
    "rows": ("--true-rows and --predicted-rows", "confusion"),
    "pattern": ("--keys", "keys"),
    "columns": ("--column", "table"),
}
"""Options that some formats have a use for, and a format that has."""


def format_of(options: ImportOptions) -> str:
    """Return the format that options imply; predictions where they imply none."""
    preset = PRESETS.get(options.preset or "")
    if preset is not None and len(preset.formats) > 1:
        raise ContractError(
            f"the preset {options.preset} is for {' and '.join(preset.formats)}: say which with "
            "--format"
        )
    if preset is not None:
        return preset.formats[0]
    return "keys" if options.pattern else "confusion" if options.rows else "predictions"


def recognised(path: Path) -> str | None:
    """Return the format of a file or folder that can be nothing else."""
    if not path.exists():
        return None
    is_folder, name = path.is_dir(), path.name.lower()
    for format_name, each in IMPORTERS.items():
        can_be = is_folder or name.endswith(each.suffixes)
        if can_be and each.recognises is not None and each.recognises(path):
            return format_name
    return None


def importer_of(format_name: str, options: ImportOptions) -> Importer:
    """Return a format; a preset, confirmation, setting or option it has no use for is refused."""
    if format_name not in IMPORTERS:
        raise ContractError(
            f"there is no format {format_name!r}: formats are {', '.join(IMPORTERS)}"
        )
    importer, preset = IMPORTERS[format_name], options.preset
    if preset is not None and preset not in PRESETS:
        raise ContractError(f"there is no preset {preset!r}: presets are {', '.join(PRESETS)}")
    if preset is not None and format_name not in PRESETS[preset].formats:
        formats = " and ".join(PRESETS[preset].formats)
        raise ContractError(f"the preset {preset} is for {formats}, not for {format_name}")
    for name, (option, known) in _OPTIONS.items():
        if getattr(options, name) and name not in importer.uses:
            raise ContractError(
                f"{option}: the format {format_name} has no use for that, other than {known}: "
                "leave it out, or name another format"
            )
    for name in sorted(options.confirmed - importer.confirmed.keys()):
        known = "; ".join(f"{each}: {line}" for each, line in importer.confirmed.items())
        raise ContractError(
            f"--confirm {name}: the format {format_name} never asks for that; it knows "
            f"{known or 'nothing'}"
        )
    for name in sorted(options.settings.keys() - set(importer.settings)):
        raise ContractError(
            f"--set {name}=...: the format {format_name} has no such setting; it has "
            f"{', '.join(importer.settings) or 'none'}"
        )
    return importer


def evaluated_models(
    format_name: str, path: Path, options: ImportOptions | None = None
) -> list[Evaluated]:
    """Return every evaluated model of one file: counts, and of predictions the answers too."""
    options = options or ImportOptions()
    return list(importer_of(format_name, options).read(path, options))
