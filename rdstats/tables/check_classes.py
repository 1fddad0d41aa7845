"""The verdict on every class of one pair of models, as rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from rdstats.statistics.arrays import FloatArray
from rdstats.statistics.balance import accuracy, recall
from rdstats.statistics.class_verdicts import ERROR, INCONCLUSIVE, NOT_TESTABLE
from rdstats.statistics.drops import drops, excess_drops
from rdstats.statistics.paired_exact import mcnemar_p
from rdstats.statistics.paired_newcombe import newcombe_bounds
from rdstats.statistics.paired_power import images_that_settle, smallest_visible_drop
from rdstats.statistics.paired_power_normal import (
    apart,
    images_by_formula,
    images_that_settle_excess,
    kept_gains,
    visible_drop_unmatched,
    visible_excess,
)
from rdstats.statistics.paired_score import Bounds, score_bounds
from rdstats.statistics.paired_verdicts import (
    PairVerdicts,
    judge_excess,
    judge_matched,
    judge_unmatched,
)
from rdstats.tables.check_counts import PairCounts
from rdstats.tables.wording import status

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
