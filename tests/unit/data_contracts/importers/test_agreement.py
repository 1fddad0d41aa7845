"""The same predictions through every importer give the same counts."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from data_contracts import ContractError
from data_contracts.importers import IMPORTERS, ImportOptions
from data_contracts.importers.labels import in_class_order
from kept_files import FIXTURES, VERSIONS, true_counts

ARGMAX = frozenset({"argmax"})
TIDY = {"class": "digit", "n_samples": "images"}
SUPPORTED = {"supports": str(FIXTURES / "supports.csv")}


class Kept(NamedTuple):
    """One kind of kept file, what a user says to import it, and what it says of its counts."""

    format: str
    path: str
    options: ImportOptions = ImportOptions()
    quality: str = "exact"
    predicted: bool = True


def keys(pattern: str, **options: Any) -> ImportOptions:
    """Options for a log, with a shorter pattern of its keys."""
    return ImportOptions(pattern=f"{pattern}(?P<class>\\d)", **options)


def table(**columns: str) -> ImportOptions:
    """Options for a table."""
    return ImportOptions(columns=columns)


SKLEARN = "scikit-learn/{}/"
TRUE_ROWS, TORCH = ImportOptions(rows="true"), ImportOptions(preset="torchmetrics")
RECALL_OR_SUPPORT = "(?P<quantity>recall|support)_"
EPOCH_0: dict[str, Any] = {"confirmed": ARGMAX, "settings": {"at": "epoch=0", **SUPPORTED}}
LAST: dict[str, Any] = {"confirmed": ARGMAX, "settings": {"at": "last"}}
KEPT = [
    *(Kept("predictions", f"{SKLEARN}predictions.{end}") for end in ("csv", "parquet", "npz")),
    Kept("predictions", "torchmetrics/{}/scores.npz"),
    Kept("confusion", f"{SKLEARN}confusion.npy", ImportOptions(preset="sklearn")),
    Kept("confusion", f"{SKLEARN}confusion.csv", TRUE_ROWS),
    Kept("confusion", f"{SKLEARN}crosstab.csv", TRUE_ROWS),
    Kept("confusion", "torchmetrics/{}/confusion.npy", TORCH),
    Kept("confusion", "torchmetrics/{}/confusion.json", TORCH),
    *(Kept("sklearn-report", SKLEARN + each) for each in ("report.json", "report.csv")),
    Kept("sklearn-report", f"{SKLEARN}report-wide.csv"),
    *(
        Kept("sklearn-report", f"{SKLEARN}report{each}.txt", quality="rounded", predicted=False)
        for each in ("", "-four-digits", "-names")
    ),
    Kept("mlflow", "mlflow/{}/artifacts/per_class_metrics.csv"),
    *(
        Kept("table", f"{SKLEARN}tidy.{end}", table(**TIDY), predicted=False)
        for end in ("csv", "parquet", "json")
    ),
    Kept("table", f"{SKLEARN}tidy.csv", table(**TIDY, n_correct="right"), predicted=False),
    Kept("table", "torchmetrics/{}/stat-scores.json", ImportOptions(columns={"class": "digit"})),
    Kept(
        "table",
        "fairlearn/{}/by_group.csv",
        table(**{**TIDY, "n_samples": "count"}, recall="accuracy"),
        predicted=False,
    ),
    *(
        Kept("keys", path, options, predicted=False)
        for path, options in (
            ("keras/{}/training.csv", keys("val_(?P<quantity>hits|images)_", **LAST)),
            ("keras/{}/training.csv", keys("val_top_", **EPOCH_0)),
            ("lightning/{}/metrics.csv", keys(f"test_{RECALL_OR_SUPPORT}")),
            (
                "transformers/{}/trainer_state.json",
                keys(f"eval_{RECALL_OR_SUPPORT}", settings={"at": "epoch=2"}),
            ),
            ("tensorboard/{}/scalars.csv", keys("recall/", settings=SUPPORTED)),
            ("torchmetrics/{}/recalls.json", keys("test_recall_", settings=SUPPORTED)),
        )
    ),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: f"{kept.format} {kept.path}")
def test_every_kept_file_gives_the_counts_of_its_predictions(kept: Kept, version: str) -> None:
    """Supports and right answers are equal; so are predictions per class where they are known."""
    path = FIXTURES / kept.path.format(version)
    (model,) = IMPORTERS[kept.format].read(path, kept.options)
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
    graded = {"lm-eval", "inspect-ai", "lighteval"}  # no classes: formats/test_language_models.py
    assert {kept.format for kept in KEPT} == set(IMPORTERS) - graded


def test_recalls_of_a_threshold_are_other_counts() -> None:
    """What is refused with Keras's own Recall(class_id) would have been wrong counts."""
    options = keys("val_recall_", confirmed=ARGMAX, settings={"at": "last", **SUPPORTED})
    path = FIXTURES / "keras" / "after" / "training.csv"
    (model,) = IMPORTERS["keys"].read(path, options)
    assert (model.counts.n_correct < true_counts("after").n_correct).all()
    with pytest.raises(ContractError, match=r"passes 0\.5"):
        list(IMPORTERS["keys"].read(path, ImportOptions(pattern=options.pattern)))
