"""MLflow's per_class_metrics.csv, which `mlflow.models.evaluate` leaves for several classes.

Checked against real runs of MLflow 3.17 (tests/fixtures/mlflow). Its columns `accuracy_score` and
`example_count` are one class against the rest and all images: neither is read. Support is
TP + FN. With two classes MLflow writes no such file: import the predictions.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data_contracts.errors import ContractError
from data_contracts.importers.described import DESCRIBED_COLUMNS, Described, ImportOptions
from data_contracts.importers.evaluated import Evaluated
from data_contracts.importers.read.records import read_records
from data_contracts.importers.read.text import read_text
from data_contracts.importers.recalls import counts_of_printed

SUFFIXES = ("per_class_metrics.csv",)

_COLUMNS = {name: name for name in ("true_positives", "false_negatives", "false_positives")}
_COUNTS = (*_COLUMNS, "true_negatives")


def read(path: Path, _options: ImportOptions) -> Iterator[Evaluated]:
    """Yield the one model of a run; no option is used.

    Parameters of the run that have the name of a column of the recall table (`method`, `ratio`,
    `model`, ...) are taken, where the run's folder has them (`RUN/params/ratio`, as MLflow's
    file store keeps them). The four counts of every class add up to the same images.
    """
    rows, judged = read_records(path), []
    for row in rows:
        for column in ("positive_class", *_COUNTS):
            if column not in row.cells:
                raise ContractError(
                    f"{row.place}: there is no column {column!r}; is this MLflow's "
                    "per_class_metrics.csv?"
                )
        judged.append(sum(row.count(column) for column in _COUNTS))
    named = [(row.cells["positive_class"], row, _COLUMNS) for row in rows]
    counts, notes = counts_of_printed(named, str(path))
    for row, images in zip(rows, judged, strict=True):
        if images != judged[0]:
            raise ContractError(
                f"{row.place}: its four counts add up to {images:,} images, those of class "
                f"{named[0][0]!r} to {judged[0]:,}: every class is judged on the same images"
            )
    samples = int(counts.n_samples.sum())
    if samples != judged[0]:
        raise ContractError(
            f"{path}: its classes have {samples:,} images, but each class was judged on "
            f"{judged[0]:,}: is a class missing?"
        )
    yield Evaluated(_parameters(path), counts, str(path), notes)


def _parameters(path: Path) -> Described:
    """Return what the run's parameters say of the model: RUN/artifacts/FILE, RUN/params/NAME."""
    run = next((folder.parent for folder in path.parents if folder.name == "artifacts"), None)
    if run is None or not (run / "params").is_dir():
        return Described()
    said = {
        name: read_text(run / "params" / name).strip()
        for name in DESCRIBED_COLUMNS
        if (run / "params" / name).is_file()
    }
    return Described.from_text(said, str(run / "params"))
