"""Every class of one pair as a table row, and what is said of both models as a whole."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from rdstats.errors import SlopeUndefined, StatsError
from rdstats.output.words import OK, up_to_ten
from rdstats.paired.clustered import clustered_mcnemar_p, judge_clustered
from rdstats.paired.judgements import Judged, judge_drop, judge_excess_drop, judge_relative_drop
from rdstats.paired.matched import mcnemar_p
from rdstats.paired.verdicts import gate_outcomes
from rdstats.pairs.counts import PairCounts
from rdstats.pairs.samples import flips
from rdstats.statistics.arrays import FloatArray, IntArray, WordArray
from rdstats.statistics.balance import (
    accuracy,
    collapsed_classes,
    excess_drops,
    normalized_recall_balance,
    recall,
    recall_variance,
    relative_drop,
)
from rdstats.statistics.many_classes import FEWEST_CLASSES, OF_ALL, OF_CLASSES, of_counts
from rdstats.statistics.multiplicity import false_discovery_rates, holm
from rdstats.statistics.slopes import slope_through_origin
from rdstats.statistics.verdicts import (
    ERROR,
    HARMED,
    INCONCLUSIVE,
    MARGIN,
    NOT_TESTABLE,
    QUANTITIES,
    UNHARMED,
)
from rdstats.tables.selection import known_value

ONE_PAIR: Final = (
    "one pair of checkpoints: another seed of the same method may end otherwise; `rdstats classes` "
    "and `rdstats conditions` judge a method, over several"
)
NEVER_RECOGNISED: Final = "never recognised before"
"""The status of a class without a right answer before: it has nothing to lose."""

BETWEEN: Final = "between"
"""What `counts` of a check says where printed decimals leave several."""

RELATIVE = "relative"
"""The quantity judged by a relative margin: 1 - R_t / R."""


@dataclass(frozen=True)
class Limits:
    """The margins of one pair.

    Raises:
        StatsError: A margin or the quantity has no meaning.
    """

    quantity: str = "drop"  # of `QUANTITIES`, or RELATIVE
    margin: float = MARGIN
    of_class: Mapping[str, float] = field(default_factory=dict)  # margins of single classes

    def __post_init__(self) -> None:
        for name, margin in ((None, self.margin), *self.of_class.items()):
            if not 0.0 < margin < 1.0:
                of = "" if name is None else f" of class {name!r}"
                raise StatsError(
                    f"margin {margin:g}{of} is not a drop of recall that could be told from none; "
                    "choose a share above 0 and below 1, as 0.05 for 5 points"
                )

    @classmethod
    def asked(
        cls,
        margin: float,
        class_margins: Mapping[str, float] | None,
        relative_margin: float | None,
        quantity: str,
    ) -> Limits:
        """Return the limits that `check_models` is given; a relative margin takes margin's place.

        Raises:
            StatsError: A margin or the quantity has no meaning, or two of them contradict.
        """
        if quantity not in QUANTITIES:  # who asks for a good one walks through no further file
            known_value("quantity", quantity, QUANTITIES)
        own = {str(name): share for name, share in (class_margins or {}).items()}
        if relative_margin is None:
            return cls(quantity, margin, own)
        if quantity != "drop":
            raise StatsError(
                f"a relative margin judges the share of a class's recall that was lost, and "
                f"quantity {quantity} something else: choose one of the two"
            )
        return cls(RELATIVE, relative_margin, own)

    def by_class(self, labels: Sequence[str]) -> FloatArray:
        """Return the margin of every class, shape (classes,).

        Raises:
            StatsError: A class with a margin of its own is not there.
        """
        for name in self.of_class.keys() - set(labels):
            near = difflib.get_close_matches(name, labels, n=1, cutoff=0.5)
            there = f"did you mean {near[0]!r}?" if near else f"there are {up_to_ten(labels)}"
            raise StatsError(f"there is no class {name!r} to give a margin of its own; {there}")
        return np.array([self.of_class.get(label, self.margin) for label in labels])


_JUDGES: Final[Mapping[str, Callable[..., Judged]]] = {
    "drop": judge_drop,
    "excess": judge_excess_drop,
    RELATIVE: judge_relative_drop,
}


def judged(
    counts: PairCounts, limits: Limits, *, clustered: bool = False
) -> tuple[pd.DataFrame, dict[str, Any], pd.DataFrame | None]:
    """Return the classes, what is said of both models, and what moved, as `Check` has them.

    Raises:
        StatsError: The excess drop of a single class is asked for, or no class can be tested.
    """
    if counts.between is not None:
        return _judged_between(counts, counts.between, limits)
    n_samples, classes = counts.n_samples, len(counts.n_samples)
    margins, quantity = limits.by_class(counts.labels), limits.quantity
    if quantity == "excess" and classes == 1:
        raise StatsError(
            "one class has no excess drop: its recall is the accuracy, so nothing that it loses "
            "is beyond accuracy's drop; judge --quantity drop"
        )
    right = counts.correct_before, counts.correct_after
    of = right[0] if quantity == RELATIVE else n_samples
    if (of * margins).max() < 1.0 - 1e-12:
        option, unit = ("relative-margin", "%") if quantity == RELATIVE else ("margin", "points")
        raise StatsError(
            f"no class can be tested: one sample of {of.max()} is more than the margin of "
            f"{100 * margins.max():g} {unit}; choose a larger --{option} or test on more samples"
        )
    cells, samples = None, counts.samples
    if clustered:
        if samples is None or quantity == "excess":
            raise StatsError(
                "clusters are judged by the drop or the relative drop of samples that are matched: "
                "leave out --unpaired and --quantity excess"
            )
        cells = samples.cells()
        judged = judge_clustered(cells, margins, relative=quantity == RELATIVE)
    else:
        judged = _JUDGES[quantity](*right, counts.both_correct, n_samples, margins)
    found, visible, settling, clearing = judged
    clusters = None if cells is None else np.bincount(cells.class_of, minlength=classes)
    flipped = None if samples is None or samples.before is None else flips(samples, counts.labels)
    went_to: Any = np.nan
    moved = None
    if flipped is not None and not counts.grouped_by:
        went_to, moved = list(flipped.destinations), flipped.moved
    no_drop = mcnemar_p if cells is None else lambda *_: clustered_mcnemar_p(cells)
    lost, gained, is_matched = counts.lost, counts.gained, counts.both_correct is not None
    together: Sequence[Any] = [np.nan] * len(OF_CLASSES) + [None] * len(OF_ALL)
    suspects = None
    if quantity == "drop" and is_matched and not clustered and classes >= FEWEST_CLASSES:
        together = of_counts(lost, gained, n_samples, margins, found.p)
        suspects = int(together.suspect.sum())
    is_open = (found.verdict == INCONCLUSIVE) & np.isfinite(settling)
    too_small = (found.verdict == INCONCLUSIVE) & np.isfinite(clearing)
    before, after = (recall(each, n_samples) for each in right)
    accuracies = [accuracy(each, n_samples) for each in right]
    interval = "Tango" if is_matched else "Newcombe, conservative"
    if quantity == RELATIVE and is_matched:
        interval = "Nam and Blackwelder"
    if cells is not None:
        interval = "jackknife over clusters"
    frame = pd.DataFrame(
        {
            "class_index": counts.class_index,
            "class_name": np.array(counts.class_name, dtype=object),
            "n_samples": n_samples,
            "models": 1,
            "recall_before": before,
            "recall_after": after,
            "drop": before - after,
            "excess_drop": excess_drops(before, after, *accuracies),
            "low": found.low,
            "high": found.high,
            "p": found.p,
            "p_adjusted": found.p_adjusted,
            "verdict": found.verdict,
            "smallest_visible_drop": visible,
            "status": _statuses(
                counts, limits, margins, np.where(too_small, clearing, np.nan), clusters
            ),
            "upper": found.upper,
            "lost": lost.astype(np.float64),
            "gained": gained.astype(np.float64),
            "mcnemar_p": no_drop(lost, gained) if is_matched else lost,
            "churn": (lost + gained) / n_samples,
            "images_that_settle": np.where(is_open, settling, np.nan),
            "family_size": classes,
            "bounds_level": 1.0 - 2.0 * ERROR / classes,
            "interval": interval if quantity != "excess" else f"from every class's: {interval}",
            "margin": margins,
            "quantity": quantity,
            "relative_drop": relative_drop(*right),
            "samples_to_clear": np.where(too_small & (cells is None), clearing, np.nan),
            "wrong_to_other_wrong": np.nan if flipped is None else flipped.wrong_to_other,
            "went_to": went_to,
            "clusters": np.nan if clusters is None else clusters,
            "clusters_to_clear": np.where(too_small & (cells is not None), clearing, np.nan),
            "q": false_discovery_rates(found.p),
            **dict(zip(OF_CLASSES, together, strict=False)),
            "group": counts.group_of or np.nan,
            "p_in_group": np.nan,
        }
    )
    overall = _overall(counts, before, after, *map(float, accuracies))
    overall |= {"margin": limits.margin, "quantity": quantity}
    overall |= _gate_and_counts(found.verdict)
    never = [label for label, n in zip(counts.labels, right[0], strict=True) if n == 0]
    overall |= {"class_margins": dict(limits.of_class), "never_recognised": never}
    overall["grouped_by"] = list(counts.grouped_by)
    overall["right_to_wrong"] = int(lost.sum()) if is_matched else None
    overall["wrong_to_right"] = int(gained.sum()) if is_matched else None
    overall["wrong_to_other_wrong"] = None if flipped is None else int(flipped.wrong_to_other.sum())
    overall |= dict(zip(OF_ALL, together[len(OF_CLASSES) :], strict=True))
    overall["suspects"] = suspects
    overall["not_told"] = []
    overall["clusters"] = None
    if cells is not None and samples is not None:
        every = samples.whole().cells()
        overall |= {"clusters": len(every.class_of)}
        overall["mcnemar_p"] = float(clustered_mcnemar_p(every)[0])
    return frame, overall, moved


def _judged_between(
    counts: PairCounts, between: Sequence[IntArray], limits: Limits
) -> tuple[pd.DataFrame, dict[str, Any], None]:
    """Return the verdicts that hold for every count that the printed decimals leave.

    Judged are the smallest drop of every class, and the largest: harmed is what is harmed by the
    one, unharmed by the other. Where they differ, the decimals do not tell. Shown are the counts
    in the middle.
    """
    if limits.quantity == "excess":
        raise StatsError(
            "the recalls' decimals leave several counts, and an excess drop depends on those of "
            "every class: print more decimals, give predictions, or judge --quantity drop"
        )
    least_before, most_before, least_after, most_after = between
    known = replace(counts, between=None)
    frame, overall, _ = judged(known, limits)
    smallest, largest = (
        judged(replace(known, correct_before=before, correct_after=after), limits)[0]
        for before, after in ((least_before, most_after), (most_before, least_after))
    )
    untold = (smallest["verdict"] != largest["verdict"]).to_numpy()
    frame["verdict"] = smallest["verdict"].where(~untold, INCONCLUSIVE)
    for name in ("low", "p", "p_adjusted", "q"):
        frame[name] = smallest[name]
    for name in ("high", "upper"):
        frame[name] = largest[name]
    is_open = frame["verdict"] == INCONCLUSIVE
    for name in ("images_that_settle", "samples_to_clear"):
        frame[name] = frame[name].where(is_open & ~untold)
    frame["status"] = [
        "; ".join([*["the decimals do not tell"] * bool(told), f"right: {_ends(b)} → {_ends(a)}"])
        if b[0] < b[1] or a[0] < a[1]
        else status
        for told, b, a, status in zip(
            untold,
            zip(least_before, most_before, strict=True),
            zip(least_after, most_after, strict=True),
            frame["status"],
            strict=True,
        )
    ]
    overall |= _gate_and_counts(frame["verdict"].to_numpy())
    never = zip(counts.labels, most_before == 0, strict=True)
    overall["never_recognised"] = [label for label, is_never in never if is_never]
    overall |= {"counts": BETWEEN, "alpha": None, "alpha_status": "the decimals leave several"}
    overall["not_told"] = [label for label, no in zip(counts.labels, untold, strict=True) if no]
    return frame, overall, None


def _gate_and_counts(verdicts: WordArray) -> dict[str, Any]:
    """Return the outcome of the gate, and how many classes have each verdict."""
    gate = str(gate_outcomes(verdicts[np.newaxis])[0])
    words = (HARMED, UNHARMED, INCONCLUSIVE, NOT_TESTABLE)
    return {"gate": gate, **{word: int((verdicts == word).sum()) for word in words}}


def _ends(ends: tuple[int, int]) -> str:
    return f"{ends[0]:,}" if ends[0] == ends[1] else f"{ends[0]:,} to {ends[1]:,}"


def in_harmed_groups(classes: pd.DataFrame, groups: pd.DataFrame) -> FloatArray:
    """Return Holm's p of each class in the family of its group; NaN where that is not harmed.

    Args:
        classes: Rows of classes with their `group`.
        groups: Rows of groups, as of classes.
    """
    found = np.full(len(classes), np.nan)
    for group in groups["class_name"][groups["verdict"] == HARMED]:
        mine = (classes["group"] == group).to_numpy()
        found[mine] = holm(classes["p"].to_numpy(dtype=float)[mine])
    return found


def _statuses(
    counts: PairCounts,
    limits: Limits,
    margins: FloatArray,
    clearing: FloatArray,
    clusters: IntArray | None,
) -> list[str]:
    """Return why a class cannot be judged or cleared, and what is odd about its counts; or ok."""
    is_relative = limits.quantity == RELATIVE
    of = counts.correct_before if is_relative else counts.n_samples
    unit_of_noise = "samples" if clusters is None else "clusters"
    several = np.full(len(of), 2) if clusters is None else clusters
    found = []
    for n, right, margin, needed, many in zip(
        of, counts.correct_before, margins, clearing, several, strict=True
    ):
        parts = ["counts recovered from rounded recalls"] if counts.rounded else []
        if not right:
            parts.insert(0, NEVER_RECOGNISED)
        elif margin * n < 1.0 - 1e-12:
            unit = "% of those right before" if is_relative else "points"
            parts.insert(0, f"one sample of {n} is more than {100 * margin:g} {unit}")
        elif many < 2:
            parts.insert(0, "all samples are of one cluster")
        elif not math.isnan(needed):
            parts.insert(0, f"cannot be cleared with fewer than {needed:,.0f} {unit_of_noise}")
        found.append("; ".join(parts) or OK)
    return found


def _overall(
    counts: PairCounts,
    before: FloatArray,
    after: FloatArray,
    accuracy_before: float,
    accuracy_after: float,
) -> dict[str, Any]:
    """Return what is said of both models as a whole, from their recalls and accuracies."""
    total, is_matched = int(counts.n_samples.sum()), counts.both_correct is not None
    lost, gained = counts.lost.sum(), counts.gained.sum()
    alpha, alpha_status = None, "groups are no classes" if counts.grouped_by else OK
    try:
        alpha = (
            None
            if counts.grouped_by
            else slope_through_origin(
                normalized_recall_balance(before, np.asarray(accuracy_before)),
                normalized_recall_balance(after, np.asarray(accuracy_after)),
            )
        )
    except SlopeUndefined as error:
        alpha_status = str(error).partition("; leave")[0]
    variances = [float(recall_variance(each)) for each in (before, after)]
    # One of so many classes is guessed; of groups there is nothing to guess.
    gone = [
        np.flatnonzero(collapsed_classes(each) & (not counts.grouped_by))
        for each in (before, after)
    ]
    labels = counts.labels if any(map(len, gone)) else ()
    collapsed = [[labels[place] for place in places] for places in gone]
    return {
        "before": dict(counts.before),
        "after": dict(counts.after),
        "n_samples": total,
        "n_classes": len(before),
        "matched": is_matched,
        "accuracy_before": accuracy_before,
        "accuracy_after": accuracy_after,
        "accuracy_drop": accuracy_before - accuracy_after,
        "accuracy_ratio": accuracy_before / accuracy_after if accuracy_after else None,
        "mcnemar_p": float(mcnemar_p(lost, gained)) if is_matched else None,
        "alpha": alpha,
        "alpha_status": alpha_status,
        "recall_variance_before": None if math.isnan(variances[0]) else variances[0],
        "recall_variance_after": None if math.isnan(variances[1]) else variances[1],
        "collapsed_before": collapsed[0],
        "collapsed_after": collapsed[1],
        "correctness_changed": float(lost + gained) / total if is_matched else None,
        "answers_changed": None if counts.samples is None else counts.samples.changed(),
        "counts": "rounded" if counts.rounded else "exact",
        "caveat": ONE_PAIR,
    }
