"""The verdict on every class of one pair of models, as rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from rdstats.errors import SlopeUndefined
from rdstats.output.words import OK, status
from rdstats.paired.exact import mcnemar_p
from rdstats.paired.newcombe import newcombe_bounds
from rdstats.paired.power import (
    apart,
    images_by_formula,
    images_that_settle,
    images_that_settle_excess,
    kept_gains,
    smallest_visible_drop,
    visible_drop_unmatched,
    visible_excess,
)
from rdstats.paired.tango import Bounds, score_bounds
from rdstats.paired.verdicts import PairVerdicts, judge_excess, judge_matched, judge_unmatched
from rdstats.pairs.counts import PairCounts
from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.balance import (
    accuracy,
    collapsed_classes,
    drops,
    excess_drops,
    normalized_recall_balance,
    recall,
    recall_variance,
)
from rdstats.statistics.class_verdicts import ERROR, INCONCLUSIVE, NOT_TESTABLE
from rdstats.statistics.slopes import slope_through_origin

TANGO: Final = "Tango"
NEWCOMBE: Final = "Newcombe, conservative"


def class_rows(counts: PairCounts, margin: float, quantity: str) -> pd.DataFrame:
    """Return a row per class, as `check_table` documents it.

    Args:
        counts: The pair.
        margin: The largest drop that does not matter.
        quantity: `drop` or `excess`.
    """
    n_samples = counts.n_samples
    before = recall(counts.correct_before, n_samples)
    after = recall(counts.correct_after, n_samples)
    drop = drops(before, after)
    excess = excess_drops(
        before,
        after,
        accuracy(counts.correct_before, n_samples),
        accuracy(counts.correct_after, n_samples),
    )
    changes = _changes(counts)
    if quantity == "excess":
        found = judge_excess(excess, drop, _bounds_of_drop(counts), n_samples, margin)
        visible, images = _could_of_excess(counts, found, excess, drop, margin)
    else:
        found = _judge_drop(counts, margin)
        visible, images = _could_of_drop(counts, found, drop, margin)
    unsettled = (found.verdict == INCONCLUSIVE) & np.isfinite(images)
    interval = NEWCOMBE if counts.both_correct is None else TANGO
    if quantity == "excess":
        interval = f"from every class's: {interval}"
    return pd.DataFrame(
        {
            "class_index": counts.class_index,
            "class_name": np.array(counts.class_name, dtype=object),
            "n_samples": n_samples,
            "models": 1,
            "recall_before": before,
            "recall_after": after,
            "drop": drop,
            "excess_drop": excess,
            "low": found.low,
            "high": found.high,
            "p": found.p,
            "p_adjusted": found.p_adjusted,
            "verdict": found.verdict,
            "smallest_visible_drop": visible,
            "status": _statuses(counts, found, margin),
            "upper": found.upper,
            **changes,
            "images_that_settle": np.where(unsettled, images, np.nan),
            "family_size": len(n_samples),
            "bounds_level": 1.0 - 2.0 * ERROR / len(n_samples),
            "interval": interval,
            "margin": margin,
            "quantity": quantity,
        }
    )


def _judge_drop(counts: PairCounts, margin: float) -> PairVerdicts:
    first, second, n_samples = counts.correct_before, counts.correct_after, counts.n_samples
    if counts.both_correct is None:
        return judge_unmatched(first, second, n_samples, margin)
    return judge_matched(*counts.lost_and_gained(counts.both_correct), n_samples, margin)


def _changes(counts: PairCounts) -> dict[str, FloatArray]:
    """Return what changed image by image; null where that is not known."""
    if counts.both_correct is None:
        nothing = np.full(counts.n_samples.shape, np.nan)
        return dict.fromkeys(("lost", "gained", "mcnemar_p", "churn"), nothing)
    lost, gained = counts.lost_and_gained(counts.both_correct)
    return {
        "lost": lost.astype(np.float64),
        "gained": gained.astype(np.float64),
        "mcnemar_p": mcnemar_p(lost, gained),
        "churn": (lost + gained) / counts.n_samples,
    }


def _could_of_drop(
    counts: PairCounts, found: PairVerdicts, drop: FloatArray, margin: float
) -> tuple[FloatArray, FloatArray]:
    """Return the smallest visible drop, and the images that would settle an open class."""
    n_samples = counts.n_samples
    if counts.both_correct is None:
        before = recall(counts.correct_before, n_samples)
        rough = images_by_formula(drop, apart(before)(drop), margin, ERROR / len(n_samples))
        visible = visible_drop_unmatched(counts.correct_before, n_samples, margin)
        return visible, np.maximum(rough, n_samples + 1.0)
    lost, gained = counts.lost_and_gained(counts.both_correct)
    open_ = found.verdict == INCONCLUSIVE
    settling = images_that_settle(lost, gained, n_samples, margin, wanted=open_)
    return smallest_visible_drop(gained, n_samples, margin), settling


def _could_of_excess(
    counts: PairCounts, found: PairVerdicts, excess: FloatArray, drop: FloatArray, margin: float
) -> tuple[FloatArray, FloatArray]:
    """Return the same of the excess drop."""
    n_samples = counts.n_samples
    # From the bound and not from the counts: where nothing changed it is above zero.
    variance = ((found.high - excess) / stats.norm.isf(ERROR / len(n_samples))) ** 2
    if counts.both_correct is None:
        of_image = apart(recall(counts.correct_before, n_samples))
    else:
        _, gained = counts.lost_and_gained(counts.both_correct)
        of_image = kept_gains(gained / n_samples)
    visible = visible_excess(drop, excess, variance, n_samples, of_image, margin)
    return visible, images_that_settle_excess(excess, variance, n_samples, margin)


def _bounds_of_drop(counts: PairCounts) -> Callable[[float], Bounds]:
    first, second, n_samples = counts.correct_before, counts.correct_after, counts.n_samples
    if counts.both_correct is None:
        return lambda error: newcombe_bounds(first, second, n_samples, error)
    lost, gained = counts.lost_and_gained(counts.both_correct)
    return lambda error: score_bounds(lost, gained, n_samples, error)


def _statuses(counts: PairCounts, found: PairVerdicts, margin: float) -> list[str]:
    quality = "counts recovered from rounded recalls" if counts.rounded else ""
    return [
        status(
            [
                f"one image of {n} is more than {100 * margin:g} points"
                if word == NOT_TESTABLE
                else "",
                quality,
            ]
        )
        for word, n in zip(found.verdict.tolist(), counts.n_samples.tolist(), strict=True)
    ]


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
