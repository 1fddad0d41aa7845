"""The same predictions through every importer give the same counts."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from data_contracts import ContractError
from data_contracts.importers import IMPORTERS, ImportOptions
from data_contracts.importers.described import Rows
from data_contracts.importers.labels import in_class_order
from kept_files import FIXTURES, VERSIONS, true_counts

SUPPORTS = str(FIXTURES / "supports.csv")


@dataclass(frozen=True)
class Kept:
    """One kind of kept file, and what a user says to import it."""

    format: str
    path: str
    columns: dict[str, str] = field(default_factory=dict)
    keys: str | None = None
    confirmed: frozenset[str] = frozenset()
    settings: dict[str, str] = field(default_factory=dict)
    quality: str = "exact"
    predicted: bool = False
    rows: Rows | None = None
    preset: str | None = None

    def options(self) -> ImportOptions:
        """Return what the user says, as an importer takes it."""
        return ImportOptions(
            columns=self.columns,
            pattern=self.keys,
            confirmed=self.confirmed,
            settings=self.settings,
            rows=self.rows,
            preset=self.preset,
        )


ARGMAX = frozenset({"argmax"})
TIDY = {"class": "digit", "n_samples": "images"}
SUPPORTED = {"supports": SUPPORTS}

KEPT = [
    Kept("predictions", "scikit-learn/{}/predictions.csv", predicted=True),
    Kept("predictions", "scikit-learn/{}/predictions.parquet", predicted=True),
    Kept("predictions", "scikit-learn/{}/predictions.npz", predicted=True),
    Kept("predictions", "torchmetrics/{}/scores.npz", predicted=True),
    Kept("confusion", "scikit-learn/{}/confusion.npy", preset="sklearn", predicted=True),
    Kept("confusion", "scikit-learn/{}/confusion.csv", rows="true", predicted=True),
    Kept("confusion", "scikit-learn/{}/crosstab.csv", rows="true", predicted=True),
    Kept("confusion", "torchmetrics/{}/confusion.npy", preset="torchmetrics", predicted=True),
    Kept("confusion", "torchmetrics/{}/confusion.json", preset="torchmetrics", predicted=True),
    Kept("sklearn-report", "scikit-learn/{}/report.json", predicted=True),
    Kept("sklearn-report", "scikit-learn/{}/report.csv", predicted=True),
    Kept("sklearn-report", "scikit-learn/{}/report-wide.csv", predicted=True),
    Kept("sklearn-report", "scikit-learn/{}/report.txt", quality="rounded"),
    Kept("sklearn-report", "scikit-learn/{}/report-four-digits.txt", quality="rounded"),
    Kept("sklearn-report", "scikit-learn/{}/report-names.txt", quality="rounded"),
    Kept("mlflow", "mlflow/{}/artifacts/per_class_metrics.csv", predicted=True),
    Kept("table", "scikit-learn/{}/tidy.csv", columns=TIDY),
    Kept("table", "scikit-learn/{}/tidy.csv", columns={**TIDY, "n_correct": "right"}),
    Kept("table", "scikit-learn/{}/tidy.parquet", columns=TIDY),
    Kept("table", "scikit-learn/{}/tidy.json", columns=TIDY),
    Kept("table", "torchmetrics/{}/stat-scores.json", columns={"class": "digit"}, predicted=True),
    Kept(
        "table",
        "fairlearn/{}/by_group.csv",
        columns={"class": "digit", "recall": "accuracy", "n_samples": "count"},
    ),
    Kept(
        "keys",
        "keras/{}/training.csv",
        keys=r"val_(?P<quantity>hits|images)_(?P<class>\d)",
        confirmed=ARGMAX,
        settings={"at": "last"},
    ),
    Kept(
        "keys",
        "keras/{}/training.csv",
        keys=r"val_top_(?P<class>\d)",
        confirmed=ARGMAX,
        settings={"at": "epoch=0", **SUPPORTED},
    ),
    Kept(
        "keys",
        "lightning/{}/metrics.csv",
        keys=r"test_(?P<quantity>recall|support)_(?P<class>\d)",
    ),
    Kept(
        "keys",
        "transformers/{}/trainer_state.json",
        keys=r"eval_(?P<quantity>recall|support)_(?P<class>\d)",
        settings={"at": "epoch=2"},
    ),
    Kept("keys", "tensorboard/{}/scalars.csv", keys=r"recall/(?P<class>\d)", settings=SUPPORTED),
    Kept(
        "keys",
        "torchmetrics/{}/recalls.json",
        keys=r"test_recall_(?P<class>\d)",
        settings=SUPPORTED,
    ),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: f"{kept.format} {kept.path}")
def test_every_kept_file_gives_the_counts_of_its_predictions(kept: Kept, version: str) -> None:
    """Supports and right answers are equal; so are predictions per class where they are known."""
    path = FIXTURES / kept.path.format(version)
    (model,) = IMPORTERS[kept.format].read(path, kept.options())
    counts, expected = model.counts, true_counts(version)
    order = [counts.class_names.index(name) for name in in_class_order(counts.class_names)]
    assert counts.n_samples[order].tolist() == expected.n_samples.tolist()
    assert counts.n_correct[order].tolist() == expected.n_correct.tolist()
    assert counts.count_quality == kept.quality
    if kept.predicted:
        assert counts.n_predicted is not None
        assert counts.n_predicted[order].tolist() == expected.n_predicted.tolist()
    else:
        assert counts.n_predicted is None


def test_every_format_has_a_kept_file() -> None:
    """A format without one could not be part of the promise above."""
    assert {kept.format for kept in KEPT} == set(IMPORTERS)


def test_recalls_of_a_threshold_are_other_counts() -> None:
    """What is refused with Keras's own Recall(class_id) would have been wrong counts."""
    options = ImportOptions(
        pattern=r"val_recall_(?P<class>\d)",
        confirmed=ARGMAX,
        settings={"at": "last", **SUPPORTED},
    )
    path = FIXTURES / "keras" / "after" / "training.csv"
    (model,) = IMPORTERS["keys"].read(path, options)
    assert (model.counts.n_correct < true_counts("after").n_correct).all()
    with pytest.raises(ContractError, match=r"passes 0\.5"):
        list(IMPORTERS["keys"].read(path, ImportOptions(pattern=options.pattern)))
