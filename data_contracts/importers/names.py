"""What people call the columns that we read, beside our own names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "y_true": (
        *("true", "label", "labels", "target", "targets", "truth", "actual", "ground_truth", "gt"),
        *("true_label", "true_labels", "true_class", "actual_label", "y_test", "y", "reference"),
        *("actual_class", "gt_label", "gold", "gold_label", "actual_vector"),
    ),
    "y_pred": (
        *("pred", "preds", "prediction", "predictions", "predicted", "y_hat", "answer"),
        *("pred_label", "predicted_label", "predicted_labels", "predicted_class", "pred_class"),
        *("pred_labels", "yhat", "predict_vector"),
    ),
    "y_score": (
        *("y_scores", "scores", "y_prob", "probs", "probabilities", "logits", "score", "prob"),
        *("y_proba", "pred_probs", "softmax"),
    ),
    "baseline": ("y_pred_baseline", "baseline_pred"),
    "id": (
        *("sample_id", "image_id", "image", "image_path", "path", "file", "filename"),
        *("file_name", "uid", "uuid", "guid", "img"),
        *("sample", "index"),  # a running number, so only where nothing else names the sample
    ),
}
"""Names by which columns of predictions are known, the most telling first, in any case."""

PAIR_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "y_true": ALIASES["y_true"],
    "y_pred": ALIASES["y_pred"],
    "count": ("n", "freq", "frequency", "npredictions"),
}
"""The same for a list of true class, predicted class and count."""

CLASS_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "class": ("class_name", "classname", "label", "category", "name", "class_id"),
    "n_samples": (
        *("support", "total", "n_total", "num_samples", "samples", "count", "n", "instances"),
    ),
    "n_correct": ("correct", "n_right", "num_correct", "hits"),
    "recall": ("accuracy", "acc", "sensitivity", "class_accuracy"),
}
"""The same for tables with a row per class."""


def folded(name: str) -> str:
    """Return a column's name as it is compared with ours."""
    return name.strip().casefold().replace(" ", "_").replace("-", "_")
