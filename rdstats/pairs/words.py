"""The verdict on one pair as people read it: a table, and sentences around it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rdstats.output.shown import ShownTable
from rdstats.output.words import MISSING, OK, records, rounded, up_to_ten
from rdstats.paired.verdicts import FAIL, PASS
from rdstats.pairs.check import Check
from rdstats.statistics.verdicts import INCONCLUSIVE, NOT_TESTABLE, UNHARMED

_OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        PASS: "pass: every class is shown to have lost less than {limit}",
        FAIL: "fail: harm{beyond} is shown",
        INCONCLUSIVE: "inconclusive: no harm{beyond} is shown, and not every class is cleared",
    }
)


def shown_check(check: Check) -> ShownTable:
    """Return the classes as texts, drops in points."""
    judged = "excess drop" if is_excess(check) else "drop"
    level = check.classes["bounds_level"].iloc[0]
    header = (
        *("class", "images", "before", "after", judged, f"{100 * level:.4g} % interval"),
        *("at most", "verdict", "p, Holm", "visible from", "McNemar p", "status"),
    )
    rows = tuple(
        (
            label,
            f"{row['n_samples']:,}",
            _percent(row["recall_before"]),
            _percent(row["recall_after"]),
            points(row[judged.replace(" ", "_")]),
            f"{points(row['low'])} … {points(row['high'])}",
            points(row["upper"]),
            row["verdict"],
            rounded(row["p_adjusted"], "p"),
            points(row["smallest_visible_drop"]),
            rounded(row["mcnemar_p"], "p"),
            row["status"],
        )
        for label, row in zip(check.labels, records(check.classes), strict=True)
    )
    remarks = bool((check.classes["status"] != OK).any())
    return ShownTable("Every class", bounds_caption(check), header, rows, remarks)


def heading_lines(check: Check) -> tuple[str, str]:
    """Return what was compared, and what happened to the model as a whole."""
    overall = check.overall
    how = "compared image by image" if overall["matched"] else "compared by recalls alone"
    before, after = _percent(overall["accuracy_before"]), _percent(overall["accuracy_after"])
    whole = [f"accuracy {before} → {after}"]
    if overall["alpha"] is None:
        whole.append(f"no slope ({overall['alpha_status']})")
    else:
        whole.append(f"slope {overall['alpha']:.2f}".replace("-", "−"))
    if overall["answers_changed"] is not None:
        whole.append(f"{_percent(overall['answers_changed'])} of answers changed")
    elif overall["correctness_changed"] is not None:
        whole.append(
            f"{_percent(overall['correctness_changed'])} of images right in one model only"
        )
    return (
        f"{overall['n_samples']:,} test images, {_classes(overall['n_classes'])}, {how} · "
        f"margin {limit_words(check)}",
        " · ".join(whole),
    )


def sentences(check: Check) -> list[str]:
    """Return what is found: the verdicts first, then what could not be seen, and collapse."""
    parts = (summary_sentence, settling_sentence, visible_sentence, collapse_sentence)
    return [sentence for part in parts if (sentence := part(check))]


def summary_sentence(check: Check) -> str:
    """Return the verdicts in one sentence: "1 of 10 classes harmed beyond 3 points (8)...".

    Of the excess drop: "harmed by more than 3 points beyond the drop of accuracy". Classes that
    are harmed are named, others counted.
    """
    classes, harmed, limit = len(check.classes), check.harmed, limit_words(check)
    more = f"by more than {limit}" if is_excess(check) else f"beyond {limit}"
    counts = {word: check.overall[word] for word in (UNHARMED, INCONCLUSIVE, NOT_TESTABLE)}
    if harmed:
        text = f"{len(harmed)} of {_classes(classes)} harmed {more} ({up_to_ten(harmed)})"
    elif counts[UNHARMED] == classes:
        all_of_them = "The only class" if classes == 1 else f"Each of {classes} classes"
        return f"{all_of_them} is unharmed: shown to have lost less than {limit}."
    elif classes == 1:
        text = f"The only class is not shown to be harmed {more}"
    else:
        text = f"None of {classes} classes is shown to be harmed {more}"
    rest = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{text}{', ' if harmed and rest else ': ' if rest else ''}{rest}."


def settling_sentence(check: Check) -> str:
    """Return how many images would settle the inconclusive class that needs fewest; or ""."""
    images = check.classes["images_that_settle"]
    if images.isna().all():
        return ""
    first, *rest = (
        label for label, each in zip(check.labels, images, strict=True) if each == images.min()
    )
    more, supposed = "", "drops"
    if is_excess(check):
        more = " (and every other class in proportion)"
    elif check.overall["matched"]:
        supposed = "shares of lost and gained images"
    else:
        supposed = "recalls"
    if rest:
        of = f"of each of the classes {up_to_ten([first, *rest])}{more} would settle them"
    else:
        of = f"of class {first}{more} would settle it"
    others = "; other open classes need more" if images.count() > 1 + len(rest) else ""
    return (
        f"About {round_up(images.min()):,} images {of} four times in five, if the true {supposed} "
        f"are those measured{others}."
    )


def visible_sentence(check: Check) -> str:
    """Return how small a drop could have been seen."""
    seen = check.classes["smallest_visible_drop"].dropna()
    if seen.empty:
        return "No class has enough images for any drop to be called harm."
    low, high = points(float(seen.min())), points(float(seen.max()))
    span = f"{low} points" if low == high else f"{low} to {high} points, by class,"
    return (
        f"With so many images a drop of {span}{beyond_words(check)} would have been called harm "
        "four times in five; a smaller one may be there unseen."
    )


def collapse_sentence(check: Check) -> str:
    """Return which classes are recalled less often than by guessing; or ""."""
    before, after = check.overall["collapsed_before"], check.overall["collapsed_after"]
    if not after:
        return ""
    already = f"; already so before: {up_to_ten(before)}" if before else ""
    return f"Recalled less often than by guessing: {up_to_ten(after)}{already}."


def gate_words(check: Check) -> str:
    """Return the gate's outcome in words.

    Of the excess drop with the drop of accuracy, which that gate does not look at.
    """
    outcome = _OUTCOMES[check.gate].format(limit=limit_words(check), beyond=beyond_words(check))
    if not is_excess(check):
        return outcome
    drop = float(check.overall["accuracy_drop"])
    moved = "rose" if drop < 0 else "fell"
    return f"{outcome}; accuracy {moved} by {points(abs(drop))} points, which it does not look at"


def bounds_caption(check: Check) -> str:
    """Return where the numbers of the table come from."""
    if check.overall["matched"]:
        how = "Tango's score interval for matched images"
        caution = (
            "It may lie just above the margin while the class is inconclusive: the verdict is by "
            "the exact p. "
        )
    else:
        how = (
            "Newcombe's interval for independent proportions: conservative, because it cannot know "
            "which images are right in both"
        )
        caution = ""
    what, of = "Drops", "a drop"
    if is_excess(check):
        what, of = "Excess drops, beyond the drop of accuracy,", "an excess drop"
        how, caution = f"made from every class's interval, {how}", ""
    return (
        f"{what} in points. Interval: {how}; each bound one-sided at 1 − 0.05 / "
        f"{len(check.classes)}. {caution}At most: the class's own one-sided 95 % bound, on which "
        f"unharmed rests. p: of {of} within the margin, Holm. McNemar p: of no drop at all, not "
        "adjusted."
    )


def is_excess(check: Check) -> bool:
    """Say whether the excess drop is judged, and not the drop."""
    return bool(check.overall["quantity"] == "excess")


def beyond_words(check: Check) -> str:
    """Return " beyond the drop of accuracy" where the excess drop is judged, else nothing."""
    return " beyond the drop of accuracy" if is_excess(check) else ""


def limit_words(check: Check) -> str:
    """Return the margin as "3 points", or "3 points beyond the drop of accuracy"."""
    margin = 100 * float(check.overall["margin"])
    return f"{margin:g} point{'s' * (margin != 1)}{beyond_words(check)}"


def _classes(count: int) -> str:
    return f"{count} class{'es' * (count > 1)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def points(share: float) -> str:
    """Return a difference of shares as points with a true minus sign."""
    if math.isnan(share):
        return MISSING
    text = f"{100 * share:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def round_up(images: float) -> int:
    """Return a number of images with two digits that mean something, never fewer."""
    step: int = 10 ** max(int(math.log10(max(images, 1.0))) - 1, 0)
    return math.ceil(images / step) * step
