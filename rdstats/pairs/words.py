"""The verdict on one pair as people read it: a table, and sentences around it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from rdstats.output.rounding import MISSING, Row, records, rounded
from rdstats.output.shown import ShownTable, class_label
from rdstats.output.words import OK, listed
from rdstats.paired.verdicts import FAIL, PASS
from rdstats.pairs.verdict import Check
from rdstats.statistics.class_verdicts import INCONCLUSIVE, NOT_TESTABLE, UNHARMED

BEYOND_ACCURACY: Final = " beyond the drop of accuracy"

_OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        PASS: "pass: every class is shown to have lost less than {limit}",
        FAIL: "fail: harm{beyond} is shown",
        INCONCLUSIVE: "inconclusive: no harm{beyond} is shown, and not every class is cleared",
    }
)


def shown_check(check: Check) -> ShownTable:
    """Return the classes as texts, drops in points."""
    first = check.classes.iloc[0]
    judged = "drop" if first["quantity"] == "drop" else "excess drop"
    level = f"{100 * first['bounds_level']:.4g} % interval"
    cells: dict[str, Callable[[Row], str]] = {
        "class": class_label,
        "images": lambda row: f"{row['n_samples']:,}",
        "before": lambda row: percent(row["recall_before"]),
        "after": lambda row: percent(row["recall_after"]),
        judged: lambda row: points(row["drop" if judged == "drop" else "excess_drop"]),
        level: lambda row: f"{points(row['low'])} … {points(row['high'])}",
        "at most": lambda row: points(row["upper"]),
        "verdict": lambda row: str(row["verdict"]),
        "p, Holm": lambda row: rounded(row["p_adjusted"], "p"),
        "visible from": lambda row: points(row["smallest_visible_drop"]),
        "McNemar p": lambda row: rounded(row["mcnemar_p"], "p"),
        "status": lambda row: str(row["status"]),
    }
    rows = tuple(tuple(cell(row) for cell in cells.values()) for row in records(check.classes))
    remarks = bool((check.classes["status"] != OK).any())
    return ShownTable("Every class", bounds_caption(check), tuple(cells), rows, remarks)


def heading_lines(check: Check) -> tuple[str, ...]:
    """Return what was compared, and what happened to the model as a whole."""
    overall = check.overall
    how = "compared image by image" if overall["matched"] else "compared by recalls alone"
    classes = overall["n_classes"]
    whole = [
        f"accuracy {percent(overall['accuracy_before'])} → {percent(overall['accuracy_after'])}"
    ]
    if overall["alpha"] is None:
        whole.append(f"no slope ({overall['alpha_status']})")
    else:
        whole.append(f"slope {overall['alpha']:.2f}".replace("-", "−"))
    if overall["answers_changed"] is not None:
        whole.append(f"{percent(overall['answers_changed'])} of answers changed")
    elif overall["correctness_changed"] is not None:
        changed = percent(overall["correctness_changed"])
        whole.append(f"{changed} of images right in one model only")
    return (
        f"{overall['n_samples']:,} test images, {classes} class{'es' * (classes > 1)}, {how} · "
        f"margin {limit_words(check)}",
        " · ".join(whole),
    )


def summary_sentence(check: Check) -> str:
    """Return the verdicts in one sentence: "1 of 10 classes harmed beyond 3 points (8)...".

    Of the excess drop: "harmed by more than 3 points beyond the drop of accuracy".

    Classes that are harmed are named, others counted.
    """
    classes, harmed = len(check.classes), check.harmed
    limit = limit_words(check)
    more = f"by more than {limit}" if beyond_words(check) else f"beyond {limit}"
    counts = {word: int((check.classes["verdict"] == word).sum()) for word in _OTHERS}
    noun = "class" if classes == 1 else "classes"
    if harmed:
        text = f"{len(harmed)} of {classes} {noun} harmed {more} ({listed(harmed)})"
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
    open_ = check.classes.dropna(subset=["images_that_settle"])
    if open_.empty:
        return ""
    fewest = open_["images_that_settle"].min()
    alike = records(open_[open_["images_that_settle"] == fewest])
    excess = alike[0]["quantity"] == "excess"
    more = " (and every other class in proportion)" if excess else ""
    matched = "shares of lost and gained images" if check.overall["matched"] else "recalls"
    supposed = "drops" if excess else matched
    first, *rest = (class_label(row) for row in alike)
    if rest:
        of = f"of each of the classes {listed([first, *rest])}{more} would settle them"
    else:
        of = f"of class {first}{more} would settle it"
    others = "; other open classes need more" * (len(open_) > len(alike))
    return (
        f"About {round_up(fewest):,} images {of} four times in five, if the true {supposed} are "
        f"those measured{others}."
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
    after = check.overall["collapsed_after"]
    if not after:
        return ""
    before = check.overall["collapsed_before"]
    already = f"; already so before: {listed(before)}" if before else ""
    return f"Recalled less often than by guessing: {listed(after)}{already}."


def gate_words(check: Check) -> str:
    """Return the gate's outcome in words.

    Of the excess drop with the drop of accuracy, which that gate does not look at.
    """
    beyond = beyond_words(check)
    outcome = _OUTCOMES[check.gate].format(limit=limit_words(check), beyond=beyond)
    if not beyond:
        return outcome
    drop = float(check.overall["accuracy_drop"])
    moved = "rose" if drop < 0 else "fell"
    return f"{outcome}; accuracy {moved} by {points(abs(drop))} points, which it does not look at"


def bounds_caption(check: Check) -> str:
    """Return how the numbers of the table are made."""
    first = check.classes.iloc[0]
    error = f"each bound one-sided at 1 − 0.05 / {first['family_size']}"
    if str(first["interval"]).endswith("conservative"):
        how = (
            "Newcombe's interval for independent proportions: conservative, because it cannot know "
            "which images are right in both"
        )
        caution = ""
    else:
        how = "Tango's score interval for matched images"
        caution = (
            "It may lie just above the margin while the class is inconclusive: the verdict is by "
            "the exact p. "
        )
    what, of = "Drops", "drop"
    if first["quantity"] == "excess":
        what, of = "Excess drops, beyond the drop of accuracy,", "excess drop"
        how, caution = f"made from every class's interval, {how}", ""
    return (
        f"{what} in points. Interval: {how}; {error}. {caution}At most: the class's own one-sided "
        f"95 % bound, on which unharmed rests. p: of {'an' if of[0] == 'e' else 'a'} {of} within "
        "the margin, Holm. McNemar p: of no drop at all, not adjusted."
    )


def beyond_words(check: Check) -> str:
    """Return " beyond the drop of accuracy" where the excess drop is judged, else nothing."""
    return BEYOND_ACCURACY if check.overall["quantity"] == "excess" else ""


def limit_words(check: Check) -> str:
    """Return the margin as "3 points", or "3 points beyond the drop of accuracy"."""
    return margin_words(check) + beyond_words(check)


def margin_words(check: Check) -> str:
    """Return the margin as "3 points"."""
    margin = 100 * float(check.overall["margin"])
    return f"{margin:g} point{'s' * (margin != 1)}"


def percent(share: float) -> str:
    """Return a share as "91.2 %"."""
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


_OTHERS: Final = (UNHARMED, INCONCLUSIVE, NOT_TESTABLE)
