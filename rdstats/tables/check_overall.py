"""What one pair of models did as a whole, beside the verdicts per class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rdstats.errors import SlopeUndefined
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.balance import (
    accuracy,
    normalized_recall_balance,
    recall,
    recall_variance,
)
from rdstats.statistics.collapse import collapsed_classes
from rdstats.statistics.paired_exact import mcnemar_p
from rdstats.statistics.slopes import slope_through_origin
from rdstats.tables.check_counts import PairCounts
from rdstats.tables.wording import OK

ONE_PAIR = (
    "one pair of checkpoints: another seed of the same method may end otherwise; `rdstats classes` "
    "and `rdstats conditions` judge a method, over several"
)


def overall_record(counts: PairCounts, answers_changed: float | None = None) -> dict[str, Any]:
    """Return what is said of both models as a whole.

    Args:
        counts: The pair.
        answers_changed: Share of the images that the two models answer differently, if known.

    Returns:
        before, after: The two evaluations, by the recall table's columns.
        n_samples, n_classes: Test images and classes.
        matched: Whether the models were compared image by image.
        accuracy_before, accuracy_after, accuracy_drop: A, A_t and A - A_t.
        accuracy_ratio: A / A_t; alpha is this times the slope of the balances B.
        mcnemar_p: Exact two-sided p of no drop of accuracy; None if not matched.
        alpha, alpha_status: The slope of this one pair; `ok`, or why there is none.
        recall_variance_before, recall_variance_after: Across classes.
        collapsed_before, collapsed_after: Classes recalled less often than by guessing.
        correctness_changed: Share of the images of which one model is right and the other wrong.
        answers_changed: As given.
        counts: `exact` or `rounded`.
        caveat: What one pair cannot say.
    """
    n_samples = counts.n_samples
    total = int(n_samples.sum())
    both = counts.both_correct
    changed: float | None = None
    p: float | None = None
    if both is not None:
        lost, gained = counts.lost_and_gained(both)
        changed = float(lost.sum() + gained.sum()) / total
        p = float(mcnemar_p(lost.sum(), gained.sum()))
    recalls = [recall(c, n_samples) for c in (counts.correct_before, counts.correct_after)]
    accuracies = [
        float(accuracy(c, n_samples)) for c in (counts.correct_before, counts.correct_after)
    ]
    alpha, alpha_status = _slope(recalls, accuracies)
    return {
        "before": dict(counts.before),
        "after": dict(counts.after),
        "n_samples": total,
        "n_classes": len(n_samples),
        "matched": both is not None,
        "accuracy_before": accuracies[0],
        "accuracy_after": accuracies[1],
        "accuracy_drop": accuracies[0] - accuracies[1],
        "accuracy_ratio": accuracies[0] / accuracies[1] if accuracies[1] else None,
        "mcnemar_p": p,
        "alpha": alpha,
        "alpha_status": alpha_status,
        "recall_variance_before": _known(recall_variance(recalls[0])),
        "recall_variance_after": _known(recall_variance(recalls[1])),
        "collapsed_before": _collapsed(counts, recalls[0]),
        "collapsed_after": _collapsed(counts, recalls[1]),
        "correctness_changed": changed,
        "answers_changed": answers_changed,
        "counts": "rounded" if counts.rounded else "exact",
        "caveat": ONE_PAIR,
    }


def _slope(recalls: list[FloatArray], accuracies: list[float]) -> tuple[float | None, str]:
    balances = [
        normalized_recall_balance(values, np.asarray(one))
        for values, one in zip(recalls, accuracies, strict=True)
    ]
    try:
        return slope_through_origin(*balances), OK
    except SlopeUndefined as error:
        return None, str(error).partition("; leave")[0]


def _collapsed(counts: PairCounts, recalls: FloatArray) -> list[str]:
    gone = collapsed_classes(recalls).tolist()
    return [label for label, is_gone in zip(counts.labels, gone, strict=True) if is_gone]


def _known(value: FloatArray) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number
