"""The verdict on one pair of models: which classes paid, and what a gate says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from rdstats.errors import SlopeUndefined, StatsError
from rdstats.output.words import OK
from rdstats.paired.matched import Bounds, mcnemar_p, score_bounds
from rdstats.paired.newcombe import newcombe_bounds
from rdstats.paired.power import (
    gains_kept,
    samples_by_formula,
    samples_that_settle,
    samples_that_settle_excess,
    smallest_visible_drop,
    unmatched_variance,
    visible_drop_unmatched,
    visible_excess,
)
from rdstats.paired.verdicts import (
    FAIL,
    PASS,
    PairVerdicts,
    gate_outcomes,
    judge_excess,
    judge_matched,
    judge_unmatched,
)
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
from rdstats.statistics.class_verdicts import (
    ERROR,
    HARMED,
    INCONCLUSIVE,
    NOT_TESTABLE,
    UNHARMED,
)
from rdstats.statistics.slopes import slope_through_origin

QUANTITIES: Final = ("drop", "excess")
EXIT_CODES: Final[Mapping[str, int]] = {PASS: 0, FAIL: 1, INCONCLUSIVE: 3}
ONE_PAIR: Final = (
    "one pair of checkpoints: another seed of the same method may end otherwise; `rdstats classes` "
    "and `rdstats conditions` judge a method, over several"
)


@dataclass(frozen=True)
class Check:
    """What is known of one pair of models.

    It speaks of these two checkpoints: noise is that of the test samples, and another seed of the
    same method may end otherwise.

    Attributes:
        classes: A row per class. The columns of `classes_table` for one model (class_index,
            class_name, n_samples, models, recall_before, recall_after, drop, excess_drop, low,
            high, p, p_adjusted, verdict, smallest_visible_drop, status), and
            upper: the class's own one-sided 95 % upper bound; unharmed is upper < margin;
            lost, gained: samples right before and wrong after, and the other way round; null
            where samples are not matched;
            mcnemar_p: exact two-sided p of McNemar's test of no drop at all, not adjusted;
            churn: (lost + gained) / n_samples;
            images_that_settle: for an inconclusive class, the samples that would settle it four
            times in five if its true shares of lost and gained samples are what was measured;
            family_size, bounds_level: classes; level of low and high together;
            interval: `Tango` or `Newcombe, conservative`; for the excess drop, made from those;
            margin, quantity: as given.
        overall: What is said of both models as a whole:
            before, after: what they are called: `model`, `file`, or the recall table's columns;
            n_samples, n_classes: test samples and classes;
            matched: whether the models were compared sample by sample;
            accuracy_before, accuracy_after, accuracy_drop: A, A_t and A - A_t;
            accuracy_ratio: A / A_t; alpha is this times the slope of the balances B;
            mcnemar_p: exact two-sided p of no drop of accuracy; None if not matched;
            alpha, alpha_status: the slope of this one pair; `ok`, or why there is none;
            recall_variance_before, recall_variance_after: across classes;
            collapsed_before, collapsed_after: classes recalled less often than by guessing;
            correctness_changed: share of the samples of which one model alone is right;
            answers_changed: share of the samples that they answer differently, where known;
            counts: `exact` or `rounded`; caveat: what one pair cannot say;
            margin, quantity, gate, and how many classes have each verdict.
    """

    classes: pd.DataFrame
    overall: Mapping[str, Any]

    @property
    def gate(self) -> str:
        """`pass`: every class is unharmed; `fail`: one is harmed; else `inconclusive`."""
        return str(self.overall["gate"])

    @property
    def exit_code(self) -> int:
        """What `rdstats check --gate` leaves with: 0 pass, 1 fail, 3 inconclusive."""
        return EXIT_CODES[self.gate]

    @property
    def harmed(self) -> tuple[str, ...]:
        """The classes shown to have lost more than the margin, by name.

        With the excess drop: more than the margin beyond the drop of accuracy.
        """
        return self.named(HARMED)

    @property
    def unharmed(self) -> tuple[str, ...]:
        """The classes shown to have lost less than the margin, by name."""
        return self.named(UNHARMED)

    @property
    def inconclusive(self) -> tuple[str, ...]:
        """The classes of which these samples cannot tell, by name."""
        return self.named(INCONCLUSIVE)

    @property
    def labels(self) -> list[str]:
        """Every class's name, its index where it has none."""
        names = zip(self.classes["class_name"], self.classes["class_index"], strict=True)
        return [name if isinstance(name, str) else str(index) for name, index in names]

    def named(self, verdict: str) -> tuple[str, ...]:
        """Return the classes with this verdict, by name or else by index."""
        words = self.classes["verdict"]
        return tuple(name for name, word in zip(self.labels, words, strict=True) if word == verdict)


def refuse_options(margin: float, quantity: str) -> None:
    """Refuse a margin or a quantity without meaning, before anything is read."""
    if quantity not in QUANTITIES:
        raise StatsError(f"unknown quantity {quantity!r}; known: {', '.join(QUANTITIES)}")
    if not 0.0 < margin < 1.0:
        raise StatsError(
            f"margin {margin:g} is not a drop of recall that could be told from none; choose a "
            "share above 0 and below 1, as 0.05"
        )


def judged(counts: PairCounts, margin: float, quantity: str) -> Check:
    """Return the verdict on counts; arguments and errors as of `check_models`."""
    n_samples = counts.n_samples
    if quantity == "excess" and len(n_samples) == 1:
        raise StatsError(
            "one class has no excess drop: its recall is the accuracy, so nothing that it loses "
            "is beyond accuracy's drop; judge --quantity drop"
        )
    if n_samples.max() * margin < 1.0:
        raise StatsError(
            f"no class can be tested: one image of {n_samples.max()} is more than the margin of "
            f"{100 * margin:g} points; choose a larger --margin or test on more images"
        )
    both = (counts.correct_before, counts.correct_after)
    before, after = (recall(correct, n_samples) for correct in both)
    accuracies = [accuracy(correct, n_samples) for correct in both]
    drop = drops(before, after)
    excess = excess_drops(before, after, *accuracies)
    judge = _judged_drop if quantity == "drop" else _judged_excess
    found, visible, settling = judge(counts, drop, excess, margin)
    changed = counts.lost_and_gained
    lost, gained = (np.full(drop.shape, np.nan),) * 2 if changed is None else changed
    interval = "Newcombe, conservative" if changed is None else "Tango"
    is_open = (found.verdict == INCONCLUSIVE) & np.isfinite(settling)
    classes = len(n_samples)
    frame = pd.DataFrame(
        {
            "class_index": np.arange(classes) if counts.class_index is None else counts.class_index,
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
            "lost": lost.astype(np.float64),
            "gained": gained.astype(np.float64),
            "mcnemar_p": lost if changed is None else mcnemar_p(*changed),
            "churn": (lost + gained) / n_samples,
            "images_that_settle": np.where(is_open, settling, np.nan),
            "family_size": classes,
            "bounds_level": 1.0 - 2.0 * ERROR / classes,
            "interval": interval if quantity == "drop" else f"from every class's: {interval}",
            "margin": margin,
            "quantity": quantity,
        }
    )
    return Check(
        frame,
        _overall(counts, before, after, *map(float, accuracies))
        | {
            "margin": margin,
            "quantity": quantity,
            "gate": str(gate_outcomes(found.verdict[np.newaxis])[0]),
        }
        | {
            word: int((found.verdict == word).sum())
            for word in (HARMED, UNHARMED, INCONCLUSIVE, NOT_TESTABLE)
        },
    )


_Judged = tuple[PairVerdicts, FloatArray, FloatArray]
"""Verdicts, smallest visible drop, and the samples that would settle a class that is open."""


def _judged_drop(
    counts: PairCounts, drop: FloatArray, _excess: FloatArray, margin: float
) -> _Judged:
    n_samples, classes = counts.n_samples, len(counts.n_samples)
    if (changed := counts.lost_and_gained) is None:
        found = judge_unmatched(counts.correct_before, counts.correct_after, n_samples, margin)
        variance = unmatched_variance(recall(counts.correct_before, n_samples))(drop)
        settling = samples_by_formula(drop, variance, margin, ERROR / classes)
        visible = visible_drop_unmatched(counts.correct_before, n_samples, margin)
        return found, visible, np.maximum(settling, n_samples + 1.0)
    lost, gained = changed
    found = judge_matched(lost, gained, n_samples, margin)
    settling = np.full(classes, np.nan)
    if (is_open := found.verdict == INCONCLUSIVE).any():
        settling[is_open] = samples_that_settle(
            lost[is_open], gained[is_open], n_samples[is_open], margin, classes
        )
    return found, smallest_visible_drop(gained, n_samples, margin), settling


def _judged_excess(
    counts: PairCounts, drop: FloatArray, excess: FloatArray, margin: float
) -> _Judged:
    n_samples = counts.n_samples
    bounds: Callable[[float], Bounds]
    if (changed := counts.lost_and_gained) is None:
        bounds = partial(newcombe_bounds, counts.correct_before, counts.correct_after, n_samples)
        of_sample = unmatched_variance(recall(counts.correct_before, n_samples))
    else:
        bounds = partial(score_bounds, *changed, n_samples)
        of_sample = gains_kept(changed[1] / n_samples)
    found = judge_excess(excess, drop, bounds, n_samples, margin)
    # From the bound and not from the counts: where nothing changed it is above zero.
    variance = ((found.high - excess) / stats.norm.isf(ERROR / len(n_samples))) ** 2
    visible = visible_excess(drop, excess, variance, n_samples, of_sample, margin)
    return found, visible, samples_that_settle_excess(excess, variance, n_samples, margin)


def _statuses(counts: PairCounts, found: PairVerdicts, margin: float) -> list[str]:
    quality = ["counts recovered from rounded recalls"] if counts.rounded else []
    few = [
        [f"one image of {n} is more than {100 * margin:g} points"] if word == NOT_TESTABLE else []
        for word, n in zip(found.verdict, counts.n_samples, strict=True)
    ]
    return ["; ".join(each + quality) or OK for each in few]


def _overall(
    counts: PairCounts,
    before: FloatArray,
    after: FloatArray,
    accuracy_before: float,
    accuracy_after: float,
) -> dict[str, Any]:
    """Return what is said of both models as a whole, from their recalls and accuracies."""
    total = int(counts.n_samples.sum())
    changed = counts.lost_and_gained
    lost, gained = (np.int64(0),) * 2 if changed is None else (each.sum() for each in changed)
    try:
        alpha, status = (
            slope_through_origin(
                normalized_recall_balance(before, np.asarray(accuracy_before)),
                normalized_recall_balance(after, np.asarray(accuracy_after)),
            ),
            OK,
        )
    except SlopeUndefined as error:
        alpha, status = None, str(error).partition("; leave")[0]
    variances = [float(recall_variance(recalls)) for recalls in (before, after)]
    collapsed = [
        [label for label, is_gone in zip(counts.labels, gone, strict=True) if is_gone]
        for gone in (collapsed_classes(before), collapsed_classes(after))
    ]
    return {
        "before": dict(counts.before),
        "after": dict(counts.after),
        "n_samples": total,
        "n_classes": len(before),
        "matched": changed is not None,
        "accuracy_before": accuracy_before,
        "accuracy_after": accuracy_after,
        "accuracy_drop": accuracy_before - accuracy_after,
        "accuracy_ratio": accuracy_before / accuracy_after if accuracy_after else None,
        "mcnemar_p": None
        if changed is None
        else float(mcnemar_p(np.asarray(lost), np.asarray(gained))),
        "alpha": alpha,
        "alpha_status": status,
        "recall_variance_before": None if math.isnan(variances[0]) else variances[0],
        "recall_variance_after": None if math.isnan(variances[1]) else variances[1],
        "collapsed_before": collapsed[0],
        "collapsed_after": collapsed[1],
        "correctness_changed": None if changed is None else float(lost + gained) / total,
        "answers_changed": counts.answers_changed,
        "counts": "rounded" if counts.rounded else "exact",
        "caveat": ONE_PAIR,
    }
